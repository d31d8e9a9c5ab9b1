"""Profiles of a project, in `resolverd.toml`."""

from __future__ import annotations

import pytest

from resolverd.cache.engine import Engine
from resolverd.errors import OptionsError
from resolverd.resolution.project import find_profile, project_profiles
from resolverd.terms import Kind
from resolverd.view.memory import MemoryView

APP = """
[profiles.app]
extends = "browser"
summary = "what our build does"
alias = { "@" = "./src", lib = "lib-es" }
roots = ["."]
tsconfig = "./config/tsconfig.json"

[profiles.app.require]
mainFields = ["main"]
"""


def view_of(text: str, path: str = "/p/resolverd.toml") -> MemoryView:
    view = MemoryView()
    view.write(path, text)
    view.write("/p/src/a/b.js")
    view.write("/p/config/tsconfig.json", "{}")
    return view


def test_a_profile_stands_on_the_one_that_it_extends() -> None:
    profile = find_profile(view_of(APP), "app", "/p/src/a")
    shipped = find_profile(MemoryView(), "browser", None)
    assert profile.summary == "what our build does (/p/resolverd.toml)"
    assert profile.options(Kind.IMPORT).condition_names == shipped.options(Kind.IMPORT).condition_names
    assert profile.options(Kind.IMPORT).main_fields == ("browser", "module", "main")
    assert profile.options(Kind.REQUIRE).main_fields == ("main",)


def test_paths_are_seen_from_the_file() -> None:
    options = find_profile(view_of(APP), "app", "/p/src/a").options(Kind.IMPORT)
    assert [rule.targets for rule in options.alias] == [("/p/src",), ("lib-es",)]
    assert options.roots == ("/p",)
    assert options.tsconfig is not None
    assert options.tsconfig.config_file == "/p/config/tsconfig.json"


def test_the_nearest_file_counts_and_no_other() -> None:
    view = view_of(APP)
    view.write("/p/src/resolverd.toml", "[profiles.inner]\n")
    assert [profile.name for profile in project_profiles(view, "/p/src/a")] == ["inner"]
    assert [profile.name for profile in project_profiles(view, "/p")] == ["app"]
    assert project_profiles(view, "/elsewhere") == ()
    with pytest.raises(OptionsError, match="unknown profile 'app'"):
        find_profile(view, "app", "/p/src/a")


def test_without_extends_the_defaults_are_those_of_enhanced_resolve() -> None:
    options = find_profile(view_of('[profiles.plain]\nextensions = [".x"]\n'), "plain", "/p").options(Kind.IMPORT)
    assert options.extensions == (".x",)
    assert options.condition_names == ()


def test_an_engine_resolves_by_a_projects_profile_and_an_edit_counts_at_once() -> None:
    view = view_of(APP)
    engine = Engine(view)
    assert engine.resolve("@/a/b", importer="/p/src/x.js", profile="app").path == "/p/src/a/b.js"
    view.write("/p/resolverd.toml", APP.replace('"./src"', '"./src/a"'))
    assert engine.resolve("@/b", importer="/p/src/x.js", profile="app").path == "/p/src/a/b.js"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[profiles.app", "/p/resolverd.toml is no TOML"),
        ("[profile.app]", "unknown table 'profile'"),
        ("profiles = 5", "/p/resolverd.toml: profiles is no table"),
        ("[profiles]\napp = 5", "/p/resolverd.toml: profiles.app is no table"),
        ('[profiles.app]\nextends = "brwser"', "profiles.app: extends .* did you mean 'browser'"),
        ("[profiles.app]\nextends = 5", "profiles.app: extends has to be a shipped profile, and 5 is none"),
        ('[profiles.app]\nextension = [".x"]', "profiles.app: unknown option 'extension'; did you mean 'extensions'"),
        ("[profiles.app]\nextensions = 5", "profiles.app: invalid options"),
        ("[profiles.app]\nimport = 5", "profiles.app.import is no table"),
        ("[profiles.app.style]\nmainField = []", "profiles.app: unknown option 'mainField'"),
        ("[profiles.node]", "'node' is the name of a shipped profile"),
        ("x = " + "[" * 5000, "/p/resolverd.toml is no TOML"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(text: str, message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        find_profile(view_of(text), "app", "/p")


def test_a_file_that_cannot_be_read_is_told_of() -> None:
    view = view_of(APP)
    view.chmod("/p/resolverd.toml", 0)
    with pytest.raises(OptionsError, match=r"/p/resolverd\.toml cannot be read: Permission denied"):
        find_profile(view, "app", "/p")


def test_a_shipped_profile_needs_no_file_that_can_be_read() -> None:
    assert find_profile(view_of("[profiles.app"), "node", "/p").name == "node"


def test_an_unknown_name_is_compared_with_those_of_the_project_too() -> None:
    with pytest.raises(OptionsError, match="did you mean 'app'"):
        find_profile(view_of(APP), "ap", "/p")
