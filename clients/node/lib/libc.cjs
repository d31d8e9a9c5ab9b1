'use strict';
/** The C library's calls, through koffi; null where koffi is not installed. */

const EVENT_BYTES = 16;

let library;
function calls() {
  library ??= load();
  return library.calls;
}

function load() {
  let koffi;
  try {
    koffi = require('koffi');
  } catch {
    return { calls: null };
  }
  const libc = koffi.load('libc.so.6');
  koffi.struct('resolverd_iovec', { base: 'void *', length: 'size_t' });
  koffi.struct('resolverd_msghdr', { name: 'void *', nameLength: 'uint32', iov: 'resolverd_iovec *', iovs: 'size_t', control: 'void *', controlLength: 'size_t', flags: 'int' });
  return {
    calls: {
      errno: koffi.errno,
      view: koffi.view,
      /** Where `epollWait` writes what nobody reads: an address as a number, which is cheaper to hand over than a Buffer. */
      event: Number(koffi.address(koffi.alloc('uint8', EVENT_BYTES))),
      socket: libc.func('int socket(int, int, int)'),
      connect: libc.func('int connect(int, void *, uint32)'),
      getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
      setsockopt: libc.func('int setsockopt(int, int, int, void *, uint32)'),
      send: libc.func('int64 send(int, void *, size_t, int)'),
      recv: libc.func('int64 recv(int, void *, size_t, int)'),
      recvmsg: libc.func('int64 recvmsg(int, _Inout_ resolverd_msghdr *, int)'),
      mmap: libc.func('void *mmap(void *, size_t, int, int, int, int64)'),
      munmap: libc.func('int munmap(void *, size_t)'),
      epollWait: libc.func('int epoll_wait(int, uintptr_t, int, int)'),
    },
  };
}

module.exports = { calls };
