"""Right at the first question after any change, with no pause: every scenario, in every way of asking."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path

import pytest

from resolverd_client import BlockingClient
from tests.conformance import staleness
from tests.conformance.privileges import bound_by_permissions, unprivileged
from tests.conformance.staleness import Scenario, play
from tests.conformance.ways import AllAtOnce, OneByOne, Way, in_process
from tests.soak.daemon import running_daemon

Open = Callable[[], contextlib.AbstractContextManager[Way]]
"""Makes a way of asking: an engine of its own, or a daemon that others ask as well."""

SCENARIOS = (*staleness.own(), *(() if staleness.absence() else staleness.told()))
WATCHES = {"watched": None, "nothing watched": 0, "few watched": 16, "half watched": 400}
SOCKETS = ("socket", "socket, many", "socket, nothing watched", "socket, nothing watched, many")
WAYS = (*WATCHES, *SOCKETS)
IS_LONG = "RESOLVERD_LONG_TESTS" in os.environ
"""`make staleness`: every test in every way, and with many budgets of watches."""


def ways(*few: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("way", WAYS if IS_LONG else few, indirect=True)


@pytest.fixture(scope="module")
def watching() -> Generator[BlockingClient]:
    with running_daemon(*unprivileged()) as daemon:
        yield daemon.client


@pytest.fixture(scope="module")
def unwatching() -> Generator[BlockingClient]:
    with running_daemon(*unprivileged(), RESOLVERD_MAX_WATCHES="1") as daemon:
        yield daemon.client


@pytest.fixture
def way(request: pytest.FixtureRequest) -> Open:
    if request.param in WATCHES:
        return lambda: in_process(WATCHES[request.param])
    client = request.getfixturevalue("unwatching" if "nothing watched" in request.param else "watching")
    asker = AllAtOnce(client) if "many" in request.param else OneByOne(client)
    return lambda: contextlib.nullcontext(asker)


def assert_right(groups: Iterable[Sequence[Scenario]], root: Path, way: Open, *, asked_before: bool = True) -> None:
    """Play groups one after another, each in a tree of its own."""
    with way() as asker:
        wrong = [
            complaint
            for number, group in enumerate(groups)
            for complaint in play(group, f"{root}/{number}", asker, asked_before=asked_before)
        ]
    assert not wrong, "\n  ".join([f"{len(wrong)} wrong:", *wrong])


@ways(*WAYS)
def test_right_at_the_first_question_after_a_change(way: Open, tmp_path: Path) -> None:
    with bound_by_permissions():
        assert_right([[scenario] for scenario in SCENARIOS], tmp_path, way)


@ways("watched", "nothing watched", "half watched", "socket, nothing watched")
def test_right_where_only_neighbours_were_asked_before(way: Open, tmp_path: Path) -> None:
    with bound_by_permissions():
        assert_right([[scenario] for scenario in SCENARIOS], tmp_path, way, asked_before=False)


@ways("socket, many", "socket, nothing watched, many")
def test_right_when_two_changes_come_at_once(way: Open, tmp_path: Path) -> None:
    following = [*SCENARIOS[1:], SCENARIOS[0]]
    with bound_by_permissions():
        assert_right(zip(SCENARIOS, following, strict=True), tmp_path, way)


@ways("watched", "few watched", "half watched", "socket, many")
def test_right_when_all_changes_come_at_once(way: Open, tmp_path: Path) -> None:
    with bound_by_permissions():
        assert_right([SCENARIOS], tmp_path, way)


def test_right_for_root_whom_permissions_do_not_bind(tmp_path: Path) -> None:
    assert_right([[each for each in SCENARIOS if not each.as_user]], tmp_path, lambda: in_process(None))


@pytest.mark.parametrize("budget", range(1, 1000, 23) if IS_LONG else (100,))
def test_right_wherever_the_watches_end(budget: int, tmp_path: Path) -> None:
    with bound_by_permissions():
        assert_right([SCENARIOS], tmp_path, lambda: in_process(budget))
