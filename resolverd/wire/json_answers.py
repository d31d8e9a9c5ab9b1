"""Answers as JSON objects: what a client in JavaScript gives its caller in the end, so that it has nothing to make of them.

An answer with text that is not UTF-8 is null: JSON has no way to say it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from resolverd.terms import Answer, Code, Format, Status

_encoder = msgspec.json.Encoder()


class JsonFailure(msgspec.Struct, gc=False):
    """A `Failure`, by the names of its fields."""

    code: Code
    message: str
    tried: tuple[str, ...]


class JsonAnswer(msgspec.Struct, rename="camel", gc=False):
    """An `Answer`, by the names of its fields; all of them are always there."""

    status: Status
    path: str | None
    query: str
    fragment: str
    builtin: str | None
    format: Format | None
    package_json: str | None
    side_effects: bool | None
    error: JsonFailure | None


def write_answers(answers: Sequence[Answer]) -> str:
    """Write answers as a `ResolvedJson` has them."""
    objects = [as_object(answer) for answer in answers]
    try:
        return _encoder.encode(objects).decode()
    except UnicodeEncodeError:
        return f"[{','.join(map(_write_one, objects))}]"


def as_object(answer: Answer) -> JsonAnswer:
    """Name the fields of an answer."""
    error = answer.error
    return JsonAnswer(
        answer.status,
        answer.path,
        answer.query,
        answer.fragment,
        answer.builtin,
        answer.format,
        answer.package_json,
        answer.side_effects,
        None if error is None else JsonFailure(error.code, error.message, error.tried),
    )


def _write_one(one: JsonAnswer) -> str:
    try:
        return _encoder.encode(one).decode()
    except UnicodeEncodeError:
        return "null"
