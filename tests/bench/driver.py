"""Side by side: resolverd, oxc-resolver and enhanced-resolve on the same rows with the same options.

Each measurement is a fresh process with a fresh resolver; what it reports, it measured inside (start-up and reading the
rows excluded). In each round every resolver takes its turn, and each round begins with another one, so that a slow
minute of the machine falls on all of them. Ratios are taken within a round. `make bench` writes RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.bench.passes import Pass, Passes
from tests.differential.install import Unavailable
from tests.differential.option_sets import NODE
from tests.differential.rows import Questions, load_questions

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
REFERENCE = "oxc-resolver"
PEERS = (REFERENCE, "enhanced-resolve")


class Task(NamedTuple):
    """What one process is given. `created` is the file whose creation is the bust."""

    questions: Questions
    rows: Path
    created: Path
    warm_passes: int


Command = Callable[[Task], list[str | Path]]


def _script(name: str) -> Command:
    def command(task: Task) -> list[str | Path]:
        options = msgspec.json.encode(NODE.by_kind).decode()
        peers, workspace = task.questions.peers, task.questions.workspace
        script = HERE / "scripts" / name
        return ["node", script, peers, workspace, task.rows, options, task.created, str(task.warm_passes)]

    return command


def _passes(subject: str) -> Command:
    def command(task: Task) -> list[str | Path]:
        module = [sys.executable, "-m", "tests.bench.passes", subject]
        return [*module, task.questions.workspace, task.rows, NODE.name, task.created, str(task.warm_passes)]

    return command


RESOLVERS: dict[str, Command] = {
    "resolverd engine": _passes("engine"),
    "resolverd daemon": _passes("daemon"),
    REFERENCE: _script("oxc.mjs"),
    PEERS[1]: _script("enhanced.mjs"),
}

MEASURES: dict[str, Callable[[Passes], Pass]] = {
    "cold": lambda passes: passes.cold,
    "warm": lambda passes: sorted(passes.warm, key=lambda each: each.cpu)[len(passes.warm) // 2],
    "after one bust": lambda passes: passes.busted,
}

ORDERS = ("in the order of the sources", "shuffled")


class Round(NamedTuple):
    """All resolvers' passes, one after the other."""

    order: str
    by_resolver: dict[str, Passes]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.driver", description="Measure side by side.")
    parser.add_argument("--rounds", type=int, default=5, help="how often each resolver takes its turn in each order")
    parser.add_argument("--warm-passes", type=int, default=3)
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md", help="- prints it and writes nothing")
    arguments = parser.parse_args()
    try:
        questions = load_questions()
    except Unavailable as why:
        sys.exit(f"bench: {why}")
    rounds = measure(questions, arguments.rounds, arguments.warm_passes)
    text = report(questions, rounds, arguments.rounds, arguments.warm_passes)
    if str(arguments.output) == "-":
        print(text)
    else:
        arguments.output.write_text(text)


def measure(questions: Questions, rounds: int, warm_passes: int) -> list[Round]:
    # Below the workspace, where most of the rows look: a directory that many answers have seen.
    created = questions.workspace / "node_modules" / "resolverd-bench.js"
    with tempfile.TemporaryDirectory() as scratch:
        paths = _ordered_rows(questions, Path(scratch))
        return [
            Round(order, _round(Task(questions, paths[order], created, warm_passes), number))
            for number in range(rounds)
            for order in ORDERS
        ]


def _ordered_rows(questions: Questions, scratch: Path) -> dict[str, Path]:
    lines = questions.path.read_text().splitlines(keepends=True)
    random.Random(0).shuffle(lines)
    shuffled = scratch / "shuffled.jsonl"
    shuffled.write_text("".join(lines))
    return dict(zip(ORDERS, (questions.path, shuffled), strict=True))


def _round(task: Task, number: int) -> dict[str, Passes]:
    names = list(RESOLVERS)
    turns = [*names[number % len(names) :], *names[: number % len(names)]]
    return {name: _measure_one(RESOLVERS[name](task)) for name in turns}


def _measure_one(command: list[str | Path]) -> Passes:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    print(".", end="", file=sys.stderr, flush=True)
    return msgspec.json.decode(done.stdout, type=Passes)


# -- the report --------------------------------------------------------------------------------------------------


