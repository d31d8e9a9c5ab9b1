'use strict';
/**
 * The answer table (clients/ANSWER_TABLE.md): warm answers out of shared memory, through koffi.
 *
 * The order of the steps is the protocol: nothing is pending, then the gate is down, then the slot. What was decoded once is
 * kept by the offset of its record, which never means anything else.
 */

const fs = require('node:fs');
const { dirname } = require('node:path').posix;
const zlib = require('node:zlib');
const { decode, Encoder } = require('./messagepack.cjs');
const { Session, answerOf } = require('./protocol.cjs');

const AFTER = 32;
/** Questions over the socket after which a table is fetched. */

const MAGIC = 0x54565352;
const [GENERATION, GATE, MASK, SLOTS, PID] = [2, 3, 4, 5, 8];
const RETIRED = 2;
const KINDS = { import: 0, require: 1, style: 2 };
const [AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC, MSG_CMSG_CLOEXEC, PROT_READ, MAP_SHARED, MAP_FAILED] = [1, 1, 0o2000000, 0x40000000, 1, 1, -1n];
const EVENT_BYTES = 16;
const SECONDS = 5;

/** The C library's calls; null where koffi is not installed or the processor is not one of those that have a table. */
let library;
function calls() {
  if (library === undefined) library = load();
  return library;
}

function load() {
  if (process.arch !== 'x64' && process.arch !== 'ia32') return null;
  let koffi;
  try {
    koffi = require('koffi');
  } catch {
    return null;
  }
  const libc = koffi.load('libc.so.6');
  koffi.struct('resolverd_iovec', { base: 'void *', length: 'size_t' });
  koffi.struct('resolverd_msghdr', { name: 'void *', nameLength: 'uint32', iov: 'resolverd_iovec *', iovs: 'size_t', control: 'void *', controlLength: 'size_t', flags: 'int' });
  return {
    view: koffi.view,
    /** Where `epollWait` writes what nobody reads: an address as a number, which is cheaper to hand over than a Buffer. */
    event: Number(koffi.address(koffi.alloc('uint8', EVENT_BYTES))),
    socket: libc.func('int socket(int, int, int)'),
    connect: libc.func('int connect(int, void *, uint32)'),
    setsockopt: libc.func('int setsockopt(int, int, int, void *, uint32)'),
    send: libc.func('int64 send(int, void *, size_t, int)'),
    recvmsg: libc.func('int64 recvmsg(int, _Inout_ resolverd_msghdr *, int)'),
    mmap: libc.func('void *mmap(void *, size_t, int, int, int, int64)'),
    munmap: libc.func('int munmap(void *, size_t)'),
    epollWait: libc.func('int epoll_wait(int, uintptr_t, int, int)'),
  };
}

/**
 * A record that was decoded. What most callers want stands here beside what has to be looked at anyway: among many
 * thousands, each object more is memory that no cache of the processor has.
 */
class Known {
  constructor(place, offset, answer) {
    this.place = place;
    this.offset = offset;
    this.whole = answer.path === null ? null : answer.path + answer.query + answer.fragment;
    this.packageJson = answer.packageJson;
    this.format = answer.format;
    this.answer = Object.freeze(answer);
  }
}

/** A table that was handed over. */
class Table {
  constructor(descriptors, pid) {
    this.descriptors = descriptors;
    this.size = fs.fstatSync(descriptors[0]).size;
    this.memory = calls().mmap(null, this.size, PROT_READ, MAP_SHARED, descriptors[0], 0);
    const bytes = calls().view(this.memory, this.size);
    this.words = new Uint32Array(bytes);
    this.bytes = Buffer.from(bytes);
    if (this.words[0] !== MAGIC || this.words[1] !== 1) throw new Error('no table that this version reads');
    this.pid = pid;
    this.first = this.words[SLOTS] >>> 2;
    this.mask = this.words[MASK];
    this.isDoubtful = false;
    this.importers = [];
    this.known = [];
    this.witness = descriptors[1];
    this.epollWait = calls().epollWait;
    this.event = calls().event;
  }

  get generation() {
    return this.words[GENERATION];
  }

  get isRetired() {
    return (this.words[GATE] & RETIRED) !== 0;
  }

  /** What the table is sure of; null: ask the daemon. */
  find(mode, origin, specifier) {
    if (this.isDoubtful || this.epollWait(this.witness, this.event, 1, 0) !== 0) {
      this.isDoubtful = true;
      return null;
    }
    if (this.words[GATE] !== 0) return null;
    const known = this.known[mode]?.get(origin)?.get(specifier);
    if (known !== undefined && this.words[known.place] === known.offset) return known;
    return this.#probe(mode, origin, specifier);
  }

