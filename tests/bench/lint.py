"""ESLint with eslint-plugin-import on sources of the workspace: one import resolver beside the other."""

from __future__ import annotations

import os
import statistics
import subprocess
from pathlib import Path

import msgspec

from tests.bench.ground import CLIENT, SCRIPTS, Ground
from tests.bench.passes import cpu_of
from tests.differential.install import install
from tests.soak.daemon import RunningDaemon, running_daemon
from tests.soak.subjects import resident_of

ROUNDS = 3
SOURCES = ("@babel/core/lib", "@mui/material/node", "axios/lib", "eslint/lib", "rxjs/dist/esm", "svelte/src")
WAYS = {
    "typescript": "eslint-import-resolver-typescript",
    "oxc": "eslint-import-resolver-oxc",
    "koffi": "resolverd/eslint (koffi)",
    "plain": "resolverd/eslint (no koffi)",
    "cold": "resolverd/eslint (koffi), a daemon that knows nothing",
}
_PEERS = ("typescript", "oxc")


class Run(msgspec.Struct, frozen=True):
    """Microseconds of CPU, of all and of the resolver's calls; bytes of memory; what was said."""

    files: int
    cpu: float
    asked: int
    resolving: float
    memory: float
    rules: dict[str, int]
    digest: str
    daemon_cpu: float = 0
    daemon_memory: float = 0


Measured = dict[str, list[Run]]
"""By way, a run a round."""


def measure(ground: Ground) -> Measured:
    tools = install("adapters")
    with running_daemon() as daemon:
        _run(ground, tools, daemon, "koffi")
        rounds = [{way: _run(ground, tools, daemon, way) for way in WAYS} for _ in range(ROUNDS)]
    return {way: [each[way] for each in rounds] for way in WAYS}


def _run(ground: Ground, tools: Path, daemon: RunningDaemon, way: str) -> Run:
    if way == "cold":
        daemon.client.bust_all()
    resolver = WAYS[way] if way in _PEERS else CLIENT / "eslint.cjs"
    before = cpu_of(daemon)
    done = subprocess.run(
        ("node", SCRIPTS / "lint.mjs", tools, ground.workspace, resolver, *SOURCES),
        env=os.environ
        | {"RESOLVERD_SOCKET": daemon.client.socket}
        | ({"NODE_PATH": ""} if way == "plain" else ground.koffi),
        check=True,
        stdout=subprocess.PIPE,
    )
    run = msgspec.json.decode(done.stdout, type=Run)
    return msgspec.structs.replace(
        run, daemon_cpu=(cpu_of(daemon) - before) / 1000, daemon_memory=resident_of(daemon.pid)
    )


def report(measured: Measured) -> str:
    said = [run for runs in measured.values() for run in runs]
    rules = ", ".join(f"{count} of `{rule}`" for rule, count in sorted(said[0].rules.items()))
    messages = (
        f"The messages are the same with all: {rules}." if len({run.digest for run in said}) == 1 else _NOT_THE_SAME
    )
    head = _HEAD.format(
        files=said[0].files, sources=", ".join(SOURCES), asked=said[0].asked, messages=messages, rounds=ROUNDS
    )
    return head + "".join(_row(way, runs, measured["typescript"]) for way, runs in measured.items())


def _row(way: str, runs: list[Run], others: list[Run]) -> str:
    ratio = statistics.median(run.resolving / other.resolving for run, other in zip(runs, others, strict=True))
    cells = [f"{_median(runs, 'cpu') / 1e6:.1f}", f"{_median(runs, 'resolving') / 1e6:.2f}", f"{ratio:.2f}"]
    cells += [f"{_median(runs, 'memory') / 1e6:.0f}"]
    if way in _PEERS:
        cells += ["", ""]
    else:
        cells += [f"{_median(runs, 'daemon_cpu') / 1e6:.2f}", f"{_median(runs, 'daemon_memory') / 1e6:.0f}"]
    return f"| {WAYS[way]} | {' | '.join(cells)} |\n"


def _median(runs: list[Run], name: str) -> float:
    return statistics.median(float(getattr(run, name)) for run in runs)


_NOT_THE_SAME = "**The messages are not the same.**"
_HEAD = """\
ESLint 9 with eslint-plugin-import's `no-unresolved` and `no-cycle` on {files:,} files of the workspace ({sources}), a process for
each run, which asks its resolver {asked:,} times; medians of {rounds} runs by turns. {messages} Most of a run
is parsing; *resolving* is what the calls of the resolver take of the CPU, *ratio* the same against
eslint-import-resolver-typescript in the same round. Memory: the process's peak, and the daemon's, which serves all tools.

| resolver | CPU, s | resolving, s | ratio | memory, MB | daemon: CPU, s | memory, MB |
|---|--:|--:|--:|--:|--:|--:|
"""
