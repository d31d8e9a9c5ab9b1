'use strict';
/**
 * The answer table (clients/ANSWER_TABLE.md): warm answers out of shared memory, through koffi.
 *
 * The order of the steps is the protocol: nothing is pending, then the gate is down, then the slot.
 *
 * The facts. A tool that builds or lints once asks each question once; one that watches asks the same again and again. To decode
 * takes some microseconds, to remember takes memory in each tool, which the table is there to save.
 *
 * What we do. What is asked for the second time is remembered as it was decoded, by the offset of its record, which never means
 * anything else; of the first time there is a bit.
 */

const fs = require('node:fs');
const { dirname } = require('node:path').posix;
const { calls } = require('./libc.cjs');
const { Decoder, decode } = require('./messagepack.cjs');
const { answerOf, text } = require('./protocol.cjs');

const [MAGIC, VERSION] = [0x54565352, 1];
const [GENERATION, GATE, MASK, SLOTS, RECORDS, SIZE] = [2, 3, 4, 5, 6, 7];
const HEADER_BYTES = 64;
/** How much of the records is looked at to begin with. */
const FIRST_BYTES = 4 * 1024 * 1024;
const RETIRED = 2;
const KINDS = { import: 0, require: 1, style: 2 };
const DESCRIPTORS = 4;
const [PROT_READ, MAP_SHARED] = [1, 1];

/**
 * A record that was decoded. What most callers want stands here beside what has to be looked at anyway: among many
 * thousands, each object more is memory that no cache of the processor has.
 */
class Known {
  constructor(place, offset, whole, packageJson) {
    this.place = place;
    this.offset = offset;
    this.whole = whole;
    this.packageJson = packageJson;
    this.answer = null;
  }
}

/** A table that was handed over, and the connection's modes: three pairs of numbers for each profile's key. */
class Table {
  #libc = calls();
  #descriptors;
  #memory = null;
  #modes;
  /** By mode, by origin, by specifier. */
  #known = [];
  /** A bit for each slot: it was asked for. */
  #asked;
  /** Strings that many records have are kept once. */
  #strings = new Map();
  bytes = Buffer.alloc(0);
  words = new Uint32Array(0);

  /** Takes the descriptors. Throws where this is no table that can be read. */
  constructor(descriptors, modes) {
    if (descriptors.length !== DESCRIPTORS) throw new Error(`${descriptors.length} descriptors`);
    this.#descriptors = descriptors;
    this.#modes = modes;
    this.#map(HEADER_BYTES);
    if (this.words[0] !== MAGIC || this.words[1] !== VERSION) throw new Error('no table that this version reads');
    this.#reach(this.words[RECORDS] + FIRST_BYTES);
    this.first = this.words[SLOTS] >>> 2;
    this.mask = this.words[MASK];
    this.#asked = new Uint8Array((this.mask + 8) >>> 3);
    this.isDoubtful = false;
    this.witness = descriptors[1];
    this.epollWait = this.#libc.epollWait;
    this.event = this.#libc.event;
  }

  get generation() {
    return this.words[GENERATION];
  }

  get isRetired() {
    return (this.words[GATE] & RETIRED) !== 0;
  }

  /** What the table is sure of, of a question with the options of a profile's key; null: ask the daemon. */
  find(key, specifier, origin, isFile, kind) {
    const modes = this.#modes.get(key);
    if (modes === undefined) return null;
    let [mode, byFile] = modes[KINDS[kind]];
    if (isFile) {
      if (byFile < 0 || origin.includes('/node_modules/')) origin = dirname(origin);
      else mode = byFile;
    }
    if (this.isDoubtful || this.epollWait(this.witness, this.event, 1, 0) !== 0) {
      this.isDoubtful = true;
      return null;
    }
    if (this.words[GATE] !== 0) return null;
    const known = this.#known[mode]?.get(origin)?.get(specifier);
    if (known !== undefined && this.words[known.place] === known.offset) return known;
    return this.#probe(mode, origin, specifier);
  }

