from __future__ import annotations

import json
import re
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolverd.cli.shortcut import pack, unpack
from resolverd.terms import (
    Answer,
    Busted,
    Code,
    Dependencies,
    EngineStats,
    Explanation,
    Failure,
    Origin,
    Route,
    RouteMatch,
    Step,
    Unwatched,
)
from resolverd.wire import messages as wire
from resolverd.wire.codec import decode_reply, decode_request
from resolverd.wire.framing import Framer
from tests.unit.wire.vectors import MESSAGES, PATH, vectors

DOCUMENT = (PATH.parents[1] / "PROTOCOL.md").read_text(encoding="utf-8")
MEMBERS = (*get_args(wire.Request), *get_args(wire.Reply))
VALUES = (
    Answer,
    Failure,
    Busted,
    Dependencies,
    Explanation,
    Step,
    Origin,
    wire.Limits,
    EngineStats,
    wire.ServiceStats,
    Unwatched,
    Route,
    RouteMatch,
)


def test_the_golden_frames_are_what_is_sent_now() -> None:
    assert json.loads(PATH.read_text(encoding="utf-8")) == vectors()


@pytest.mark.parametrize("name", MESSAGES)
def test_a_golden_frame_is_read_as_its_message(name: str) -> None:
    frames = {str(row["name"]): bytes.fromhex(row["frame"]) for row in json.loads(PATH.read_text(encoding="utf-8"))}
    (payload,) = Framer().receive(frames[name])
    message = MESSAGES[name]
    decode = decode_request if isinstance(message, get_args(wire.Request)) else decode_reply
    assert decode(payload) == message


def test_every_message_has_a_golden_frame() -> None:
    assert {type(message) for message in MESSAGES.values()} == set(MEMBERS)


def documented(first: str) -> list[str]:
    """The field names in the row of a table, in their order."""
    (row,) = re.findall(rf"^\| {first} \| (.*) \|$", DOCUMENT, re.MULTILINE)
    return re.findall(r"(?:^|, )\*?(\w+)", re.sub(r"\[.*?\]", "", row))


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.__name__)
def test_the_protocol_page_has_each_message_with_its_fields(member: type[msgspec.Struct]) -> None:
    first = rf"{member.__struct_config__.tag} \| `{member.__name__}`"
    assert documented(first) == list(member.__struct_fields__)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_the_protocol_page_has_each_value_with_its_fields(value: type[msgspec.Struct]) -> None:
    assert documented(f"`{value.__name__}`") == list(value.__struct_fields__)


def test_the_protocol_page_has_each_code() -> None:
    for code in wire.RefusalCode:
        ends = "ends" if code in wire.CLOSING else "goes on"
        assert re.search(rf"^\| `{code}` \|.*\| {ends} \|$", DOCUMENT, re.MULTILINE), code
    assert all(f"`{code}`" in DOCUMENT for code in Code)


# What the short cut of the command line can write and has to read.
short_texts = st.text(st.characters(codec="utf-8"), max_size=40)
sendable = st.recursive(
    st.none() | st.booleans() | st.integers(0, 127) | short_texts, lambda inner: st.lists(inner, max_size=15)
)
received = st.recursive(
    st.none() | st.booleans() | st.integers(0, 127) | short_texts, lambda inner: st.lists(inner, max_size=20)
)


@given(sendable)
def test_the_short_cut_writes_messagepack(value: object) -> None:
    assert msgspec.msgpack.decode(pack(value)) == value  # type: ignore[arg-type]


@given(received)
def test_the_short_cut_reads_messagepack(value: object) -> None:
    encoded = msgspec.msgpack.encode(value)
    assert unpack(encoded, 0) == (value, len(encoded))


@pytest.mark.parametrize("name", MESSAGES)
def test_the_short_cut_reads_every_message_but_those_with_options(name: str) -> None:
    (row,) = (row for row in vectors() if row["name"] == name)
    frame = bytes.fromhex(str(row["frame"]))
    if name in {"open options", "tsconfig told", "route matched"}:
        with pytest.raises(ValueError, match="not expected"):
            unpack(frame, 4)
        return
    value, end = unpack(frame, 4)
    assert end == len(frame)
    assert isinstance(value, list)
    assert value[0] == json.loads(json.dumps(row["message"]))[0]
