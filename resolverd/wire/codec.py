"""Messages to payloads and back.

The facts. msgspec encodes and decodes a message in well under a microsecond when every text is UTF-8. It raises
`UnicodeEncodeError` for a path with odd bytes (a surrogate in the `str`), and for a payload that is none of ours
`ValidationError`, its parent `DecodeError` (a map as the key of a map), `UnicodeDecodeError`, `UnicodeEncodeError` (odd
bytes where one of a few words is due) or `RecursionError`, of which the last three are no `MsgspecError`.

What we do. Text that is not UTF-8 travels as MessagePack `bin`, and either side falls back to a slow way through
plain values only when the fast one has failed. So a common message pays nothing for the rare one. A payload may be a
million values, whatever was expected; so of a large one the tag is looked at before anything is made of the rest.
"""

from __future__ import annotations

from typing import cast, get_args

import msgspec

from resolverd.errors import ProtocolError, RequestError
from resolverd.wire.framing import EMPTY_HEADER, HEADER_BYTES, LENGTH, MAX_PAYLOAD
from resolverd.wire.messages import (
    MAY_BE_LARGE,
    NO_REQUEST,
    PROTOCOL,
    Group,
    RefusalCode,
    Refused,
    Reply,
    Request,
    RequestId,
)

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)
_groups = msgspec.json.Decoder(list[Group])
_NOT_OURS = (msgspec.DecodeError, UnicodeError, RecursionError)


class _Outline(msgspec.Struct, array_like=True, gc=False):
    """The two fields that tell what to say of a message that is not understood."""

    tag: int
    id: msgspec.Raw = msgspec.Raw(b"\0")


_outlines = msgspec.msgpack.Decoder(_Outline)
_ids = msgspec.msgpack.Decoder(RequestId)
_REQUEST_TAGS = frozenset(request.__struct_config__.tag for request in get_args(Request))
_LARGE_TAGS = frozenset(request.__struct_config__.tag for request in MAY_BE_LARGE)
_HELLO_TAG = 1


# -- encoding ----------------------------------------------------------------------------------------------------------


def append_message(buffer: bytearray, message: Request | Reply) -> None:
    """Append one message, framed, to `buffer`."""
    start = len(buffer)
    buffer += EMPTY_HEADER
    try:
        _encoder.encode_into(message, buffer, -1)
    except UnicodeEncodeError:
        del buffer[start + HEADER_BYTES :]
        _encoder.encode_into(_without_surrogates(msgspec.to_builtins(message)), buffer, -1)
    LENGTH.pack_into(buffer, start, len(buffer) - start - HEADER_BYTES)


def encode_message(message: Request | Reply) -> bytes:
    """One message as a frame."""
    buffer = bytearray()
    append_message(buffer, message)
    return bytes(buffer)


def _without_surrogates(value: object) -> object:
    """A copy of plain values in which text with escaped bytes is `bytes`."""
    match value:
        case str():
            return _as_bytes(value)
        case list() | tuple():
            return [_without_surrogates(item) for item in cast("list[object]", value)]
        case dict():
            items = cast("dict[object, object]", value).items()
            return {_without_surrogates(key): _without_surrogates(item) for key, item in items}
        case _:
            return value


def _as_bytes(text: str) -> str | bytes:
    try:
        text.encode()
    except UnicodeEncodeError:
        try:
            return text.encode(errors="surrogateescape")
        except UnicodeEncodeError:
            # A surrogate that stands for no byte, as JavaScript's strings may have; JavaScript writes U+FFFD too.
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


# -- decoding ----------------------------------------------------------------------------------------------------------


def decode_request(payload: bytes, request_bytes: int = MAX_PAYLOAD) -> Request | Refused:
    """Read one request; what is none comes back as the refusal to send (`MALFORMED`, `UNSUPPORTED_REQUEST`, ...).

    What is larger than `request_bytes` is read only if it may be (`LIMIT_REACHED`).
    """
    if len(payload) > request_bytes and (refusal := _refusal(payload, request_bytes)) is not None:
        return refusal
    try:
        return _requests.decode(payload)
    except _NOT_OURS:
        return _refusal(payload) or _by_the_slow_way(payload)


def decode_reply(payload: bytes) -> Reply:
    """Read one reply. Raises `ProtocolError` for what is none, a reply of a later protocol included."""
    try:
        return _replies.decode(payload)
    except _NOT_OURS:
        try:
            return msgspec.convert(as_text(msgspec.msgpack.decode(payload)), Reply)
        except _NOT_OURS as error:
            raise ProtocolError(f"the daemon sent what is no reply of protocol {PROTOCOL}: {error}") from None


def read_groups(text: str) -> list[Group]:
    """Read the groups of a `ResolveJson`. Raises `RequestError`."""
    try:
        return _groups.decode(text)
    except _NOT_OURS as error:
        raise RequestError(f"`groups` is not the JSON of groups: {error}") from None


def _refusal(payload: bytes, request_bytes: int = MAX_PAYLOAD) -> Refused | None:
    """Refuse what already its first two fields and its size tell is none; nothing is made of the other fields."""
    try:
        outline = _outlines.decode(payload)
    except RecursionError:
        return Refused(NO_REQUEST, RefusalCode.MALFORMED, "nested too deep to be read")
    except _NOT_OURS as error:
        return Refused(NO_REQUEST, RefusalCode.MALFORMED, f"not a MessagePack array that begins with a tag: {error}")
    if outline.tag not in _REQUEST_TAGS:
        message = f"no request of protocol {PROTOCOL} has the tag {outline.tag}"
        return Refused(_id_of(outline), RefusalCode.UNSUPPORTED_REQUEST, message)
    if len(payload) > request_bytes and outline.tag not in _LARGE_TAGS:
        message = f"a request of {len(payload)} bytes; at most {request_bytes} are allowed"
        return Refused(_id_of(outline), RefusalCode.LIMIT_REACHED, message)
    return None


def _by_the_slow_way(payload: bytes) -> Request | Refused:
    try:
        return msgspec.convert(as_text(msgspec.msgpack.decode(payload)), Request)
    except UnicodeDecodeError as error:
        message = f"text that is not UTF-8 ({error}); such text travels as MessagePack bin"
    except _NOT_OURS as error:
        message = str(error)
    return Refused(_id_of(_outlines.decode(payload)), RefusalCode.INVALID_REQUEST, message)


def _id_of(outline: _Outline) -> int:
    if outline.tag == _HELLO_TAG:
        return NO_REQUEST
    try:
        return _ids.decode(outline.id)
    except _NOT_OURS:
        return NO_REQUEST


def as_text(value: object) -> object:
    """A copy of plain values (`OpenProfile.options` are some) in which `bytes` is text with surrogate escapes."""
    match value:
        case bytes():
            return value.decode(errors="surrogateescape")
        case list():
            return [as_text(item) for item in cast("list[object]", value)]
        case dict():
            items = cast("dict[object, object]", value).items()
            return {as_text(key): as_text(item) for key, item in items}
        case _:
            return value
