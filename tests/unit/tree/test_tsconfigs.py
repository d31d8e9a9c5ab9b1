"""tsconfig chains: every file of a chain counts, also those that were missing or malformed when it was read."""

from __future__ import annotations

import json

import pytest

from resolverd.arena.edges import Trace
from resolverd.cache.engine import Engine
from resolverd.cache.store import Caches
from resolverd.manifests.tsconfig import Tsconfig
from resolverd.resolution.profiles import named_profile
from resolverd.terms import Kind
from resolverd.view.memory import MemoryView


@pytest.fixture
def view() -> MemoryView:
    view = MemoryView()
    for name in ("one", "two"):
        view.write(f"/p/{name}/x.ts", "")
    view.mkdir("/p/src")
    return view


def config(view: MemoryView, path: str, **fields: object) -> None:
    view.write(path, json.dumps(fields))


def paths_to(name: str) -> dict[str, object]:
    return {"paths": {"@/*": [f"./{name}/*"]}}


class Asking:
    """One engine that asks for `@/x` again after each edit, busting what was edited."""

    def __init__(self, view: MemoryView) -> None:
        self.engine = Engine(view, is_told=True)
        self.mode = self.engine.mode(self.engine.open_profile(named_profile("bundler")), Kind.IMPORT)

    def after(self, *edited: str) -> str | None:
        for path in edited:
            self.engine.bust_path(path)
        answer = self.engine.answer_from(self.mode, "/p/src/a.ts", "@/x")
        self.engine.check()
        return answer.path


def load(view: MemoryView, path: str) -> Tsconfig:
    caches = Caches(view, None)
    trace: Trace = []
    loaded = caches.tsconfigs.load(path, trace)
    assert loaded is not None
    return loaded


def test_an_edited_base_is_seen_by_whoever_extends_it(view: MemoryView) -> None:
    config(view, "/p/tsconfig.json", extends="./base")
    config(view, "/p/base.json", compilerOptions=paths_to("one"))
    asking = Asking(view)
    assert asking.after() == "/p/one/x.ts"
    config(view, "/p/base.json", compilerOptions=paths_to("two"))
    assert asking.after("/p/base.json") == "/p/two/x.ts"


def test_a_base_that_was_missing_is_seen_when_it_comes(view: MemoryView) -> None:
    config(view, "/p/tsconfig.json", extends="./gone/base.json")
    asking = Asking(view)
    assert asking.after() is None
    config(view, "/p/gone/base.json", compilerOptions=paths_to("../one"))
    assert asking.after("/p/gone/base.json") == "/p/one/x.ts"
    view.remove("/p/gone")
    assert asking.after("/p/gone") is None


def test_a_half_written_base_does_not_stick(view: MemoryView) -> None:
    config(view, "/p/tsconfig.json", extends="./base.json")
    config(view, "/p/base.json", compilerOptions=paths_to("one"))
    asking = Asking(view)
    assert asking.after() == "/p/one/x.ts"
    view.write("/p/base.json", '{"compilerOptions": {"pa')
    assert asking.after("/p/base.json") is None
    config(view, "/p/base.json", compilerOptions=paths_to("two"))
    assert asking.after("/p/base.json") == "/p/two/x.ts"


def test_a_nearer_tsconfig_takes_over_and_gives_back(view: MemoryView) -> None:
    config(view, "/p/tsconfig.json", compilerOptions=paths_to("one"))
    asking = Asking(view)
    assert asking.after() == "/p/one/x.ts"
    config(view, "/p/src/tsconfig.json", compilerOptions=paths_to("../two"))
    assert asking.after("/p/src/tsconfig.json") == "/p/two/x.ts"
    view.remove("/p/src/tsconfig.json")
    assert asking.after("/p/src/tsconfig.json") == "/p/one/x.ts"


def test_busting_and_asking_for_ever_keeps_every_count(view: MemoryView) -> None:
    config(view, "/p/tsconfig.json", extends="./base")
    config(view, "/p/base.json", compilerOptions=paths_to("one"))
    asking = Asking(view)
    counts: set[tuple[int, int, int]] = set()
    for number in range(50):
        for name in ("one", "two"):
            config(view, "/p/base.json", compilerOptions=paths_to(name))
            assert asking.after("/p/base.json") == f"/p/{name}/x.ts"
        if number:
            stats = asking.engine.stats()
            counts.add((stats.tsconfig_slots, stats.facts, stats.edges))
    assert len(counts) == 1


def test_a_circle_is_a_diagnostic_and_the_rest_counts(view: MemoryView) -> None:
    config(view, "/p/tsconfig.json", extends="./a.json", compilerOptions={"x": 1})
    config(view, "/p/a.json", extends="./tsconfig.json", compilerOptions={"y": 1})
    loaded = load(view, "/p/tsconfig.json")
    assert loaded.options == {"x": 1, "y": 1}
    assert [each.kind for each in loaded.diagnostics] == ["circular"]


def test_a_base_may_be_extended_twice_without_being_a_circle(view: MemoryView) -> None:
    config(view, "/p/tsconfig.json", extends=["./a.json", "./b.json"])
    config(view, "/p/a.json", extends="./base.json")
    config(view, "/p/b.json", extends="./base.json")
    config(view, "/p/base.json", compilerOptions={"x": 1})
    loaded = load(view, "/p/tsconfig.json")
    assert loaded.options == {"x": 1}
    assert loaded.diagnostics == ()


@pytest.mark.parametrize(
    ("specifier", "files"),
    [
        ("base", {"/p/node_modules/base/tsconfig.json": {"compilerOptions": {"x": 1}}}),
        ("base/strict", {"/p/node_modules/base/strict.json": {"compilerOptions": {"x": 1}}}),
        ("@s/base/dir", {"/node_modules/@s/base/dir/tsconfig.json": {"compilerOptions": {"x": 1}}}),
        (
            "base",
            {
                "/p/node_modules/base/package.json": {"tsconfig": "./cfg/t.json"},
                "/p/node_modules/base/cfg/t.json": {"compilerOptions": {"x": 1}},
            },
        ),
        (
            "base/strict",
            {
                "/p/node_modules/base/package.json": {"exports": {"./strict": "./s.json"}},
                "/p/node_modules/base/s.json": {"compilerOptions": {"x": 1}},
                "/p/node_modules/base/strict.json": {"compilerOptions": {"x": 2}},
            },
        ),
    ],
)
def test_extends_may_name_a_package(view: MemoryView, specifier: str, files: dict[str, dict[str, object]]) -> None:
    config(view, "/p/tsconfig.json", extends=specifier)
    for path, fields in files.items():
        config(view, path, **fields)
    assert load(view, "/p/tsconfig.json").options == {"x": 1}


def test_every_file_of_the_chain_is_a_source(view: MemoryView) -> None:
    config(view, "/p/tsconfig.json", extends="./a.json")
    config(view, "/p/a.json", extends="./gone.json")
    loaded = load(view, "/p/tsconfig.json")
    assert loaded.sources == ("/p/tsconfig.json", "/p/a.json")
    assert [(each.kind, each.path) for each in loaded.diagnostics] == [("not_found", "/p/a.json")]
