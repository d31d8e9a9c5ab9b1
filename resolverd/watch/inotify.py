"""inotify, through pyinotify, behind a fence: the only file that knows either.

The facts (pyinotify 0.9.6, kernel 6.18; ARCHITECTURE.md, "Watching", has the measurements). pyinotify's `read_events`
blocks on an empty queue, loses the rest of a batch at a name that is not UTF-8, and scans every rename of the last
minute; its `add_watch` fails on odd directory names, and makes a C array type for each path (10 µs, as much as the kernel takes).
Importing it installs a log handler. To find libc it starts `ldconfig`, or a compiler. Its descriptor is blocking and inherited. The kernel queues an event before the call that caused it returns; a
full queue says so once and then loses events without a word; mounting tells nothing at all, but /proc/self/mountinfo becomes
readable.

What we do. pyinotify makes the calls, with the libc that Python runs on, and but for adding, which is libc's own call with bytes;
reading is ours (`events`), and so is the registry of paths. `drain` takes what is queued at its start, without blocking, and no more: reading until empty would never end
beside a busy writer. Anything lost (overflow, a change of mounts, the instance itself) is told as `lost`, and there is
one way out of that for the caller: everything is void, and `renew`. While no instance is to be had
(max_user_instances, no descriptor left) nothing is watched, and each drain tries again: getting one is a loss as well,
since what was looked at meanwhile is not watched.

The instance may be another after each drain, so who waits for news waits for an epoll descriptor that holds it.
"""

from __future__ import annotations

import array
import ctypes
import errno
import fcntl
import os
import select
import socket
import termios
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol, cast

import pyinotify  # pyright: ignore[reportMissingTypeStubs]  it has none

from resolverd.paths import name_of, parent_of
from resolverd.terms import Blindness, Unwatched
from resolverd.watch.base import NOTHING, Drained
from resolverd.watch.events import Change, Happening, parse_records
from resolverd.watch.mounts import MountTable
from resolverd.watch.registry import Registry


class _Calls(Protocol):
    """The system calls as pyinotify wraps them: -1 for an error."""

    _libc: ctypes.CDLL
    _get_errno_func: Callable[[], int]

    def inotify_init(self) -> int: ...
    def inotify_rm_watch(self, fd: int, wd: int) -> int: ...


class _Library(Protocol):
    """What we use of pyinotify, which has no types."""

    IN_ATTRIB: int
    IN_CLOSE_WRITE: int
    IN_CREATE: int
    IN_DELETE: int
    IN_DELETE_SELF: int
    IN_IGNORED: int
    IN_MODIFY: int
    IN_MOVED_FROM: int
    IN_MOVED_TO: int
    IN_MOVE_SELF: int
    IN_ONLYDIR: int
    IN_Q_OVERFLOW: int
    IN_UNMOUNT: int
    _CtypesLibcINotifyWrapper: type[_Calls]


_lib = cast("_Library", pyinotify)

_PRESENCE = _lib.IN_CREATE | _lib.IN_DELETE | _lib.IN_MOVED_FROM | _lib.IN_MOVED_TO
_SELF = _lib.IN_DELETE_SELF | _lib.IN_MOVE_SELF
_GONE = _SELF | _lib.IN_UNMOUNT | _lib.IN_IGNORED
_CONTENT = _lib.IN_MODIFY | _lib.IN_CLOSE_WRITE
DIRECTORY_MASK = _lib.IN_ONLYDIR | _PRESENCE | _SELF | _lib.IN_ATTRIB
"""Never IN_OPEN, IN_ACCESS or IN_CLOSE_NOWRITE: our own reading would fill the queue."""
FILE_MASK = _CONTENT | _SELF | _lib.IN_ATTRIB

_READ_SIZE = 256 * 1024
_LARGEST_RECORD = 16 + 256
_MOST_AT_ONCE = 2 * 1024 * 1024
"""Bytes in the queue (65,536 short names at most) beyond which looking again costs less than taking them in. The kernel's
default queue holds 16,384 events; a user may have raised it."""
_NONE = -1
"""The descriptor of no instance."""


def _calls(libc: ctypes.CDLL) -> _Calls:
    """Give pyinotify's calls with Python's own libc: its `create` would have a program find one."""
    calls = _lib._CtypesLibcINotifyWrapper()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  behind this fence
    calls._libc = libc  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    calls._get_errno_func = ctypes.get_errno  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return calls


