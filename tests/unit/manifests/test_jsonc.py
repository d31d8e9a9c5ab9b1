from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolverd.manifests.jsonc import JsonError, parse_json, parse_jsonc


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    assert parse_jsonc(b'\xef\xbb\xbf{"a": 1,}') == {"a": 1}


@pytest.mark.parametrize("data", [b"", b"{", b"{'a': 1}", b'{"a": 1,}', b"// x\n{}", b"NaN", b'"\xff"', b"[" * 100_000])
def test_strict_json_refuses_everything_else(data: bytes) -> None:
    with pytest.raises(JsonError):
        parse_json(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": 1, /* two */ "b": 2, // three\n}', {"a": 1, "b": 2}),
        (b"[1, 2, ]", [1, 2]),
        (b'{"url": "http://x/*no comment*/"}', {"url": "http://x/*no comment*/"}),
        (b"", {}),
        (b"  \n", {}),
        (b"// nothing but a comment", {}),
        (b"/* nothing */ \n", {}),
    ],
)
def test_comments_and_trailing_commas(data: bytes, value: object) -> None:
    assert parse_jsonc(data) == value


@pytest.mark.parametrize(
    "data", [b"{", b'{"a"', b'{"a": 1} x', b"/* open", b"\xff\xfe{}", b"[" * 100_000, b"[1" * 60_000]
)
def test_broken_text_is_refused_and_stops_nothing(data: bytes) -> None:
    with pytest.raises(JsonError):
        parse_jsonc(data)


@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_json_or_refused(data: bytes) -> None:
    for parse in (parse_json, parse_jsonc):
        try:
            parse(data)
        except JsonError:
            continue


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)))  # fmt: skip
def test_both_readers_agree_on_strict_json(value: object) -> None:
    data = json.dumps(value).encode()
    assert parse_json(data) == parse_jsonc(data) == value
