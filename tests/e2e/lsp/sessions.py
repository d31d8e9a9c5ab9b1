"""A conversation between an editor and the server as lines of JSON, one for each step; whose home it was is left open.

A step is what the `editor` sent, what the `server` did, a file that somebody wrote (`disk`), or the daemon's sudden death (`kill`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

SESSION = Path(__file__).with_name("session.jsonl")
"""Neovim's, by `python -m tests.e2e.lsp.record`."""

_HOME = "{home}"


class Step(NamedTuple):
    """Who did what: a message of the protocol, or for `disk` a path and its text."""

    who: str
    what: Any


def read(path: Path, home: Path) -> list[Step]:
    """Read a conversation as if it were had in this home."""
    lines = path.read_text().replace(_HOME, str(home)).splitlines()
    return [Step(*pair) for line in lines for pair in json.loads(line).items()]


def append(path: Path, home: Path, step: Step) -> None:
    """Write a step down."""
    line = json.dumps({step.who: step.what}).replace(str(home), _HOME)
    with path.open("a") as file:
        file.write(f"{line}\n")
