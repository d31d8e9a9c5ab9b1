"""Any MessagePack at all, as bytes: also what no encoder of ours writes (extensions, maps as keys, odd bytes as text)."""

from __future__ import annotations

import struct

import msgspec
from hypothesis import strategies as st

_words = st.sampled_from(
    [b"", b"a", b"./a", b"/p/src", b"import", b"node", b"alias", b"extensions", b"\0", b"\xff", b"\xc3\xa9"]
)
_times = st.sampled_from([4, 8]).flatmap(lambda size: st.binary(min_size=size, max_size=size))


def _sized(head: int, data: bytes) -> bytes:
    return bytes((head, len(data))) + data


def _list(items: list[bytes]) -> bytes:
    return bytes((0x90 | len(items),)) + b"".join(items)


def _map(items: list[tuple[bytes, bytes]]) -> bytes:
    return bytes((0x80 | len(items),)) + b"".join(key + value for key, value in items)


_atoms = (
    st.sampled_from([b"\xc0", b"\xc2", b"\xc3", b"\x00", b"\x01", b"\xff", b"\xcb\x7f\xf8\0\0\0\0\0\0"])
    | st.integers(-(2**63), 2**64 - 1).map(msgspec.msgpack.encode)
    | st.floats().map(msgspec.msgpack.encode)
    | _words.map(lambda word: _sized(0xD9, word))
    | _words.map(lambda word: _sized(0xC4, word))
    | st.binary(max_size=20).map(lambda data: bytes((0xC7, len(data), 5)) + data)
    | _times.map(lambda time: struct.pack("Bb", 0xD6 + (len(time) > 4), -1) + time)
)
values = st.recursive(
    _atoms,
    lambda inner: st.lists(inner, max_size=4).map(_list) | st.lists(st.tuples(inner, inner), max_size=3).map(_map),
    max_leaves=12,
)


def messages(lowest: int, highest: int) -> st.SearchStrategy[bytes]:
    """Arrays of any fields behind a tag in this range."""
    tags = st.integers(lowest, highest).map(msgspec.msgpack.encode)
    return st.tuples(tags, st.lists(values, max_size=8)).map(lambda message: _list([message[0], *message[1]]))
