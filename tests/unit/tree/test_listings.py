"""Listings on a real disk under a real watcher: what is void, what is kept, and what is looked at again."""

from __future__ import annotations

import os
import resource
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import named_profile
from resolverd.terms import Answer, Kind, Status
from resolverd.tree.listings import FEW
from resolverd.view.memory import MemoryView
from resolverd.watch.inotify import Inotify


class Asking:
    """An engine that watches a real directory, and questions to it."""

    def __init__(self, root: Path, budget: int | None = None) -> None:
        self.root = root
        self.inotify = Inotify(budget)
        self.engine = Engine(watcher=self.inotify)
        self._mode = self.engine.mode(self.engine.open_profile(named_profile("node")), Kind.REQUIRE)

    def ask(self, specifier: str, directory: str = ".") -> Answer:
        """Ask in a turn of its own."""
        self.engine.begin_turn()
        return self.ask_in_turn(specifier, directory)

    def ask_in_turn(self, specifier: str, directory: str = ".") -> Answer:
        """Ask without taking in what happened since the turn began."""
        return self.engine.answer(self._mode, os.path.normpath(self.root / directory), specifier)

    def finds(self, specifier: str, directory: str = ".") -> bool:
        answer = self.ask(specifier, directory)
        fresh = self.engine.fresh(self._mode, os.path.normpath(self.root / directory), specifier, is_file=False)
        assert (answer.status, answer.path) == (fresh.status, fresh.path)
        self.engine.check()
        return answer.status is Status.FOUND

    def names(self) -> set[str]:
        """The names of the root directory that are held, as entries or as doubts."""
        listing = self.engine._caches.tree.listings.find(str(self.root))
        assert listing is not None
        assert listing.entries is not None
        return listing.entries.keys() | listing.unsure


