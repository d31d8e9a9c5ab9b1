"""Growth: ask and bust the same again and again, and count what is left.

After each cycle every count of the engine, and of open files, has to be what it was, exactly. Memory is measured twice:
the interpreter's own blocks, which are exact, and the resident size, through which a line is laid over the last half of
the cycles (the allocator settles in the first). `python -m tests.soak.growth` prints the table.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.soak.scenarios import MISSES_A_CYCLE, Scenario, busts, edits, misses
from tests.soak.subjects import SUBJECTS, Subject, held
from tests.soak.trees import FURNISHINGS

NOISE = 1536 * 1024
"""Bytes that the line may rise over the measured half: one arena of Python's allocator (1 MiB), taken in its middle."""

BLOCKS_NOISE = 64
"""Memory blocks that come and go with the interpreter's own caches, besides one for each edge: which nodes have a number
up to 256 (that is no block) changes from cycle to cycle."""


WARM_UP = 300
"""Cycles before the first count. Python shares the integers up to 256, so a counter that passes it takes a block more:
either all do so before, or none does before the end."""


class Growth(NamedTuple):
    """What one scenario left behind. `slope` is bytes a cycle, `blocks` memory blocks over the whole last half."""

    scenario: str
    cycles: int
    counts: dict[str, int]
    drift: dict[str, tuple[int, int]]
    resident: int
    slope: float
    blocks: int | None

    def faults(self) -> list[str]:
        """Say what grew, if anything did."""
        found = [f"{name}: {before} became {after}" for name, (before, after) in self.drift.items()]
        if self.slope * self.cycles / 2 > NOISE:
            found.append(f"resident size: {self.slope:.0f} bytes a cycle")
        if self.blocks is not None and self.blocks > BLOCKS_NOISE + self.counts.get("edges", 0):
            found.append(f"memory blocks: {self.blocks} more after {self.cycles // 2} cycles")
        return found


def measure(subject: Subject, scenario: Scenario, root: Path, cycles: int, warm_up: int = WARM_UP) -> Growth:
    """Run a scenario in a new directory, after some cycles of it that are not counted."""
    root.mkdir()
    scenario.plant(root)
    for number in range(warm_up):
        scenario.cycle(subject, root, number)
    before = _counts(subject)
    drift: dict[str, tuple[int, int]] = {}
    sizes = array("q", bytes(8 * cycles))  # all at once: a list would grow under the measurement
    halfway: int | None = None
    for number in range(cycles):
        if number == cycles // 2:
            halfway = subject.blocks()
        scenario.cycle(subject, root, number)
        after = _counts(subject)
        drift |= {name: (count, after[name]) for name, count in before.items() if after[name] != count}
        sizes[number] = subject.resident()
    blocks = subject.blocks()
    subject.check()
    risen = None if blocks is None or halfway is None else blocks - halfway
    return Growth(scenario.name, cycles, before, drift, sizes[-1], slope(sizes[cycles // 2 :]), risen)


def _counts(subject: Subject) -> dict[str, int]:
    return held(subject.stats()) | {"open files": subject.open_files()}


def slope(values: Sequence[int]) -> float:
    """Lay the line of least squares through values one apart; how much it rises a step."""
    middle_x, middle_y = (len(values) - 1) / 2, sum(values) / len(values)
    above = sum((x - middle_x) * (y - middle_y) for x, y in enumerate(values))
    return above / sum((x - middle_x) ** 2 for x in range(len(values)))


def schedule(cycles: int, failed: int) -> Iterator[tuple[Scenario, int]]:
    """Give every scenario with its number of cycles."""
    for distinct in (True, False):
        yield misses(distinct=distinct), max(2, failed // MISSES_A_CYCLE)
    for furnishing in FURNISHINGS:
        yield busts(furnishing), cycles
    yield edits(FURNISHINGS[-1]), cycles // 4


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.growth", description=__doc__)
    parser.add_argument("--cycles", type=int, default=4000, help="busts and re-resolves of each tree")
    parser.add_argument("--misses", type=int, default=10_000, help="failed resolves beside a large package.json")
    arguments = parser.parse_args()
    faults = 0
    for name, open_subject in SUBJECTS.items():
        print(f"{name}\n{_TABLE_HEAD}")
        for scenario, cycles in schedule(arguments.cycles, arguments.misses):
            with tempfile.TemporaryDirectory() as scratch, open_subject() as subject:
                growth = measure(subject, scenario, Path(scratch).resolve() / "tree", cycles)
            print(line(growth), flush=True)
            faults += len(growth.faults())
    sys.exit(faults > 0)


_TABLE_HEAD = (
    f"{'':<32}{'cycles':>7}{'answers':>9}{'slots':>7}{'listings':>9}{'manifests':>10}{'facts':>7}{'edges':>7}"
    f"{'files':>6}{'RSS MB':>8}{'bytes/cycle':>12}{'blocks':>7}"
)


def line(growth: Growth) -> str:
    """One line of the table; what grew stands after it."""
    counts = growth.counts
    slots = sum(counts[name] for name in ("directory_slots", "package_slots", "tsconfig_slots"))
    manifests = counts["packages"] + counts["tsconfigs"]
    blocks = "" if growth.blocks is None else growth.blocks
    told = (
        f"{growth.scenario:<32}{growth.cycles:>7}{counts['answers']:>9}{slots:>7}{counts['listings']:>9}{manifests:>10}"
        f"{counts['facts']:>7}{counts['edges']:>7}{counts['open files']:>6}{growth.resident / 1e6:>8.1f}"
        f"{growth.slope:>12.1f}{blocks:>7}"
    )
    return "\n    GREW ".join([told, *growth.faults()])


if __name__ == "__main__":
    main()
