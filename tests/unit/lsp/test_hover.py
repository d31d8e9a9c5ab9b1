"""What an explanation comes to beside a specifier."""

from __future__ import annotations

import json

import pytest

from resolverd import Engine
from resolverd.terms import Explanation, Kind
from resolverd.view.memory import MemoryView
from resolverd_lsp.hover import conditions_of, describe, shown

EXPORTS = {
    ".": {"node": {"worker": "./no.js"}, "import": {"types": "./no.js", "default": "./a.js"}},
    "./plain": "./a.js",
}


def explain(specifier: str) -> Explanation:
    view = MemoryView()
    view.write("/p/node_modules/k/package.json", json.dumps({"name": "k", "exports": EXPORTS}))
    view.write("/p/node_modules/k/a.js")
    engine = Engine(view)
    mode = engine.mode(engine.open_profile(engine.named_profile("bundler")), Kind.IMPORT)
    return engine.explain(mode, "/p/a.js", specifier, is_file=True)


@pytest.mark.parametrize(("specifier", "conditions"), [("k", ["import", "default"]), ("k/plain", []), ("fs", [])])
def test_the_conditions_are_those_that_lead_to_the_target(specifier: str, conditions: list[str]) -> None:
    assert conditions_of(explain(specifier).steps) == conditions


@pytest.mark.parametrize(
    ("specifier", "told"), [("k", "**node_modules/k/a.js**"), ("fs", "**node:fs** (built-in module)")]
)
def test_the_answer_comes_first(specifier: str, told: str) -> None:
    assert describe(explain(specifier), ["/p"]).startswith(f"{told}\n\n")


def test_a_path_is_shown_from_its_folder() -> None:
    assert [shown(path, ["/p", "/q"]) for path in ("/p/a", "/q/b/c", "/r", "/p")] == ["a", "b/c", "/r", "/p"]
