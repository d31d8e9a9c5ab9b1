"""Small trees drawn at random: sources and packages with all that their manifests may say, and what is asked in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from tests.differential.rows import Row

JSON = dict[str, object]

NAMES = ("a", "b", "@s/c")
FILES = (
    "index.js",
    "x.js",
    "x.json",
    "x.mjs",
    "x.ts",
    "y.cjs",
    "lib/index.js",
    "lib/x.js",
    "lib/y.mjs",
    "lib/package.json",
)
TARGETS = ("./index.js", "./x.js", "./x", "./lib", "./lib/x.js", "./lib/y.mjs", "./y.cjs", "./gone.js")
TYPE_FILES = (
    *(
        "index.d.ts",
        "x.d.ts",
        "x.tsx",
        "x.mts",
        "y.d.cts",
        "y.cts",
        "x.d.mts",
        "x.d.json.ts",
        "ts4/x.d.ts",
        "ts4/index.d.ts",
    ),
    *("lib/index.d.ts", "lib/x.d.ts", "lib/x.ts", "lib/y.d.mts"),
)
TYPE_TARGETS = (
    "./index.d.ts",
    "./x.d.ts",
    "./x.ts",
    "./y.d.cts",
    "./lib/x.d.ts",
    "./ts4/index.d.ts",
    "./lib",
    "x",
    "./gone.d.ts",
)
DIRECTORIES = ("src", "src/d", "node_modules/a", "node_modules/a/lib")
SPECIFIERS = (
    *("./x", "./x.js", "./x.json", "./x?q", "./y", "./d", "./d/", "./d/x", ".", "./", "..", "../", "../x", "./gone"),
    *("a", "a/", "a/x", "a/x.js", "a/lib", "a/lib/x", "a/lib/x.js", "a/package.json", "b", "b/x", "b/lib/y.mjs", "b?q"),
    *("@s/c", "@s/c/x", "@s/c/lib/x.js", "@s", "gone", "fs", "node:fs", "app", "app/x", "app/lib/x"),
    *("#x", "#lib/x", "#a", "#gone", "#", "a/../b", "./d/../x", "a//x"),
)
CONDITIONS = ("import", "require", "node", "browser", "module", "default", "other")


wild = st.sampled_from(("./*", "./*.js", "./lib/*", "./lib/*.js", "./lib/x.js"))
keys = st.sampled_from((".", "./x", "./x.js", "./lib/x", "./package.json", "./lib/x.js"))
wild_keys = st.sampled_from(("./*", "./lib/*", "./*.js", "./lib/*.js"))


def conditionals(targets: st.SearchStrategy[str], conditions: Sequence[str]) -> st.SearchStrategy[object]:
    """Draw targets of `exports`: strings, null, conditions and arrays."""
    return st.recursive(
        st.one_of(targets, targets, st.none()),
        lambda inner: st.one_of(
            st.dictionaries(st.sampled_from(conditions), inner, min_size=1, max_size=3),
            st.lists(inner, min_size=1, max_size=2),
        ),
        max_leaves=4,
    )


def subpaths(targets: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Draw `exports`: a target, or targets by subpath, some with a wildcard."""
    return st.one_of(
        targets,
        st.builds(
            lambda plain, open_: plain | open_,
            st.dictionaries(keys, targets, min_size=1, max_size=3),
            st.dictionaries(wild_keys, st.one_of(wild, st.none()), max_size=2),
        ),
    )


target = st.sampled_from(TARGETS)
type_target = st.sampled_from(TYPE_TARGETS)
conditional = conditionals(target, CONDITIONS)
type_conditional = conditionals(st.one_of(target, type_target), (*CONDITIONS, "types", "types@>=4", "types@<4"))
exports = subpaths(conditional)
imports = st.builds(
    lambda plain, open_: plain | open_,
    st.dictionaries(
        st.sampled_from(("#x", "#a", "#gone")), st.one_of(conditional, st.just("a"), st.just("b/x")), max_size=2
    ),
    st.dictionaries(st.just("#lib/*"), wild, max_size=1),
)
browser_map = st.dictionaries(
    st.sampled_from(("./x.js", "./index.js", "./lib/x.js", "b", "fs")),
    st.one_of(st.just(False), st.sampled_from(("./y.cjs", "./lib/index.js", "./lib/y.mjs"))),
    min_size=1,
    max_size=2,
)
main = st.sampled_from(
    ("./index.js", "./x", "./x.js", "x", "lib", "./lib", "./lib/", "lib/x", "./gone", "./y.cjs", "", ".")
)


