"""Passes of resolverd over the rows, timed from inside, as `scripts/passes.mjs` times the peers'.

Run in a process of its own: `python -m tests.bench.passes WORKSPACE ROWS OPTION_SET CREATED WARM_PASSES`.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from resolverd.cache.engine import Engine
from resolverd.terms import Kind, Status
from tests.differential.option_sets import OPTION_SETS
from tests.differential.rows import read_rows

Row = tuple[str, str, int]


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


def timed(run: Callable[[], int]) -> Pass:
    cpu, wall = time.process_time_ns(), time.perf_counter_ns()
    found = run()
    return Pass((time.process_time_ns() - cpu) / 1000, (time.perf_counter_ns() - wall) / 1000, found)


def run(engine: Engine, rows: list[Row], created: Path, warm_passes: int) -> Passes:
    def over_all() -> int:
        engine.begin_turn()
        answer, found = engine.answer, Status.FOUND
        return sum(answer(mode, directory, specifier).status is found for directory, specifier, mode in rows)

    def after_bust() -> int:
        engine.bust_path(str(created))
        return over_all()

    cold = timed(over_all)
    # As the daemon does once it is warm: what stays is not looked through again by the collector.
    gc.freeze()
    warm = tuple(timed(over_all) for _ in range(warm_passes))
    created.touch()
    try:
        busted = timed(after_bust)
    finally:
        created.unlink()
    return Passes(cold, warm, busted)


def main() -> None:
    workspace, path, name, created, warm_passes = sys.argv[1:]
    engine = Engine()
    option_set = next(option_set for option_set in OPTION_SETS if option_set.name == name)
    profile = engine.open_profile(option_set.profile())
    modes = {kind.value: engine.mode(profile, kind) for kind in Kind}
    rows = [
        (f"{workspace}/{directory}", specifier, modes[kind]) for directory, specifier, kind in read_rows(Path(path))
    ]
    gc.collect()
    gc.freeze()
    passes = run(engine, rows, Path(created), int(warm_passes))
    sys.stdout.buffer.write(msgspec.json.encode(passes))


if __name__ == "__main__":
    main()
