from __future__ import annotations

from collections.abc import Mapping

import pytest

from resolverd.errors import OptionsError
from resolverd.resolution.mode import Mode
from resolverd.resolution.options import AliasRule, ResolveOptions, TsconfigChoice, option_fields, parse_options
from resolverd.resolution.profiles import all_profiles, named_profile
from resolverd.terms import Kind


def test_no_options_are_enhanced_resolves_defaults() -> None:
    assert parse_options({}) == ResolveOptions()
    assert ResolveOptions().extensions == (".js", ".json", ".node")


def test_both_forms_of_alias_mean_the_same() -> None:
    as_object = parse_options({"alias": {"a$": "b", "c": ["d", False]}})
    as_array = parse_options(
        {"alias": [{"name": "a", "alias": "b", "onlyModule": True}, {"name": "c", "alias": ["d", False]}]}
    )
    expected = (AliasRule("a", ("b",), only_module=True), AliasRule("c", ("d", False)))
    assert as_object.alias == as_array.alias == expected


def test_a_lone_string_is_a_list_of_one() -> None:
    options = parse_options({"modules": "lib", "mainFields": "module", "extensionAlias": {".js": ".ts"}})
    assert options.modules == ("lib",)
    assert options.main_fields == ("module",)
    assert options.extension_alias == ((".js", (".ts",)),)


def test_an_empty_extension_enforces_the_listed_ones() -> None:
    assert parse_options({"extensions": [".js", ""]}).enforce_extension
    assert not parse_options({"extensions": [".js", ""], "enforceExtension": False}).enforce_extension


def test_null_is_not_given() -> None:
    assert parse_options({"roots": None, "tsconfig": None}) == ResolveOptions()


@pytest.mark.parametrize(
    ("given", "choice"),
    [
        ("auto", TsconfigChoice()),
        ("/p/tsconfig.json", TsconfigChoice(config_file="/p/tsconfig.json")),
        ({"configFile": "/p/t.json", "references": "auto"}, TsconfigChoice("/p/t.json", "auto")),
    ],
)
def test_the_ways_to_choose_a_tsconfig(given: object, choice: TsconfigChoice) -> None:
    assert parse_options({"tsconfig": given}).tsconfig == choice


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"aliasField": []}, "unknown option 'aliasField'; did you mean 'aliasFields'"),
        ({"extensions": 3}, "extensions"),
        ({"alias": {"a": True}}, "alias"),
        ({"alias": [{"name": 1, "alias": "x"}]}, "alias"),
        ({"alias": {1: "x"}}, "alias"),
        ({"algorithm": "\udcff"}, "invalid options"),
        ({"restrictions": [{"regex": "a{99999999999}"}]}, "no regular expression"),
        ({"restrictions": [{}]}, "either path or regex"),
        ({"restrictions": [{"regex": "("}]}, "no regular expression"),
        ({"tsconfig": {"confFile": "x"}}, "confFile"),
    ],
)
def test_what_is_wrong_is_named(options: Mapping[str, object], message: str) -> None:
    with pytest.raises(OptionsError, match=message.replace("(", r"\(")):
        parse_options(options)


def test_options_survive_the_way_to_json_and_back() -> None:
    for profile in all_profiles():
        for kind in Kind:
            options = profile.options(kind)
            assert parse_options(option_fields(options)) == options


def test_options_on_top_of_a_profile_keep_the_rest() -> None:
    base = named_profile("browser").options(Kind.IMPORT)
    options = parse_options({"extensions": [".vue"]}, base)
    assert options.extensions == (".vue",)
    assert options.alias_fields == ("browser",)


def test_an_unknown_profile_names_the_nearest() -> None:
    with pytest.raises(OptionsError, match="did you mean 'browser'"):
        named_profile("brwser")


def test_relative_module_names_are_searched_together() -> None:
    mode = Mode(parse_options({"modules": ["a", "b", "/abs", "c"]}))
    assert mode.module_groups == (("a", "b"), ("/abs",), ("c",))
