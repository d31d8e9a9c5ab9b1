"""Trees with one question each, and everything that may happen to a path in them.

Each scene leads through other parts of the algorithm. `/spare` holds what may be moved into a scene.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from resolverd.paths import name_of
from resolverd.terms import Kind
from resolverd.view.base import EntryKind
from tests.property.worlds import Edit, Question

SPARE: tuple[Edit, ...] = (
    ("write", "/spare/file.js", ""),
    ("write", "/spare/package.json", '{"name": "a", "main": "other.js", "exports": "./other.js", "imports": {"#x": "./other.js"}}'),
    ("write", "/spare/tsconfig.json", '{"compilerOptions": {"paths": {"@/*": ["./other/*", "./*"]}}}'),
    ("write", "/spare/full/package.json", '{"name": "a", "main": "x.js"}'),
    ("write", "/spare/full/index.js", ""),
    ("write", "/spare/full/other.js", ""),
    ("write", "/spare/full/x.js", ""),
    ("directory", "/spare/empty"),
)  # fmt: skip


class Scene(NamedTuple):
    """A tree, and what is asked in it."""

    name: str
    tree: tuple[Edit, ...]
    question: Question


_NODE, _BROWSER, _BUNDLER = 0, 1, 3

SCENES = (
    Scene(
        "a file beside the importer",
        (
            ("write", "/p/package.json", '{"type": "module"}'),
            ("write", "/p/src/x.ts", ""),
            ("write", "/p/src/y.js", ""),
        ),
        Question(_BUNDLER, Kind.IMPORT, "/p/src", "./x.js"),
    ),
    Scene(
        "a package behind a link",
        (
            ("write", "/p/package.json", "{}"),
            ("directory", "/p/src/deep"),
            ("link", "/p/node_modules/a", "../store/a"),
            ("write", "/p/store/a/package.json", '{"name": "a", "main": "lib"}'),
            ("write", "/p/store/a/lib/index.js", ""),
            ("write", "/p/store/a/other.js", ""),
        ),
        Question(_NODE, Kind.REQUIRE, "/p/src/deep", "a"),
    ),
    Scene(
        "paths of an extended tsconfig",
        (
            ("write", "/p/tsconfig.json", '{"extends": "./base.json"}'),
            ("write", "/p/base.json", '{"compilerOptions": {"paths": {"@/*": ["./lib/*"]}}}'),
            ("write", "/p/lib/x/index.ts", ""),
            ("write", "/p/other/x.ts", ""),
            ("directory", "/p/src"),
        ),
        Question(_BUNDLER, Kind.IMPORT, "/p/src", "@/x"),
    ),
    Scene(
        "exports, remapped for the browser",
        (
            ("directory", "/p/src"),
            (
                "write",
                "/p/node_modules/a/package.json",
                '{"exports": {"./x": {"import": "./x.mjs", "default": "./x.js"}}, "browser": {"./x.mjs": "./lib/b.js"}}',
            ),
            ("write", "/p/node_modules/a/x.mjs", ""),
            ("write", "/p/node_modules/a/lib/b.js", ""),
        ),
        Question(_BROWSER, Kind.IMPORT, "/p/src", "a/x"),
    ),
    Scene(
        "imports, through a linked manifest",
        (
            ("link", "/p/package.json", "shared/package.json"),
            ("write", "/p/shared/package.json", '{"imports": {"#x": "./src/x.js"}}'),
            ("write", "/p/src/x.js", ""),
            ("write", "/p/other.js", ""),
        ),
        Question(_NODE, Kind.IMPORT, "/p/src", "#x"),
    ),
    Scene(
        "a package that names itself, asked through a linked directory",
        (
            ("write", "/p/real/package.json", '{"name": "a", "exports": "./lib/x.js"}'),
            ("write", "/p/real/lib/x.js", ""),
            ("write", "/p/real/other.js", ""),
            ("link", "/p/src", "real/lib"),
        ),
        Question(_BUNDLER, Kind.IMPORT, "/p/src", "a"),
    ),
    Scene(
        "a package that is not there",
        (("write", "/p/src/x.js", ""), ("directory", "/p/node_modules/b"), ("directory", "/node_modules")),
        Question(_NODE, Kind.REQUIRE, "/p/src", "a"),
    ),
)


class Mutation(NamedTuple):
    """Something that another process does to a path, in one go as far as the resolver can see."""

    path: str
    name: str
    edits: tuple[Edit, ...]


def mutations(path: str, kind: EntryKind | None) -> Iterator[Mutation]:
    """Give everything that may happen to what is at a path, or is not there."""
    if path == "/":
        yield from _modes(path)
    elif kind is None:
        yield from _creations(path)
    elif kind is EntryKind.FILE:
        yield from _departures(path)
        yield from _file(path)
    elif kind is EntryKind.DIRECTORY:
        yield from _departures(path)
        yield from _directory(path)
        yield from _modes(path)
    else:
        yield from _departures(path)
        yield from _link(path)


def _spare_for(path: str) -> str:
    name = name_of(path)
    return {"package.json": "/spare/package.json", "tsconfig.json": "/spare/tsconfig.json"}.get(name, "/spare/file.js")


def _text_for(path: str) -> str:
    return next((edit[2] for edit in SPARE if edit[:2] == ("write", _spare_for(path))), "")


def _creations(path: str) -> Iterator[Mutation]:
    yield Mutation(path, "create", (("write", path, _text_for(path)),))
    yield Mutation(path, "create a directory", (("write", f"{path}/index.js", ""),))
    yield Mutation(path, "create a link", (("link", path, _spare_for(path)),))
    yield Mutation(path, "create a link to a directory", (("link", path, "/spare/full"),))
    yield Mutation(path, "move a file in", (("rename", _spare_for(path), path),))
    yield Mutation(path, "move a directory in", (("rename", "/spare/full", path),))


def _departures(path: str) -> Iterator[Mutation]:
    yield Mutation(path, "delete", (("remove", path),))
    yield Mutation(path, "rename away", (("rename", path, "/spare/away"),))


def _file(path: str) -> Iterator[Mutation]:
    text = _text_for(path)
    yield Mutation(path, "replace by rename", (("replace", path, text),))
    yield Mutation(path, "edit", (("write", path, text),))
    yield Mutation(path, "break", (("write", path, "{"),))
    yield Mutation(
        path, "edit by another name", (("hardlink", "/spare/other-name", path), ("write", "/spare/other-name", text))
    )
    yield Mutation(path, "become a directory", (("remove", path), ("write", f"{path}/index.js", "")))
    yield Mutation(path, "become a link", (("relink", path, _spare_for(path)),))
    yield Mutation(path, "forbid", (("mode", path, "000"),))


def _directory(path: str) -> Iterator[Mutation]:
    yield Mutation(path, "exchange", (("exchange", path, "/spare/full"),))
    yield Mutation(path, "exchange for an empty one", (("exchange", path, "/spare/empty"),))
    yield Mutation(path, "become a file", (("rename", path, "/spare/away"), ("write", path, "")))
    yield Mutation(path, "become a link to another", (("rename", path, "/spare/away"), ("link", path, "/spare/full")))
    yield Mutation(path, "become a link to itself", (("rename", path, "/spare/away"), ("link", path, "/spare/away")))


def _link(path: str) -> Iterator[Mutation]:
    yield Mutation(path, "retarget", (("link", path, "/spare/full"),))
    yield Mutation(path, "retarget by rename", (("relink", path, _spare_for(path)),))
    yield Mutation(path, "dangle", (("link", path, "nowhere"),))
    yield Mutation(path, "loop", (("link", path, name_of(path)),))
    yield Mutation(path, "become a file", (("replace", path, _text_for(path)),))
    yield Mutation(path, "become a directory", (("remove", path), ("rename", "/spare/full", path)))


def _modes(path: str) -> Iterator[Mutation]:
    for mode in ("000", "311", "444"):
        yield Mutation(path, f"mode {mode}", (("mode", path, mode),))
