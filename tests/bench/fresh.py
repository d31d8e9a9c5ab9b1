"""A tool that starts, asks so many rows and ends, as a linter does in a hook: a fresh Node process beside a warm daemon."""

from __future__ import annotations

import os
import statistics
import subprocess

import msgspec

from resolverd.terms import Kind
from resolverd_client import Question
from tests.bench.ground import CLIENT, OPTIONS, SCRIPTS, Ground, read_rows
from tests.bench.passes import cpu_of
from tests.differential.option_sets import NODE
from tests.soak.daemon import RunningDaemon, running_daemon

COUNTS = (1, 100, 1_000, 10_000)
ROUNDS = 11
WAYS = {
    "oxc": "oxc-resolver",
    "resolverd": "resolverd, `ResolverFactory` (koffi)",
    "plain": "resolverd, `ResolverFactory` (no koffi)",
    "batch": "resolverd, one batch (koffi)",
    "plain batch": "resolverd, one batch (no koffi)",
}
_PLAIN = {"plain": "resolverd", "plain batch": "batch"}
"""Without koffi: what is asked then."""


class Run(msgspec.Struct, frozen=True):
    """Microseconds of CPU and wall of the tool, of CPU of the daemon meanwhile."""

    cpu: float
    wall: float
    daemon: float = 0


Measured = dict[str, dict[str, list[Run]]]
"""By count, by way, a run a round."""


def measure(ground: Ground) -> Measured:
    with running_daemon() as daemon:
        asked = [
            Question(specifier, f"{ground.workspace}/{directory}", False, Kind(kind), options=NODE.by_kind[kind] | _OXC)
            for directory, specifier, kind in read_rows(ground.rows)
        ]
        daemon.client.resolve_many(asked)
        return {str(count): _by_turns(lambda way, count=count: _run(ground, daemon, way, count)) for count in COUNTS}


_OXC = {"oxcResults": True}
"""As `ResolverFactory` asks."""


def _by_turns(run: object) -> dict[str, list[Run]]:
    assert callable(run)
    rounds = [{way: run(way) for way in WAYS} for _ in range(ROUNDS)]
    return {way: [each[way] for each in rounds] for way in WAYS}


def _run(ground: Ground, daemon: RunningDaemon, way: str, count: int) -> Run:
    before = cpu_of(daemon)
    done = subprocess.run(
        (
            "node",
            SCRIPTS / "fresh.cjs",
            CLIENT,
            ground.peers,
            ground.workspace,
            ground.rows,
            OPTIONS,
            _PLAIN.get(way, way),
            str(count),
        ),
        env=os.environ
        | {"RESOLVERD_SOCKET": daemon.client.socket}
        | ({"NODE_PATH": ""} if way in _PLAIN else ground.koffi),
        check=True,
        stdout=subprocess.PIPE,
    )
    run = msgspec.json.decode(done.stdout, type=Run)
    return Run(run.cpu, run.wall, (cpu_of(daemon) - before) / 1000)


def report(measured: Measured) -> str:
    lines = [_HEAD.format(rounds=ROUNDS)]
    for count, by_way in measured.items():
        for way, runs in by_way.items():
            tool, daemon, wall = (
                statistics.median(getattr(run, name) for run in runs) / 1000 for name in ("cpu", "daemon", "wall")
            )
            ratio = statistics.median(run.cpu / other.cpu for run, other in zip(runs, by_way["oxc"], strict=True))
            within = "" if way == "oxc" else f"{daemon:.1f}"
            lines.append(f"| {int(count):,} | {WAYS[way]} | {tool:.1f} | {within} | {wall:.1f} | {ratio:.2f} |\n")
    return "".join(lines)


_HEAD = """\
Node starts, loads the resolver, asks so many rows of a workspace that the daemon knows, and ends: milliseconds, net of Node's own
start and of reading the rows; medians of {rounds} runs by turns. oxc-resolver begins cold each time, as it must. *Ratio*: the
tool's CPU against oxc-resolver's in the same round.

| rows | | CPU of the tool | of the daemon | wall | ratio |
|--:|---|--:|--:|--:|--:|
"""
