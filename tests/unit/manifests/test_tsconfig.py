from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolverd.manifests.tsconfig import (
    Tsconfig,
    TsconfigFile,
    extends_candidates,
    merge_tsconfigs,
    parse_tsconfig,
)


def parse(path: str = "/p/tsconfig.json", **fields: object) -> TsconfigFile:
    return parse_tsconfig(json.dumps(fields).encode(), path)


def finish(file: TsconfigFile, *bases: TsconfigFile) -> Tsconfig:
    return Tsconfig(merge_tsconfigs(file, bases), (file.path,), ())


def test_extends_may_be_one_or_many() -> None:
    assert parse(extends="./a").extends == ("./a",)
    assert parse(extends=["./a", "b"]).extends == ("./a", "b")


def test_paths_in_options_belong_to_the_file_that_wrote_them() -> None:
    base = parse(
        "/base/tsconfig.json", compilerOptions={"outDir": "./out", "rootDirs": ["a", "../b"], "baseUrl": "src"}
    )
    config = finish(parse(), base)
    assert config.options["outDir"] == "/base/out"
    assert config.root_dirs == ("/base/a", "/b")
    assert config.base_url == "/base/src"


def test_later_bases_win_over_earlier_and_the_file_over_all() -> None:
    first = parse("/a/t.json", compilerOptions={"x": 1, "y": 1, "z": 1}, include=["a"], files=["f.ts"])
    second = parse("/b/t.json", compilerOptions={"x": 2, "y": 2}, include=["b"])
    config = finish(parse(compilerOptions={"x": 3}), *(merge_tsconfigs(each, []) for each in (first, second)))
    assert (config.options["x"], config.options["y"], config.options["z"]) == (3, 2, 1)
    assert config.include == ("/b/b",)
    assert config.files == ("/a/f.ts",)


def test_references_are_never_inherited() -> None:
    base = parse("/b/t.json", references=[{"path": "../x"}])
    assert finish(parse(), base).references == ()
    assert finish(base).references == ("/x",)


def test_config_dir_is_the_final_configs_directory() -> None:
    base = parse(
        "/base/t.json", compilerOptions={"outDir": "${configDir}/out", "paths": {"@/*": ["${configDir}/src/*"]}}
    )
    config = finish(parse("/p/tsconfig.json", include=["${configDir}/src"]), base)
    assert config.options["outDir"] == "/p/out"
    assert config.path_candidates("@/a") == ("/p/src/a",)
    assert config.include == ("/p/src",)


def test_paths_are_relative_to_base_url_or_to_the_file_that_wrote_them() -> None:
    base = parse("/base/t.json", compilerOptions={"paths": {"a": ["lib/a"]}})
    assert finish(parse(), base).path_candidates("a") == ("/base/lib/a",)
    with_base_url = parse(compilerOptions={"baseUrl": "src"})
    assert finish(with_base_url, base).path_candidates("a") == ("/p/src/lib/a", "/p/src/a")


def test_the_exact_key_then_the_longest_prefix() -> None:
    paths = {"*": ["1/*"], "a/*": ["2/*"], "a/b": ["3"], "a/*/c": ["4/*"], "x*y": ["5/*"]}
    config = finish(parse(compilerOptions={"paths": paths}))
    assert config.path_candidates("a/b") == ("/p/3",)
    assert config.path_candidates("a/z") == ("/p/2/z",)
    assert config.path_candidates("xy") == ("/p/5",), "a star may stand for nothing"
    assert config.path_candidates("q/r") == ("/p/1/q/r",)


def test_candidates_come_in_order() -> None:
    config = finish(parse(compilerOptions={"paths": {"a/*": ["x/*", "y/*"]}}))
    assert config.path_candidates("a/b") == ("/p/x/b", "/p/y/b")


def test_base_url_alone_offers_every_bare_name() -> None:
    config = finish(parse(compilerOptions={"baseUrl": "."}))
    assert config.path_candidates("a/b") == ("/p/a/b",)
    assert config.path_candidates("/a") == ()


def test_suffixes_and_conditions() -> None:
    config = finish(parse(compilerOptions={"moduleSuffixes": [".ios", ""], "customConditions": ["mine"]}))
    assert config.module_suffixes == (".ios", "")
    assert config.custom_conditions == ("mine",)


@pytest.mark.parametrize(
    ("specifier", "candidates"),
    [
        ("./base", ("/p/base", "/p/base.json")),
        ("./base.json", ("/p/base.json",)),
        ("../x/", ("/x/tsconfig.json",)),
        ("..", ("/tsconfig.json",)),
        ("/abs/t.json", ("/abs/t.json",)),
        ("${configDir}/base", ("/p/base", "/p/base.json")),
        ("@scope/config", ()),
        ("config/tsconfig.json", ()),
    ],
)
def test_what_extends_may_mean(specifier: str, candidates: tuple[str, ...]) -> None:
    assert extends_candidates(specifier, "/p") == candidates


@pytest.mark.parametrize("data", [b"{", b"\xff", b'{"compilerOptions": '])
def test_malformed_text_is_an_empty_config_with_a_diagnostic(data: bytes) -> None:
    file = parse_tsconfig(data, "/p/tsconfig.json")
    assert file.options == {}
    assert [each.kind for each in file.diagnostics] == ["syntax"]


@pytest.mark.parametrize(
    "fields",
    [
        {"compilerOptions": 1},
        {"extends": 1},
        {"files": "x"},
        {"include": [1]},
        {"references": [1]},
        {"compilerOptions": {"paths": []}},
        {"compilerOptions": {"baseUrl": 3}},
        {"compilerOptions": {"rootDirs": "x"}},
    ],
)
def test_wrong_types_are_dropped_with_a_diagnostic(fields: dict[str, object]) -> None:
    file = parse(**fields)
    assert [each.kind for each in file.diagnostics] == ["type"]
    finish(file)


values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=4) | st.sampled_from(["./a", "${configDir}/x", "*"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["paths", "baseUrl", "path", "a/*", "*"]), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = ["extends", "compilerOptions", "files", "include", "exclude", "references"]


@given(st.dictionaries(st.sampled_from(NAMES), values))
def test_no_value_of_any_field_raises(fields: dict[str, object]) -> None:
    file = parse(**fields)
    for specifier in file.extends:
        extends_candidates(specifier, "/p")
    config = finish(file, parse("/b/t.json", **fields))
    config.path_candidates("a/b")
    assert config.root_dirs is not None
