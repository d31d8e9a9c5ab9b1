"""Warm calls in Node: our `ResolverFactory` through the answer table beside oxc-resolver's own, in one process by turns."""

from __future__ import annotations

import os
import statistics
import subprocess

import msgspec

from tests.bench.ground import CLIENT, OPTIONS, ROWS, SCRIPTS, Ground
from tests.soak.daemon import running_daemon

ROUNDS = 15

MEASURES = {
    "random": f"{ROWS:,} rows in random order",
    "hot": "a hot thousand of them",
    "created": f"all {ROWS:,} after one file was created (oxc-resolver: `clearCache()` and the pass)",
}


class Measured(msgspec.Struct, frozen=True):
    """Microseconds of CPU a call for each round: ours with a poll that stands, with a call each, and oxc-resolver's.

    `different` counts results that part; `stands` is false where no poll can stand, and both of ours make calls.
    """

    different: int
    hits: int
    stands: bool
    random: list[tuple[float, float, float]]
    hot: list[tuple[float, float, float]]
    created: list[tuple[float, float, float]]


def measure(ground: Ground) -> Measured:
    with running_daemon() as daemon:
        given = (CLIENT, ground.peers, ground.workspace, ground.rows, OPTIONS, ground.created, str(ROUNDS))
        done = subprocess.run(
            ("node", SCRIPTS / "warm_calls.cjs", *given),
            env=os.environ | ground.koffi | {"RESOLVERD_SOCKET": daemon.client.socket},
            check=True,
            stdout=subprocess.PIPE,
        )
    return msgspec.json.decode(done.stdout, type=Measured)


def report(measured: Measured) -> str:
    """Lay the figures out: medians of the rounds, the ratio that of each round."""
    lines = [_HEAD.format(rounds=ROUNDS, hits=measured.hits, different=measured.different)]
    if not measured.stands:
        lines.insert(0, "No poll can stand on this machine, so both columns of ours make calls.\n\n")
    for name, text in MEASURES.items():
        rounds: list[tuple[float, float, float]] = getattr(measured, name)
        ours, young, theirs = (statistics.median(each[place] for each in rounds) for place in range(3))
        times = " | ".join(_spread([each[2] / each[place] for each in rounds]) for place in (0, 1))
        lines.append(f"| {text} | {ours:.2f} | {young:.2f} | {theirs:.2f} | {times} |\n")
    return "".join(lines)


def _spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"


_HEAD = """\
CPU of the process in microseconds a call of `ResolverFactory.sync`, medians of {rounds} rounds in one process by turns. Each answer of
ours is checked for freshness, none of oxc-resolver's is. For a process's first 100,000 answers a check is one `epoll_wait` (*young*);
from then on a poll stands, and a check is a look at memory. {hits:,} answers came out of the table; {different} results of the rows are
not oxc-resolver's.

| | resolverd, answer table | the same, young | oxc-resolver | times as fast, lowest to highest | young |
|---|--:|--:|--:|--:|--:|
"""
