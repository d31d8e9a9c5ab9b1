"""The one window on the user's files: four methods, and two more for archives; nothing else looks.

Contract, held for every implementation by `tests/unit/view/`:

- Paths are absolute, normal `str`, odd bytes as surrogate escapes.
- A failure is an `OSError` whose `errno` says which: ENOENT and ENOTDIR mean *absent*; everything else
  (EACCES, ELOOP, EIO, EMFILE, ...) means *could not look* and must never be remembered as absence.
- NUL in a path is EINVAL, a path over the system's limit ENAMETOOLONG.
- Nothing blocks on a FIFO, a device or a socket: `read`, `stamp` and `open` take regular files only (EINVAL else),
  `read` of at most `limit` bytes (EFBIG else).
"""

from __future__ import annotations

from enum import IntEnum
from typing import BinaryIO, Protocol

MANIFEST_LIMIT = 4 * 1024 * 1024
"""The most bytes a manifest may have; a larger one is answered as an invalid config."""


Stamp = tuple[int, int, int, int]
"""What a file is known again by: inode, size, mtime and ctime, the latter two in nanoseconds."""


class EntryKind(IntEnum):
    """What a name in a directory is, links not followed."""

    FILE = 1
    DIRECTORY = 2
    LINK = 3
    OTHER = 4


class DirectoryView(Protocol):
    """A file system as the resolver sees it."""

    def list(self, path: str) -> dict[str, EntryKind]:
        """Every name in a directory with its kind. The directory itself may be reached through links."""
        ...

    def kind(self, path: str) -> EntryKind:
        """What `path` is; a link as the last component is not followed."""
        ...

    def read(self, path: str, limit: int = MANIFEST_LIMIT) -> bytes:
        """The bytes of a regular file (links followed)."""
        ...

    def read_link(self, path: str) -> str:
        """Where a link points, as written in it."""
        ...

    def stamp(self, path: str) -> Stamp:
        """What a regular file is known again by (links followed)."""
        ...

    def open(self, path: str) -> BinaryIO:
        """A regular file for reading at any place in it; the caller closes it."""
        ...
