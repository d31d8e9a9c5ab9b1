"""Right at the first question after any change, with no pause: every scenario, in every way of asking."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path

import pytest

from resolverd_client import BlockingClient
from tests.conformance import staleness
from tests.conformance.staleness import Scenario, play
from tests.conformance.ways import AllAtOnce, OneByOne, Way, in_process
from tests.soak.daemon import running_daemon

Open = Callable[[], contextlib.AbstractContextManager[Way]]
"""Makes a way of asking that was asked nothing yet, or one that lives as long as its daemon."""

SCENARIOS = [
    scenario
    for scenario in (*staleness.own(), *(() if staleness.absence() else staleness.told()))
    if not (scenario.as_user and os.geteuid() == 0)
]
IN_PROCESS = {"watched": None, "nothing watched": 0, "seven watches": 7, "sixteen watches": 16}


@pytest.fixture(scope="module")
def watching() -> Generator[BlockingClient]:
    with running_daemon() as daemon:
        yield daemon.client


@pytest.fixture(scope="module")
def unwatching() -> Generator[BlockingClient]:
    with running_daemon(RESOLVERD_MAX_WATCHES="1") as daemon:
        yield daemon.client


@pytest.fixture(params=[*IN_PROCESS, "socket", "socket, many", "socket, unwatched", "socket, unwatched, many"])
def way(request: pytest.FixtureRequest) -> Open:
    if request.param in IN_PROCESS:
        return lambda: in_process(IN_PROCESS[request.param])
    client = request.getfixturevalue("unwatching" if "unwatched" in request.param else "watching")
    asker = AllAtOnce(client) if "many" in request.param else OneByOne(client)
    return lambda: contextlib.nullcontext(asker)


def assert_right(groups: Iterable[Sequence[Scenario]], root: Path, way: Open, *, asked_before: bool = True) -> None:
    """Play groups one after another, each in a tree of its own."""
    wrong: list[str] = []
    for number, group in enumerate(groups):
        with way() as asker:
            wrong += play(group, f"{root}/{number}", asker, asked_before=asked_before)
    assert not wrong, "\n  ".join([f"{len(wrong)} wrong:", *wrong])


def test_right_at_the_first_question_after_a_change(way: Open, tmp_path: Path) -> None:
    assert_right([[scenario] for scenario in SCENARIOS], tmp_path, way)


def test_right_where_only_neighbours_were_asked_before(way: Open, tmp_path: Path) -> None:
    assert_right([[scenario] for scenario in SCENARIOS], tmp_path, way, asked_before=False)


def test_right_when_two_changes_come_at_once(way: Open, tmp_path: Path) -> None:
    following = [*SCENARIOS[1:], SCENARIOS[0]]
    assert_right(zip(SCENARIOS, following, strict=True), tmp_path, way)


def test_right_when_all_changes_come_at_once(way: Open, tmp_path: Path) -> None:
    assert_right([SCENARIOS], tmp_path, way)
