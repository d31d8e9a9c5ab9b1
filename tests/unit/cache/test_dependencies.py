"""What an answer depends on, told to those who watch by themselves: touch any of it and the answer may be another."""

from __future__ import annotations

import json

import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import named_profile
from resolverd.terms import Dependencies, Kind, Status
from resolverd.view.memory import MemoryView


@pytest.fixture
def view() -> MemoryView:
    view = MemoryView()
    view.write("/p/package.json", json.dumps({"name": "app"}))
    view.write(
        "/p/tsconfig.json", json.dumps({"extends": "./base", "compilerOptions": {"paths": {"@/*": ["./src/*"]}}})
    )
    view.write("/p/base.json", "{}")
    view.write("/store/k/package.json", json.dumps({"exports": "./i.js"}))
    view.write("/store/k/i.js")
    view.symlink("/p/node_modules/k", "/store/k")
    view.write("/p/src/a.ts")
    view.write("/p/src/dir/index.ts")
    return view


def trace(view: MemoryView, specifier: str) -> Dependencies:
    engine = Engine(view)
    mode = engine.mode(engine.open_profile(named_profile("bundler")), Kind.IMPORT)
    told = engine.trace(mode, "/p/src/a.ts", specifier, is_file=True)
    engine.check()
    assert engine.trace(mode, "/p/src/a.ts", specifier, is_file=True) == told, "warm"
    return told


def test_names_before_the_one_taken_are_missing(view: MemoryView) -> None:
    told = trace(view, "./dir")
    assert told.answer.path == "/p/src/dir/index.ts"
    assert {"/p/src/dir.ts", "/p/src/dir.js", "/p/src/dir/package.json", "/p/src/dir/index.tsx"} <= {*told.missing}
    assert "/p/src/dir/index.ts" in told.files
    assert not {"/p/src/dir/index.js"} & {*told.missing, *told.files}, "nobody looked for what comes after it"


def test_a_package_depends_on_its_link_and_its_manifest(view: MemoryView) -> None:
    told = trace(view, "k")
    assert told.answer.path == "/store/k/i.js"
    assert {"/p/node_modules/k", "/store/k/package.json", "/store/k/i.js"} <= {*told.files}
    assert "/p/src/node_modules" in told.missing


def test_tsconfigs_are_dependencies_with_what_they_extend(view: MemoryView) -> None:
    assert {"/p/tsconfig.json", "/p/base.json"} <= {*trace(view, "@/dir").files}


def test_a_failure_depends_on_what_would_mend_it(view: MemoryView) -> None:
    told = trace(view, "./gone")
    assert told.answer.status is Status.FAILED
    assert {"/p/src/gone", "/p/src/gone.ts", "/p/src/gone.js"} <= {*told.missing}


def test_creating_what_is_missing_changes_the_answer(view: MemoryView) -> None:
    first = trace(view, "k")
    assert "/p/src/node_modules" in first.missing
    view.write("/p/src/node_modules/k/index.js")
    assert trace(view, "k").answer.path == "/p/src/node_modules/k/index.js"
