"""A golden segment: the bytes of a small table, and what a reader has to find in it.

`python -m tests.unit.table.vectors` writes clients/vectors/table.json anew, after the layout was changed (with its version).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import msgspec

from resolverd.table import layout
from resolverd.table.writer import TableWriter
from resolverd.terms import Answer, Code, Failure, Format, Status

PATH = Path(__file__).parents[3] / "clients" / "vectors" / "table.json"
SIZE = 8192
GENERATION = 7
PID = 4711


class Asked(NamedTuple):
    mode: int
    origin: str
    specifier: str
    answer: Answer | None


_FOUND = Answer(
    Status.FOUND, "/p/node_modules/a/x.js", "?raw", "#f", None, Format.MODULE, "/p/node_modules/a/package.json", False
)
_FAILED = Answer(Status.FAILED, error=Failure(Code.MODULE_NOT_FOUND, "Cannot find module './é'", ("/p/é", "/p/é.js")))

PUBLISHED = (
    Asked(0, "/p/src", "a/x?raw#f", _FOUND),
    Asked(3, "/p/src/main.ts", "./é", _FAILED),
    Asked(0, "/p/src", "fs", Answer(Status.BUILTIN, builtin="node:fs")),
    Asked(0, "/p/src", "gone", _FOUND),
)
FORGOTTEN = "gone"
ABSENT = (Asked(1, "/p/src", "fs", None), Asked(0, "/p", "fs", None), Asked(0, "/p/src", "", None))


def segment() -> bytes:
    """Make the table; of it what is not free."""
    table = TableWriter(SIZE, GENERATION)
    for asked in PUBLISHED:
        slot = table.publish(layout.key_bytes(*asked[:3]), msgspec.msgpack.encode(asked.answer))
        if asked.specifier == FORGOTTEN:
            table.forget(slot)
    table._words[layout.PID] = PID
    data = bytes(table._memory)
    table.close()
    return data.rstrip(b"\0")


def answers() -> list[dict[str, object]]:
    """What is to be found, and what is not."""
    return [
        {
            "mode": asked.mode,
            "origin": asked.origin,
            "specifier": asked.specifier,
            "hash": layout.hash_of(layout.key_bytes(*asked[:3])),
            "answer": None if asked.specifier == FORGOTTEN else msgspec.to_builtins(asked.answer),
        }
        for asked in (*PUBLISHED, *ABSENT)
    ]


def written() -> str:
    """The file's text."""
    return (
        json.dumps({"size": SIZE, "segment": segment().hex(), "answers": answers()}, indent=1, ensure_ascii=False)
        + "\n"
    )


if __name__ == "__main__":
    PATH.write_text(written())
