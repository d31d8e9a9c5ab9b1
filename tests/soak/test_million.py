"""The million in short: every count is what it was, and a line that rises is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.million import Sample, measure, verdict
from tests.soak.trees import FURNISHINGS, plant_pages


def test_every_bust_and_resolve_ends_in_the_counts_that_it_began_with(tmp_path: Path) -> None:
    root = tmp_path.resolve() / "pages"
    plant_pages(FURNISHINGS[-1], root)
    samples = list(measure(root, cycles=90, samples=10))
    assert [sample.cycle for sample in samples] == list(range(0, 91, 9))


def test_the_verdict_is_of_the_last_half() -> None:
    settled = [Sample("it", cycle, 100 if cycle else 0, 7) for cycle in range(0, 100, 10)]
    assert (verdict(settled).slope, verdict(settled).blocks) == (0, 0)
    rising = [Sample("it", cycle, 3 * cycle, cycle) for cycle in range(0, 110, 10)]
    assert verdict(rising).slope == pytest.approx(3)
    assert verdict(rising).blocks == 50
