"""What is asked and busted again and again: nine directories in several furnishings, and a project with a miss in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

DIRECTORIES = (
    "",
    "blog",
    "blog/[slug]",
    "blog/archive",
    "shop",
    "shop/cart",
    "shop/[item]",
    "shop/[item]/reviews",
    "api",
)


class Furnishing(NamedTuple):
    """Which manifests each of the nine directories has."""

    name: str
    has_package: bool = False
    has_tsconfig: bool = False

    @property
    def found(self) -> int:
        """How many of `page_questions` have an answer."""
        relative = 2 * len(DIRECTORIES) - 1  # nothing is above the first directory
        return relative + len(DIRECTORIES) * (2 * self.has_package + self.has_tsconfig)


FURNISHINGS = (
    Furnishing("plain"),
    Furnishing("package.json", has_package=True),
    Furnishing("tsconfig.json", has_tsconfig=True),
    Furnishing("both", has_package=True, has_tsconfig=True),
)


class Question(NamedTuple):
    """A specifier and the file that asks."""

    importer: str
    specifier: str


def plant_pages(furnishing: Furnishing, root: Path) -> None:
    for directory in DIRECTORIES:
        place = root / directory
        place.mkdir(parents=True, exist_ok=True)
        for name in (*_TARGETS, "page.ts"):
            (place / name).write_text("")
    write_manifests(furnishing, root, 0)


_TARGETS = ("index.js", "other.js")


def write_manifests(furnishing: Furnishing, root: Path, edition: int) -> None:
    """Write each directory's manifests: in every other edition other values, in as many bytes."""
    target = f"./{_TARGETS[edition % 2]}"
    for directory in DIRECTORIES:
        if furnishing.has_package:
            (root / directory / "package.json").write_text(json.dumps(_package(target)))
        if furnishing.has_tsconfig:
            (root / directory / "tsconfig.json").write_text(json.dumps(_tsconfig(target, is_base=not directory)))


def _package(target: str) -> dict[str, object]:
    return {
        "name": "pages",
        "exports": {".": target, "./*": {"import": "./*.js", "default": target}},
        "imports": {"#self": target},
        "browser": {"./page.ts": target},
        "sideEffects": [target],
        "scripts": {f"step-{number}": "node build.js" for number in range(20)},
    }


def _tsconfig(target: str, *, is_base: bool) -> Mapping[str, object]:
    paths = {"@page": [target]} | {f"@alias-{number}/*": [f"./{number}/*"] for number in range(20)}
    extends = {} if is_base else {"extends": "../tsconfig.json"}
    return extends | {"compilerOptions": {"baseUrl": ".", "paths": paths}}


def page_questions(root: Path) -> list[Question]:
    """From each directory: a file, the directory above, an alias, its own package, and two that are not there."""
    specifiers = ("./page", "..", "@page", "pages", "#self", "./not-there", "no-such-package")
    return [
        Question(str(root / directory / "index.js"), specifier) for directory in DIRECTORIES for specifier in specifiers
    ]


def plant_large_project(root: Path) -> None:
    """A package.json of 25 KB, as large projects have, beside which a look-up fails."""
    scripts = {f"script-{number}": "node ./scripts/run.js --with some --plain options" for number in range(380)}
    text = json.dumps({"name": "large", "version": "1.0.0", "scripts": scripts})
    assert 24_000 < len(text) < 27_000, len(text)
    (root / "package.json").write_text(text)
    (root / "index.js").write_text("")
