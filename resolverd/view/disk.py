"""The disk as a `DirectoryView`: the only file of the core that calls the operating system.

Nothing here may block on what a stranger put in a project. Opening a FIFO waits for its other end, opening a device may
do anything, so `read` looks before it opens, opens without waiting all the same (the name may have changed hands in
between), and looks again at what it holds.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import BinaryIO

from resolverd.view.base import MANIFEST_LIMIT, EntryKind, Stamp

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class DiskView:
    """The file system of this machine."""

    __slots__ = ()

    def list(self, path: str) -> dict[str, EntryKind]:
        """One `scandir`; the kinds come with the names and cost no `stat`."""
        _refuse_nul(path)
        with os.scandir(path) as entries:
            return {entry.name: _entry_kind(entry) for entry in entries}

    def kind(self, path: str) -> EntryKind:
        """One `lstat`."""
        _refuse_nul(path)
        return _mode_kind(os.lstat(path).st_mode)

    def read(self, path: str, limit: int = MANIFEST_LIMIT) -> bytes:
        """Read a regular file of at most `limit` bytes, also if it grows meanwhile."""
        descriptor = _open_regular(path, limit)
        try:
            return _read_all(descriptor, path, limit)
        finally:
            os.close(descriptor)

    def read_link(self, path: str) -> str:
        """One `readlink`."""
        _refuse_nul(path)
        return os.readlink(path)

    def stamp(self, path: str) -> Stamp:
        """One `stat`."""
        _refuse_nul(path)
        status = os.stat(path)
        _require_regular(status, path, None)
        return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns

    def open(self, path: str) -> BinaryIO:
        """Open a regular file."""
        return os.fdopen(_open_regular(path, None), "rb")


def _entry_kind(entry: os.DirEntry[str]) -> EntryKind:
    # The commonest first: each question is a call.
    if entry.is_file(follow_symlinks=False):
        return EntryKind.FILE
    if entry.is_dir(follow_symlinks=False):
        return EntryKind.DIRECTORY
    return EntryKind.LINK if entry.is_symlink() else EntryKind.OTHER


def _mode_kind(mode: int) -> EntryKind:
    if stat.S_ISREG(mode):
        return EntryKind.FILE
    if stat.S_ISDIR(mode):
        return EntryKind.DIRECTORY
    return EntryKind.LINK if stat.S_ISLNK(mode) else EntryKind.OTHER


def _refuse_nul(path: str) -> None:
    if "\0" in path:
        raise OSError(errno.EINVAL, "a path cannot have a NUL in it", path)


def _open_regular(path: str, limit: int | None) -> int:
    _refuse_nul(path)
    _require_regular(os.stat(path), path, limit)
    descriptor = os.open(path, _FLAGS)
    try:
        _require_regular(os.fstat(descriptor), path, limit)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _require_regular(status: os.stat_result, path: str, limit: int | None) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", path)
    if limit is not None and status.st_size > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", path)


def _read_all(descriptor: int, path: str, limit: int) -> bytes:
    chunks: list[bytes] = []
    total = 0
    while chunk := os.read(descriptor, min(limit + 1 - total, 1 << 20)):
        chunks.append(chunk)
        total += len(chunk)
        if total > limit:
            raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", path)
    return b"".join(chunks)
