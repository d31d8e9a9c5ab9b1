"""One zip archive, read through once: the tree of its members, and the manifests that will be asked for next.

The facts. Yarn keeps each package in a zip. Reading the table of contents costs some microseconds a member, and a
resolve asks for several directories of it and for its package.json. An archive is also a stranger's file: its table may
be damaged, lie, name members outside of itself, name one twice, or stand for gigabytes.

What we do. The file is opened, its table read within stated limits, small package.json files with it, and the file is
closed again: no descriptor is held, and what is kept is a snapshot. A table that is not plain and honest makes the whole
archive unreadable, with the reason; other members are inflated when they are asked for, never beyond the limit given.
"""

from __future__ import annotations

import errno
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, TypeVar

from resolverd.paths import name_of, parent_of
from resolverd.view.base import EntryKind

TABLE_LIMIT = 8 * 1024 * 1024
"""The most bytes of a table of contents (the largest packages of the npm registry have four million)."""

MOST_NAMES = 100_000
"""The most names, directories included, of one archive."""

_KEPT_MANIFEST = 64 * 1024
_KEPT_MANIFESTS = 1024 * 1024
"""Bytes of package.json files kept with the tree: of one, and of all."""

_LINK_LIMIT = 4095
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1

_T = TypeVar("_T")


class Archive:
    """A snapshot. `directories` holds the entries of each directory by its path from the root, which is ""."""

    __slots__ = ("directories", "manifests", "names")

    def __init__(self) -> None:
        self.directories: dict[str, dict[str, EntryKind]] = {"": {}}
        self.manifests: dict[str, bytes] = {}
        self.names = 0

    def kind(self, inner: str) -> EntryKind:
        """Tell what a member is. Raises `OSError` (ENOENT, ENOTDIR) where there is none."""
        if inner in self.directories:
            return EntryKind.DIRECTORY
        above = parent_of(f"/{inner}")[1:]
        entries = self.directories.get(above)
        if entries is None:
            is_below_file = self.kind(above) is not EntryKind.DIRECTORY
            raise OSError(errno.ENOTDIR if is_below_file else errno.ENOENT, "it is not in the archive", inner)
        kind = entries.get(name_of(f"/{inner}"))
        if kind is None:
            raise OSError(errno.ENOENT, "it is not in the archive", inner)
        return kind

    def add(self, info: zipfile.ZipInfo) -> None:
        """Enter a member with its directories. Raises `zipfile.BadZipFile` for one that no honest archive has."""
        is_directory = info.filename.endswith("/")
        inner = info.filename.removesuffix("/")
        if "\0" in info.orig_filename or {"", ".", ".."} & set(inner.split("/")):
            raise zipfile.BadZipFile(f"its member {info.orig_filename[:200]!r} is outside of it")
        entries = self._directory(parent_of(f"/{inner}")[1:])
        if is_directory:
            self._directory(inner)
            return
        name = name_of(f"/{inner}")
        if name in entries:
            raise zipfile.BadZipFile(f"its member {inner[:200]!r} is there twice")
        is_link = stat.S_ISLNK(info.external_attr >> 16)
        self._enter(entries, name, EntryKind.LINK if is_link else EntryKind.FILE)

    def _directory(self, inner: str) -> dict[str, EntryKind]:
        """Give a directory's entries, made with those above it where they are missing."""
        missing: list[str] = []
        while inner not in self.directories:
            missing.append(inner)
            inner = parent_of(f"/{inner}")[1:]
        entries = self.directories[inner]
        for path in reversed(missing):
            name = name_of(f"/{path}")
            if name in entries:
                raise zipfile.BadZipFile(f"its member {path[:200]!r} is a file and a directory")
            self._enter(entries, name, EntryKind.DIRECTORY)
            entries = self.directories[path] = {}
        return entries

    def _enter(self, entries: dict[str, EntryKind], name: str, kind: EntryKind) -> None:
        self.names += 1
        if self.names > MOST_NAMES:
            raise OSError(errno.EFBIG, f"it is an archive of more than {MOST_NAMES} names")
        entries[name] = kind


def read_archive(file: BinaryIO, path: str) -> Archive:
    """Read the tree of an archive. Raises `OSError` whose message says what is wrong with it."""

    def read(archive: zipfile.ZipFile) -> Archive:
        read_through = Archive()
        for info in archive.infolist():
            read_through.add(info)
        _keep_manifests(archive, read_through)
        return read_through

    return _opened(file, path, read)


def _keep_manifests(archive: zipfile.ZipFile, kept: Archive) -> None:
    left = _KEPT_MANIFESTS
    for info in archive.infolist():
        if not info.filename.endswith("/package.json") or info.file_size > min(_KEPT_MANIFEST, left):
            continue
        try:
            kept.manifests[info.filename] = _inflate(archive, info, _KEPT_MANIFEST)
        except (OSError, *_DAMAGE):
            continue  # whoever asks for it gets the reason
        left -= info.file_size


def read_member(file: BinaryIO, path: str, inner: str, limit: int) -> bytes:
    """Read one member. Raises `OSError`: EFBIG beyond the limit, EINVAL where it cannot be inflated."""

    def read(archive: zipfile.ZipFile) -> bytes:
        try:
            return _inflate(archive, archive.getinfo(inner), limit)
        except _DAMAGE as damage:
            # Lasting, as the archive itself is: the member is no manifest, and never will be.
            raise OSError(errno.EINVAL, f"it cannot be read from its archive ({damage})", f"{path}/{inner}") from None

    return _opened(file, path, read)


def read_link(file: BinaryIO, path: str, inner: str) -> str:
    """Read where a link among the members points, which may be anywhere."""
    return read_member(file, path, inner, _LINK_LIMIT).decode("utf-8", "surrogateescape")


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise zipfile.BadZipFile("it is encrypted")
    if info.compress_type not in _METHODS:
        raise zipfile.BadZipFile(f"compression method {info.compress_type} is neither stored nor deflated")
    if info.file_size > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", info.filename)
    # zipfile inflates no more than the size that the table gives, and checks the sum.
    with archive.open(info) as member:
        return member.read()


_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What zipfile raises on bytes that are no archive, or a damaged one."""


def _opened(file: BinaryIO, path: str, read: Callable[[zipfile.ZipFile], _T]) -> _T:
    try:
        with zipfile.ZipFile(_Bounded(file)) as archive:  # pyright: ignore[reportArgumentType]  what zipfile calls is there
            return read(archive)
    except _DAMAGE as damage:
        raise OSError(errno.EBADMSG, f"it is no zip archive that can be read ({damage})", path) from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, error.filename or path) from None
    finally:
        file.close()


class _Bounded:
    """A file of which nobody reads more than the limit at once: zipfile takes the whole table in one read."""

    __slots__ = ("_file", "seek", "seekable", "tell")

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > TABLE_LIMIT:
            raise OSError(errno.EFBIG, f"it is an archive with a table of more than {TABLE_LIMIT} bytes")
        return self._file.read(TABLE_LIMIT if size < 0 else size)
