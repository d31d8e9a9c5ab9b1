"""A FUSE file system with a few files in it, spoken raw over /dev/fuse, that stops answering when it is told to.

No more of the protocol than a resolver's looks need. Source: the kernel's include/uapi/linux/fuse.h (7.31 is spoken).
The mount is in a namespace of its own, that of the thread which serves it: a mount in ours would void what every engine of
the tests beside this one remembers. Who shall see it is run by `inside`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import stat
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest

_IN = struct.Struct("<IIQQIIII")
_OUT = struct.Struct("<IiQ")
_ATTRIBUTES = struct.Struct("<QQQQQQIIIIIIIIII")
_BUFFER = 1 << 18
_ROOT = 1
_MNT_DETACH = 2
_CLONE_NEWNS = 0x20000
_MS_REC_PRIVATE = 0x4000 | 1 << 18
_MAJOR, _MINOR = 7, 31

_libc = ctypes.CDLL(None, use_errno=True)


class FuseServer:
    """Files by relative path, served from a thread. Nodes are numbered in the order of their paths; 1 is the root."""

    def __init__(self, point: Path, files: dict[str, bytes]) -> None:
        self.point = point
        self._paths = sorted({"", *files, *(str(each) for path in files for each in Path(path).parents)} - {"."})
        self._files = files
        self._device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        self._answering = threading.Event()
        self._answering.set()
        self._asked = threading.Semaphore(0)
        self._end, self._ending = os.pipe()
        mounted: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(mounted,))
        self._thread.start()
        try:
            thread = mounted.result()
        except OSError:
            self._give_back()
            raise
        self.inside = ("nsenter", f"--mount=/proc/{os.getpid()}/task/{thread}/ns/mnt")

    def hold_back(self) -> None:
        """Answer nothing from now on."""
        self._answering.clear()

    def await_question(self) -> None:
        """Wait until the kernel has asked something that is held back."""
        assert self._asked.acquire(timeout=60)

    def go_on(self) -> None:
        """Answer again, what was held back first."""
        self._answering.set()

    def close(self) -> None:
        """Unmount; whoever still waits gets an error."""
        self._answering.set()
        os.write(self._ending, b".")
        self._give_back()

    def _give_back(self) -> None:
        self._thread.join()
        for descriptor in (self._device, self._end, self._ending):
            os.close(descriptor)

    # -- serving -----------------------------------------------------------------------------------------------------

    def _run(self, mounted: Future[int]) -> None:
        try:
            self._mount()
        except OSError as error:
            mounted.set_exception(error)
            return
        mounted.set_result(threading.get_native_id())
        self._serve()
        _libc.umount2(os.fsencode(self.point), _MNT_DETACH)

    def _mount(self) -> None:
        options = f"fd={self._device},rootmode=40755,user_id=0,group_id=0".encode()
        if (
            _libc.unshare(_CLONE_NEWNS)
            or _libc.mount(None, b"/", None, _MS_REC_PRIVATE, None)
            or _libc.mount(b"held", os.fsencode(self.point), b"fuse", 0, options)
        ):
            raise OSError(ctypes.get_errno(), "no FUSE file system can be mounted")

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._device, self._end], [], [])
            if self._end in ready:
                return
            try:
                request = os.read(self._device, _BUFFER)
            except OSError:
                return  # ENODEV: unmounted
            if not self._answering.is_set():
                self._asked.release()
                self._answering.wait()
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        _, operation, unique, node, *_ = _IN.unpack_from(request)
        if operation in _SILENT:
            return
        try:
            code, body = 0, _OPERATIONS.get(operation, _refuse)(self, node, request[_IN.size :])
        except OSError as error:
            code, body = -(error.errno or errno.EIO), b""
        try:
            os.write(self._device, _OUT.pack(_OUT.size + len(body), code, unique) + body)
        except OSError:
            return  # the one who asked is gone

    def _number(self, path: str) -> int:
        if path not in self._paths:
            raise OSError(errno.ENOENT, "no such file")
        return self._paths.index(path) + _ROOT

    def _attributes(self, node: int) -> bytes:
        path = self._paths[node - _ROOT]
        data = self._files.get(path)
        mode = stat.S_IFDIR | 0o755 if data is None else stat.S_IFREG | 0o644
        return _ATTRIBUTES.pack(node, len(data or b""), 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def _initialize(self, _node: int, body: bytes) -> bytes:
        _, _, ahead, _ = struct.unpack_from("<IIII", body)
        return struct.pack("<IIIIHHIIHHI7I", _MAJOR, _MINOR, ahead, 0, 12, 10, 1 << 16, 1, 0, 0, 0, *([0] * 7))

    def _look_up(self, node: int, body: bytes) -> bytes:
        parent, name = self._paths[node - _ROOT], body[: body.index(0)].decode()
        child = self._number(f"{parent}/{name}" if parent else name)
        # Nothing is believed for any time: each look is a question.
        return struct.pack("<QQQQII", child, 0, 0, 0, 0, 0) + self._attributes(child)

    def _get_attributes(self, node: int, _body: bytes) -> bytes:
        return struct.pack("<QII", 0, 0, 0) + self._attributes(node)

    def _open(self, _node: int, _body: bytes) -> bytes:
        return struct.pack("<QII", 0, 0, 0)

    def _read(self, node: int, body: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        return self._files[self._paths[node - _ROOT]][offset : offset + size]

    def _read_directory(self, node: int, body: bytes) -> bytes:
        _, offset, _ = struct.unpack_from("<QQI", body)
        parent = self._paths[node - _ROOT]
        inside = [path for path in self._paths if path and str(Path(path).parent).replace(".", "", 1) == parent]
        out = b""
        for place, path in enumerate(inside[offset:], offset + 1):
            name = Path(path).name.encode()
            kind = 8 if path in self._files else 4
            entry = struct.pack("<QQII", self._number(path), place, len(name), kind) + name
            out += entry.ljust(-(-len(entry) // 8) * 8, b"\0")
        return out


def _refuse(_server: FuseServer, _node: int, _body: bytes) -> bytes:
    raise OSError(errno.ENOSYS, "not needed")


_SILENT = frozenset({2, 36, 42})
"""FORGET, INTERRUPT and BATCH_FORGET have no reply."""

_OPERATIONS: dict[int, Callable[[FuseServer, int, bytes], bytes]] = {
    1: FuseServer._look_up,
    3: FuseServer._get_attributes,
    14: FuseServer._open,
    15: FuseServer._read,
    18: lambda *_: b"",
    26: FuseServer._initialize,
    27: FuseServer._open,
    28: FuseServer._read_directory,
    29: lambda *_: b"",
}
"""LOOKUP, GETATTR, OPEN, READ, RELEASE, INIT, OPENDIR, READDIR, RELEASEDIR."""


@contextmanager
def fuse(point: Path, files: dict[str, bytes]) -> Iterator[FuseServer]:
    """Mount such a file system; the test is skipped where none can be."""
    point.mkdir(parents=True, exist_ok=True)
    try:
        server = FuseServer(point, files)
    except OSError as error:
        pytest.skip(f"a FUSE file system cannot be mounted here: {error}")
    try:
        yield server
    finally:
        server.close()