  /** What the keys of an importer's records begin with, and its share of their hash. */
  #importer(mode, origin) {
    const prefix = Buffer.from(`${mode}\0${origin}\0`);
    const importer = { prefix, crc: crc32(prefix, 0) };
    (this.importers[mode] ??= new Map()).set(origin, importer);
    (this.known[mode] ??= new Map()).set(origin, new Map());
    return importer;
  }

  #probe(mode, origin, specifier) {
    const { prefix, crc } = this.importers[mode]?.get(origin) ?? this.#importer(mode, origin);
    const rest = Buffer.from(specifier);
    const hash = crc32(rest, crc);
    const length = prefix.length + rest.length;
    for (let index = hash & this.mask; ; index = (index + 1) & this.mask) {
      const place = this.first + 2 * index + 1;
      const offset = this.words[place];
      if (offset === 0) return null;
      if (this.words[place - 1] !== hash || offset & 1 || this.words[offset >>> 2] !== length) continue;
      const key = offset + 8;
      if (this.bytes.compare(prefix, 0, prefix.length, key, key + prefix.length) !== 0) continue;
      if (this.bytes.compare(rest, 0, rest.length, key + prefix.length, key + length) !== 0) continue;
      const end = key + length + this.words[(offset >>> 2) + 1];
      const made = new Known(place, offset, answerOf(decode(this.bytes.subarray(key + length, end))));
      this.known[mode].get(origin).set(specifier, made);
      return made;
    }
  }

  close() {
    this.words = new Uint32Array(0);
    this.bytes = Buffer.alloc(0);
    this.descriptors.forEach((descriptor) => fs.closeSync(descriptor));
  }
}

/** Zlib's CRC-32; Node has it since 20.15. */
const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

const crc32 = zlib.crc32 ?? ((bytes, before) => {
  let crc = ~before;
  for (const byte of bytes) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
});

/** The table of whichever daemon listens at a path, fetched when it pays, and again when it was retired. */
class TableSource {
  constructor(path, isWanted) {
    this.path = path;
    this.isWanted = isWanted;
    this.table = null;
    this.asked = 0;
    this.hits = 0;
  }

  /** The table's answer to a question; null: ask the daemon. */
  find(session, key, specifier, origin, isFile, kind) {
    const { table } = this;
    if (table === null || session.welcome.pid !== table.pid) return null;
    const modes = session.modes.get(key);
    if (modes === undefined) return null;
    let [mode, byFile] = modes[KINDS[kind]];
    if (isFile) {
      if (byFile < 0 || origin.includes('/node_modules/')) origin = dirname(origin);
      else mode = byFile;
    }
    const known = table.find(mode, origin, specifier);
    if (known !== null) this.hits++;
    return known;
  }

  /** Take note of the daemon's answer to a question that was asked after the table was. */
  settle(session) {
    const { table } = this;
    if (table !== null) {
      table.isDoubtful = false;
      if (!table.isRetired && session.welcome.pid === table.pid) return;
      this.close();
    }
    if (this.isWanted && ++this.asked >= AFTER) {
      this.asked = 0;
      this.table = fetch(this.path);
      this.isWanted = this.table !== null;
    }
  }

  close() {
    this.table?.close();
    this.table = null;
  }
}

/** Have the table handed over; null where there is none to be had. */
function fetch(path) {
  const libc = calls();
  if (libc === null) return null;
  const fd = libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return null;
  const descriptors = [];
  try {
    const timeout = Buffer.alloc(16);
    timeout.writeBigInt64LE(BigInt(SECONDS), 0);
    for (const option of [20, 21]) libc.setsockopt(fd, 1, option, timeout, 16); // SO_RCVTIMEO, SO_SNDTIMEO
    const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(path), Buffer.from([0])]);
    if (libc.connect(fd, address, address.length) !== 0) return null;
    const session = new Session('node-table');
    let told = null;
    session.ask('openTable', [], (error, reply) => { told = error ?? reply; });
    const request = session.encoder.take();
    if (Number(libc.send(fd, request, request.length, 0)) !== request.length) return null;
    while (told === null) {
      const bytes = receive(libc, fd, descriptors);
      if (bytes.length === 0) return null;
      session.receive(bytes);
    }
    if (!Array.isArray(told) || descriptors.length !== 4) return null;
    return new Table(descriptors.splice(0), session.welcome.pid);
  } catch {
    // Nothing is lost but time: the socket answers everything.
    return null;
  } finally {
    fs.closeSync(fd);
    descriptors.forEach((descriptor) => fs.closeSync(descriptor));
  }
}

/** Receive bytes, and the descriptors that come with them. */
function receive(libc, fd, descriptors) {
  const data = Buffer.alloc(64 * 1024);
  const control = Buffer.alloc(64);
  const message = { name: null, nameLength: 0, iov: [{ base: data, length: data.length }], iovs: 1, control, controlLength: control.length, flags: 0 };
  const count = Number(libc.recvmsg(fd, message, MSG_CMSG_CLOEXEC));
  if (count <= 0) return Buffer.alloc(0);
  const length = Number(message.controlLength);
  for (let at = 16; at + 4 <= Math.min(length, control.length); at += 4) descriptors.push(control.readInt32LE(at));
  return data.subarray(0, count);
}

module.exports = { Table, TableSource, calls, crc32 };
