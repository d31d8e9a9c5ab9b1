"""inotify, through pyinotify, behind a fence: the only file that knows either.

The facts (pyinotify 0.9.6, kernel 6.18; ARCHITECTURE.md, "Watching", has the measurements). pyinotify's `read_events`
blocks on an empty queue, loses the rest of a batch at a name that is not UTF-8, and scans every rename of the last
minute; its `add_watch` fails on odd directory names. Importing it installs a log handler. Its descriptor is blocking and
inherited. The kernel queues an event before the call that caused it returns; a full queue says so once and then loses
events without a word; mounting tells nothing at all, but /proc/self/mountinfo becomes readable.

What we do. pyinotify's WatchManager owns the instance and makes the calls; reading is ours (`events`), and so is the
registry of paths. `drain` takes what is queued at its start, without blocking, and no more: reading until empty would
never end beside a busy writer. Anything lost (overflow, a change of mounts) is told as `lost`, and there is one way out
of that for the caller: everything is void, and `renew`.
"""

from __future__ import annotations

import array
import errno
import fcntl
import os
import select
import termios
from typing import Protocol, cast

import pyinotify  # pyright: ignore[reportMissingTypeStubs]  it has none

from resolverd.paths import name_of, parent_of
from resolverd.watch.base import NOTHING, Drained
from resolverd.watch.events import Change, Happening, parse_records
from resolverd.watch.mounts import MountTable
from resolverd.watch.registry import Registry


class _Calls(Protocol):
    """The system calls as pyinotify wraps them: -1 for an error."""

    def inotify_add_watch(self, fd: int, path: str, mask: int) -> int: ...
    def inotify_rm_watch(self, fd: int, wd: int) -> int: ...


class _WatchManager(Protocol):
    _inotify_wrapper: _Calls

    def get_fd(self) -> int: ...


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

    def WatchManager(self) -> _WatchManager: ...  # noqa: N802  pyinotify's name


_lib = cast("_Library", pyinotify)

_PRESENCE = _lib.IN_CREATE | _lib.IN_DELETE | _lib.IN_MOVED_FROM | _lib.IN_MOVED_TO
_SELF = _lib.IN_DELETE_SELF | _lib.IN_MOVE_SELF
_GONE = _SELF | _lib.IN_UNMOUNT | _lib.IN_IGNORED
_CONTENT = _lib.IN_MODIFY | _lib.IN_CLOSE_WRITE
DIRECTORY_MASK = _lib.IN_ONLYDIR | _PRESENCE | _SELF | _lib.IN_ATTRIB
"""Never IN_OPEN, IN_ACCESS or IN_CLOSE_NOWRITE: our own reading would fill the queue."""
FILE_MASK = _CONTENT | _SELF | _lib.IN_ATTRIB

_READ_SIZE = 256 * 1024


class Inotify:
    """One inotify instance, and the mount table beside it. `descriptor` becomes readable when there is something to drain."""

    def __init__(self, budget: int | None = None) -> None:
        """`budget` is the most watches to hold; by default most of what the kernel lets this user have."""
        self._budget = _default_budget() if budget is None else budget
        self._mountinfo = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        self._mounts = self._read_mounts()
        self._open()

    def _open(self) -> None:
        self._manager = _lib.WatchManager()
        # The manager's own add_watch costs thrice as much, and keeps one path for an inode that has two.
        self._calls = self._manager._inotify_wrapper  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self.descriptor: int = self._manager.get_fd()
        os.set_blocking(self.descriptor, False)
        os.set_inheritable(self.descriptor, False)
        self._registry = Registry()
        self._poll = select.poll()
        self._poll.register(self.descriptor, select.POLLIN)
        self._poll.register(self._mountinfo, select.POLLPRI | select.POLLERR)

    def renew(self) -> None:
        """Begin again with an empty queue and no watches: after a loss nothing that was queued can be trusted."""
        os.close(self.descriptor)
        self._open()

    def close(self) -> None:
        """Give the descriptors back."""
        os.close(self.descriptor)
        os.close(self._mountinfo)

    def __len__(self) -> int:
        return len(self._registry)

    # -- watching ----------------------------------------------------------------------------------------------------

    def watch_directory(self, path: str) -> bool:
        """Watch a real directory; whether from now on every change of its names will be told."""
        return self._mounts.is_told(path) and self._watch(path, DIRECTORY_MASK, os.O_DIRECTORY)

    def watch_file(self, path: str) -> bool:
        """Watch what is written to a file: a hard link elsewhere (pnpm's store) tells nobody but the inode's own watch."""
        return self._mounts.is_told(path) and self._watch(path, FILE_MASK, 0)

    def _watch(self, path: str, mask: int, flags: int) -> bool:
        if self._registry.is_watched(path):
            return True
        if len(self._registry) >= self._budget:
            return False
        wd = self._add(path, mask, flags)
        if wd < 0:
            return False
        orphan = self._registry.add(path, wd)
        if orphan is not None:
            self._calls.inotify_rm_watch(self.descriptor, orphan)
        return True

    def _add(self, path: str, mask: int, flags: int) -> int:
        try:
            return self._calls.inotify_add_watch(self.descriptor, path, mask)
        except UnicodeEncodeError:
            return self._add_odd(path, mask, flags)

    def _add_odd(self, path: str, mask: int, flags: int) -> int:
        """A path that is not UTF-8, by way of a descriptor: pyinotify encodes strictly."""
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC | flags)
        except OSError:
            return -1
        try:
            return self._calls.inotify_add_watch(
                self.descriptor, f"/proc/self/fd/{descriptor}", mask & ~_lib.IN_ONLYDIR
            )
        finally:
            os.close(descriptor)

    def unwatch(self, path: str) -> None:
        """Stop watching a path; what is queued for it finds no path any more."""
        wd = self._registry.remove(path)
        if wd is not None:
            self._calls.inotify_rm_watch(self.descriptor, wd)

    # -- draining ----------------------------------------------------------------------------------------------------

    def drain(self) -> Drained:
        """Take what is queued now. Whatever any process finished before this call is in it."""
        ready = self._poll.poll(0)
        if not ready:
            return NOTHING
        lost = False
        if any(fd == self._mountinfo for fd, _ in ready):
            # The poll has consumed the news: whoever saw it has to act on it.
            self._mounts = self._read_mounts()
            lost = True
        folded: dict[tuple[str, str], Happening] = {}
        for data in self._read_queue():
            lost = self._fold(data, folded) or lost
        changes = tuple(Change(directory, name, what) for (directory, name), what in folded.items())
        return Drained(changes, lost)

    def _read_queue(self) -> list[bytes]:
        queued = array.array("i", [0])
        fcntl.ioctl(self.descriptor, termios.FIONREAD, queued)
        left = queued[0]
        chunks: list[bytes] = []
        while left > 0:
            try:
                data = os.read(self.descriptor, _READ_SIZE)
            except OSError as error:
                if error.errno == errno.EAGAIN:
                    break
                raise
            chunks.append(data)
            left -= len(data)
        return chunks

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

    def check(self) -> None:
        """Hold the registry's invariants. Raises `InvariantError`."""
        self._registry.check()


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
