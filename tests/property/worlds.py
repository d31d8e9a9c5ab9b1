"""What random trees are made of, the edits that are made in them, and what is asked.

Few names in few places, so that edits meet what was asked: a name is created where it was missed, a directory is moved
from under an answer, a link is turned to where another one was. Everything is a tuple of words and numbers, so that a
run is a list that can be printed, cut down and played again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import NamedTuple

from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import Profile, named_profile, single
from resolverd.terms import Kind

Edit = tuple[str, ...]
"""A verb of `tests.conformance.edits` and its operands; paths are absolute."""

DIRECTORIES = (
    "/p",
    "/p/src",
    "/p/src/deep",
    "/p/node_modules",
    "/p/node_modules/a",
    "/p/node_modules/a/lib",
    "/p/node_modules/a/node_modules",
    "/p/node_modules/a/node_modules/b",
    "/p/node_modules/b",
    "/p/packages/b",
    "/p/src/node_modules/a",
)
FILES = ("index.js", "main.js", "x.js", "x.ts", "x", "lib.js", "b.js")
SPECIFIERS = (
    "./x",
    "./x.js",
    "../x",
    ".",
    "a",
    "a/x",
    "a/lib",
    "b",
    "b/x",
    "#x",
    "self",
    "self/x",
    "a/lib/x.js",
    "./deep",
)
ORIGINS = ("/p", "/p/src", "/p/src/deep", "/p/node_modules/a", "/p/node_modules/b", "/p/packages/b", "/p/gone")
TARGETS = ("./x.js", "./main.js", "./lib", "./lib/x.js", "../x.js", "b", None)
LINKS = ("/p/packages/b", "../../packages/b", "../src", "/p/node_modules/a/x.js", "x.js", "loop", "..", "nowhere/x.js")

_POOL = 12
"""Questions of an episode."""

_SPECIFIERS = (*SPECIFIERS, "@/x", "@/lib/x.js", "x", "/p/src/x")
_MOVABLE = (*DIRECTORIES, "/p/packages", "/p/aside", "/q", "/p/src/node_modules")
_LINKS = (*LINKS, "../..", "package.json", "/p/packages/b/package.json", "/p/tsconfig.json", "../../..", "/q")
_MANIFESTS = ("package.json", "tsconfig.json")
_NAMES = (*FILES, *_MANIFESTS)
_MODES = ("755", "755", "755", "644", "000", "311", "555", "444", "700")


SKELETON: tuple[Edit, ...] = (
    (
        "write",
        "/p/package.json",
        '{"name": "self", "exports": {".": "./index.js", "./x": "./src/x.js"}, "imports": {"#x": "./src/x.js"}}',
    ),
    ("write", "/p/tsconfig.json", '{"compilerOptions": {"paths": {"@/*": ["./src/*", "./packages/b/*"]}}}'),
    ("write", "/p/index.js", ""),
    ("write", "/p/x.js", ""),
    ("write", "/p/src/index.js", ""),
    ("write", "/p/src/x.js", ""),
    ("write", "/p/src/deep/x.js", ""),
    ("write", "/p/src/deep/index.js", ""),
    (
        "write",
        "/p/node_modules/a/package.json",
        '{"main": "./lib", "type": "module", "browser": {"./x.js": "./lib/x.js"}}',
    ),
    ("write", "/p/node_modules/a/x.js", ""),
    ("write", "/p/node_modules/a/lib/index.js", ""),
    ("write", "/p/node_modules/a/lib/x.js", ""),
    ("write", "/p/packages/b/package.json", '{"name": "b", "exports": {".": "./main.js", "./x": "./x.js"}}'),
    ("write", "/p/packages/b/main.js", ""),
    ("write", "/p/packages/b/x.js", ""),
    ("link", "/p/node_modules/b", "../packages/b"),
)
"""A tree in which most questions have an answer; edits begin with it and lead back to it."""


class Question(NamedTuple):
    """What is asked from a directory, under one of `settings()`."""

    settings: int
    kind: str
    directory: str
    specifier: str


@cache
def profiles() -> tuple[Profile, ...]:
    """What is asked with, in this process."""
    return tuple(
        named_profile(profile) if profile is not None else single("plain", "", parse_options(options))
        for profile, options in SETTINGS
    )


SETTINGS: tuple[tuple[str | None, dict[str, object]], ...] = (
    ("node", {}),
    ("browser", {}),
    (None, {"extensions": [".ts", ".js"], "symlinks": False, "alias": {"a": ["b", "a"]}}),
    ("bundler", {}),
    ("typescript", {}),
)
"""A profile's name, or options, as clients give them."""


class Ask(NamedTuple):
    """Ask these at once."""

    questions: tuple[Question, ...]


Step = Edit | Ask
"""What a run is a list of. After each `Ask` the invariants have to hold as well."""


