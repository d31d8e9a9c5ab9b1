'use strict';
/**
 * A socket for who cannot wait and has no add-on.
 *
 * The facts. Node has no synchronous socket. But a Unix socket is connected when `net.connect` returns, though its event comes
 * later; its descriptor takes `fs.writeSync` and `fs.readSync`, and does not block: what is not there yet throws EAGAIN. A
 * stream that is paused before it is connected never reads.
 *
 * What we do. Write, then read until the reply is there: at once some times, as the daemon answers faster than a thread falls
 * asleep, then with pauses that grow, up to the deadline.
 */

const fs = require('node:fs');
const net = require('node:net');
const { checkOwner } = require('./daemon.cjs');
const { deadlineError, lost, nobody } = require('./errors.cjs');

const EAGER = 40;
const RECEIVE_BYTES = 256 * 1024;

const cell = new Int32Array(new SharedArrayBuffer(4));
const sleep = (ms) => Atomics.wait(cell, 0, 0, ms);

class PolledSocket {
  #buffer = Buffer.allocUnsafe(RECEIVE_BYTES);
  #deadline;
  #stream = new net.Socket();
  #fd;

  /** As `BlockingSocket`. */
  constructor(path, deadline) {
    this.#deadline = deadline;
    // What a connect fails with comes as an event, too late for us; what is wrong with the path is seen here.
    fs.accessSync(path, fs.constants.W_OK);
    checkOwner(path);
    this.#stream.on('error', () => {});
    this.#stream.pause();
    this.#stream.connect(path);
    this.#stream.unref();
    this.#fd = this.#stream._handle?.fd ?? -1;
    if (this.#fd < 0) throw nobody(path);
  }

  send(bytes) {
    for (let sent = 0; sent < bytes.length; ) sent += this.#complete(() => fs.writeSync(this.#fd, bytes, sent));
  }

  /** What came, once something did. The next call writes over it. */
  receive() {
    const count = this.#complete(() => fs.readSync(this.#fd, this.#buffer));
    if (count === 0) throw lost('the daemon left');
    return this.#buffer.subarray(0, count);
  }

  close() {
    this.#stream.destroy();
  }

  #complete(call) {
    const until = Date.now() + this.#deadline;
    for (let tries = 0; ; tries++) {
      try {
        return call();
      } catch (error) {
        if (error.code !== 'EAGAIN') throw lost(error.message);
      }
      if (tries < EAGER) continue;
      if (Date.now() > until) throw deadlineError(this.#deadline);
      sleep(Math.min(5, 0.05 * (tries - EAGER + 1)));
    }
  }
}

module.exports = { PolledSocket };
