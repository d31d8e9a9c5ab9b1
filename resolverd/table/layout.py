"""The bytes of a table (clients/ANSWER_TABLE.md is normative). All numbers are u32, little-endian, aligned.

    0        magic "RSVT"            +-----------------------------------------------+
    4        layout version          | header, 64 bytes                              |
    8        generation              +-----------------------------------------------+ slots
    12       gate                    | hash, offset | hash, offset | ...   mask + 1  |
    16       mask                    +-----------------------------------------------+ records
    20       slots: offset           | key length, answer length, key, answer, pad 8 |
    24       records: offset         | key length, answer length, key, answer, pad 8 |
    28       size of all             | ...                     free, zero            |
    32       pid of the writer       +-----------------------------------------------+ size

A slot's offset is 0 while it is free; bit 0 of it says that the record is forgotten. A record never changes, and an offset
is never used twice in one table: who finds the offset that it decoded before still holds the answer.
"""

from __future__ import annotations

import zlib

MAGIC = 0x54565352
VERSION = 1
HEADER_BYTES = 64
SLOT_BYTES = 8
RECORD_HEADER_BYTES = 8

GENERATION, GATE, MASK, SLOTS, RECORDS, SIZE, PID = range(2, 9)
"""The header's words, by number."""

APPLYING = 1
"""Bit of the gate: what happened is being taken in."""

RETIRED = 2
"""Bit of the gate: nothing here may be believed any more; there is another table."""

FORGOTTEN = 1
"""Bit of a slot's offset: the record's answer is void."""


def key_bytes(mode: int, origin: str, specifier: str) -> bytes:
    """Give the key of a question. Raises `ValueError` for one that has none.

    Such are a NUL in the origin, which would end it, and half a surrogate pair, which stands for no byte.
    """
    if "\0" in origin:
        raise ValueError("a NUL in the origin")
    return f"{mode}\0{origin}\0{specifier}".encode("utf-8", "surrogateescape")


def hash_of(key: bytes) -> int:
    """Hash a key (CRC-32, zlib's)."""
    return zlib.crc32(key)


def aligned(size: int) -> int:
    """Round up to 8."""
    return (size + 7) & ~7