class Inotify:
    """One inotify instance, and the mount table beside it. `descriptor` becomes readable when there is something to drain."""

    def __init__(self, budget: int | None = None) -> None:
        """`budget` is the most watches to hold; by default most of what the kernel lets this user have.

        Raises `OSError` where there is no inotify, or no descriptor left; having no instance is no error.
        """
        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "inotify_init"):
            raise OSError(errno.ENOSYS, "libc has no inotify")
        self._calls = _calls(libc)
        self._add = libc.inotify_add_watch
        self._add.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32)
        self._budget = _default_budget() if budget is None else budget
        self._mountinfo = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        self.mounts = self._read_mounts()
        """The mount table, as it was at the last drain."""
        self._is_mount_table_due = False
        self._waiting = select.epoll()
        self.descriptor = self._waiting.fileno()
        self.before_reading: Callable[[], None] = _nothing
        """Called when something is pending, before any of it is read."""
        self._life: tuple[int, ...] = ()
        self._open()

    def _open(self) -> None:
        self._registry = Registry()
        self._poll = select.poll()
        self._poll.register(self._mountinfo, select.POLLPRI | select.POLLERR)
        self._instance = self._calls.inotify_init()
        if self._instance == _NONE:
            return
        os.set_blocking(self._instance, False)
        os.set_inheritable(self._instance, False)
        try:
            self._life = _lifeline(self._instance)
            self._waiting.register(self._instance, select.EPOLLIN)
        except OSError:
            # No descriptor left: it is tried again, as it is for the instance itself.
            self._give_back()
            self._instance = _NONE
            return
        self._poll.register(self._instance, select.POLLIN)

    @property
    def is_blind(self) -> bool:
        """Tell whether there is no instance at present, so that nothing is watched."""
        return self._instance == _NONE

    def renew(self) -> None:
        """Begin again with an empty queue and no watches: after a loss nothing that was queued can be trusted."""
        self._give_back()
        self._open()

    def _give_back(self) -> None:
        for descriptor in reversed(self._life):
            os.close(descriptor)
        self._life = ()
        if not self.is_blind:
            with suppress(OSError):  # EBADF, where it was lost
                os.close(self._instance)

    def close(self) -> None:
        """Give the descriptors back."""
        self._give_back()
        self._waiting.close()
        os.close(self._mountinfo)

    def __len__(self) -> int:
        return len(self._registry)

    # -- watching ----------------------------------------------------------------------------------------------------

    def watch_directory(self, path: str) -> bool:
        """Watch a real directory; whether from now on every change of its names will be told."""
        return self.mounts.is_told(path) and self._watch(path, DIRECTORY_MASK)

    def watch_file(self, path: str) -> bool:
        """Watch what is written to a file: a hard link elsewhere (pnpm's store) tells nobody but the inode's own watch."""
        return self.mounts.is_told(path) and self._watch(path, FILE_MASK)

    def _watch(self, path: str, mask: int) -> bool:
        if self.is_blind or (len(self._registry) >= self._budget and not self._registry.is_watched(path)):
            return False
        wd = self._add(self._instance, os.fsencode(path), mask)
        if wd < 0:
            return False
        orphan = self._registry.add(path, wd)
        if orphan is not None:
            self._calls.inotify_rm_watch(self._instance, orphan)
        return True

    def blindness(self, path: str) -> Unwatched:
        """Say why a path that was not to be watched is not. A file system that may hang is not asked."""
        if not self.mounts.is_told(path):
            return Unwatched(path, Blindness.FILE_SYSTEM, self.mounts.type_of(path) or "")
        if self.is_blind:
            return Unwatched(path, Blindness.INSTANCE)
        # Watching takes the right to read, and nothing else but room.
        refused = not os.access(path, os.R_OK, effective_ids=True)
        return Unwatched(path, Blindness.PERMISSION if refused else Blindness.LIMIT)

    def unwatch(self, path: str) -> None:
        """Stop watching a path; what is queued for it finds no path any more."""
        wd = self._registry.remove(path)
        if wd is not None:
            self._calls.inotify_rm_watch(self._instance, wd)

    # -- draining ----------------------------------------------------------------------------------------------------

    def drain(self, most: int | None = None) -> Drained:
        """Take what is queued now. Whatever any process finished before this call is in it.

        With `most`, take about so many bytes of it: some of the oldest events, and none out of turn.
        """
        try:
            ready = [descriptor for descriptor, _ in self._poll.poll(0)]
        except OSError:
            # Out of memory, say. The mount table's news may be among what was polled.
            ready = [self._mountinfo]
        # The poll has consumed that news: whoever saw it has to act on it.
        self._is_mount_table_due = self._is_mount_table_due or self._mountinfo in ready
        if self.is_blind:
            self.before_reading()
            self._open()
            return NOTHING if self.is_blind and not self._is_mount_table_due else self._lost()
        if not ready and not self._is_mount_table_due:
            return NOTHING
        self.before_reading()
        folded: dict[tuple[str, str], Happening] = {}
        lost = self._is_mount_table_due
        try:
            for data in self._read_queue(most):
                lost = self._fold(data, folded) or lost
        except OSError:
            # Too much is queued; or the instance is gone: somebody closed its descriptor, or put another in its place.
            lost = True
        if lost:
            return self._lost()
        return Drained(tuple(Change(directory, name, what) for (directory, name), what in folded.items()), lost=False)

    def _lost(self) -> Drained:
        if self._is_mount_table_due:
            # If it cannot be read, everything is lost again at the next drain.
            with suppress(OSError):
                self.mounts = self._read_mounts()
                self._is_mount_table_due = False
        return Drained((), lost=True)

    def _read_queue(self, most: int | None) -> Iterator[bytes]:
        queued = array.array("i", [0])
        fcntl.ioctl(self._instance, termios.FIONREAD, queued)
        if most is None and queued[0] > _MOST_AT_ONCE:
            raise OSError(errno.E2BIG, "more is queued than is worth reading")
        left = queued[0] if most is None else min(most, queued[0])
        while left > 0:
            try:
                data = os.read(self._instance, max(_LARGEST_RECORD, min(left, _READ_SIZE)))
            except BlockingIOError:
                return
            yield data
            left -= len(data)

    def _fold(self, data: bytes, folded: dict[tuple[str, str], Happening]) -> bool:
        """Add the records of one read to what happened; whether the kernel says that it lost some."""
        lost = False
        for record in parse_records(data):
            if record.mask & _lib.IN_Q_OVERFLOW:
                lost = True
                continue
            happening = _happening(record.mask)
            for path in self._registry.paths(record.wd):
                # A file's own watch has no names: the news is of the file's name in its directory.
                is_file = not record.name and record.mask & (_CONTENT | _lib.IN_ATTRIB) and happening != Happening.SELF
                key = (parent_of(path), name_of(path)) if is_file else (path, record.name)
                folded[key] = folded.get(key, Happening(0)) | happening
            if record.mask & _lib.IN_IGNORED:
                self._registry.drop(record.wd)
        return lost

    def _read_mounts(self) -> MountTable:
        os.lseek(self._mountinfo, 0, os.SEEK_SET)
        chunks: list[bytes] = []
        while chunk := os.read(self._mountinfo, _READ_SIZE):
            chunks.append(chunk)
        return MountTable(b"".join(chunks).decode("utf-8", "surrogateescape"))

    def witness(self) -> tuple[int, int, int]:
        """Make an epoll descriptor that becomes readable when anything is pending here, or when this process is gone.

        It cannot be read, so whoever has it takes no event away. The two others that it listens to have to be kept as long
        as it is: an epoll descriptor keeps nothing alive. The mount table is one opened for it alone, since the news of a
        mount is told once to each, and not what was mounted before it was opened: who has to know drains after this. The
        pipe's other end is ours. The caller closes all three. Raises `OSError`.
        """
        waiting = select.epoll()
        mountinfo = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        life = os.dup(self._life[0])
        waiting.register(self._instance, select.EPOLLIN)
        waiting.register(mountinfo, select.EPOLLPRI)
        waiting.register(life, select.EPOLLIN)
        descriptor = os.dup(waiting.fileno())
        waiting.close()
        return descriptor, mountinfo, life

    def check(self) -> None:
        """Hold the registry's invariants. Raises `InvariantError`."""
        self._registry.check()


