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
    """A pair (ours, oxc-resolver's) of microseconds of CPU a call for each round; `different` counts results that part."""

    different: int
    hits: int
    random: list[tuple[float, float]]
    hot: list[tuple[float, float]]
    created: list[tuple[float, float]]


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
    for name, text in MEASURES.items():
        rounds: list[tuple[float, float]] = getattr(measured, name)
        ratios = sorted(theirs / ours for ours, theirs in rounds)
        ours, theirs = (statistics.median(pair[place] for pair in rounds) for place in (0, 1))
        lines.append(
            f"| {text} | {ours:.2f} | {theirs:.2f} | {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}) |\n"
        )
    return "".join(lines)


_HEAD = """\
CPU of the process in microseconds a call of `ResolverFactory.sync`, medians of {rounds} rounds in one process by turns. Each answer of
ours is checked for freshness (one `epoll_wait`), none of oxc-resolver's is. {hits:,} answers came out of the table; {different} results
of the rows are not oxc-resolver's.

| | resolverd, answer table | oxc-resolver | times as fast, lowest to highest |
|---|--:|--:|--:|
"""