@contextmanager
def asking(root: Path, budget: int | None = None) -> Iterator[Asking]:
    asked = Asking(root.resolve(), budget)
    yield asked
    asked.inotify.check()
    asked.inotify.close()


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open("/", os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def come_and_go(root: Path, count: int, prefix: str = "t") -> None:
    for number in range(count):
        (root / f"{prefix}{number}").touch()
        (root / f"{prefix}{number}").unlink()


def test_names_that_come_and_go_unasked_take_no_memory(tmp_path: Path) -> None:
    (tmp_path / "x.js").touch()
    with asking(tmp_path) as project:
        assert project.finds("./x")
        for round_ in range(10):
            come_and_go(tmp_path, 2 * FEW, prefix=f"temporary-{round_}-")
            project.engine.begin_turn()
            assert len(project.names()) <= FEW + 5
        assert project.engine.stats().answers == 1
        assert project.finds("./x")
        (tmp_path / "new.js").touch()
        assert project.finds("./new")


@pytest.mark.parametrize("budget", [None, 0])
def test_what_was_looked_for_in_vain_makes_a_directory_no_dearer_to_list_again(
    tmp_path: Path, budget: int | None
) -> None:
    def calls(number: int) -> int:
        """Count the calls of one question after an unasked name has come."""
        (tmp_path / f"unasked-{number}").touch()
        counted = 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        sys.setprofile(count)
        try:
            project.ask(f"./nope-{number}")
        finally:
            sys.setprofile(None)
        return counted

    with asking(tmp_path, budget) as project:
        first = [calls(number) for number in range(10)][-1]
        for number in range(10, 400):
            project.ask_in_turn(f"./nope-{number}")
        assert calls(400) < 2 * first


def test_an_absence_is_void_at_its_event_though_the_directory_was_listed_again_before(tmp_path: Path) -> None:
    (tmp_path / "other.js").touch()
    with asking(tmp_path) as project:
        assert not project.finds("./x.js")
        come_and_go(tmp_path, 2 * FEW)
        project.engine.begin_turn()
        (tmp_path / "x.js").touch()
        assert project.ask_in_turn("./t3").status is Status.FAILED
        assert project.finds("./x.js")


def test_much_of_a_directory_is_listed_again_and_a_little_of_a_large_one_is_not(tmp_path: Path) -> None:
    for number in range(20 * FEW):
        (tmp_path / f"f{number}").touch()
    with asking(tmp_path) as project:
        assert not project.finds("./absent")
        come_and_go(tmp_path, 2 * FEW)
        project.engine.begin_turn()
        assert len(project.names()) == 22 * FEW
        come_and_go(tmp_path, 2 * FEW, prefix="u")
        project.engine.begin_turn()
        assert len(project.names()) < FEW
        assert not project.finds("./t3")
        assert len(project.names()) == 20 * FEW


def test_a_file_found_while_no_descriptor_is_left_is_found(tmp_path: Path) -> None:
    (tmp_path / "x.js").touch()
    with asking(tmp_path) as project:
        with no_descriptor_left():
            assert project.ask("./x.js").status is Status.FOUND
        assert project.engine.stats().answers == 0
        assert project.finds("./x.js")


def test_what_cannot_be_listed_for_want_of_a_descriptor_is_not_remembered_as_absent(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "dep").mkdir(parents=True)
    (tmp_path / "node_modules" / "dep" / "package.json").write_text('{"main": "main.js"}')
    (tmp_path / "node_modules" / "dep" / "main.js").touch()
    with asking(tmp_path) as project:
        with no_descriptor_left():
            answer = project.ask("dep")
            assert answer.status is Status.FAILED
            assert answer.error is not None
            assert "Too many open files" in answer.error.message
        assert project.finds("dep")


def test_a_look_that_fails_while_many_names_are_void_is_not_taken_for_absence(tmp_path: Path) -> None:
    (tmp_path / "x.js").touch()
    with asking(tmp_path) as project:
        assert not project.finds("./y.js")
        come_and_go(tmp_path, 2 * FEW)
        (tmp_path / "z.js").touch()
        with no_descriptor_left():
            assert project.ask("./z.js").status is Status.FOUND
        assert project.finds("./x.js")
        assert project.finds("./z.js")


def test_a_directory_below_one_that_is_not_watched_is_compared_though_watches_are_left(tmp_path: Path) -> None:
    for place in ("other", "above/package/lib", "new/package/lib"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "above/package/lib/x.js").touch()
    above = len(tmp_path.resolve().parts)
    with asking(tmp_path, budget=above + 1) as project:
        assert not project.finds("./x", "other")
        assert not project.finds("./x", "above/package")
        shutil.rmtree(tmp_path / "other")
        project.engine.begin_turn()
        assert len(project.inotify) == above
        assert project.finds("./x", "above/package/lib")
        (tmp_path / "above/package").rename(tmp_path / "gone")
        (tmp_path / "new/package").rename(tmp_path / "above/package")
        assert not project.finds("./x", "above/package/lib")


def test_a_directory_whose_times_are_set_voids_nothing(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/x.js").touch()
    with asking(tmp_path) as project:
        assert project.finds("./x", "lib")
        # As an unpacked archive does to each of its directories.
        os.utime(tmp_path / "lib")
        (tmp_path / "lib").chmod(0o700)
        project.engine.begin_turn()
        assert project.engine.stats().events == 1
        assert project.engine.stats().answers == 1


@pytest.fixture
def closed() -> MemoryView:
    """A project below a directory that can be searched and not listed, as `/home` is on shared machines."""
    view = MemoryView()
    view.write("/home/me/p/src/x.js", "")
    view.write("/home/me/p/package.json", '{"name": "p", "type": "module"}')
    view.write("/home/me/p/node_modules/dep/package.json", '{"main": "a.js"}')
    view.write("/home/me/p/node_modules/dep/a.js", "")
    view.write("/home/me/p/node_modules/dep/b.js", "")
    view.symlink("/home/me/p/link", "node_modules/dep/a.js")
    view.chmod("/home", 0o111)
    return view


def test_a_project_below_a_directory_that_cannot_be_listed_is_resolved(closed: MemoryView) -> None:
    engine = Engine(closed)
    answer = engine.resolve("./x.js", directory="/home/me/p/src")
    assert (answer.path, answer.package_json) == ("/home/me/p/src/x.js", "/home/me/p/package.json")
    engine.check()


def test_what_lies_below_a_directory_that_cannot_be_listed_is_held_for_one_question_only(closed: MemoryView) -> None:
    engine = Engine(closed)
    held = set[tuple[int, ...]]()
    for _ in range(4):
        assert engine.resolve("dep", directory="/home/me/p/src", profile="node").path is not None
        assert engine.resolve("../link", directory="/home/me/p/src", profile="node").path is not None
        stats = engine.stats()
        assert stats.answers == stats.packages == 0
        held.add(
            (stats.listings, stats.unwatched, stats.facts, stats.edges, stats.directory_slots, stats.package_slots)
        )
        engine.check()
    assert len(held) == 1
    assert engine._caches.tree.listings.names < 10


def test_manifests_and_links_below_a_directory_that_cannot_be_listed_are_read_for_each_question(
    closed: MemoryView,
) -> None:
    engine = Engine(closed)
    assert engine.resolve("dep", directory="/home/me/p/src", profile="node").path == "/home/me/p/node_modules/dep/a.js"
    assert engine.resolve("../link", directory="/home/me/p/src").path == "/home/me/p/node_modules/dep/a.js"
    closed.write("/home/me/p/node_modules/dep/package.json", '{"main": "b.js"}')
    closed.remove("/home/me/p/link")
    closed.symlink("/home/me/p/link", "node_modules/dep/b.js")
    assert engine.resolve("dep", directory="/home/me/p/src", profile="node").path == "/home/me/p/node_modules/dep/b.js"
    assert engine.resolve("../link", directory="/home/me/p/src").path == "/home/me/p/node_modules/dep/b.js"
