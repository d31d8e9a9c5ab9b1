"""Places that nobody watches: what is remembered of them is compared with the disk before it is believed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import named_profile
from resolverd.terms import Kind
from resolverd.view.memory import MemoryView
from resolverd.watch.inotify import Inotify


@pytest.fixture
def view() -> MemoryView:
    view = MemoryView()
    view.write("/p/src/x.js", "")
    view.write("/p/node_modules/lib/package.json", '{"main": "one.js"}')
    view.write("/p/node_modules/lib/one.js", "")
    view.write("/p/node_modules/lib/two.js", "")
    return view


@pytest.fixture
def nothing() -> Iterator[Inotify]:
    watcher = Inotify(budget=0)
    yield watcher
    watcher.close()


@pytest.fixture
def engine(view: MemoryView, nothing: Inotify) -> Engine:
    return Engine(view, watcher=nothing)


def path_of(engine: Engine, specifier: str, kind: Kind = Kind.REQUIRE) -> str | None:
    """Ask in a turn of its own."""
    engine.begin_turn()
    mode = engine.mode(engine.open_profile(named_profile("node")), kind)
    return engine.answer(mode, "/p/src", specifier).path


def test_a_question_asked_for_the_first_time_is_not_answered_from_an_old_listing(
    engine: Engine, view: MemoryView
) -> None:
    assert path_of(engine, "./y.js") is None
    view.remove("/p/src/x.js")
    assert path_of(engine, "./x.js") is None
    view.write("/p/src/x.js", "")
    assert path_of(engine, "./x.js", Kind.IMPORT) == "/p/src/x.js"
    engine.check()


def test_a_directory_that_an_old_listing_has_and_the_disk_has_not_is_not_looked_into_again(
    engine: Engine, view: MemoryView
) -> None:
    view.write("/p/src/deep/x.js", "")
    assert path_of(engine, "./x.js") == "/p/src/x.js"
    view.remove("/p/src/deep")
    engine.begin_turn()
    mode = engine.mode(engine.open_profile(named_profile("node")), Kind.REQUIRE)
    warm = engine.answer(mode, "/p/src", "./deep/x.js")
    assert warm.error is not None
    assert "/p/src/deep/x.js" not in warm.error.tried
    assert warm == engine.fresh(mode, "/p/src", "./deep/x.js", is_file=False)


def test_a_question_asked_for_the_first_time_is_not_answered_from_an_old_manifest(
    engine: Engine, view: MemoryView
) -> None:
    assert path_of(engine, "lib") == "/p/node_modules/lib/one.js"
    view.write("/p/node_modules/lib/package.json", '{"main": "two.js"}')
    assert path_of(engine, "lib", Kind.IMPORT) == "/p/node_modules/lib/two.js"
    engine.check()


def test_the_other_way_is_compared_as_well(engine: Engine, view: MemoryView) -> None:
    view.write("/p/src/node_modules/lib/index.js", "")
    view.write("/node_modules/lib/index.js", "")
    path_of(engine, "not-there")
    assert path_of(engine, "lib") == "/p/src/node_modules/lib/index.js"
    view.remove("/p/src/node_modules/lib")
    view.remove("/p/node_modules/lib")
    view.remove("/node_modules/lib")
    assert path_of(engine, "lib", Kind.IMPORT) is None
    engine.check()


def test_an_explanation_tells_of_the_disk_as_it_is(engine: Engine, view: MemoryView) -> None:
    assert path_of(engine, "./x.js") == "/p/src/x.js"
    view.remove("/p/src/x.js")
    engine.begin_turn()
    explained = engine.explain(0, "/p/src", "./x.js", is_file=False)
    assert explained.answer.path is None
    assert not any(step.text == "/p/src/x.js: found" for step in explained.steps)


def test_a_retargeted_link_in_the_middle_of_a_chain_is_seen(engine: Engine, view: MemoryView) -> None:
    view.symlink("/p/src/first.js", "second.js")
    view.symlink("/p/src/second.js", "/p/node_modules/lib/one.js")
    assert path_of(engine, "./first.js") == "/p/node_modules/lib/one.js"
    view.remove("/p/src/second.js")
    view.symlink("/p/src/second.js", "/p/node_modules/lib/two.js")
    assert path_of(engine, "./first.js") == "/p/node_modules/lib/two.js"
    engine.check()


def test_a_directory_that_can_be_listed_again_is_remembered_again(engine: Engine, view: MemoryView) -> None:
    view.chmod("/p/src", 0o000)
    assert path_of(engine, "./x.js") is None
    view.chmod("/p/src", 0o755)
    assert path_of(engine, "./x.js") == "/p/src/x.js"
    before = engine.stats().hits
    assert path_of(engine, "./x.js") == "/p/src/x.js"
    assert engine.stats().hits == before + 1
    engine.check()


def test_a_manifest_that_lost_its_watch_is_compared_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = tmp_path / "node_modules" / "lib" / "package.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"main": "one.js"}')
    for name in ("one.js", "two.js"):
        (manifest.parent / name).touch()
    watcher = Inotify()
    try:
        engine = Engine(watcher=watcher)
        assert engine.resolve("lib", directory=os.fspath(tmp_path)).path == f"{manifest.parent}/one.js"
        held = len(watcher)
        (tmp_path / "copy").write_bytes(manifest.read_bytes())
        (tmp_path / "copy").rename(manifest)
        # Other programs have used up the user's watches meanwhile.
        monkeypatch.setattr(watcher, "_add", lambda *_: -1)
        assert engine.resolve("lib", directory=os.fspath(tmp_path)).path == f"{manifest.parent}/one.js"
        assert (engine.stats().unwatched, len(watcher)) == (1, held - 1)
        manifest.write_text('{"main": "two.js"}')
        assert engine.resolve("lib", directory=os.fspath(tmp_path)).path == f"{manifest.parent}/two.js"
        engine.check()
    finally:
        watcher.close()
