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
const { decode } = require('./messagepack.cjs');
const { answerOf } = require('./protocol.cjs');

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
  #key = new Key();
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
    /** A poll that stands on the witness, instead of a call for each answer; null: none. */
    this.poll = null;
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
    if (this.isDoubtful || (this.poll === null ? this.epollWait(this.witness, this.event, 1, 0) !== 0 : this.poll.isRaised())) {
      this.isDoubtful = true;
      return null;
    }
    // Where looking at the witness is no call, nothing else keeps the compiler from looking at the gate first.
    if (Atomics.load(this.words, GATE) !== 0) return null;
    const known = this.#known[mode]?.get(origin)?.get(specifier);
    if (known !== undefined && this.words[known.place] === known.offset) return known;
    return this.#probe(mode, origin, specifier);
  }

  /** The whole answer of a record. */
  answerOf(known) {
    known.answer ??= Object.freeze(answerOf(decode(this.bytes, this.#answerAt(known.offset))));
    return known.answer;
  }

  /** Look at a poll from now on, if it can stand on this table's witness. */
  stand(poll) {
    this.poll = poll?.watch(this.witness) ? poll : null;
  }

  /** The daemon has answered a question that was asked after the table was looked at. */
  settle() {
    if (this.isDoubtful) this.stand(this.poll);
    this.isDoubtful = false;
  }

  close() {
    this.poll?.release();
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
    const key = this.#key.write(`${mode}\0${origin}\0${specifier}`);
    const hash = key.hash();
    for (let index = hash & this.mask; ; index = (index + 1) & this.mask) {
      const place = this.first + 2 * index + 1;
      const offset = this.words[place];
      if (offset === 0) return null;
      if (this.words[place - 1] !== hash || offset & 1) continue;
      this.#reach(offset + 8);
      this.#reach(this.#answerAt(offset) + this.words[(offset >>> 2) + 1]);
      if (this.words[offset >>> 2] !== key.size || !key.isAt(this.words, this.bytes, offset + 8)) continue;
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
    const texts = new Texts(this.bytes, this.#answerAt(offset));
    texts.pass();
    const path = texts.next();
    const rest = texts.next() + texts.next();
    texts.pass();
    texts.pass();
    return new Known(place, offset, path === null ? null : path + rest, texts.next());
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

/** The fields of an answer that are texts or null, one after the other. What decodes everything is compiled late, and often anew. */
class Texts {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at + 1; // behind the array's header
  }

  next() {
    const size = this.#size();
    if (size < 0) return null;
    const start = this.at;
    this.at += size;
    return size === 0 ? '' : this.bytes.utf8Slice(start, this.at);
  }

  pass() {
    const size = this.#size();
    if (size > 0) this.at += size;
  }

  /** The next text's size; less than none for null. */
  #size() {
    const tag = this.bytes[this.at++];
    if (tag === 0xc0) return -1;
    if (tag < 0xc0) return tag & 31;
    if (tag === 0xd9) return this.bytes[this.at++];
    this.at += 2;
    return this.bytes.readUInt16BE(this.at - 2);
  }
}

/** The bytes of a key, in words too: what has loops is slow for as long as a tool is young, and four bytes at a time are fewer turns. */
class Key {
  constructor() {
    this.size = 0;
    this.#hold(4096);
  }

  write(text) {
    // A code unit is three bytes at most.
    if (3 * text.length > this.bytes.length) this.#hold(6 * text.length);
    this.size = this.bytes.utf8Write(text, 0);
    return this;
  }

  #hold(size) {
    this.words = new Uint32Array((size + 3) >>> 2);
    this.bytes = Buffer.from(this.words.buffer);
  }

  /** Its CRC-32 (zlib's). Loading `zlib` takes two milliseconds. */
  hash() {
    const whole = this.size >>> 2;
    let crc = -1;
    for (let index = 0; index < whole; index++) {
      crc ^= this.words[index];
      crc = CRC[768 + (crc & 255)] ^ CRC[512 + ((crc >>> 8) & 255)] ^ CRC[256 + ((crc >>> 16) & 255)] ^ CRC[crc >>> 24];
    }
    for (let at = 4 * whole; at < this.size; at++) crc = CRC[(crc ^ this.bytes[at]) & 255] ^ (crc >>> 8);
    return ~crc >>> 0;
  }

  /** Whether a memory, in words and bytes, has it at a place (a word's). */
  isAt(words, bytes, place) {
    const whole = this.size >>> 2;
    const first = place >>> 2;
    for (let index = 0; index < whole; index++) if (words[first + index] !== this.words[index]) return false;
    for (let at = 4 * whole; at < this.size; at++) if (bytes[place + at] !== this.bytes[at]) return false;
    return true;
  }
}

/** What each byte does to a CRC, and in the three quarters behind that with one, two and three bytes more to come. */
const CRC = new Int32Array(1024);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  CRC[byte] = value;
}
for (let entry = 256; entry < 1024; entry++) CRC[entry] = CRC[CRC[entry - 256] & 255] ^ (CRC[entry - 256] >>> 8);

module.exports = { Key, Table };
