"""Passes over the rows beside a daemon or in process, timed as `scripts/passes.mjs` times the peers'.

Run in a process of its own: `python -m tests.bench.passes SUBJECT WORKSPACE ROWS CREATED WARM_PASSES`. SUBJECT is `engine` (in
this process), `batch` (a daemon, over its socket) or `table` (the Python client, through the answer table); with
`node COMMAND...` that command runs beside a daemon and says the figures itself.
"""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple

import msgspec

from resolverd.cache.engine import Engine
from resolverd.terms import Answer, Kind, Status
from resolverd_client import BlockingClient, Question
from tests.bench.ground import read_rows
from tests.differential.option_sets import NODE
from tests.differential.rows import Row
from tests.soak.daemon import RunningDaemon, running_daemon

_LONG = 120.0


class Pass(msgspec.Struct, frozen=True):
    """One pass over all rows: microseconds of CPU here and in the daemon, of wall time, and how many files were found."""

    cpu: float
    daemon: float
    wall: float
    found: int


class Passes(msgspec.Struct, frozen=True):
    """The passes of one process, in their order; None: the resolver has no way to."""

    cold: Pass
    warm: tuple[Pass, ...]
    changed: Pass | None
    cleared: Pass | None


class Subject(NamedTuple):
    """Who is timed: a pass over all rows, how it hears of a new file, how all is voided, a daemon's nanoseconds of CPU."""

    ask_all: Callable[[], list[Answer]]
    changed: Callable[[str], object]
    cleared: Callable[[], object]
    daemon: Callable[[], int]


@contextlib.contextmanager
def open_engine(workspace: str, rows: list[Row]) -> Generator[Subject]:
    """Make an engine in this process, its collector set as the daemon's."""
    engine = Engine(is_told=True)
    profile = engine.open_profile(NODE.profile())
    modes = {kind.value: engine.mode(profile, kind) for kind in Kind}
    asked = [(modes[kind], f"{workspace}/{directory}", specifier) for directory, specifier, kind in rows]

    def ask_all() -> list[Answer]:
        engine.begin_turn()
        answer = engine.answer
        return [answer(mode, directory, specifier) for mode, directory, specifier in asked]

    gc.callbacks.append(freeze_survivors)
    gc.collect()
    yield Subject(ask_all, engine.bust_path, engine.bust_all, lambda: 0)


def freeze_survivors(phase: str, info: dict[str, int]) -> None:
    """Leave what a full collection has left over out of the next (resolverd/service/run.py says why)."""
    if phase == "stop" and info["generation"] == 2:
        gc.freeze()


def _asked(workspace: str, rows: list[Row]) -> list[Question]:
    return [
        Question(specifier, f"{workspace}/{directory}", False, Kind(kind), options=NODE.by_kind[kind])
        for directory, specifier, kind in rows
    ]


@contextlib.contextmanager
def open_batch(workspace: str, rows: list[Row]) -> Generator[Subject]:
    """Start a daemon, and ask it all rows at once over its socket."""
    asked = _asked(workspace, rows)
    with running_daemon() as daemon, BlockingClient(daemon.client.socket, table=False, deadline=_LONG) as client:
        yield Subject(lambda: client.resolve_many(asked), _nothing, client.bust_all, lambda: cpu_of(daemon))


@contextlib.contextmanager
def open_table(workspace: str, rows: list[Row]) -> Generator[Subject]:
    """Start a daemon, and ask row by row, the answer table first."""
    asked = _asked(workspace, rows)
    with running_daemon() as daemon:
        client = daemon.client
        ask_all = lambda: [client.ask(each) for each in asked]  # noqa: E731  a pass
        yield Subject(ask_all, _nothing, client.bust_all, lambda: cpu_of(daemon))


def _nothing(_path: str) -> None:
    """The kernel tells the daemon."""


def cpu_of(daemon: RunningDaemon) -> int:
    """Nanoseconds of all its threads."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{daemon.pid}/task").glob("*/schedstat"))


def run(subject: Subject, created: Path, warm_passes: int) -> Passes:
    """Time the cold pass, the warm ones, one after a file was created, one after all was voided."""

    def timed(prepare: Callable[[], object] = lambda: None) -> Pass:
        cpu, daemon, wall = time.process_time_ns(), subject.daemon(), time.perf_counter_ns()
        prepare()
        answers = subject.ask_all()
        wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
        found = sum(answer.status is Status.FOUND for answer in answers)
        return Pass(cpu / 1000, (subject.daemon() - daemon) / 1000, wall / 1000, found)

    cold, warm = timed(), tuple(timed() for _ in range(warm_passes))
    created.touch()
    try:
        changed = timed(lambda: subject.changed(str(created)))
    finally:
        created.unlink()
    subject.changed(str(created))
    timed()
    return Passes(cold, warm, changed, timed(subject.cleared))


SUBJECTS = {"engine": open_engine, "batch": open_batch, "table": open_table}


def main() -> None:
    name, *arguments = sys.argv[1:]
    if name == "node":
        with running_daemon() as daemon:
            subprocess.run(arguments, env=os.environ | {"RESOLVERD_SOCKET": daemon.client.socket}, check=True)
        return
    workspace, path, created, warm_passes = arguments
    with SUBJECTS[name](workspace, read_rows(Path(path))) as subject:
        passes = run(subject, Path(created), int(warm_passes))
    sys.stdout.buffer.write(msgspec.json.encode(passes))


if __name__ == "__main__":
    main()
