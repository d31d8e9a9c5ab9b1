"""Frames: a u32 little-endian length, then that many bytes of MessagePack. Sans-IO: bytes in, payloads out.

A string that is not UTF-8 (a file name with odd bytes, in Python a `str` with surrogate escapes) cannot be a MessagePack
`str`; it goes as `bin` with its raw bytes, in either direction and in any field. That is rare, so encoding and decoding
try the plain way first and take the slow one only when the plain one fails.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TypeVar, cast

import msgspec

from resolverd.errors import ProtocolError

M = TypeVar("M")

HEADER = struct.Struct("<I")
MAX_FRAME = 8 * 1024 * 1024
"""The most bytes that a frame's payload may have, in either direction unless told otherwise."""

_encoder = msgspec.msgpack.Encoder()


class Framer:
    """Cuts a stream of bytes into payloads. After an error the stream has no boundaries left: nothing more comes out."""

    __slots__ = ("_broken", "_buffer", "_limit")

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._broken = False

    def receive(self, data: bytes) -> Iterator[bytes]:
        """Take bytes, give every payload that is complete. Raises `ProtocolError` at a length over the limit."""
        if self._broken:
            raise ProtocolError("the stream broke off at an earlier frame")
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= HEADER.size:
                length = self._length_at(start)
                end = start + HEADER.size + length
                if len(self._buffer) < end:
                    break
                payload = bytes(self._buffer[start + HEADER.size : end])
                start = end
                yield payload
        finally:
            del self._buffer[:start]

    def _length_at(self, start: int) -> int:
        (length,) = HEADER.unpack_from(self._buffer, start)
        if length > self._limit:
            self._broken = True
            raise ProtocolError(f"a frame of {length} bytes; at most {self._limit} are allowed")
        return length

    @property
    def is_partial(self) -> bool:
        """Tell whether a frame has begun and not ended."""
        return bool(self._buffer)


def append_frame(buffer: bytearray, message: object) -> None:
    """Encode a message as a frame at the end of a buffer."""
    start = len(buffer)
    buffer += b"\0\0\0\0"
    try:
        _encoder.encode_into(message, buffer, -1)
    except UnicodeEncodeError:
        del buffer[start + HEADER.size :]
        buffer += _encoder.encode(_with_bytes(msgspec.to_builtins(message)))
    HEADER.pack_into(buffer, start, len(buffer) - start - HEADER.size)


def frame(message: object) -> bytes:
    """Encode a message as one frame."""
    buffer = bytearray()
    append_frame(buffer, message)
    return bytes(buffer)


class MessageDecoder:
    """Decodes payloads as one type (a union of messages)."""

    __slots__ = ("_decoder", "_type")

    def __init__(self, message_type: object) -> None:
        self._type = message_type
        self._decoder = msgspec.msgpack.Decoder(message_type)

    def decode(self, payload: bytes) -> object:
        """Decode one payload. Raises `ProtocolError` with the place where it is wrong."""
        try:
            return self._decoder.decode(payload)
        except msgspec.ValidationError as error:
            return self._decode_odd(payload, str(error))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProtocolError(f"no MessagePack message: {error}") from None
        except RecursionError:
            raise ProtocolError("no message: it is nested too deeply") from None

    def _decode_odd(self, payload: bytes, problem: str) -> object:
        """Take `bin` for `str`: a message with odd bytes in it, or one that is wrong."""
        try:
            plain = cast("object", msgspec.msgpack.decode(payload))
            return msgspec.convert(_with_text(plain), self._type)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise ProtocolError(f"no such message: {problem}") from None


def request_id(payload: bytes) -> int | None:
    """Find the id of a request that could not be decoded, to say which one it was."""
    try:
        fields = cast("object", msgspec.msgpack.decode(payload))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(fields, list):
        second = cast("list[object]", fields)[1:2]
        if second and type(second[0]) is int:
            return second[0]
    return None


def _with_bytes(value: object) -> object:
    if isinstance(value, str):
        return value if value.isascii() or _is_utf8(value) else value.encode("utf-8", "surrogateescape")
    if isinstance(value, list | tuple):
        return [_with_bytes(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        return {key: _with_bytes(item) for key, item in cast("dict[object, object]", value).items()}
    return value


def _with_text(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, list):
        return [_with_text(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        return {key: _with_text(item) for key, item in cast("dict[object, object]", value).items()}
    return value


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
