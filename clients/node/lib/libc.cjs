'use strict';
/** The C library's calls, through koffi; null where none is installed that we can use. */

const EVENT_BYTES = 16;
/** koffi's compiled part. The rest finds that, warns of old names, and takes a tool's start 8 ms. */
const COMPILED = `@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`;

let library;
function calls() {
  library ??= load();
  return library.calls;
}

function load() {
  const koffi = first(() => require(COMPILED), () => require(require.resolve(COMPILED, { paths: [require.resolve('koffi')] })), () => require('koffi'));
  // One before 2.11 may be there for somebody else.
  if (koffi?.view === undefined) return { calls: null };
  const libc = koffi.load('libc.so.6');
  /** Memory that stays where it is: its bytes, and its address as a number, which is cheaper to hand over than a Buffer. */
  const block = (size) => {
    const memory = koffi.alloc('uint8', size);
    return { memory, address: Number(koffi.address(memory)), bytes: Buffer.from(koffi.view(memory, size)) };
  };
  // Without names of their own: koffi's are one process's, and two tools may each bring a copy of this package.
  const iovec = koffi.struct({ base: 'void *', length: 'size_t' });
  const msghdr = koffi.struct({ name: 'void *', nameLength: 'uint32', iov: koffi.pointer(iovec), iovs: 'size_t', control: 'void *', controlLength: 'size_t', flags: 'int' });
  return {
    calls: {
      errno: koffi.errno,
      view: koffi.view,
      block,
      free: ({ memory }) => koffi.free(memory),
      pointerAt: ({ memory }, offset) => koffi.decode(memory, offset, 'void *'),
      /** Another function of the library: its name, result and arguments. */
      func: (...prototype) => libc.func(...prototype),
      /** Where `epollWait` writes what nobody reads. */
      event: block(EVENT_BYTES).address,
      socket: libc.func('int socket(int, int, int)'),
      connect: libc.func('int connect(int, void *, uint32)'),
      getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
      setsockopt: libc.func('int setsockopt(int, int, int, void *, uint32)'),
      send: libc.func('int64 send(int, void *, size_t, int)'),
      recv: libc.func('int64 recv(int, void *, size_t, int)'),
      recvmsg: libc.func('recvmsg', 'int64', ['int', koffi.inout(koffi.pointer(msghdr)), 'int']),
      mmap: libc.func('void *mmap(void *, size_t, int, int, int, int64)'),
      munmap: libc.func('int munmap(void *, size_t)'),
      epollWait: libc.func('int epoll_wait(int, uintptr_t, int, int)'),
    },
  };
}

/** What the first of some attempts gives that does not throw; null: none. */
function first(...attempts) {
  for (const attempt of attempts) {
    try {
      return attempt();
    } catch {
      // the next
    }
  }
  return null;
}

module.exports = { calls };