  /** The whole answer of a record. */
  answerOf(known) {
    known.answer ??= Object.freeze(answerOf(decode(this.bytes, this.#answerAt(known.offset))));
    return known.answer;
  }

  close() {
    this.#unmap();
    this.#descriptors.forEach((descriptor) => fs.closeSync(descriptor));
  }

  /**
   * Have so many bytes of the table in memory. Most of it is empty, and V8 collects garbage the sooner, the more memory it
   * believes to be held: the whole made a short-lived tool collect all of its heap.
   */
  #reach(size) {
    if (size > this.bytes.length) this.#map(Math.min(Math.max(size, 2 * this.bytes.length), this.words[SIZE]));
  }

  #map(size) {
    this.#unmap();
    this.#memory = this.#libc.mmap(null, size, PROT_READ, MAP_SHARED, this.#descriptors[0], 0);
    const bytes = this.#libc.view(this.#memory, size);
    this.words = new Uint32Array(bytes);
    this.bytes = Buffer.from(bytes);
  }

  #unmap() {
    const size = this.bytes.length;
    [this.words, this.bytes] = [new Uint32Array(0), Buffer.alloc(0)];
    if (size > 0) this.#libc.munmap(this.#memory, size);
  }

  #probe(mode, origin, specifier) {
    const prefix = `${mode}\0`;
    const hash = ~crc32(crc32(crc32(crc32(-1, prefix), origin), '\0'), specifier) >>> 0;
    for (let index = hash & this.mask; ; index = (index + 1) & this.mask) {
      const place = this.first + 2 * index + 1;
      const offset = this.words[place];
      if (offset === 0) return null;
      if (this.words[place - 1] !== hash || offset & 1) continue;
      this.#reach(offset + 8);
      this.#reach(this.#answerAt(offset) + this.words[(offset >>> 2) + 1]);
      const path = matched(this.bytes, matched(this.bytes, offset + 8, prefix), origin);
      if (matched(this.bytes, matched(this.bytes, path, '\0'), specifier) !== this.#answerAt(offset)) continue;
      const known = this.#decode(place, offset);
      const bit = 1 << (index & 7);
      if (this.#asked[index >>> 3] & bit) this.#remember(mode, origin, specifier, known);
      this.#asked[index >>> 3] |= bit;
      return known;
    }
  }

  #answerAt(offset) {
    return offset + 8 + this.words[offset >>> 2];
  }

  /** An answer's path, query, fragment and package.json, without the fields between them. */
  #decode(place, offset) {
    const decoder = new Decoder(this.bytes, this.#answerAt(offset));
    decoder.length();
    decoder.pass();
    const path = decoder.value();
    const rest = decoder.value() + decoder.value();
    decoder.pass();
    decoder.pass();
    const packageJson = decoder.value();
    return new Known(place, offset, path === null ? null : text(path) + rest, packageJson === null ? null : text(packageJson));
  }

  #remember(mode, origin, specifier, known) {
    if (known.packageJson !== null) known.packageJson = this.#shared(known.packageJson);
    const origins = (this.#known[mode] ??= new Map());
    let specifiers = origins.get(origin);
    if (specifiers === undefined) origins.set(origin, (specifiers = new Map()));
    specifiers.set(specifier, known);
  }

  #shared(text) {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    this.#strings.set(text, text);
    return text;
  }
}

/** Where a text ends that a buffer has at a place; -1 where it does not have it, or the place is -1. */
function matched(bytes, at, text) {
  if (at < 0) return -1;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) {
      const rest = Buffer.from(text.slice(index));
      return bytes.subarray(at + index, at + index + rest.length).equals(rest) ? at + index + rest.length : -1;
    }
    if (bytes[at + index] !== code) return -1;
  }
  return at + text.length;
}

/** Take a text's UTF-8 into a CRC-32 (zlib's) that begins as -1 and at last is inverted. Loading `zlib` takes two milliseconds. */
function crc32(crc, text) {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return Buffer.from(text.slice(index)).reduce((before, byte) => CRC[(before ^ byte) & 255] ^ (before >>> 8), crc);
    crc = CRC[(crc ^ code) & 255] ^ (crc >>> 8);
  }
  return crc;
}

const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

module.exports = { Table, crc32 };
