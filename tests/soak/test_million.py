"""The million in short: every count is what it was, and a line that rises is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import routers
from tests.soak.million import measure
from tests.soak.samples import Drift, Sample, sampled, verdict
from tests.soak.trees import FURNISHINGS, plant_pages


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path.resolve() / "pages"
    plant_pages(FURNISHINGS[-1], place)
    return place


def test_every_bust_and_resolve_ends_in_the_counts_that_it_began_with(root: Path) -> None:
    samples = list(measure(root, cycles=90, samples=10))
    assert [sample.cycle for sample in samples] == list(range(0, 91, 9))


def test_every_reload_ends_in_the_counts_that_it_began_with(root: Path) -> None:
    assert [sample.cycle for sample in routers.reloads(root, count=100, samples=10)] == list(range(0, 901, 90))


def test_every_page_that_came_and_went_leaves_the_counts_as_they_were(root: Path) -> None:
    assert len(list(routers.rounds(root, count=400, samples=10))) == 11


def test_a_count_that_drifts_is_told() -> None:
    held = [0]
    with pytest.raises(Drift, match="after 10 cycles"):
        list(sampled("it", 20, 2, lambda: {"held": held[0] // 6}, lambda _: held.append(held.pop() + 1)))


def test_the_verdict_is_of_the_last_half() -> None:
    settled = [Sample("it", cycle, 100 if cycle else 0, 7) for cycle in range(0, 100, 10)]
    assert (verdict(settled).slope, verdict(settled).blocks) == (0, 0)
    rising = [Sample("it", cycle, 3 * cycle, cycle) for cycle in range(0, 110, 10)]
    assert verdict(rising).slope == pytest.approx(3)
    assert verdict(rising).blocks == 50
