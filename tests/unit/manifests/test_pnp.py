"""Plug'n'Play data: the forms in which it is written, and what comes of it when it is broken."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolverd.manifests.pnp import InvalidPnp, PnpManifest, parse_pnp_cjs, parse_pnp_data

STATE = {
    "__info": ["ignored"],
    "packageRegistryData": [
        [
            None,
            [
                [
                    None,
                    {"packageLocation": "./", "packageDependencies": [["it's", "npm:1"], ["alias", ["it's", "npm:1"]]]},
                ]
            ],
        ],
        ["it's", [["npm:1", {"packageLocation": "./caf\u00e9/", "linkType": "HARD"}]]],
    ],
}
TEXT = json.dumps(STATE, indent=1, ensure_ascii=False)


def quoted(text: str, quote: str = "'") -> str:
    """Write a string literal as Yarn does: a backslash at the end of each line."""
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\n", "\\\n") + quote


def located(parsed: PnpManifest | InvalidPnp | None) -> str | None:
    """Where the one package of `STATE` lies."""
    assert isinstance(parsed, PnpManifest), parsed
    top = parsed.owner("/p")
    assert top is not None
    reference, _ = parsed.reference(top, "it's")
    assert reference is not None
    package = parsed.dependency("it's", reference)
    return None if package is None else package.location


@pytest.mark.parametrize(
    "code",
    [
        f"#!/usr/bin/env node\nconst RAW_RUNTIME_STATE =\n{quoted(TEXT)};\nfunction $$SETUP_STATE() {{}}",
        f"const RAW_RUNTIME_STATE={quoted(TEXT, chr(34))}",
        f"const RAW_RUNTIME_STATE = {quoted(TEXT)}".replace("\n", "\r\n"),
        f"return hydrateRuntimeState(JSON.parse({quoted(TEXT)}), {{basePath: basePath || __dirname}});",
        f"return hydrateRuntimeState({TEXT}, {{basePath: basePath || __dirname}});",
        "const RAW_RUNTIME_STATE = '"
        + TEXT.replace("'", "\\x27").replace("\n", "\\n").replace("\u00e9", "\\u{e9}")
        + "'",
        "const RAW_RUNTIME_STATE = '" + json.dumps(STATE).replace("\\", "\\\\").replace("'", "\\u0027") + "'",
    ],
)
def test_every_form_of_the_code_gives_the_same(code: str) -> None:
    assert located(parse_pnp_cjs(code.encode(), "/p/.pnp.cjs", "/p")) == "/p/café"


def test_code_without_data_has_none() -> None:
    assert parse_pnp_cjs(b"module.exports = require('./.pnp.data.json')", "/p/.pnp.cjs", "/p") is None


def test_data_is_read_as_it_is() -> None:
    assert located(parse_pnp_data(TEXT.encode(), "/p/.pnp.cjs", "/p")) == "/p/café"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no Plug'n'Play data"),
        (b"\xff", "no Plug'n'Play data"),
        (b"[]", "no Plug'n'Play data"),
        (b"{}", "packageRegistryData"),
        (b'{"packageRegistryData": [["a", [["b", {"packageLocation": 1}]]]]}', "packageLocation"),
        (b'{"packageRegistryData": [], "fallbackPool": [["a", ["b", "c", "d"]]]}', "fallbackPool"),
        (b'{"packageRegistryData": [], "ignorePatternData": "("}', "ignorePatternData"),
        (b'{"packageRegistryData": [], "ignorePatternData": "' + b"(" * 20_000 + b')"}', "ignorePatternData"),
        (b'{"__info": ' + b"[" * 200_000, "nested too deeply"),
    ],
)
def test_broken_data_is_a_value_with_the_reason(data: bytes, message: str) -> None:
    parsed = parse_pnp_data(data, "/p/.pnp.data.json", "/p")
    assert isinstance(parsed, InvalidPnp)
    assert message in parsed.message


@pytest.mark.parametrize(
    "code",
    [
        b"\xff",
        b"const RAW_RUNTIME_STATE = '{",
        b"const RAW_RUNTIME_STATE = '" + b"\\" * 100_001,
        b"const RAW_RUNTIME_STATE = '\\ud800'",
        b"const RAW_RUNTIME_STATE = '\\u{110000}'",
        b"hydrateRuntimeState({",
        b"hydrateRuntimeState({'single': 1})",
        b"hydrateRuntimeState(" + b'{"a":' * 100_000,
    ],
)
def test_broken_code_is_a_value(code: bytes) -> None:
    assert isinstance(parse_pnp_cjs(code, "/p/.pnp.cjs", "/p"), InvalidPnp)


@given(st.binary(max_size=200), st.sampled_from([b"const RAW_RUNTIME_STATE = '", b"hydrateRuntimeState({", b"", b"{"]))
def test_no_bytes_raise(data: bytes, head: bytes) -> None:
    parse_pnp_cjs(head + data, "/p/.pnp.cjs", "/p")
    parse_pnp_data(head + data, "/p/.pnp.cjs", "/p")


names = st.none() | st.sampled_from(["a", "b", "@s/c", ""])
references = st.none() | st.sampled_from(["npm:1", "npm:2"]) | st.tuples(st.sampled_from("ab"), st.just("npm:1"))
packages = st.fixed_dictionaries(
    {"packageLocation": st.sampled_from(["./", "./a/", "../x/", "/abs/", "", "\0", "./a/../../../../.."])},
    optional={
        "packageDependencies": st.lists(st.tuples(st.sampled_from("abc"), references), max_size=3),
        "discardFromLookup": st.booleans(),
    },
)
states = st.fixed_dictionaries(
    {"packageRegistryData": st.lists(st.tuples(names, st.lists(st.tuples(names, packages), max_size=2)), max_size=4)},
    optional={
        "enableTopLevelFallback": st.booleans(),
        "ignorePatternData": st.none() | st.text(alphabet="a(b)*+?[]^$|\\.{1}", max_size=8),
        "fallbackPool": st.lists(st.tuples(st.sampled_from("abc"), references), max_size=2),
        "fallbackExclusionList": st.lists(st.tuples(names, st.lists(names, max_size=2)), max_size=2),
        "dependencyTreeRoots": st.just([{"name": "a", "reference": "npm:1"}]),
    },
)


@given(states, st.sampled_from(["/", "/p", "/p/a", "/p/a/deep", "/x", "/abs/in"]), st.sampled_from(["a", "b", "c", ""]))
def test_every_question_to_data_of_the_right_shape_has_an_answer(state: object, directory: str, ident: str) -> None:
    manifest = parse_pnp_data(json.dumps(state).encode(), "/p/.pnp.cjs", "/p")
    if isinstance(manifest, InvalidPnp):
        assert "ignorePatternData" in manifest.message
        return
    owner = manifest.owner(directory)
    if owner is None:
        return
    reference, is_declared = manifest.reference(owner, ident)
    assert is_declared or reference is None
    if reference is not None:
        manifest.dependency(ident, reference)
    manifest.dependents_without(owner, ident)


def test_a_pattern_that_takes_too_long_ignores_nothing() -> None:
    state = STATE | {"ignorePatternData": "(?:a" * 40 + "(?=a)" + ")*" * 40 + "(?:(?=(?:(?=a*b).)*)a)*$"}
    manifest = parse_pnp_data(json.dumps(state).encode(), "/p/.pnp.cjs", "/p")
    assert isinstance(manifest, PnpManifest)
    assert manifest.owner("/p/" + "a" * 4000) is not None
