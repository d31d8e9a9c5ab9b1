"""The growth tests in short; `make soak` runs them long."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.growth import Growth, line, measure, schedule, slope
from tests.soak.scenarios import Scenario
from tests.soak.subjects import SUBJECTS

SHORT = list(schedule(cycles=150, failed=2500))


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize(("scenario", "cycles"), SHORT, ids=[scenario.name for scenario, _ in SHORT])
def test_nothing_grows(name: str, scenario: Scenario, cycles: int, tmp_path: Path) -> None:
    with SUBJECTS[name]() as subject:
        growth = measure(subject, scenario, tmp_path.resolve() / "tree", cycles, warm_up=60)
    assert not growth.faults(), line(growth)


def test_growth_is_seen() -> None:
    cycles = 300
    steady = Growth("", cycles, {}, {}, 0, 0.0, 0)
    assert not steady.faults()
    assert steady._replace(slope=15_000.0).faults()
    assert steady._replace(drift={"answers": (3, 4)}).faults()
    assert steady._replace(blocks=cycles).faults()


def test_the_slope_is_the_rise_of_a_step() -> None:
    assert slope([5, 8, 11, 14]) == pytest.approx(3)
    assert slope([7, 7, 7]) == 0
