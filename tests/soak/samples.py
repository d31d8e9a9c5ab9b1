"""What is measured through many cycles, and what the samples come to."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from tests.soak.growth import slope
from tests.soak.subjects import resident_of


class Sample(NamedTuple):
    """The resident size in bytes after so many cycles of one subject; for Python its memory blocks, which are exact."""

    subject: str
    cycle: int
    resident: int
    blocks: int | None


class Drift(Exception):  # noqa: N818  what was found, not what went wrong
    """A count that is another than at the first sample."""


def sampled(
    subject: str, cycles: int, samples: int, counts: Callable[[], dict[str, int]], run: Callable[[int], None]
) -> Iterator[Sample]:
    """Run cycles in this process, some between two samples. Raises `Drift`."""
    every = max(1, cycles // samples)
    first = counts()
    for cycle in range(cycles + 1):
        if cycle % every == 0:
            now = counts()
            if now != first:
                raise Drift(f"{subject}: after {cycle} cycles {first} became {now}")
            gc.collect()
            yield Sample(subject, cycle, resident_of("self"), sys.getallocatedblocks())
        run(cycle)


class Verdict(msgspec.Struct):
    """What a subject's samples come to: bytes, bytes a cycle over the last half of its cycles, and blocks over that half."""

    subject: str
    cycles: int
    first: int
    last: int
    slope: float
    blocks: int | None


def verdict(samples: list[Sample]) -> Verdict:
    """Lay the line through the last half."""
    last_half = samples[len(samples) // 2 :]
    step = samples[1].cycle - samples[0].cycle
    risen = slope([sample.resident for sample in last_half]) / step
    before, after = last_half[0].blocks, samples[-1].blocks
    blocks = None if before is None or after is None else after - before
    first, last = samples[0], samples[-1]
    return Verdict(first.subject, last.cycle, first.resident, last.resident, round(risen, 3), blocks)