def episode(random: Random, edits: int) -> Iterator[Step]:
    """Build a tree, then edit it so often; after each edit one of a few questions is asked, now and then all of them."""
    pool = tuple(_question(random) for _ in range(_POOL))
    yield from SKELETON
    for _ in range(random.randrange(8)):
        yield _edit(random)
    yield Ask(pool)
    for number in range(edits):
        yield _edit(random)
        yield Ask(pool if number % _POOL == _POOL - 1 else (random.choice(pool),))


def _question(random: Random) -> Question:
    kind = random.choice((Kind.IMPORT, Kind.REQUIRE))
    return Question(random.randrange(len(SETTINGS)), kind.value, random.choice(ORIGINS), random.choice(_SPECIFIERS))


def _restore(random: Random) -> Edit:
    return random.choice(SKELETON)


def _edit(random: Random) -> Edit:
    return random.choice(_EDITS)(random)


def _path(random: Random, names: tuple[str, ...] = _NAMES) -> str:
    return f"{random.choice(DIRECTORIES)}/{random.choice(names)}"


def _write(random: Random) -> Edit:
    return "write", _path(random, FILES), ""


def _write_manifest(random: Random) -> Edit:
    return random.choice(("write", "write", "replace")), *_manifest(random)


def _manifest(random: Random) -> tuple[str, str]:
    """Where a manifest is written, and what."""
    name = random.choice(("package.json", "package.json", "tsconfig.json"))
    fields = _package(random) if name == "package.json" else _tsconfig(random)
    text = "{" if random.random() < 0.1 else json.dumps(fields)
    return f"{random.choice(DIRECTORIES)}/{name}", text


def _package(random: Random) -> dict[str, object]:
    target = random.choice(TARGETS)
    fields: dict[str, object] = {
        "name": random.choice(("self", "a", "b")),
        "type": random.choice(("module", "commonjs", 1)),
        "main": random.choice(("x", "./lib", "main.js", "missing", ".")),
        "exports": random.choice(
            (target, {".": target, "./x": "./x.js"}, {"./*": target}, {"import": target, "default": "./main.js"})
        ),
        "imports": {random.choice(("#x", "#*")): target},
        "browser": {random.choice(("./x.js", "a", "b")): random.choice(("./main.js", False, "b"))},
        "sideEffects": random.choice((False, ["*.ts"])),
    }
    return {name: value for name, value in fields.items() if random.random() < 0.4}


def _tsconfig(random: Random) -> dict[str, object]:
    compiler: dict[str, object] = {
        "baseUrl": random.choice((".", "./src", "..")),
        "paths": {"@/*": [random.choice(("./src/*", "./*", "./packages/b/*", "../*"))]},
    }
    extends = random.choice(("./tsconfig.json", "../tsconfig.json", "a", "a/tsconfig.json", "/p/src/tsconfig.json"))
    fields: dict[str, object] = {} if random.random() < 0.5 else {"extends": extends}
    return fields | {"compilerOptions": {name: value for name, value in compiler.items() if random.random() < 0.7}}


def _remove(random: Random) -> Edit:
    return "remove", _path(random)


def _remove_directory(random: Random) -> Edit:
    return "remove", random.choice(_MOVABLE)


def _rename(random: Random) -> Edit:
    return "rename", _path(random), _path(random)


def _move(random: Random) -> Edit:
    return "rename", random.choice(_MOVABLE), random.choice(_MOVABLE)


def _move_back(_random: Random) -> Edit:
    return "rename", "/q", "/p"


def _exchange(random: Random) -> Edit:
    return "exchange", random.choice(_MOVABLE), random.choice(_MOVABLE)


def _link(random: Random) -> Edit:
    return random.choice(("link", "relink")), _path(random, (*_NAMES, "loop", "b")), random.choice(_LINKS)


def _link_directory(random: Random) -> Edit:
    return "link", random.choice(DIRECTORIES[1:]), random.choice(_LINKS)


def _hardlink(random: Random) -> Edit:
    name = random.choice(_MANIFESTS)
    return "hardlink", _path(random, (name,)), _path(random, (name, name, "x.js"))


def _chmod(random: Random) -> Edit:
    return "mode", random.choice((_path(random), random.choice(DIRECTORIES))), random.choice(_MODES)


def _open_up(random: Random) -> Edit:
    return "mode", random.choice(DIRECTORIES), "755"


_EDITS: tuple[Callable[[Random], Edit], ...] = (
    *(_restore, _restore, _restore, _restore, _restore, _write, _write, _write_manifest, _write_manifest),
    *(_remove, _remove, _remove_directory, _rename, _move, _move, _move_back, _exchange),
    *(_link, _link, _link_directory, _hardlink, _chmod, _open_up),
)