versions = st.dictionaries(
    st.sampled_from((">=5", ">=4 <5", "*")),
    st.dictionaries(
        st.sampled_from(("*", "index.d.ts", "lib/*", "x")),
        st.lists(st.sampled_from(("ts4/*", "ts4/index.d.ts", "lib/x.d.ts", "*")), min_size=1, max_size=2),
        min_size=1,
        max_size=2,
    ),
    min_size=1,
    max_size=2,
)


def typed_manifests(name: str) -> st.SearchStrategy[JSON]:
    """Draw a package.json with what TypeScript reads of one."""
    fields = {
        "main": main,
        "types": type_target,
        "typings": type_target,
        "typesVersions": versions,
        "exports": subpaths(type_conditional),
        "imports": imports,
        "type": st.sampled_from(("module", "commonjs")),
    }
    return st.fixed_dictionaries({"name": st.just(name)}, optional=fields)


def manifests(name: str, *, plain: bool) -> st.SearchStrategy[JSON]:
    """Draw a package.json; a plain one has no `module`, and no map for `browser`."""
    fields = {
        "main": main,
        "exports": exports,
        "imports": imports,
        "type": st.sampled_from(("module", "commonjs")),
    }
    if plain:
        fields["browser"] = target
    else:
        fields |= {"module": main, "browser": st.one_of(main, browser_map)}
    return st.fixed_dictionaries({"name": st.just(name)}, optional=fields)


class Tree(NamedTuple):
    """Files by path with their text."""

    files: dict[str, str]

    def write(self, root: Path) -> None:
        """Write it below a directory that is there."""
        for path, text in self.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)

    def rows(self) -> list[Row]:
        """What is asked in it: everything, from each of the directories that there are."""
        there = [each for each in DIRECTORIES if any(path.startswith(f"{each}/") for path in self.files)]
        return [
            Row(each, specifier, kind) for each in there for specifier in SPECIFIERS for kind in ("import", "require")
        ]


@st.composite
def typed_trees(draw: st.DrawFn) -> Tree:
    """Draw a tree of sources and declarations, with packages and declarations of packages."""
    files = {"package.json": json.dumps(draw(typed_manifests("app")))}
    files |= dict.fromkeys(draw(st.sets(st.sampled_from((*FILES[:-1], *TYPE_FILES)), max_size=5)), "")
    sources = (
        "x.js",
        "x.ts",
        "x.d.ts",
        "x/index.ts",
        "d.ts",
        "d/x.tsx",
        "d/index.d.ts",
        "y.mts",
        "x.d.json.ts",
        "x.jsx",
    )
    files |= {f"src/{path}": "" for path in draw(st.sets(st.sampled_from(sources), min_size=1, max_size=5))}
    names = (*NAMES, "@types/a", "@types/s__c", "@types/b")
    for name in draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=4)):
        for path in draw(st.sets(st.sampled_from((*FILES[:-1], *TYPE_FILES)), min_size=1, max_size=8)):
            files[f"node_modules/{name}/{path}"] = ""
        if draw(st.integers(0, 9)):
            files[f"node_modules/{name}/package.json"] = json.dumps(draw(typed_manifests(name)))
    return Tree(files)


@st.composite
def trees(draw: st.DrawFn, *, plain: bool = False) -> Tree:
    """Draw a tree: the project's own sources, and packages; `plain` as in `manifests`."""
    files = {"package.json": json.dumps(draw(manifests("app", plain=plain)))}
    files |= dict.fromkeys(draw(st.sets(st.sampled_from(FILES[:-1]), max_size=4)), "")
    sources = ("x.js", "x.ts", "x/index.js", "d.js", "d/x.js", "d/index.js", "d/index.json", "y.mjs", "d/package.json")
    for path in draw(st.sets(st.sampled_from(sources), min_size=1, max_size=5)):
        if not any(other.startswith(f"{path}/") for other in files):
            files[f"src/{path}"] = draw(_text(path))
    places = [f"node_modules/{name}" for name in NAMES] + ["src/node_modules/a", "node_modules/a/node_modules/b"]
    for place in draw(st.lists(st.sampled_from(places), unique=True, min_size=1, max_size=4)):
        name = place.rpartition("node_modules/")[2]
        for path in draw(st.sets(st.sampled_from(FILES), min_size=1, max_size=6)):
            files[f"{place}/{path}"] = draw(_text(path))
        if draw(st.integers(0, 9)):
            files[f"{place}/package.json"] = json.dumps(draw(manifests(name, plain=plain)))
    return Tree(files)


def _text(path: str) -> st.SearchStrategy[str]:
    """Draw what is in a file: only manifests matter."""
    if not path.endswith("package.json"):
        return st.just("")
    return st.fixed_dictionaries({}, optional={"main": main, "type": st.just("module")}).map(json.dumps)
