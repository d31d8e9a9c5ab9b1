"""The questions: every unique (directory, specifier, kind) that the sources of the workspace ask."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.differential.install import HERE, install, printed_once

SCRIPTS = HERE / "scripts"


class Row(NamedTuple):
    """One import; `directory` is relative to the workspace."""

    directory: str
    specifier: str
    kind: str


class Questions(NamedTuple):
    """The workspace, the peers, and the rows, of which `path` is the file (JSON lines)."""

    workspace: Path
    peers: Path
    path: Path
    rows: list[Row]


def load_questions() -> Questions:
    """Install what is missing and read the rows, in the order of the sources' paths. Raises `Unavailable`."""
    workspace, peers = install("workspace"), install("peers")
    scripts = [SCRIPTS / name for name in ("rows.mjs", "imports.mjs")]
    made_from = (script.read_bytes() for script in scripts)
    path = printed_once(workspace, "rows", ["node", scripts[0], peers, workspace], *made_from)
    return Questions(workspace, peers, path, read_rows(path))


def read_rows(path: Path) -> list[Row]:
    return [msgspec.json.decode(line, type=Row) for line in path.read_bytes().splitlines()]
