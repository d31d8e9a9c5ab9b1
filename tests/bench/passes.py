"""Passes of resolverd over the rows, timed as `scripts/passes.mjs` times the peers'.

Run in a process of its own: `python -m tests.bench.passes SUBJECT WORKSPACE ROWS OPTION_SET CREATED WARM_PASSES`. SUBJECT is
`engine` (in this process) or `daemon` (over its socket; the CPU is the daemon's, the wall time the client's).
"""

from __future__ import annotations

import contextlib
import gc
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple

import msgspec

from resolverd.cache.engine import Engine
from resolverd.terms import Answer, Kind, Status
from resolverd_client import Question
from tests.differential.option_sets import OPTION_SETS, OptionSet
from tests.differential.rows import Row, read_rows
from tests.soak.daemon import running_daemon


class Pass(msgspec.Struct, frozen=True):
    """One pass over all rows: CPU and wall in microseconds, and how many files were found."""

    cpu: float
    wall: float
    found: int


class Passes(msgspec.Struct, frozen=True):
    """The passes of one process, in their order."""

    cold: Pass
    warm: tuple[Pass, ...]
    busted: Pass


class Subject(NamedTuple):
    """Who is timed: a pass over all rows, a bust of one path, and the nanoseconds of CPU that it has used."""

    ask_all: Callable[[], list[Answer]]
    bust: Callable[[str], object]
    cpu: Callable[[], int]


@contextlib.contextmanager
def open_engine(workspace: str, rows: list[Row], option_set: OptionSet) -> Generator[Subject]:
    """Make an engine in this process, its collector set as the daemon's."""
    engine = Engine(is_told=True)
    profile = engine.open_profile(option_set.profile())
    modes = {kind.value: engine.mode(profile, kind) for kind in Kind}
    asked = [(modes[kind], f"{workspace}/{directory}", specifier) for directory, specifier, kind in rows]

    def ask_all() -> list[Answer]:
        engine.begin_turn()
        answer = engine.answer
        return [answer(mode, directory, specifier) for mode, directory, specifier in asked]

    gc.callbacks.append(freeze_survivors)
    gc.collect()
    yield Subject(ask_all, engine.bust_path, time.process_time_ns)


def freeze_survivors(phase: str, info: dict[str, int]) -> None:
    """Leave what a full collection has left over out of the next (resolverd/service/run.py says why)."""
    if phase == "stop" and info["generation"] == 2:
        gc.freeze()


@contextlib.contextmanager
def open_daemon(workspace: str, rows: list[Row], option_set: OptionSet) -> Generator[Subject]:
    """Start a daemon and connect to it."""
    asked = [
        Question(specifier, f"{workspace}/{directory}", False, Kind(kind), options=option_set.by_kind[kind])
        for directory, specifier, kind in rows
    ]
    with running_daemon() as daemon:
        threads = Path(f"/proc/{daemon.pid}/task")

        def cpu() -> int:
            return sum(int(path.read_text().split()[0]) for path in threads.glob("*/schedstat"))

        yield Subject(lambda: daemon.client.resolve_many(asked), daemon.client.bust, cpu)


def run(subject: Subject, created: Path, warm_passes: int) -> Passes:
    """Time the cold pass, the warm ones, and one after a file was created and told of."""

    def timed(ask_all: Callable[[], list[Answer]]) -> Pass:
        cpu, wall = subject.cpu(), time.perf_counter_ns()
        answers = ask_all()
        cpu, wall = subject.cpu() - cpu, time.perf_counter_ns() - wall
        return Pass(cpu / 1000, wall / 1000, sum(answer.status is Status.FOUND for answer in answers))

    def after_bust() -> list[Answer]:
        subject.bust(str(created))
        return subject.ask_all()

    cold = timed(subject.ask_all)
    warm = tuple(timed(subject.ask_all) for _ in range(warm_passes))
    created.touch()
    try:
        return Passes(cold, warm, timed(after_bust))
    finally:
        created.unlink()


SUBJECTS = {"engine": open_engine, "daemon": open_daemon}


def main() -> None:
    name, workspace, path, options, created, warm_passes = sys.argv[1:]
    option_set = next(option_set for option_set in OPTION_SETS if option_set.name == options)
    with SUBJECTS[name](workspace, read_rows(Path(path)), option_set) as subject:
        passes = run(subject, Path(created), int(warm_passes))
    sys.stdout.buffer.write(msgspec.json.encode(passes))


if __name__ == "__main__":
    main()
