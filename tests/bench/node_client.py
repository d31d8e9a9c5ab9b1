"""Warm calls in Node: our `ResolverFactory` through the answer table beside oxc-resolver's own, in one process by turns.

python -m tests.bench.node_client        writes NODE.md beside this file
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from tests.differential.install import Unavailable, install
from tests.differential.option_sets import NODE
from tests.differential.rows import Questions, load_questions
from tests.soak.daemon import running_daemon

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "clients" / "node"
ROWS = 20_000
ROUNDS = 9

MEASURES = {
    "random": f"{ROWS:,} rows in random order",
    "hot": "a hot thousand of them",
    "created": f"all {ROWS:,} after one file was created (oxc-resolver: `clearCache()` and the pass)",
}


def main() -> None:
    try:
        questions, koffi = load_questions(), install("node_client")
    except Unavailable as why:
        sys.exit(f"bench: {why}")
    measured = measure(questions, koffi)
    (HERE / "NODE.md").write_text(report(measured))
    print((HERE / "NODE.md").read_text())


def measure(questions: Questions, koffi: Path) -> dict[str, object]:
    """Run the script beside a daemon; what it printed."""
    rows = random.Random(1).sample(sorted({(row.directory, row.specifier) for row in questions.rows}), ROWS)
    options = msgspec.json.encode(NODE.by_kind).decode()
    created = questions.workspace / "node_modules" / "resolverd-bench.js"
    with tempfile.TemporaryDirectory() as scratch, running_daemon() as daemon:
        file = Path(scratch) / "rows.json"
        file.write_text(json.dumps(rows))
        done = subprocess.run(
            (
                "node",
                HERE / "scripts/node_client.cjs",
                CLIENT,
                questions.peers,
                questions.workspace,
                file,
                options,
                created,
                str(ROUNDS),
            ),
            env=os.environ | {"RESOLVERD_SOCKET": daemon.client.socket, "NODE_PATH": str(koffi / "node_modules")},
            check=True,
            stdout=subprocess.PIPE,
        )
    created.unlink(missing_ok=True)
    return json.loads(done.stdout)


def report(measured: dict[str, object]) -> str:
    """Lay the figures out: medians of the rounds, the ratio that of each round."""
    node = subprocess.run(("node", "--version"), check=True, capture_output=True, text=True).stdout.strip()
    lines = [
        "# Warm calls in Node",
        "",
        "Made by `python -m tests.bench.node_client`, which writes this page anew; needs Node, npm and its registry.",
        f"{os.cpu_count()} cores, Python {platform.python_version()}, Node {node}. CPU of the process in microseconds a call of",
        f"`ResolverFactory.sync`, medians of {ROUNDS} rounds in one process by turns; each answer of ours is checked for freshness",
        f"(one `poll`), none of oxc-resolver's is. {measured['hits']:,} answers came out of the table; {measured['different']} of the rows are",
        "answered differently (tests/differential says which and why).",
        "",
        "| | resolverd, answer table | oxc-resolver | times as fast, lowest to highest |",
        "|---|--:|--:|--:|",
    ]
    for name, text in MEASURES.items():
        rounds = measured[name]
        assert isinstance(rounds, list)
        ratios = sorted(theirs / ours for ours, theirs in rounds)
        ours, theirs = (statistics.median(pair[place] for pair in rounds) for place in (0, 1))
        lines.append(
            f"| {text} | {ours:.2f} | {theirs:.2f} | {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}) |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
