"""Frames on a byte stream: a u32 little-endian length, then that many bytes of payload. No I/O in here.

The facts. A stream has no borders: one read may end in the middle of a length, or bring a thousand frames. A length is
the peer's claim, and may be a lie of 4 GiB. After a bad length there is no way to find the next frame.

What we do. `Framer.receive` takes whatever came and gives every payload that is complete. It never reserves what a
length claims, only keeps what arrived. A length that cannot be ends the stream for good: payloads that came before it
are still given, `failure` says why there will be no more, and any later `receive` raises it.
"""

from __future__ import annotations

import struct

from resolverd.errors import ProtocolError

LENGTH = struct.Struct("<I")
HEADER_BYTES = LENGTH.size
EMPTY_HEADER = bytes(HEADER_BYTES)

MAX_PAYLOAD = 2**32 - 1
"""The longest payload that a length can tell."""


class Framer:
    """Cuts one received stream into payloads of 1 to `limit` bytes."""

    __slots__ = ("_limit", "_needed", "_pending", "failure")

    def __init__(self, limit: int = MAX_PAYLOAD) -> None:
        self._limit = limit
        self._pending = bytearray()
        # How much has to be pending before it is worth looking: a large frame is not looked at for each of its pieces.
        self._needed = HEADER_BYTES
        self.failure: ProtocolError | None = None

    @property
    def is_mid_frame(self) -> bool:
        """Whether a frame has begun and is not complete: an end of the stream now would cut it off."""
        return bool(self._pending)

    def receive(self, data: bytes) -> list[bytes]:
        """Take what was received, and give the payloads that are now complete, in order.

        Raises the stream's `failure` (`ProtocolError`) when it had failed before.
        """
        if self.failure is not None:
            raise self.failure
        if self._pending:
            self._pending += data
            if len(self._pending) < self._needed:
                return []
            data = bytes(self._pending)
            self._pending.clear()
        return self._cut(data)

    def _cut(self, data: bytes) -> list[bytes]:
        payloads: list[bytes] = []
        start, end = 0, len(data)
        self._needed = HEADER_BYTES
        while end - start >= HEADER_BYTES:
            (length,) = LENGTH.unpack_from(data, start)
            if not 0 < length <= self._limit:
                self.failure = ProtocolError(f"a frame of {length} bytes; a payload has 1 to {self._limit}")
                return payloads
            stop = start + HEADER_BYTES + length
            if stop > end:
                self._needed = HEADER_BYTES + length
                break
            payloads.append(data[start + HEADER_BYTES : stop])
            start = stop
        if start < end:
            self._pending += data[start:]
        return payloads
