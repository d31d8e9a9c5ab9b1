'use strict';
/** A socket that blocks, through koffi, and that takes the descriptors which come with bytes. */

const fs = require('node:fs');
const { constants: { errno } } = require('node:os');
const { deadlineError, foreign, lost, nobody } = require('./errors.cjs');
const { calls } = require('./libc.cjs');

const [AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC, MSG_CMSG_CLOEXEC, MSG_NOSIGNAL] = [1, 1, 0o2000000, 0x40000000, 0x4000];
const [SOL_SOCKET, SO_PEERCRED, SO_RCVTIMEO, SO_SNDTIMEO] = [1, 17, 20, 21];
const PATH_BYTES = 107;
const RECEIVE_BYTES = 256 * 1024;
/** Room for four descriptors behind the header of a control message. */
const [CONTROL_BYTES, CONTROL_HEADER] = [64, 16];

class BlockingSocket {
  #libc = calls();
  #buffer = Buffer.allocUnsafe(RECEIVE_BYTES);
  #deadline;
  #fd;

  /** Connect. `deadline`: ms that the other end may be silent. Throws `ResolverdError`, and `nobody` where none listens. */
  constructor(path, deadline) {
    if (Buffer.byteLength(path) > PATH_BYTES) throw nobody(path);
    this.#deadline = deadline;
    this.#fd = this.#libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    try {
      if (this.#fd < 0) throw this.#failure();
      this.#limit();
      const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(path), Buffer.from([0])]);
      if (this.#libc.connect(this.#fd, address, address.length) !== 0) throw this.#refusal(path);
      this.#checkPeer(path);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  send(bytes) {
    for (let sent = 0; sent < bytes.length; ) sent += this.#complete(() => this.#libc.send(this.#fd, bytes.subarray(sent), bytes.length - sent, MSG_NOSIGNAL));
  }

  /** What came, once something did. The next call writes over it. */
  receive() {
    const count = this.#complete(() => this.#libc.recv(this.#fd, this.#buffer, RECEIVE_BYTES, 0));
    if (count === 0) throw lost('the daemon left');
    return this.#buffer.subarray(0, count);
  }

  /** The same, with the descriptors that came along: theirs to close who takes them. */
  receiveWithDescriptors() {
    const control = Buffer.alloc(CONTROL_BYTES);
    const message = { name: null, nameLength: 0, iov: [{ base: this.#buffer, length: RECEIVE_BYTES }], iovs: 1, control, controlLength: CONTROL_BYTES, flags: 0 };
    const count = this.#complete(() => this.#libc.recvmsg(this.#fd, message, MSG_CMSG_CLOEXEC));
    if (count === 0) throw lost('the daemon left');
    const descriptors = [];
    for (let at = CONTROL_HEADER; at + 4 <= Number(message.controlLength); at += 4) descriptors.push(control.readInt32LE(at));
    return { bytes: this.#buffer.subarray(0, count), descriptors };
  }

  close() {
    if (this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  /** Have every call end after the deadline: also a connect, which waits while the backlog is full. */
  #limit() {
    const timeout = Buffer.alloc(16); // struct timeval
    timeout.writeBigInt64LE(BigInt(Math.floor(this.#deadline / 1000)), 0);
    timeout.writeBigInt64LE(BigInt(Math.ceil((this.#deadline % 1000) * 1000)), 8);
    for (const option of [SO_RCVTIMEO, SO_SNDTIMEO]) this.#libc.setsockopt(this.#fd, SOL_SOCKET, option, timeout, timeout.length);
  }

  /** See who listens: in a shared directory anybody may. Root may read all that we do, and is systemd. */
  #checkPeer(path) {
    const credentials = Buffer.alloc(12); // struct ucred: pid, uid, gid
    const size = Buffer.from(Uint32Array.of(credentials.length).buffer);
    if (this.#libc.getsockopt(this.#fd, SOL_SOCKET, SO_PEERCRED, credentials, size) !== 0) throw this.#failure();
    if (![process.getuid(), 0].includes(credentials.readUInt32LE(4))) throw foreign(path);
  }

  /** A call's result. A signal begins it anew: a tool's own, or a profiler's thousand a second. */
  #complete(call) {
    for (;;) {
      const result = Number(call());
      if (result >= 0) return result;
      if (this.#libc.errno() !== errno.EINTR) throw this.#failure();
    }
  }

  #refusal(path) {
    const why = this.#libc.errno();
    return why === errno.ENOENT || why === errno.ECONNREFUSED ? nobody(path) : this.#failure();
  }

  #failure() {
    const why = this.#libc.errno();
    if (why === errno.EAGAIN) return deadlineError(this.#deadline);
    return lost(Object.keys(errno).find((name) => errno[name] === why));
  }
}

module.exports = { BlockingSocket };
