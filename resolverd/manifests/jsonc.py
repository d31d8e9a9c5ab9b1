"""JSON as manifests have it: strict for package.json, with comments and trailing commas for tsconfig.json.

Strict JSON goes through msgspec. Only what msgspec refuses goes through pyjson5, whose JSON5 is a superset of what
TypeScript reads (TypeScript's own reader is lenient too: it reports an error and goes on).
"""

from __future__ import annotations

import codecs
from typing import cast

import msgspec
import pyjson5

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]

_MAX_DEPTH = 500
"""Nesting that pyjson5 is let into; msgspec stops by itself at about 1,000."""


class JsonError(ValueError):
    """Text that is not the JSON it should be."""


def parse_json(data: bytes) -> JsonValue:
    """Parse strict JSON; a byte order mark is passed over. Raises `JsonError`."""
    try:
        return cast("JsonValue", msgspec.json.decode(data.removeprefix(codecs.BOM_UTF8)))
    except RecursionError:
        raise JsonError("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise JsonError("it is not UTF-8") from None
    except msgspec.DecodeError as error:
        raise JsonError(str(error)) from None


def parse_jsonc(data: bytes) -> JsonValue:
    """Parse JSON with comments and trailing commas; nothing at all is `{}`, as TypeScript has it. Raises `JsonError`."""
    try:
        return parse_json(data)
    except JsonError:
        return _parse_leniently(data)


def _parse_leniently(data: bytes) -> JsonValue:
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        raise JsonError("it is not UTF-8") from None
    if not text.strip():
        return {}
    try:
        return cast("JsonValue", pyjson5.decode(text, maxdepth=_MAX_DEPTH))
    except pyjson5.Json5EOF:
        # Nothing but comments is nothing at all; anything else that ends too soon is broken.
        return _parse_nothing(text)
    except pyjson5.Json5Exception as error:
        raise JsonError(str(error.message)) from None


def _parse_nothing(text: str) -> JsonValue:
    try:
        pyjson5.decode(f"{text}\n{{}}", maxdepth=2)
    except pyjson5.Json5Exception:
        raise JsonError("it ends too soon") from None
    return {}
