"""The profiles that ship: complete, and each option with its source."""

from __future__ import annotations

import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.options import ResolveOptions, option_fields
from resolverd.resolution.profiles import Profile, all_profiles, named_profile
from resolverd.terms import Answer, Kind
from resolverd.view.memory import MemoryView

DEFAULTS = option_fields(ResolveOptions())


def resolve(
    files: dict[str, str], profile: str, specifier: str, directory: str = "/p/src", kind: str = "import"
) -> Answer:
    view = MemoryView()
    for path, text in files.items():
        view.write(path, text.encode())
    return Engine(view).resolve(specifier, directory=directory, kind=kind, profile=profile)


@pytest.mark.parametrize("profile", all_profiles(), ids=lambda profile: profile.name)
def test_every_option_that_a_shipped_profile_sets_has_a_source(profile: Profile) -> None:
    set_by_profile = {
        name
        for _, options in profile.by_kind
        for name, value in option_fields(options).items()
        if value != DEFAULTS[name]
    }
    assert set_by_profile == {name for name, _ in profile.sources}


@pytest.mark.parametrize("profile", all_profiles(), ids=lambda profile: profile.name)
def test_a_profile_answers_every_kind(profile: Profile) -> None:
    assert {kind for kind, _ in profile.by_kind} == set(Kind)


def test_javascript_comes_first_in_packages_for_esbuild() -> None:
    files = {"/p/src/a.ts": "", "/p/src/a.js": "", "/p/node_modules/k/a.ts": "", "/p/node_modules/k/a.js": ""}
    assert resolve(files, "esbuild", "./a").path == "/p/src/a.ts"
    assert resolve(files, "esbuild", "./a", "/p/node_modules/k").path == "/p/node_modules/k/a.js"
    assert resolve(files, "esbuild", "k/a").path == "/p/node_modules/k/a.js"
    assert resolve(files, "bundler", "k/a").path == "/p/node_modules/k/a.ts"


def test_esbuild_completes_no_target_of_exports_and_webpack_does() -> None:
    files = {"/p/node_modules/k/package.json": '{"exports": {"./*": "./*"}}', "/p/node_modules/k/a.js": ""}
    assert resolve(files, "esbuild", "k/a").path is None
    assert resolve(files, "esbuild", "k/a.js").path == "/p/node_modules/k/a.js"
    assert resolve(files, "webpack", "k/a").path == "/p/node_modules/k/a.js"


def test_bun_completes_targets_of_patterns_only_and_reaches_every_manifest() -> None:
    files = {
        "/p/node_modules/k/package.json": '{"exports": {"./*": "./*", "./b": "./a"}}',
        "/p/node_modules/k/a.js": "",
    }
    assert resolve(files, "bun", "k/a").path == "/p/node_modules/k/a.js"
    assert resolve(files, "bun", "k/b").path is None
    files["/p/node_modules/k/package.json"] = '{"exports": {"./b": "./a"}}'
    assert resolve(files, "bun", "k/package.json").path == "/p/node_modules/k/package.json"
    assert resolve(files, "bundler", "k/package.json").path is None


def test_an_index_comes_before_module_for_bun_and_where_esbuild_is_asked_for_require() -> None:
    files = {"/p/node_modules/k/package.json": '{"module": "./m.js"}'}
    files |= dict.fromkeys(("/p/node_modules/k/m.js", "/p/node_modules/k/index.js"), "")
    assert resolve(files, "bun", "k").path == "/p/node_modules/k/index.js"
    assert resolve(files, "esbuild", "k").path == "/p/node_modules/k/m.js"
    assert resolve(files, "esbuild", "k", kind="require").path == "/p/node_modules/k/index.js"
    del files["/p/node_modules/k/index.js"]
    assert resolve(files, "bun", "k").path == "/p/node_modules/k/m.js"


def test_each_tool_has_conditions_of_its_own() -> None:
    conditions = ["webpack", "bun", "development", "production", "node", "browser"]
    files = {f"/p/node_modules/{name}/package.json": f'{{"exports": {{"{name}": "./x.js"}}}}' for name in conditions}
    files |= {f"/p/node_modules/{name}/x.js": "" for name in conditions}
    known = {
        profile: [name for name in conditions if resolve(files, profile, name).path is not None]
        for profile in ("webpack", "vite", "esbuild", "bun")
    }
    assert known == {
        "webpack": ["webpack", "production", "browser"],
        "vite": ["development", "browser"],
        "esbuild": ["browser"],
        "bun": ["bun", "node"],
    }


def test_the_profile_of_a_name_is_the_one_that_is_listed() -> None:
    assert [named_profile(profile.name) for profile in all_profiles()] == list(all_profiles())
