from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolverd.errors import ProtocolError
from resolverd.wire.framing import Framer

LIMIT = 1000


def framed(payload: bytes) -> bytes:
    return struct.pack("<I", len(payload)) + payload


@given(st.lists(st.binary(min_size=1, max_size=50)), st.data())
def test_payloads_come_out_as_they_went_in_however_the_stream_is_cut(
    payloads: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(map(framed, payloads))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    framer = Framer(LIMIT)
    received: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += framer.receive(stream[start:end])
    assert received == payloads
    assert not framer.is_mid_frame


def test_bytes_one_at_a_time_make_the_same_frames() -> None:
    framer = Framer(LIMIT)
    stream = framed(b"one") + framed(b"two")
    assert [payload for byte in stream for payload in framer.receive(bytes([byte]))] == [b"one", b"two"]


@pytest.mark.parametrize("received", [b"\x05", b"\x05\0\0\0", b"\x05\0\0\0abcd"])
def test_a_frame_that_has_begun_is_told_from_a_stream_at_rest(received: bytes) -> None:
    framer = Framer(LIMIT)
    assert not framer.is_mid_frame
    assert framer.receive(received) == []
    assert framer.is_mid_frame


def test_a_payload_of_exactly_the_limit_passes() -> None:
    assert Framer(LIMIT).receive(framed(bytes(LIMIT))) == [bytes(LIMIT)]


@pytest.mark.parametrize("length", [LIMIT + 1, 2**31, 2**32 - 1])
def test_a_length_over_the_limit_fails_before_any_of_the_payload_came(length: int) -> None:
    framer = Framer(LIMIT)
    assert framer.receive(struct.pack("<I", length)) == []
    assert isinstance(framer.failure, ProtocolError)
    assert str(length) in str(framer.failure)


def test_an_empty_frame_fails_since_no_message_is_empty() -> None:
    framer = Framer(LIMIT)
    framer.receive(b"\0\0\0\0")
    assert framer.failure is not None


def test_what_came_before_a_bad_length_is_still_given() -> None:
    framer = Framer(LIMIT)
    assert framer.receive(framed(b"good") + b"\xff\xff\xff\xff" + framed(b"never")) == [b"good"]
    assert framer.failure is not None


def test_a_stream_that_failed_gives_nothing_more() -> None:
    framer = Framer(LIMIT)
    framer.receive(b"\xff\xff\xff\xff")
    with pytest.raises(ProtocolError) as raised:
        framer.receive(framed(b"good"))
    assert raised.value is framer.failure


def test_a_large_frame_in_small_pieces_is_copied_only_when_it_is_complete() -> None:
    framer = Framer(2**24)
    payload = bytes(2**23)
    stream = framed(payload)
    # With a copy for each piece this would move 16 GiB.
    received = [out for start in range(0, len(stream), 4096) for out in framer.receive(stream[start : start + 4096])]
    assert received == [payload]
