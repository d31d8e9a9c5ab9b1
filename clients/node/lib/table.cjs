'use strict';
/**
 * The answer table (clients/ANSWER_TABLE.md): warm answers out of shared memory, through koffi.
 *
 * The order of the steps is the protocol: nothing is pending, then the gate is down, then the slot. What was decoded once is
 * kept by the offset of its record, which never means anything else.
 */

const fs = require('node:fs');
const { dirname } = require('node:path').posix;
const { calls } = require('./libc.cjs');
const { decode } = require('./messagepack.cjs');
const { answerOf } = require('./protocol.cjs');

const [MAGIC, VERSION] = [0x54565352, 1];
const [GENERATION, GATE, MASK, SLOTS] = [2, 3, 4, 5];
const RETIRED = 2;
const KINDS = { import: 0, require: 1, style: 2 };
const DESCRIPTORS = 4;
const [PROT_READ, MAP_SHARED] = [1, 1];

/**
 * A record that was decoded. What most callers want stands here beside what has to be looked at anyway: among many
 * thousands, each object more is memory that no cache of the processor has.
 */
class Known {
  constructor(place, offset, { path, query, fragment, packageJson, format }) {
    this.place = place;
    this.offset = offset;
    this.whole = path === null ? null : path + query + fragment;
    this.packageJson = packageJson;
    this.format = format;
    this.answer = null;
  }
}

/** A table that was handed over, and the connection's modes: three pairs of numbers for each profile's key. */
class Table {
  #libc = calls();
  #descriptors;
  #memory;
  #modes;
  #key = Buffer.allocUnsafe(4096);
  /** By mode, by origin, by specifier. */
  #known = [];
  /** Strings that many records have are kept once. */
  #strings = new Map();

  /** Takes the descriptors. Throws where this is no table that can be read. */
  constructor(descriptors, modes) {
    if (descriptors.length !== DESCRIPTORS) throw new Error(`${descriptors.length} descriptors`);
    this.#descriptors = descriptors;
    this.#modes = modes;
    this.size = fs.fstatSync(descriptors[0]).size;
    this.#memory = this.#libc.mmap(null, this.size, PROT_READ, MAP_SHARED, descriptors[0], 0);
    const bytes = this.#libc.view(this.#memory, this.size);
    this.words = new Uint32Array(bytes);
    this.bytes = Buffer.from(bytes);
    if (this.words[0] !== MAGIC || this.words[1] !== VERSION) throw new Error('no table that this version reads');
    this.first = this.words[SLOTS] >>> 2;
    this.mask = this.words[MASK];
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
    known.answer ??= Object.freeze(this.#decode(known.offset));
    return known.answer;
  }

  close() {
    [this.words, this.bytes] = [new Uint32Array(0), Buffer.alloc(0)];
    this.#libc.munmap(this.#memory, this.size);
    this.#descriptors.forEach((descriptor) => fs.closeSync(descriptor));
  }

  #probe(mode, origin, specifier) {
    const length = this.#write(`${mode}\0${origin}\0${specifier}`);
    const hash = crc32(this.#key, length);
    for (let index = hash & this.mask; ; index = (index + 1) & this.mask) {
      const place = this.first + 2 * index + 1;
      const offset = this.words[place];
      if (offset === 0) return null;
      if (this.words[place - 1] !== hash || offset & 1 || this.words[offset >>> 2] !== length) continue;
      if (this.#key.compare(this.bytes, offset + 8, offset + 8 + length, 0, length) !== 0) continue;
      const { packageJson, ...answer } = this.#decode(offset);
      const known = new Known(place, offset, { ...answer, packageJson: packageJson && this.#shared(packageJson) });
      this.#remember(mode, origin, specifier, known);
      return known;
    }
  }

  /** Write a key where it is hashed and compared; its length. */
  #write(text) {
    if (3 * text.length > this.#key.length) this.#key = Buffer.allocUnsafe(6 * text.length);
    return this.#key.write(text);
  }

  #decode(offset) {
    return answerOf(decode(this.bytes, offset + 8 + this.words[offset >>> 2]));
  }

  #remember(mode, origin, specifier, known) {
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

/** CRC-32 (zlib's) of a buffer's beginning. Node's own is younger than 20.15, and `zlib` takes a tool's start two milliseconds. */
function crc32(bytes, length) {
  let crc = -1;
  for (let at = 0; at < length; at++) crc = CRC[(crc ^ bytes[at]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

module.exports = { Table, crc32 };
