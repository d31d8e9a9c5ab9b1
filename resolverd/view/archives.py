"""A view that sees through zip archives: `/x/foo.zip/node_modules/foo/index.js` is a file in the archive `/x/foo.zip`.

The facts. Only the archive itself is on the disk; what is in it changes when the archive is replaced, and not
otherwise. A regular file is an archive if its name ends with `.zip`; a directory of such a name is a directory.

What we do. Snapshots are kept, each with the stamp of the file that it was made from, which is compared at every look;
so is the reason why an archive could not be read, or a hostile one would be tried again and again. Who knows that an
archive was written to says so (`forget`), since two writes within one tick of the clock leave the same stamp. The
snapshots together have at most `KEPT_NAMES` names; the one that was used longest ago goes first.

Inside an archive paths are real: links are told as links, and are not followed here.
"""

from __future__ import annotations

import errno
import os
from collections import OrderedDict
from typing import BinaryIO

from resolverd.view.archive import MOST_NAMES, Archive, read_archive, read_link, read_member
from resolverd.view.base import MANIFEST_LIMIT, DirectoryView, EntryKind, Stamp

SUFFIX = ".zip"

KEPT_NAMES = 2 * MOST_NAMES
"""Names in all snapshots kept; some 25 MB."""

_LASTING = frozenset({errno.EBADMSG, errno.EFBIG})
"""Errors that will be the same until the archive is another."""

_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR})

Refusal = tuple[int | None, str | None]


class ArchiveView:
    """A `DirectoryView` over another, through its archives."""

    __slots__ = ("_base", "_known", "_names")

    def __init__(self, base: DirectoryView) -> None:
        self._base = base
        self._known: OrderedDict[str, tuple[Stamp, Archive | Refusal]] = OrderedDict()
        self._names = 0

    # -- the view ------------------------------------------------------------------------------------------------

    def list(self, path: str) -> dict[str, EntryKind]:
        """List a directory, or the root or a directory of an archive."""
        place = self._locate(path)
        if place is None:
            return self._base.list(path)
        archive, inner, stamp = place
        entries = self._snapshot(archive, stamp).directories.get(inner)
        if entries is None:
            self._kind(archive, inner, stamp)
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        return dict(entries)

    def kind(self, path: str) -> EntryKind:
        """Tell what a path is; an archive itself is a file."""
        place = self._locate(path)
        if place is None or not place[1]:
            return self._base.kind(path)
        return self._kind(*place)

    def read(self, path: str, limit: int = MANIFEST_LIMIT) -> bytes:
        """Read a file, or a member of an archive."""
        place = self._locate(path)
        if place is None or not place[1]:
            return self._base.read(path, limit)
        archive, inner, stamp = place
        kept = self._snapshot(archive, stamp).manifests.get(inner)
        if kept is not None and len(kept) <= limit:
            return kept
        if self._kind(archive, inner, stamp) is EntryKind.DIRECTORY:
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        return read_member(self._base.open(archive), archive, inner, limit)

    def read_link(self, path: str) -> str:
        """Read where a link points."""
        place = self._locate(path)
        if place is None or not place[1]:
            return self._base.read_link(path)
        archive, inner, stamp = place
        if self._kind(archive, inner, stamp) is not EntryKind.LINK:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        return read_link(self._base.open(archive), archive, inner)

    def stamp(self, path: str) -> Stamp:
        """Give a file's stamp; a member has its archive's."""
        place = self._locate(path)
        return self._base.stamp(path) if place is None else place[2]

    def open(self, path: str) -> BinaryIO:
        """Open a file on the disk."""
        return self._base.open(path)

    # -- archives ------------------------------------------------------------------------------------------------

    def archive_of(self, path: str) -> str | None:
        """Give the archive that a path leads into, or is; None if there is none."""
        place = self._locate(path)
        return None if place is None else place[0]

    def forget(self, archive: str) -> None:
        """Drop the snapshot of an archive that may have been written to."""
        known = self._known.pop(archive, None)
        if known is not None and isinstance(known[1], Archive):
            self._names -= known[1].names

    def _locate(self, path: str) -> tuple[str, str, Stamp] | None:
        """Split a path at the archive in it: its path, the path inside, its stamp. None if there is no archive."""
        end = path.find(SUFFIX)
        while end >= 0:
            end += len(SUFFIX)
            if end == len(path) or path[end] == "/":
                try:
                    return path[:end], path[end + 1 :], self._base.stamp(path[:end])
                except OSError as error:
                    if error.errno in _NOT_THERE:
                        return None
            end = path.find(SUFFIX, end)
        return None

    def _kind(self, archive: str, inner: str, stamp: Stamp) -> EntryKind:
        return self._snapshot(archive, stamp).kind(inner)

    def _snapshot(self, archive: str, stamp: Stamp) -> Archive:
        known = self._known.get(archive)
        if known is None or known[0] != stamp:
            self.forget(archive)
            known = stamp, self._read(archive)
            self._keep(archive, known)
        else:
            self._known.move_to_end(archive)
        snapshot = known[1]
        if isinstance(snapshot, Archive):
            return snapshot
        raise OSError(*snapshot, archive)

    def _read(self, archive: str) -> Archive | Refusal:
        try:
            return read_archive(self._base.open(archive), archive)
        except OSError as error:
            if error.errno not in _LASTING:
                raise
            return error.errno, error.strerror

    def _keep(self, archive: str, known: tuple[Stamp, Archive | Refusal]) -> None:
        self._known[archive] = known
        self._names += known[1].names if isinstance(known[1], Archive) else 0
        while self._names > KEPT_NAMES or len(self._known) > KEPT_NAMES:
            self.forget(next(iter(self._known)))
