from __future__ import annotations

import pytest

from resolverd.manifests.exports import InvalidManifest, SubpathTable, parse_exports, parse_imports
from resolverd.manifests.jsonc import JsonValue
from resolverd.manifests.targets import Blank, Refused, Selected, select_target


def table_of(value: JsonValue) -> SubpathTable:
    table = parse_exports(value, "/p/package.json")
    assert isinstance(table, SubpathTable)
    return table


def key_for(value: JsonValue, subpath: str, *, folders: bool = True) -> str | None:
    match = table_of(value).match(subpath, folders=folders)
    return None if match is None else match.key


def select(value: JsonValue, *conditions: str, subpath: str = ".", is_imports: bool = False) -> object:
    match = table_of(value).match(subpath, folders=True)
    assert match is not None
    selection = select_target(match, frozenset(conditions), is_imports=is_imports)
    return selection.value if isinstance(selection, Selected) else selection


@pytest.mark.parametrize("sugar", ["./a.js", ["./a.js"], {"import": "./a.js", "default": "./a.js"}])
def test_a_target_alone_is_the_package_itself(sugar: JsonValue) -> None:
    assert select(sugar, "import") == "./a.js"


def test_no_keys_export_nothing() -> None:
    assert key_for({}, ".") is None


def test_subpaths_and_conditions_cannot_be_mixed() -> None:
    table = parse_exports({".": "./a.js", "import": "./b.js"}, "/p/package.json")
    assert isinstance(table, InvalidManifest)
    assert "cannot contain some keys starting with '.'" in table.message


def test_the_longest_prefix_before_the_star_wins() -> None:
    keys: JsonValue = {"./*": "./1/*", "./a/*": "./2/*", "./a/b/*": "./3/*", "./a/*.js": "./4/*", "./a/b/c": "./5"}
    assert key_for(keys, "./x") == "./*"
    assert key_for(keys, "./a/x") == "./a/*"
    assert key_for(keys, "./a/x.js") == "./a/*.js", "of equal prefixes the longer key"
    assert key_for(keys, "./a/b/x.js") == "./a/b/*"
    assert key_for(keys, "./a/b/c") == "./a/b/c"


def test_a_star_stands_for_something() -> None:
    assert key_for({"./a*": "./x"}, "./a") is None
    assert key_for({"./a*z": "./x"}, "./az") is None


def test_a_star_in_the_request_matches_no_key_exactly() -> None:
    assert key_for({"./*": "./x/*"}, "./*") == "./*"


def test_two_stars_are_no_pattern() -> None:
    assert key_for({"./*/*": "./x"}, "./a/b") is None


def test_folders_take_part_only_where_they_are_wanted() -> None:
    keys: JsonValue = {"./lib/": "./dist/", "./lib/*": "./star/*"}
    assert key_for({"./lib/": "./dist/"}, "./lib/a.js") == "./lib/"
    assert key_for({"./lib/": "./dist/"}, "./lib/a.js", folders=False) is None
    assert key_for(keys, "./lib/a.js") == "./lib/*", "a star is longer than the slash before it"
    assert select({"./lib/": "./dist/"}, subpath="./lib/a/b.js") == "./dist/a/b.js"


def test_conditions_are_tried_in_the_order_of_the_object() -> None:
    keys: JsonValue = {"node": "./n.js", "import": "./i.js", "default": "./d.js"}
    assert select(keys, "import", "node") == "./n.js"
    assert select(keys, "import") == "./i.js"
    assert select(keys) == "./d.js"
    assert select({"default": "./d.js", "import": "./i.js"}, "import") == "./d.js"


def test_a_condition_that_leads_nowhere_is_passed_over_and_null_is_not() -> None:
    assert select({"node": {"import": "./i.js"}, "default": "./d.js"}, "node") == "./d.js"
    assert select({"node": None, "default": "./d.js"}, "node") is Blank.NULL
    assert select({"import": "./i.js"}, "require") is Blank.UNDEFINED


def test_the_first_valid_entry_of_an_array_counts() -> None:
    assert select(["not-relative", "./a.js", "./b.js"]) == "./a.js"
    assert select([{"x": "./x.js"}, "./a.js"]) == "./a.js"
    assert isinstance(select(["no", "neither"]), Refused)
    assert select([]) is Blank.NULL


@pytest.mark.parametrize(
    "target", ["a.js", "/a.js", "../a.js", "./../a.js", "./a/./b", "./%2E%2e/a", "./Node_Modules/x", ""]
)
def test_targets_that_leave_the_package_are_refused(target: str) -> None:
    assert isinstance(select(target), Refused)


def test_a_match_that_leaves_the_package_is_the_specifiers_fault() -> None:
    refused = select({"./*": "./lib/*"}, subpath="./a/../../b")
    assert isinstance(refused, Refused)
    assert refused.is_specifier


def test_every_star_of_a_target_is_filled_in() -> None:
    assert select({"./*": "./*/dist/*.js"}, subpath="./a/b") == "./a/b/dist/a/b.js"


@pytest.mark.parametrize("value", [5, True, {"0": "./a.js"}])
def test_what_is_no_target_is_refused(value: JsonValue) -> None:
    assert isinstance(select({".": value}), Refused)


def test_imports_may_name_packages() -> None:
    table = parse_imports({"#a": "lib/sub", "#b": "../x", "#c/*": "lib/*"}, "/p/package.json")
    assert isinstance(table, SubpathTable)

    def target(subpath: str) -> object:
        match = table.match(subpath, folders=True)
        assert match is not None
        return select_target(match, frozenset(), is_imports=True)

    assert target("#a") == Selected("lib/sub")
    assert isinstance(target("#b"), Refused)
    assert target("#c/d") == Selected("lib/d")


@pytest.mark.parametrize("value", [None, "x", [], 3])
def test_imports_that_are_no_object_count_as_absent(value: JsonValue) -> None:
    assert parse_imports(value, "/p/package.json") is None


def test_targets_nested_too_deeply_are_an_invalid_manifest() -> None:
    nested: JsonValue = "./a.js"
    for _ in range(900):
        nested = {"default": nested}
    assert isinstance(parse_exports(nested, "/p/package.json"), InvalidManifest)
