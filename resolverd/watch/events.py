"""What the kernel tells of watched inodes, as records and as changes of paths. Pure: bytes in, values out.

A record is `struct inotify_event` (inotify(7)): wd i32, mask u32, cookie u32, len u32, then `len` bytes of name, padded
with NUL. Names are bytes, and need not be UTF-8.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntFlag
from typing import NamedTuple

_HEADER = struct.Struct("iIII")


class Happening(IntFlag):
    """What may have become of a name, or of a directory itself."""

    PRESENCE = 1
    """Created, moved in, deleted or moved away."""
    CONTENT = 2
    """Written to."""
    MODE = 4
    """Permissions, owner or times."""
    SELF = 8
    """The directory itself was deleted, moved or unmounted, or its watch is gone."""


class Record(NamedTuple):
    """One event as the kernel wrote it."""

    wd: int
    mask: int
    name: str


class Change(NamedTuple):
    """All that happened to one name in one real directory since the last drain (name "" for the directory itself)."""

    directory: str
    name: str
    happening: Happening


def parse_records(data: bytes) -> Iterator[Record]:
    """Read the records of one `read`; the kernel never splits one."""
    position = 0
    while position < len(data):
        wd, mask, _cookie, length = _HEADER.unpack_from(data, position)
        position += _HEADER.size
        name = data[position : position + length].rstrip(b"\0")
        position += length
        yield Record(wd, mask, name.decode("utf-8", "surrogateescape"))
