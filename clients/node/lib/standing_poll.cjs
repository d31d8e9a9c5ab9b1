'use strict';
/**
 * A poll that stands: the kernel writes into our memory when the witness becomes readable, and looking there is no call.
 *
 * The facts (Linux AIO: io_submit(2), IOCB_CMD_POLL; fs/aio.c, fs/eventpoll.c). A context's ring of completions is mapped into
 * the process. Who wakes a poll completes it there and then, before the call that brought the news returns (`aio_poll_wake`),
 * where the wake names its events, as every wake through an epoll descriptor does, and nobody has the context's lock, which
 * submitting takes, and giving the context back. A poll completes once. To give a context back, or to end with one, is to wait
 * for an RCU grace period: 30 to 40 ms on the wall, no CPU.
 *
 * What we do. We submit on an epoll descriptor of our own while nothing is in it, so that nothing can wake it meanwhile; then
 * the witness goes in, and what is pending by then completes the poll at once. After news it is submitted anew, when the daemon
 * has taken them in. That this kernel completes at once is tried before it is believed. It is for those who ask very often
 * (`standsAfter`, sync.cjs): others would wait longer at their end than it saves them.
 */

const fs = require('node:fs');
const { calls } = require('./libc.cjs');

/** System calls that the C library has no functions for, by x86-64's numbers. */
const [IO_SETUP, IO_DESTROY, IO_GETEVENTS, IO_SUBMIT] = [206, 207, 208, 209];
const [CLOEXEC, ADD, DELETE] = [0o2000000, 1, 2];
const [CMD_POLL, POLLIN] = [5, 1];
/** `struct aio_ring`, in words. */
const [HEAD, TAIL, MAGIC, INCOMPATIBLE] = [2, 3, 4, 6];
const RING_BYTES = 32;
const AIO_MAGIC = 0xa10a10a1 | 0;
/** What the kernel is shown, in one block: aio_context_t, iocb *, iocb, io_event, epoll_event. */
const [CONTEXT, POINTER, IOCB, EVENT, INTEREST, BLOCK_BYTES] = [0, 8, 16, 80, 112, 128];
const [OPERATION, DESCRIPTOR, MASK] = [IOCB + 16, IOCB + 20, IOCB + 24];
/** No place in the ring: the poll does not stand. */
const NOWHERE = -1;

/** What is called besides; not Node's `close`, which warns in a thread of descriptors that it has not opened. */
const functions = ({ func }) => ({
  setup: func('syscall', 'long', ['long', 'uint', 'uintptr_t']),
  destroy: func('syscall', 'long', ['long', 'uintptr_t']),
  getEvents: func('syscall', 'long', ['long', 'uintptr_t', 'long', 'long', 'uintptr_t', 'uintptr_t']),
  submit: func('syscall', 'long', ['long', 'uintptr_t', 'long', 'uintptr_t']),
  epollCreate: func('epoll_create1', 'int', ['int']),
  epollControl: func('epoll_ctl', 'int', ['int', 'int', 'int', 'uintptr_t']),
  eventfd: func('eventfd', 'int', ['uint', 'int']),
  closeDescriptor: func('close', 'int', ['int']),
});

class StandingPoll {
  #libc = { ...calls(), ...functions(calls()) };
  #block = this.#libc.block(BLOCK_BYTES);
  #context = null;
  #epoll = this.#libc.epollCreate(CLOEXEC);
  #ring = null;
  #tail = NOWHERE;
  #witness = null;

  /** Throws where there is no such thing: no AIO, too much of it (fs.aio-max-nr), or a kernel that completes later. */
  constructor() {
    try {
      this.#demand(process.arch === 'x64', "x86-64's system calls");
      this.#demand(this.#epoll >= 0, 'epoll_create1');
      this.#demand(this.#libc.setup(IO_SETUP, 1, this.#block.address + CONTEXT) === 0, 'io_setup');
      this.#context = Number(this.#block.bytes.readBigUInt64LE(CONTEXT));
      this.#ring = new Int32Array(this.#libc.view(this.#libc.pointerAt(this.#block, CONTEXT), RING_BYTES));
      this.#demand(this.#ring[MAGIC] === AIO_MAGIC && this.#ring[INCOMPATIBLE] === 0, 'a ring of this layout');
      this.#demand(this.#isPrompt(), 'a kernel that completes a poll at once');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether there was news since `watch`. Not to be asked of one that watches nothing. */
  isRaised() {
    return Atomics.load(this.#ring, TAIL) !== this.#tail;
  }

  /** Stand, on this witness from now on; whether it does. */
  watch(witness) {
    this.release();
    if (this.isRaised() && !this.#submit()) return false;
    if (!this.#control(ADD, witness)) return false;
    this.#witness = witness;
    return true;
  }

  /** Watch nothing, before a witness is closed. */
  release() {
    if (this.#witness !== null) this.#control(DELETE, this.#witness);
    this.#witness = null;
  }

  close() {
    this.#libc.closeDescriptor(this.#epoll);
    this.#ring = null;
    if (this.#context !== null) this.#libc.destroy(IO_DESTROY, this.#context);
    this.#libc.free(this.#block);
  }

  #submit() {
    const { address, bytes } = this.#block;
    this.#tail = NOWHERE;
    if (this.#ring[HEAD] !== this.#ring[TAIL]) this.#libc.getEvents(IO_GETEVENTS, this.#context, 1, 1, address + EVENT, 0);
    bytes.fill(0, IOCB, EVENT);
    bytes.writeUInt16LE(CMD_POLL, OPERATION);
    bytes.writeInt32LE(this.#epoll, DESCRIPTOR);
    bytes.writeBigUInt64LE(BigInt(POLLIN), MASK);
    bytes.writeBigUInt64LE(BigInt(address + IOCB), POINTER);
    if (this.#libc.submit(IO_SUBMIT, this.#context, 1, address + POINTER) !== 1) return false;
    this.#tail = this.#ring[TAIL];
    return true;
  }

  #control(operation, descriptor, epoll = this.#epoll) {
    this.#block.bytes.writeUInt32LE(POLLIN, INTEREST);
    return this.#libc.epollControl(epoll, operation, descriptor, this.#block.address + INTEREST) === 0;
  }

  /** Whether news that comes the way the daemon's does, through two epoll descriptors, is here when the call returns that brought it. */
  #isPrompt() {
    const news = this.#libc.eventfd(0, CLOEXEC);
    const between = this.#libc.epollCreate(CLOEXEC);
    try {
      this.#control(ADD, news, between);
      const isEarly = !this.watch(between) || this.isRaised();
      fs.writeSync(news, new BigUint64Array([1n]));
      return !isEarly && this.isRaised();
    } finally {
      this.release();
      for (const descriptor of [news, between]) this.#libc.closeDescriptor(descriptor);
    }
  }

  #demand(isSo, what) {
    if (!isSo) throw new Error(`a poll that stands needs ${what}`);
  }
}

module.exports = { StandingPoll };
