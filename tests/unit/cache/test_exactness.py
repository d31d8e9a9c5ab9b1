"""The cost of a change is what it changed: of 20,000 live answers a change voids those that it could make other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import named_profile
from resolverd.terms import Kind
from resolverd.view.memory import MemoryView
from resolverd.watch.inotify import Inotify
from tests.soak.daemon import running_daemon
from tests.unit.cache.wide_workspace import (
    ASKED,
    DEPENDENCIES,
    DIRECTORIES,
    MODULES,
    PACKAGES,
    SUBPATHS,
    directories,
    plant,
    questions,
)

ALL = PACKAGES * DIRECTORIES
"""Directories that ask."""


class Asker:
    """An engine whose answers to every question are live."""

    def __init__(self, root: Path, watcher: Inotify) -> None:
        self.root = root
        self.watcher = watcher
        self.engine = Engine(watcher=watcher)
        self._mode = self.engine.mode(self.engine.open_profile(named_profile("bundler")), Kind.IMPORT)
        self._asked = questions(root)
        self.ask_all()

    def ask_all(self) -> int:
        """Ask everything; how many had to be resolved."""
        before = self.engine.stats().misses
        self.engine.begin_turn()
        for question in self._asked:
            self.engine.answer(self._mode, question.origin, question.specifier)
        return self.engine.stats().misses - before

    def voided_by(self, change: Callable[[], object]) -> int:
        """Make a change; how many answers it made void, which are as many as have to be resolved again."""
        before = self.engine.stats()
        change()
        self.engine.drain()
        after = self.engine.stats()
        voided = after.voided - before.voided
        assert before.answers - after.answers == voided
        assert self.ask_all() == voided
        assert self.engine.stats().answers == 20_000
        return voided


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("wide").resolve()
    plant(root)
    return root


@pytest.fixture(scope="module")
def asker(root: Path) -> Iterator[Asker]:
    watcher = Inotify()
    asker = Asker(root, watcher)
    assert asker.engine.stats().unwatched == 0
    yield asker
    asker.engine.check()
    watcher.check()
    watcher.close()


def test_a_second_pass_resolves_nothing(asker: Asker) -> None:
    assert asker.engine.stats().answers == 20_000
    assert asker.ask_all() == 0


def test_saving_every_source_in_place_voids_nothing(asker: Asker) -> None:
    def save() -> None:
        for source in asker.root.rglob("*.js"):
            source.write_text("saved")

    assert asker.voided_by(save) == 0


def test_saving_sources_by_a_rename_voids_nothing(asker: Asker) -> None:
    def save() -> None:
        for directory in list(directories(asker.root))[::DIRECTORIES]:
            for number in range(MODULES):
                (directory / ".saved").write_text("saved")
                (directory / ".saved").rename(directory / f"m{number}.js")

    assert asker.voided_by(save) == 0


def test_a_file_that_nobody_asked_for_voids_nothing(asker: Asker) -> None:
    assert asker.voided_by((asker.root / "packages/p3/src3/unrelated.js").touch) == 0
    assert asker.voided_by((asker.root / "node_modules/dep3/unrelated.js").touch) == 0
    assert asker.voided_by((asker.root / "unrelated.js").touch) == 0


def test_a_file_voids_what_asked_for_a_name_like_it(asker: Asker) -> None:
    assert asker.voided_by((asker.root / "packages/p1/src1/m3").touch) == 1
    assert asker.voided_by((asker.root / "packages/p1/src1/m3").unlink) == 1


def test_a_file_that_goes_voids_what_asked_for_it(asker: Asker) -> None:
    assert asker.voided_by((asker.root / "packages/p2/src2/m4.js").unlink) == 2
    assert asker.voided_by((asker.root / "packages/p2/src2/m4.js").touch) == 2


def test_a_package_edited_voids_its_dependents(asker: Asker) -> None:
    manifest = asker.root / "node_modules/dep5/package.json"
    assert asker.voided_by(lambda: manifest.write_text('{"main": "two.js"}')) == 2 * ALL
    assert asker.voided_by(lambda: manifest.write_text('{"main": "two.js"}')) == 0, "the same bytes"
    beyond = asker.root / f"node_modules/dep{SUBPATHS}/package.json"
    assert asker.voided_by(lambda: beyond.write_text('{"main": "two.js"}')) == ALL


def test_a_package_removed_voids_its_dependents(asker: Asker) -> None:
    dependency = asker.root / "node_modules/dep7"
    assert asker.voided_by(lambda: dependency.rename(asker.root / "dep7")) == 2 * ALL
    assert asker.voided_by(lambda: (asker.root / "dep7").rename(dependency)) == 2 * ALL


def test_a_package_installed_that_nobody_imports_voids_nothing(asker: Asker) -> None:
    shutil.copytree(asker.root / "node_modules/dep0", asker.root / "scratch")
    assert asker.voided_by(lambda: (asker.root / "scratch").rename(asker.root / "node_modules/dep-new")) == 0


def test_a_workspace_package_edited_voids_what_is_asked_in_it(asker: Asker) -> None:
    manifest = asker.root / "packages/p6/package.json"
    assert asker.voided_by(lambda: manifest.write_text('{"type": "module"}')) == DIRECTORIES * ASKED


def test_a_nearer_node_modules_voids_what_looks_through_it(asker: Asker) -> None:
    nearer = asker.root / "packages/p8/node_modules"
    assert asker.voided_by(nearer.mkdir) == DIRECTORIES * (DEPENDENCIES + SUBPATHS)
    (nearer / "dep9").mkdir()
    assert asker.voided_by((nearer / "dep9" / "index.js").touch) == DIRECTORIES * 2


def test_a_bust_tells_how_much_it_voided(asker: Asker) -> None:
    busted = asker.engine.bust_path(f"{asker.root}/node_modules/dep11/package.json")
    assert (busted.answers, busted.directories, busted.manifests) == (2 * ALL, 0, 1)
    assert asker.ask_all() == 2 * ALL
    busted = asker.engine.bust_path(f"{asker.root}/packages/p9/src9/m9.js")
    assert (busted.answers, busted.directories, busted.manifests) == (2, 0, 0)
    assert asker.ask_all() == 2


def test_a_daemon_tells_the_same_counts(root: Path) -> None:
    asked = questions(root)
    with running_daemon() as daemon:
        client = daemon.client
        client.resolve_many(asked)
        before = client.stats().engine
        assert before.answers == 20_000
        (root / "packages/p1/src1/m3.js").write_text("saved again")
        manifest = root / "node_modules/dep5/package.json"
        manifest.write_text('{"main": "./one"}')
        client.resolve_many(asked)
        after = client.stats().engine
        assert after.voided - before.voided == after.misses - before.misses == 2 * ALL
        assert client.bust(manifest).answers == 2 * ALL


def test_in_memory_a_bust_is_as_exact() -> None:
    view = MemoryView()
    for directory in range(ALL):
        view.write(f"/w/d{directory}/m.js")
    for number in range(200):
        view.write(f"/w/node_modules/dep{number}/index.js")
    engine = Engine(view)
    mode = engine.mode(engine.open_profile(named_profile("node")), Kind.REQUIRE)
    for directory in range(ALL):
        for number in range(200):
            engine.answer(mode, f"/w/d{directory}", f"dep{number}")
    assert engine.bust_path("/w/d3/m.js").answers == 0
    assert engine.bust_path("/w/node_modules/dep3/package.json").answers == ALL
    assert engine.bust_path("/w/d3/node_modules").answers == 200 - 1, "one of them is void already"
    engine.check()
