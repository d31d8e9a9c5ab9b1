"""What everything is timed on: the same rows in the same random order, the peers from npm, one file to create."""

from __future__ import annotations

import contextlib
import json
import random
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.differential.install import install
from tests.differential.option_sets import NODE
from tests.differential.rows import Row, load_questions

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"
CLIENT = HERE.parents[1] / "clients" / "node"
ROWS = 20_000

OPTIONS = msgspec.json.encode(NODE.by_kind).decode()
"""enhanced-resolve's names, by kind of import."""


class Ground(NamedTuple):
    """`rows` is a file, a JSON array of (directory below the workspace, specifier, kind)."""

    workspace: Path
    peers: Path
    rows: Path

    @property
    def created(self) -> Path:
        """Where most of the rows look: a directory that many answers have seen."""
        return self.workspace / "node_modules" / "resolverd-bench.js"

    @property
    def koffi(self) -> dict[str, str]:
        """The environment in which our client finds koffi."""
        return {"NODE_PATH": str(self.peers / "node_modules")}


@contextlib.contextmanager
def open_ground() -> Generator[Ground]:
    """Install what is missing. Raises `Unavailable`."""
    questions, peers = load_questions(), install("bench")
    rows = random.Random(1).sample(questions.rows, ROWS)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "rows.json"
        path.write_text(json.dumps(rows))
        try:
            yield Ground(questions.workspace, peers, path)
        finally:
            (questions.workspace / "node_modules" / "resolverd-bench.js").unlink(missing_ok=True)


def read_rows(path: Path) -> list[Row]:
    return msgspec.json.decode(path.read_bytes(), type=list[Row])
