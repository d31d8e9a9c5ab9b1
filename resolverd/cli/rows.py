"""The rows of `--batch`: JSON lines in, JSON lines out, one for one (INTERFACE.md, "Batch rows").

A row that cannot be read is a value too: it is answered in its place, with its `id` where it has one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Generic, TypeVar, cast

import msgspec

from resolverd.cli.display import encode_json
from resolverd.cli.places import path_of
from resolverd.terms import Answer, Kind, TsconfigOp, TsconfigQuestion, answer_row
from resolverd_client.questions import Options, Question, question

READ_BYTES = 256 * 1024
LINE_BYTES = 1024 * 1024
"""The longest row; a longer one is answered as malformed."""

_Row = TypeVar("_Row", bound=msgspec.Struct)


class Defaults(msgspec.Struct, frozen=True):
    """What the command line says for rows that do not."""

    kind: Kind
    types: bool
    profile: str | None
    options: Options | None


class ResolveRow(msgspec.Struct, gc=False):
    """A question. What a row leaves out comes from the command line."""

    specifier: str
    id: object = None
    importer: str | None = None
    directory: str | None = None
    kind: Kind | None = None
    types: bool | None = None
    profile: str | None = None
    options: Options | None = None
    fresh: bool = False

    def question(self, defaults: Defaults) -> Question:
        """Make the question. Raises `ValueError` for a row without one clear importer."""
        return question(
            self.specifier,
            importer=self.importer,
            directory=self.directory,
            kind=self.kind or defaults.kind,
            types=defaults.types if self.types is None else self.types,
            profile=self.profile or defaults.profile,
            options=defaults.options if self.options is None else self.options,
            fresh=self.fresh,
        )


class MissingRow(msgspec.Struct, gc=False):
    """A path that could not be opened."""

    path: str
    id: object = None


class TsconfigRow(msgspec.Struct, gc=False, rename="camel"):
    """A question about tsconfigs; relative paths are seen from the working directory."""

    op: TsconfigOp
    id: object = None
    tsconfig: str | None = None
    file: str | None = None
    specifier: str | None = None
    owning: bool = False
    config_name: str | None = None

    def question(self) -> TsconfigQuestion:
        """Make the question."""
        tsconfig, file = (None if each is None else path_of(each) for each in (self.tsconfig, self.file))
        return TsconfigQuestion(self.op, tsconfig, file, self.specifier, self.owning, self.config_name)


class Malformed(msgspec.Struct, gc=False):
    """A line that is no row."""

    id: object
    message: str


class RowReader(Generic[_Row]):
    """Reads lines as rows of one kind."""

    __slots__ = ("_decode", "_kind")

    def __init__(self, kind: type[_Row]) -> None:
        self._kind = kind
        self._decode = msgspec.json.Decoder(kind).decode

    def read(self, line: bytes) -> _Row | Malformed:
        """Read one line. Bytes that are not UTF-8 are taken as they are, as in paths."""
        if len(line) > LINE_BYTES:
            return Malformed(None, f"a row has at most {LINE_BYTES} bytes")
        try:
            return self._decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._read_slowly(line)

    def _read_slowly(self, line: bytes) -> _Row | Malformed:
        """Read what is rare: odd bytes, lone surrogates, and the `id` of a row that is wrong."""
        try:
            value: object = json.loads(line.decode(errors="surrogateescape"))
        except (ValueError, RecursionError) as error:
            return Malformed(None, f"not a JSON object on one line: {error}")
        try:
            return msgspec.convert(value, self._kind)
        except (msgspec.ValidationError, RecursionError) as error:
            number = cast("dict[str, object]", value).get("id") if isinstance(value, dict) else None
            return Malformed(number, f"not a row: {error}")


def read_lines(source: int) -> Iterator[list[bytes]]:
    """Read a file descriptor as lines, giving at a time all that were there; blank lines are no rows.

    It never waits while it has a complete line, so the other end may wait for an answer before it goes on. Of a line
    that is too long, just enough is kept to tell.
    """
    pending = b""
    while data := os.read(source, READ_BYTES):
        *lines, pending = (pending + data).split(b"\n")
        pending = pending[: LINE_BYTES + 1]
        if rows := [line for line in lines if line.strip()]:
            yield rows
    if pending.strip():
        yield [pending]


def answer_line(row_id: object, answer: Answer, stale: Answer | None = None) -> bytes:
    """Write an answer as a line. `stale` is added only where the cache differed from the disk: what the cache said."""
    row = answer_row(answer, row_id)
    if stale is not None:
        row["stale"] = answer_row(stale, row_id)
    return encode_json(row) + b"\n"
