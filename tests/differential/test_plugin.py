"""Vite, Rolldown and Rollup with our plugin and without: what a build makes of the imports of the workspace."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.differential.conftest import Report
from tests.differential.install import Unavailable, install
from tests.differential.rows import SCRIPTS, Questions
from tests.soak.daemon import RunningDaemon

CLIENT = Path(__file__).parents[2] / "clients" / "node"
ROWS = 100_000 if os.environ.get("RESOLVERD_LONG") else 1_500
"""Of how many rows at most; each is asked twice, and node-resolve takes its time."""


class _Told(msgspec.Struct):
    asked: int
    found: int
    parted: list[dict[str, object]]


@pytest.mark.parametrize(
    ("bundler", "platform"),
    [("vite", "browser"), ("vite", "node"), ("rolldown", "browser"), ("rolldown", "node"), ("rollup", "node")],
)
def test_a_build_resolves_as_it_does_by_itself(
    questions: Questions, daemon: RunningDaemon, report: Report, tmp_path: Path, bundler: str, platform: str
) -> None:
    try:
        tools = install("adapters")
    except Unavailable as why:
        pytest.skip(str(why))
    # Rolldown answers a plugin as if everything were imported by a statement.
    rows = [row for row in questions.rows if bundler != "rolldown" or row.kind == "import"]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n".join(map(msgspec.json.encode, random.Random(1).sample(rows, min(ROWS, len(rows))))))
    done = subprocess.run(
        ("node", SCRIPTS / "plugin.mjs", tools, CLIENT, questions.workspace, path, bundler, platform),
        env=os.environ | {"RESOLVERD_SOCKET": daemon.client.socket},
        check=True,
        capture_output=True,
    )
    assert not done.stderr
    told = msgspec.json.decode(done.stdout, type=_Told)
    report.add(f"{bundler:<9}{told.asked:>7} imports in a build ({platform}), all as without the plugin")
    assert told.found > told.asked / 2
    assert not told.parted
