"""Why nobody tells of a place, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from resolverd.cache.engine import Engine
from resolverd.terms import Blindness, Unwatched
from resolverd.watch.inotify import Inotify
from resolverd.watch.remedies import blind_spots, told


@pytest.fixture
def two() -> Iterator[Inotify]:
    """A watcher with room for two directories."""
    watcher = Inotify(budget=2)
    yield watcher
    watcher.close()


def test_places_of_one_reason_are_told_together_with_what_to_do() -> None:
    spots = blind_spots(
        [
            Unwatched("/a", Blindness.LIMIT),
            Unwatched("/n", Blindness.FILE_SYSTEM, "nfs4"),
            Unwatched("/b", Blindness.LIMIT),
        ]
    )
    limit, network = map(told, spots)
    assert "/a and 1 more" in limit
    assert "sysctl fs.inotify.max_user_watches=" in limit
    assert "nfs4" in network
    assert "local disk" in network


def test_of_places_below_one_another_the_topmost_is_named(two: Inotify, tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/x.js").touch()
    engine = Engine(watcher=two)
    assert engine.resolve("./x.js", directory=str(tmp_path / "a/b")).path
    root, first, second, *_ = reversed((tmp_path / "a").parents)
    assert root == Path("/")
    assert engine.unwatched() == (Unwatched(str(second), Blindness.LIMIT),)
    assert engine.stats().unwatched > 1
    assert two.blindness(str(first)).why is Blindness.LIMIT


def test_an_engine_that_watches_all_names_nothing(tmp_path: Path) -> None:
    watcher = Inotify()
    try:
        engine = Engine(watcher=watcher)
        engine.resolve("./x.js", directory=str(tmp_path))
        assert engine.unwatched() == ()
    finally:
        watcher.close()


def test_a_made_up_file_system_is_named(two: Inotify) -> None:
    assert two.blindness("/proc/self") == Unwatched("/proc/self", Blindness.FILE_SYSTEM, "proc")
