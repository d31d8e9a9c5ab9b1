from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolverd.manifests.exports import InvalidManifest, SubpathTable
from resolverd.manifests.package_json import PackageJson, parse_package_json


def parse(**fields: object) -> PackageJson:
    manifest = parse_package_json(json.dumps(fields).encode(), "/p/package.json")
    assert isinstance(manifest, PackageJson)
    return manifest


def test_what_resolution_needs() -> None:
    manifest = parse(name="a", version="1.0.0", type="module", main="x.js")
    assert (manifest.path, manifest.directory) == ("/p/package.json", "/p")
    assert (manifest.name, manifest.version, manifest.type, manifest.main("main")) == ("a", "1.0.0", "module", "x.js")
    assert manifest.notes == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", 1), ("version", []), ("type", "esm"), ("main", {}), ("sideEffects", 3), ("imports", "x"), ("exports", 5)],
)
def test_wrong_types_are_dropped_with_a_note(field: str, value: object) -> None:
    manifest = parse(**{field: value})
    assert len(manifest.notes) == 1
    assert f'"{field}"' in manifest.notes[0]
    assert manifest.name is None
    assert manifest.main("main") is None


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b"{'a': 1}", b'{"a": "\xff"}'])
def test_what_is_no_object_is_an_invalid_manifest(data: bytes) -> None:
    assert isinstance(parse_package_json(data, "/p/package.json"), InvalidManifest)


def test_a_field_may_be_a_path_through_objects() -> None:
    manifest = parse(inner={"browser": {"./a": "./b"}}, flat="x")
    assert manifest.alias_map(("inner", "browser")) == {"./a": "./b"}
    assert manifest.field(("flat", "browser")) is None


def test_a_browser_map_keeps_texts_and_false() -> None:
    assert parse(browser={"a": "b", "c": False, "d": True, "e": 1, "f": None}).alias_map("browser") == {
        "a": "b",
        "c": False,
    }
    assert parse(browser="./b.js").alias_map("browser") is None


def test_null_exports_count_as_none_and_empty_ones_do_not() -> None:
    assert parse(exports=None).exports("exports") is None
    assert isinstance(parse(exports={}).exports("exports"), SubpathTable)


def test_tables_are_parsed_once() -> None:
    manifest = parse(exports="./a.js", imports={"#a": "./a.js"})
    assert manifest.exports("exports") is manifest.exports("exports")
    assert manifest.imports("imports") is manifest.imports("imports")


@pytest.mark.parametrize(
    ("patterns", "path", "has"),
    [
        (False, "a.js", False),
        (True, "a.js", True),
        ("*.css", "deep/a.css", True),
        (["*.css"], "a.js", False),
        (["./src/*.js"], "src/a.js", True),
        (["./src/*.js"], "src/b/a.js", False),
        (["src/**/*.js"], "src/b/c/a.js", True),
        (["/src/a.js"], "src/a.js", True),
        (["*.{css,less}"], "a.less", True),
        (["{a,b}/x.js"], "c/x.js", False),
        ([], "a.js", False),
    ],
)
def test_side_effects(patterns: object, path: str, has: bool) -> None:
    assert parse(sideEffects=patterns).has_side_effects(path) is has


@pytest.mark.parametrize("pattern", ["{" * 600, "{" * 300 + "a,b" + "}" * 300, "{a,b}" * 12])
def test_braces_beyond_reason_say_that_every_file_has_side_effects(pattern: str) -> None:
    assert parse(sideEffects=[pattern]).has_side_effects("a.js") is True


def test_a_package_that_does_not_say_has_unknown_side_effects() -> None:
    assert parse().has_side_effects("a.js") is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("./a"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([".", "./a", "./*", "x", "0", "#a"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["name", "type", "main", "exports", "imports", "browser", "sideEffects"]), values)
)
def test_no_value_of_any_field_raises(fields: dict[str, object]) -> None:
    manifest = parse(**fields)
    manifest.exports("exports")
    manifest.imports("imports")
    manifest.alias_map("browser")
    manifest.main("main")
    manifest.has_side_effects("a/b.js")
