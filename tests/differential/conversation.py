"""Peers that go on answering: one process each for many small trees, so that a tree costs milliseconds."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tests.differential.rows import SCRIPTS, Row


class Conversation:
    """A script of `scripts/` that answers one workspace after the other."""

    def __init__(self, script: str, peers: Path) -> None:
        self._process = subprocess.Popen(
            ["node", "--no-warnings", "--experimental-import-meta-resolve", SCRIPTS / script, peers, "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ask(self, workspace: Path, rows: Sequence[Row], options: Mapping[str, object] | None = None) -> list[str]:
        """Give the outcome of each row."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        question = {"workspace": str(workspace), "rows": rows, "options": options or {}}
        stdin.write(msgspec.json.encode(question) + b"\n")
        stdin.flush()
        return msgspec.json.decode(stdout.readline(), type=list[str])

    def end(self) -> None:
        """Let the process end, and wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