def report(questions: Questions, rounds: list[Round], count: int, warm_passes: int) -> str:
    rows = len(questions.rows)
    in_short = "\n".join(_in_short(rounds, measure) for measure in MEASURES)
    parts = [_HEAD.format(rows=rows, rounds=count, warm=warm_passes, machine=_machine(questions), in_short=in_short)]
    for order in ORDERS:
        own = [each.by_resolver for each in rounds if each.order == order]
        parts.append(f"## Rows {order}\n\n{_TABLE_HEAD}" + "".join(_lines(own, rows)))
    return "\n".join(parts)


def _in_short(rounds: list[Round], measure: str) -> str:
    def ratio(name: str) -> float:
        return statistics.median(_ratio(each.by_resolver, measure, name) for each in rounds)

    return f"- **{measure}**: the engine {ratio('resolverd engine'):.2f}, the daemon {ratio('resolverd daemon'):.2f}"


def _ratio(passes: dict[str, Passes], measure: str, name: str) -> float:
    return MEASURES[measure](passes[name]).cpu / MEASURES[measure](passes[REFERENCE]).cpu


def _lines(rounds: list[dict[str, Passes]], rows: int) -> list[str]:
    return [_line(rounds, measure, name, rows) for measure in MEASURES for name in RESOLVERS]


def _line(rounds: list[dict[str, Passes]], measure: str, name: str, rows: int) -> str:
    passes = [MEASURES[measure](each[name]) for each in rounds]
    cpu = [each.cpu / rows for each in passes]
    wall = statistics.median(each.wall / rows for each in passes)
    ratio = statistics.median(_ratio(each, measure, name) for each in rounds)
    return (
        f"| {measure} | {name} | {statistics.median(cpu):.2f} | {min(cpu):.2f} to {max(cpu):.2f} "
        f"| {wall:.2f} | {ratio:.2f} | {passes[0].found} |\n"
    )


def _machine(questions: Questions) -> str:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    peers = ", ".join(f"{name} {_version(questions.peers, name)}" for name in PEERS)
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, Node {node}, {peers}"


class _Manifest(msgspec.Struct):
    version: str


def _version(peers: Path, name: str) -> str:
    manifest = peers / "node_modules" / name / "package.json"
    return msgspec.json.decode(manifest.read_bytes(), type=_Manifest).version


_HEAD = """\
# Side by side with oxc-resolver and enhanced-resolve

Made by `make bench` (`python -m tests.bench.driver`), which writes this page anew; needs Node, npm and its registry.
{machine}.

CPU a resolve as a multiple of oxc-resolver's, over both orders (the aim for *cold* is 1 or less):

{in_short}

How it is measured:

- **Rows**: the {rows} unique (directory, specifier, kind) of `tests/differential`, under its options `node`.
- **One measurement** is a fresh process with a fresh resolver: one pass *cold*, {warm} passes *warm* (the median counts),
  then one file is created and told of, and one pass *after one bust*. The median of {rounds} rounds is given, with the lowest
  and the highest; in each round every resolver takes its turn, and each round begins with another one.
- **Units** are microseconds a resolve. CPU is that of the whole process, all threads, user and system; start-up and reading
  the rows are excluded. All of them resolve on one thread. The operating system's file cache is warm for all.
- **resolverd engine** is asked in its process, as the peers are in theirs. **resolverd daemon** is asked over its socket in
  batches: its CPU is the daemon's (requests decoded, answers encoded), its wall time the client's, which is plain Python.
- **Ratio** is CPU against oxc-resolver's in the same round (below 1: less than it), the median of the rounds.
- **The bust**: resolverd voids what the new name concerns (`bust_path`); enhanced-resolve purges the same path from its cached
  file system, as webpack's watch mode does; oxc-resolver has `clearCache()` only. The bust's own time is in the pass.
- What differs in kind: oxc-resolver is native code called from JavaScript, enhanced-resolve and Node's JIT compiler warm up
  during the cold pass, resolverd is plain Python; its warm pass is one look-up in its answers, which oxc-resolver does not keep,
  nor enhanced-resolve by default (its `unsafeCache` is off).
- **Found** (files): they agree; `tests/differential` compares the answers one by one.
"""

_TABLE_HEAD = """\
| | resolver | CPU median | CPU lowest to highest | wall median | ratio | found |
|---|---|---:|---:|---:|---:|---:|
"""


if __name__ == "__main__":
    main()