def _lifeline(instance: int) -> tuple[int, int, int]:
    """Make a pipe that ends before an instance falls silent when this process is killed.

    It is the pipe's reading end, what keeps the instance, and the pipe's writing end. A killed process first gives up all of
    its descriptors at once. Then the files end one by one, the highest descriptor first (task works are a stack), and an
    instance that nobody else refers to tells nobody anything meanwhile, though it lives: epoll passes it over (`epi_fget`,
    Linux 6.9). So a message to ourselves, which nobody receives, refers to it as well, and the pipe is above that.
    """
    kept, sending = socket.socketpair()
    with kept, sending:
        socket.send_fds(sending, [b"\0"], [instance])
        reading, writing = os.pipe2(os.O_CLOEXEC)
        try:
            above = fcntl.fcntl(writing, fcntl.F_DUPFD_CLOEXEC, kept.fileno() + 1)
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return reading, kept.detach(), above


def _nothing() -> None:
    """Nobody has to know."""


def _happening(mask: int) -> Happening:
    happening = Happening(0)
    if mask & _PRESENCE:
        happening |= Happening.PRESENCE
    if mask & _CONTENT:
        happening |= Happening.CONTENT
    if mask & _lib.IN_ATTRIB:
        happening |= Happening.MODE
    if mask & _GONE:
        happening |= Happening.SELF
    return happening


def _default_budget() -> int:
    try:
        descriptor = os.open("/proc/sys/fs/inotify/max_user_watches", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 8192
    try:
        # Editors watch too; a user who is out of watches loses them as well.
        return int(os.read(descriptor, 32)) * 3 // 4
    finally:
        os.close(descriptor)
