from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolverd.errors import ProtocolError
from resolverd.terms import Answer, Kind, Status
from resolverd.wire.codec import append_message, as_text, decode_reply, decode_request, encode_message
from resolverd.wire.framing import HEADER_BYTES, Framer
from resolverd.wire.messages import (
    NO_REQUEST,
    Hello,
    OpenProfile,
    Ping,
    Pong,
    RefusalCode,
    Refused,
    Request,
    Resolve,
    Resolved,
    ResolveMany,
)
from tests.unit.wire.payloads import messages

ODD = "/caf\udce9"
"""What `os.fsdecode` makes of the bytes `/caf\\xe9`, which are Latin-1 and no UTF-8."""


def payload_of(message: Request | Resolved) -> bytes:
    return encode_message(message)[HEADER_BYTES:]


def packed(value: object) -> bytes:
    return msgspec.msgpack.encode(value)


def refusal(payload: bytes) -> Refused:
    decoded = decode_request(payload)
    assert isinstance(decoded, Refused)
    return decoded


def test_messages_are_appended_to_what_a_buffer_has() -> None:
    buffer = bytearray()
    append_message(buffer, Pong(1))
    append_message(buffer, Resolved(2, Answer(Status.FOUND, ODD)))
    append_message(buffer, Pong(3))
    replies = [decode_reply(payload) for payload in Framer().receive(bytes(buffer))]
    assert replies == [Pong(1), Resolved(2, Answer(Status.FOUND, ODD)), Pong(3)]


def test_fields_with_defaults_may_be_left_out() -> None:
    assert decode_request(packed([3, 7, 0, "./a", "/b.js"])) == Resolve(7, 0, "./a", "/b.js", True, Kind.IMPORT)


def test_fields_that_a_later_protocol_appends_are_passed_over() -> None:
    assert decode_request(packed([12, 7, {"later": [1, 2]}, "more"])) == Ping(7)


def test_a_path_that_is_no_utf8_travels_as_its_bytes() -> None:
    payload = payload_of(Resolve(1, 0, "./x", f"{ODD}/index.js"))
    assert msgspec.msgpack.decode(payload)[4] == b"/caf\xe9/index.js"
    assert decode_request(payload) == Resolve(1, 0, "./x", f"{ODD}/index.js")


def test_odd_paths_are_found_where_they_are_nested() -> None:
    request = ResolveMany(1, 0, [(ODD, True, ["./plain", f".{ODD}"]), ("/plain", False, ["x"])])
    assert decode_request(payload_of(request)) == request
    reply = Resolved(1, Answer(Status.FOUND, ODD, package_json=f"{ODD}/package.json"))
    assert decode_reply(payload_of(reply)) == reply


def test_only_the_odd_texts_of_a_message_are_bin() -> None:
    fields = msgspec.msgpack.decode(payload_of(Resolve(1, 0, "./x", ODD)))
    assert [type(field) for field in fields[3:5]] == [str, bytes]


def test_a_surrogate_that_stands_for_no_byte_becomes_the_replacement_character() -> None:
    assert decode_request(payload_of(Resolve(1, 0, "./\ud800", "/"))) == Resolve(1, 0, "./\ufffd", "/")


def test_text_in_options_is_taken_from_bin_at_any_depth() -> None:
    request = decode_request(packed([2, 1, None, {"roots": [b"/caf\xe9"], b"\xff": {"a": b"b"}}]))
    assert isinstance(request, OpenProfile)
    assert as_text(request.options) == {"roots": [ODD], "\udcff": {"a": "b"}}


def test_an_unknown_request_is_told_with_its_id() -> None:
    assert refusal(packed([63, 9, "?"])) == Refused(
        9, RefusalCode.UNSUPPORTED_REQUEST, "no request of protocol 1 has the tag 63"
    )


def test_a_reply_is_no_request() -> None:
    assert refusal(packed([73, 9])).code == RefusalCode.UNSUPPORTED_REQUEST


@pytest.mark.parametrize(
    "fields",
    [
        [3, 9],
        [3, 9, "profile", "./a", "/b"],
        [3, 9, 0, 1, "/b"],
        [3, 9, 0, "./a", "/b", 1],
        [3, 9, 0, "./a", "/b", True, "unheard-of"],
        [4, 9, 0, [["/a", True]]],
        [4, 9, 0, {}],
        [2, 9, None, []],
        [7, 9, "/not/a/list"],
    ],
)
def test_wrong_types_are_told_with_the_id(fields: list[object]) -> None:
    told = refusal(packed(fields))
    assert (told.id, told.code) == (9, RefusalCode.INVALID_REQUEST)
    assert "Expected" in told.message or "Invalid" in told.message


