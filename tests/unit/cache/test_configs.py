"""Questions about tsconfigs, answered from what the disk is at the moment."""

from __future__ import annotations

import json

import pytest

from resolverd.cache.engine import Engine
from resolverd.errors import OptionsError
from resolverd.terms import TsconfigOp, TsconfigQuestion, TsconfigReport
from resolverd.view.memory import MemoryView

BASE = {"compilerOptions": {"strict": True, "outDir": "out", "target": "ES2015"}, "exclude": ["gen"]}
CONFIG = {
    "extends": "./base.json",
    "compilerOptions": {"strict": False, "baseUrl": ".", "paths": {"@/*": ["src/*"], "k": ["k1", "k2"]}},
    "references": [{"path": "sub"}],
}


@pytest.fixture
def view() -> MemoryView:
    view = MemoryView()
    for path, value in {"/p/base.json": BASE, "/p/tsconfig.json": CONFIG, "/p/sub/tsconfig.json": {}}.items():
        view.write(path, json.dumps(value))
    view.write("/p/node_modules/k/tsconfig.build.json", "{}")
    return view


def tell(engine: Engine, op: str, **fields: object) -> TsconfigReport:
    return engine.tsconfig(TsconfigQuestion(TsconfigOp(op), **fields))  # pyright: ignore[reportArgumentType]  a test's brevity


@pytest.mark.parametrize("named", ["/p/tsconfig.json", "/p", "/p/./x/../tsconfig.json"])
def test_load_merges_and_says_where_each_value_comes_from(view: MemoryView, named: str) -> None:
    report = tell(Engine(view), "load", tsconfig=named)
    assert report.tsconfig == "/p/tsconfig.json"
    assert report.options == {
        "strict": False,
        "outDir": "/p/out",
        "target": "es6",
        "baseUrl": "/p",
        "paths": {"@/*": ["/p/src/*"], "k": ["/p/k1", "/p/k2"]},
    }
    assert report.lists == {"exclude": ("/p/gen",), "references": ("/p/sub",)}
    own, base = "/p/tsconfig.json", "/p/base.json"
    by = dict.fromkeys(("strict", "baseUrl", "paths", "references"), own)
    assert report.origins == by | dict.fromkeys(("outDir", "target", "exclude"), base)
    assert report.sources == (own, base)
    assert report.problems == ()


def test_null_takes_back_what_a_base_says(view: MemoryView) -> None:
    taken_back = dict.fromkeys(("strict", "outDir", "paths", "typeRoots"))
    view.write("/p/own.json", json.dumps({"extends": "./tsconfig.json", "compilerOptions": taken_back}))
    report = tell(Engine(view), "load", tsconfig="/p/own.json")
    assert report.options == {"target": "es6", "baseUrl": "/p"}
    assert report.problems == ()
    assert set(report.origins) == {"target", "baseUrl", "exclude"}


def test_what_is_wrong_is_told_with_its_file(view: MemoryView) -> None:
    engine = Engine(view)
    assert [each.kind for each in tell(engine, "load", tsconfig="/p/none.json").problems] == ["not_found"]
    view.write("/p/base.json", "{")
    (problem,) = tell(engine, "load", tsconfig="/p/tsconfig.json").problems
    assert (problem.kind, problem.path) == ("syntax", "/p/base.json")


def test_owns_and_paths(view: MemoryView) -> None:
    engine = Engine(view)
    for file, owns in (("/p/a.ts", True), ("/p/gen/a.ts", False), ("/p/a.js", False), ("/q/a.ts", False)):
        assert tell(engine, "owns", tsconfig="/p/tsconfig.json", file=file).owns is owns
    for specifier, candidates in (
        ("@/a", ("/p/src/a",)),
        ("k", ("/p/k1", "/p/k2")),
        ("other", ("/p/other",)),
        ("./@/a", ()),
        ("..", ()),
    ):
        report = tell(engine, "paths", tsconfig="/p/tsconfig.json", specifier=specifier)
        assert report.candidates == candidates


def test_a_declaration_beside_its_source_is_no_file_of_the_program(view: MemoryView) -> None:
    engine = Engine(view)
    asked = {"tsconfig": "/p/tsconfig.json", "file": "/p/a.d.ts"}
    assert tell(engine, "owns", **asked).owns
    view.write("/p/a.ts", "")
    engine.begin_turn()
    assert not tell(engine, "owns", **asked).owns


def test_find_gives_the_nearest_or_the_owner(view: MemoryView) -> None:
    engine = Engine(view)
    assert tell(engine, "find", file="/p/gen/deep/a.ts").tsconfig == "/p/tsconfig.json"
    assert tell(engine, "find", file="/p/gen/deep/a.ts", owning=True).tsconfig is None
    assert tell(engine, "find", file="/p/sub/none/a.ts", owning=True).tsconfig == "/p/sub/tsconfig.json"
    assert tell(engine, "find", file="/q/a.ts").tsconfig is None
    named = tell(engine, "find", file="/p/node_modules/k/i.js", config_name="tsconfig.build.json")
    assert named.tsconfig == "/p/node_modules/k/tsconfig.build.json"


def test_every_edit_is_in_the_next_report(view: MemoryView) -> None:
    engine = Engine(view)
    for strict in (True, False, True):
        engine.begin_turn()
        view.write("/p/base.json", json.dumps({"compilerOptions": {"noEmit": strict}}))
        options = tell(engine, "load", tsconfig="/p").options
        assert options is not None
        assert options["noEmit"] is strict
        engine.check()
    held = engine.stats().facts
    tell(engine, "load", tsconfig="/p")
    assert engine.stats().facts == held


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("load", {}),
        ("find", {}),
        ("owns", {"tsconfig": "/p/tsconfig.json"}),
        ("paths", {"tsconfig": "/p/tsconfig.json"}),
        ("load", {"tsconfig": "p/tsconfig.json"}),
        ("find", {"file": "/p/\0"}),
    ],
)
def test_a_question_that_lacks_something_is_an_error(view: MemoryView, op: str, fields: dict[str, object]) -> None:
    with pytest.raises(OptionsError):
        tell(Engine(view), op, **fields)
