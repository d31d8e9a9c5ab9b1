"""What a person or a script sees. rich is imported only where a terminal shows it (100 ms)."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

import msgspec

if TYPE_CHECKING:
    from rich.console import Console

_encode = msgspec.json.Encoder().encode


def encode_json(value: object) -> bytes:
    """Encode a JSON line without its end; odd bytes of a path become the escapes of lone surrogates, as in Python."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()


def print_json(value: object) -> None:
    """Write one JSON line to stdout."""
    say(encode_json(value).decode())


def say(line: str) -> None:
    """Write one line of the answer to stdout."""
    sys.stdout.write(f"{line}\n")


def note(message: str) -> None:
    """Tell a person something that is not the answer."""
    sys.stderr.write(f"resolverd: {message}\n")


def print_pairs(pairs: Iterable[Sequence[object]]) -> None:
    """Write rows of a name and what belongs to it, in columns; a terminal gets the names in bold."""
    rows = [[str(cell) for cell in row] for row in pairs]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        name, *rest = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        say_bold(name, f"  {'  '.join(rest)}".rstrip())


def say_bold(text: str, rest: str = "", style: str = "bold") -> None:
    """Write one line of the answer to stdout, its beginning in a style where a terminal shows it."""
    if not is_terminal(sys.stdout):
        say(text + rest)
        return
    from rich.text import Text  # noqa: PLC0415  as the head of this file says

    console(sys.stdout).print(Text.assemble((text, style), rest))


def is_terminal(stream: TextIO) -> bool:
    """Whether a person watches this stream."""
    return stream.isatty()


def console(stream: TextIO) -> Console:
    """Make a rich console on a stream; off a terminal it writes plain text, and it honours NO_COLOR."""
    from rich.console import Console  # noqa: PLC0415  as the head of this file says

    return Console(file=stream, highlight=False, soft_wrap=True)


def keep_odd_bytes() -> None:
    """Let stdout give the bytes of a path as they are, whether or not they are UTF-8."""
    stdout: TextIO = sys.stdout
    if isinstance(stdout, io.TextIOWrapper):
        cast("io.TextIOWrapper[BinaryIO]", stdout).reconfigure(errors="surrogateescape")


def size(count: float) -> str:
    """Write a number of bytes for people."""
    return f"{count / 1024 / 1024:.1f} MiB"


def duration(seconds: float) -> str:
    """Write a time span for people."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (rest, "s"))
    shown = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(shown[:2]) or "less than 1 s"


def counted(count: int, noun: str) -> str:
    """Write a number of things: `1 answer`, `2 directories`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"