@pytest.mark.parametrize("number", [0, -1, 2**53, 2**64 - 1, 1.5, "7", None, [1]])
def test_a_request_without_a_usable_id_is_refused_under_none(number: object) -> None:
    told = refusal(packed([12, number]))
    assert (told.id, told.code) == (NO_REQUEST, RefusalCode.INVALID_REQUEST)


def test_a_hello_has_no_id_to_be_refused_under() -> None:
    told = refusal(packed([1, 5, "client"]))
    assert (told.id, told.code) == (NO_REQUEST, RefusalCode.INVALID_REQUEST)


def test_text_that_is_no_utf8_is_refused_with_the_id() -> None:
    told = refusal(packed([3, 9, 0, "é", "/b"]).replace("é".encode(), b"\xff\xff"))
    assert (told.id, told.code) == (9, RefusalCode.INVALID_REQUEST)
    assert "bin" in told.message


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xc1",
        packed("text"),
        packed({"a": 1}),
        packed([]),
        packed(["ping", 1]),
        packed([12, 1])[:-1],
        packed([12, 1]) + b"\0",
        b"\xdd\xff\xff\xff\xff\x0c",
        b"\x93\x02\x01" + b"\x91" * 100_000,
        b"\x94\x02\x01\xc0" + b"\x81\xa1a" * 100_000 + b"\x01",
    ],
    ids=[
        "empty", "no opcode", "text", "map", "no tag", "tag is text", "truncated", "trailing", "huge array",
        "deep arrays", "deep maps",
    ],
)  # fmt: skip
def test_what_is_no_array_with_a_tag_is_malformed(payload: bytes) -> None:
    assert refusal(payload).code == RefusalCode.MALFORMED


@given(st.binary(max_size=200))
def test_random_bytes_are_a_request_or_a_refusal(payload: bytes) -> None:
    decode_request(payload)


@given(messages(0, 63))
def test_any_fields_behind_any_tag_are_a_request_or_a_refusal(payload: bytes) -> None:
    assert decode_request(payload) is not None


@given(messages(60, 130))
def test_any_fields_behind_any_tag_are_a_reply_or_a_protocol_error(payload: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        decode_reply(payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"\x95\x03\x09\0\x81\x80\x01\xa1/",
        b"\x95\x03\x09\0\x81\x91\x80\x01\xa1/",
        b"\x95\x03\x09\0\xd6\xff\0\0\0\0\xa1/",
        b"\x95\x03\x09\0\xc7\0\x05\xa1/",
        b"\x97\x03\x09\0\xa1a\xa1/\xc3\xc4\x01\xff",
    ],
    ids=["a map as a key", "a map in a key", "a time", "an extension", "odd bytes as a kind"],
)
def test_values_that_no_field_can_have_are_told_with_the_id(payload: bytes) -> None:
    told = refusal(payload)
    assert (told.id, told.code) == (9, RefusalCode.INVALID_REQUEST)


def test_of_a_large_request_only_the_tag_is_read_unless_it_may_be_large() -> None:
    told = decode_request(packed([3, 9, 0, 5, [[]] * 100]), 50)
    assert isinstance(told, Refused)
    assert (told.id, told.code) == (9, RefusalCode.LIMIT_REACHED)
    batch = ResolveMany(9, 0, [("/p", True, ["./x"] * 100)])
    assert decode_request(payload_of(batch), 50) == batch


def test_what_is_nested_too_deep_to_be_read_is_called_that() -> None:
    assert "nested too deep" in refusal(b"\x94\x02\x01\xc0" + b"\x91" * 100_000).message


@given(
    st.sampled_from([Hello(1, "a", "b"), Resolve(1, 0, "a", "/b"), ResolveMany(1, 0, [("/b", True, ["a"])])]), st.data()
)
def test_a_request_with_one_byte_changed_is_a_request_or_a_refusal(request: Request, data: st.DataObject) -> None:
    payload = bytearray(payload_of(request))
    payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    decode_request(bytes(payload))


@pytest.mark.parametrize("payload", [b"", b"\xc1", packed([200, 1]), packed([73]), packed([12, 1]), b"\x91" * 100_000])
def test_what_is_no_reply_is_a_protocol_error(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_reply(payload)
