"""An explanation: every step with its reason, what was remembered, and what each result was made from."""

from __future__ import annotations

import json

import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import Profile, named_profile, single
from resolverd.terms import Explanation, Kind, Look, Step
from resolverd.view.memory import MemoryView

EXPORTS = {
    ".": {"browser": "./b.js", "import": "./i.js"},
    "./only": {"worker": "./w.js"},
    "./lib/*": "./lib/*.js",
    "./lib/internal/*": None,
    "./either": ["pkg:no", "./i.js"],
}


@pytest.fixture
def view() -> MemoryView:
    view = MemoryView()
    view.write("/p/node_modules/k/package.json", json.dumps({"exports": EXPORTS}))
    view.write("/p/node_modules/k/i.js")
    view.write("/p/node_modules/m/package.json", json.dumps({"main": "./gone"}))
    view.write("/p/node_modules/m/index.js")
    view.write("/p/package.json", json.dumps({"name": "app"}))
    view.write("/p/tsconfig.json", json.dumps({"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}))
    view.write("/p/src/x.ts")
    view.symlink("/p/src/linked.ts", "/p/src/x.ts")
    return view


def explain(view: MemoryView, specifier: str, profile: Profile | None = None) -> Explanation:
    engine = Engine(view)
    mode = engine.mode(engine.open_profile(profile or named_profile("bundler")), Kind.IMPORT)
    explanation = engine.explain(mode, "/p/src/a.ts", specifier, is_file=True)
    engine.check()
    return explanation


@pytest.mark.parametrize(
    ("specifier", "told"),
    [
        ("k", ["condition 'browser' does not hold", "condition 'import' holds", 'exports "." selects ./i.js']),
        ("k/only", ["condition 'worker' does not hold", '"./only" has no target for the conditions']),
        ("k/nope", ['no key of exports matches "./nope": ".", "./only", "./either", "./lib/*", "./lib/internal/*"']),
        (
            "k/lib/a",
            ['exports "./lib/*" matches "./lib/a", the open part is "a"', "/p/node_modules/k/lib: no directory"],
        ),
        ("k/lib/internal/a", ["null: excluded on purpose"]),
        ("k/either", ['passed over: "exports" target "pkg:no"', 'exports "./either" selects ./i.js']),
        ("m", ["field 'module' in /p/node_modules/m/package.json is absent", "use \"./gone\" from field 'main'"]),
        ("m", ["/p/node_modules/m/gone.js: not there", "/p/node_modules/m/index.js: found"]),
        ("m", ["/p/node_modules/m/package.json has no exports"]),
        ("absent", ["module directories seen from /p/src: /p/node_modules", "/p/node_modules/absent: no directory"]),
        ("absent", ["no self-reference: /p/package.json has the name 'app'"]),
        ("@/x", ["tsconfig /p/tsconfig.json: the nearest above /p/src/a.ts", "offers /p/src/x"]),
        ("k", ["no pattern of paths in /p/tsconfig.json matches 'k'"]),
        ("./linked", ["/p/src/linked.ts: a link, found", "real path /p/src/x.ts"]),
        ("fs", ["node:fs is a built-in module"]),
        ("#x", ["conditions node import module; extensions .tsx"]),
    ],
)
def test_each_step_says_its_reason(view: MemoryView, specifier: str, told: list[str]) -> None:
    text = "\n".join(step.text for step in explain(view, specifier).steps)
    for line in told:
        assert line in text


def test_an_alias_that_does_not_apply_is_told_of(view: MemoryView) -> None:
    profile = single("aliases", "", parse_options({"alias": {"other": "./x"}}))
    assert Step(0, "no alias applies to 'k'") in explain(view, "k", profile).steps


def test_the_tsconfig_says_why_it_is_that_one(view: MemoryView) -> None:
    view.write("/p/tsconfig.json", '{"files": [], "references": [{"path": "./tsconfig.app.json"}]}')
    view.write("/p/tsconfig.app.json", '{"include": ["src"]}')
    expected = "tsconfig /p/tsconfig.app.json takes in /p/src/a.ts; /p/tsconfig.json, the nearest, does not"
    assert Step(0, expected) in explain(view, "k").steps
    view.write("/p/tsconfig.json", '{"include": ["src"], "references": [{"path": "./tsconfig.app.json"}]}')
    expected = "tsconfig /p/tsconfig.app.json takes in /p/src/a.ts; /p/tsconfig.json, the nearest, refers to it"
    assert Step(0, expected) in explain(view, "k").steps
    view.write("/p/tsconfig.json", '{"files": [], "references": [{"path": "./tsconfig.app.json"}]}')
    view.write("/p/tsconfig.app.json", '{"include": ["test"]}')
    assert Step(0, "no tsconfig applies: /p/tsconfig.json does not take in /p/src/a.ts") in explain(view, "k").steps
    view.remove("/p/tsconfig.json")
    assert Step(0, "no tsconfig above /p/src/a.ts") in explain(view, "k").steps
    named = single("named", "", parse_options({"tsconfig": "/p/tsconfig.app.json"}))
    assert Step(0, "tsconfig /p/tsconfig.app.json: named by the options") in explain(view, "k", named).steps


def test_steps_about_a_path_say_what_came_of_it(view: MemoryView) -> None:
    looks = {(step.look, step.path) for step in explain(view, "m").steps if step.look is not None}
    assert (Look.CHOSEN, "/p/node_modules/m/gone") in looks
    assert (Look.ABSENT, "/p/node_modules/m/gone.js") in looks
    assert (Look.FOUND, "/p/node_modules/m/index.js") in looks


def test_every_result_names_what_it_was_made_from(view: MemoryView) -> None:
    origins = explain(view, "k").origins
    by_text = {origin.text: origin for origin in origins}
    assert len(by_text) == len(origins)
    manifest = by_text["manifest /p/node_modules/k/package.json"]
    assert [origins[place].text for place in manifest.made_from] == ["name /p/node_modules/k/package.json: there"]
    assert not by_text["name /p/src/package.json: not there"].made_from
    assert not any(origin.is_remembered for origin in origins)


def test_an_explanation_says_what_was_remembered(view: MemoryView) -> None:
    engine = Engine(view)
    mode = engine.mode(engine.open_profile(named_profile("bundler")), Kind.IMPORT)
    engine.answer_from(mode, "/p/src/a.ts", "k")
    warm = engine.explain(mode, "/p/src/a.ts", "k", is_file=True)
    assert warm.is_remembered
    other = engine.explain(mode, "/p/src/a.ts", "m", is_file=True)
    assert not other.is_remembered
    remembered = {origin.text: origin.is_remembered for origin in other.origins}
    assert remembered["directory /p/node_modules"]
    assert not remembered["manifest /p/node_modules/m/package.json"]
