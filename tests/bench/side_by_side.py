"""Every resolver on the same rows, one process each, by turns; ratios are taken within a round.

Each round begins with another one, so that a slow minute of the machine falls on all of them.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.bench.ground import HERE, OPTIONS, ROWS, SCRIPTS, Ground
from tests.bench.passes import Pass, Passes

ROOT = HERE.parents[1]
REFERENCE = "oxc-resolver"
ROUNDS = 5
WARM_PASSES = 3

Command = Callable[[Ground], list[str | Path]]
Round = dict[str, Passes]


def _script(name: str, variant: str = "", *, runtime: Command = lambda _: ["node"]) -> Command:
    def command(ground: Ground) -> list[str | Path]:
        given = [ground.peers, ground.workspace, ground.rows, OPTIONS, ground.created, str(WARM_PASSES), variant]
        return [*runtime(ground), SCRIPTS / f"{name}.mjs", *given]

    return command


def _bun(ground: Ground) -> list[str | Path]:
    machine = {"x86_64": "x64"}.get(os.uname().machine, os.uname().machine)
    return [ground.peers / f"node_modules/@oven/bun-linux-{machine}/bin/bun", "--no-install"]


def _passes(subject: str) -> Command:
    def command(ground: Ground) -> list[str | Path]:
        given = [ground.workspace, ground.rows, ground.created, str(WARM_PASSES)]
        return [sys.executable, "-m", "tests.bench.passes", subject, *given]

    return command


def _beside_daemon(way: str) -> Command:
    return lambda ground: [sys.executable, "-m", "tests.bench.passes", "node", *_script("resolverd", way)(ground)]


RESOLVERS: dict[str, Command] = {
    "resolverd, Node, answer table": _beside_daemon("table"),
    "resolverd, Node, blocking socket": _beside_daemon("sync"),
    "resolverd, Node, async": _beside_daemon("async"),
    "resolverd, Node, one batch": _beside_daemon("batch"),
    "resolverd, Python, answer table": _passes("table"),
    "resolverd, Python, one batch": _passes("batch"),
    "resolverd, engine in process": _passes("engine"),
    REFERENCE: _script("oxc", REFERENCE),
    "unrs-resolver": _script("oxc", "unrs-resolver"),
    "rspack-resolver": _script("oxc", "rspack-resolver"),
    "enhanced-resolve": _script("enhanced"),
    "enhanced-resolve, unsafeCache": _script("enhanced", "unsafeCache"),
    "TypeScript": _script("typescript"),
    "Node's require.resolve": _script("node"),
    "Bun": _script("bun", runtime=_bun),
}

MEASURES: dict[str, Callable[[Passes], Pass | None]] = {
    "cold": lambda passes: passes.cold,
    "asked again": lambda passes: passes.warm[0],
    "warm": lambda passes: passes.warm[-1],
    "after one file was created": lambda passes: passes.changed,
    "after everything was voided": lambda passes: passes.cleared,
}


def _cpu(each: Pass) -> float:
    return each.cpu + each.daemon


def measure(ground: Ground) -> list[Round]:
    names = list(RESOLVERS)
    turns = [[*names[number % len(names) :], *names[: number % len(names)]] for number in range(0, 3 * ROUNDS, 3)]
    return [{name: _measure_one(ground, name) for name in turn} for turn in turns]


def _measure_one(ground: Ground, name: str) -> Passes:
    command = RESOLVERS[name](ground)
    done = subprocess.run(command, cwd=ROOT, env=os.environ | ground.koffi, stdout=subprocess.PIPE, check=True)
    print(".", end="", file=sys.stderr, flush=True)
    return msgspec.json.decode(done.stdout, type=Passes)


def ratios(rounds: list[Round], measured: str, name: str) -> list[float]:
    """CPU as a multiple of oxc-resolver's, a figure a round; none where the resolver has no way to."""
    pairs = [(MEASURES[measured](each[name]), MEASURES[measured](each[REFERENCE])) for each in rounds]
    return [_cpu(one) / _cpu(other) for one, other in pairs if one is not None and other is not None]


def report(rounds: list[Round]) -> str:
    return _HEAD.format(rows=ROWS, rounds=len(rounds), warm=WARM_PASSES) + "".join(
        f"\n### {name.capitalize()}\n\n{_TABLE}" + "".join(_line(rounds, name, resolver) for resolver in RESOLVERS)
        for name in MEASURES
    )


def _line(rounds: list[Round], measured: str, name: str) -> str:
    passes = [one for each in rounds if (one := MEASURES[measured](each[name])) is not None]
    if not passes:
        return f"| {name} | no way to | | | | |\n"
    cpu = [_cpu(each) / ROWS for each in passes]
    daemon = statistics.median(each.daemon / ROWS for each in passes)
    wall = statistics.median(each.wall / ROWS for each in passes)
    ratio = statistics.median(ratios(rounds, measured, name))
    within = f"{daemon:.2f}" if daemon else ""
    return (
        f"| {name} | {statistics.median(cpu):.2f} | {min(cpu):.2f} to {max(cpu):.2f} | {within} | {wall:.2f} "
        f"| {ratio:.2f} |\n"
    )


_HEAD = """\
{rows:,} rows of the workspace in random order, the same for all. One measurement is a process of its own with a fresh resolver
(and a fresh daemon): one pass *cold*, one in which all is *asked again*, the last of {warm} such for *warm* (a client keeps
what it is asked more than once), one after a file was created where most rows look, one after everything was voided; what it
takes to hear of the change, or to void, is in the pass. Microseconds a row, medians of {rounds} rounds by turns; CPU is user
and system of all threads, the daemon's included and told apart. *Ratio*: CPU against oxc-resolver's in the same round; below 1
is less. After one file, resolverd and enhanced-resolve (`purge([path])`) void what it concerns; the others void all, as they
have no other way. Node's require.resolve and Bun have none at all, and Bun, TypeScript and Node resolve by their own rules.
`unsafeCache` believes its answers whatever the disk says. The operating system's cache is warm for all.
"""

_TABLE = """\
| | CPU | lowest to highest | of it the daemon | wall | ratio |
|---|--:|--:|--:|--:|--:|
"""
