"""A workspace on disk with 20,000 questions: ten packages of ten directories, each of which asks 200."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from resolverd_client import Question

PACKAGES = 10
DIRECTORIES = 10
"""Directories of a package."""
MODULES = 20
"""Modules of a directory, each asked for with its extension and without."""
DEPENDENCIES = 100
SUBPATHS = 60
"""Dependencies that are also asked for `extra`, which they do not have."""
ASKED = 2 * MODULES + DEPENDENCIES + SUBPATHS
"""Questions of a directory."""


def plant(root: Path) -> None:
    for directory in directories(root):
        directory.mkdir(parents=True)
        for number in range(MODULES):
            (directory / f"m{number}.js").touch()
    for package in range(PACKAGES):
        (root / f"packages/p{package}/package.json").write_text(f'{{"name": "p{package}"}}')
    for number in range(DEPENDENCIES):
        dependency = root / f"node_modules/dep{number}"
        dependency.mkdir(parents=True)
        (dependency / "package.json").write_text('{"main": "one.js"}')
        (dependency / "one.js").touch()
        (dependency / "two.js").touch()


def directories(root: Path) -> Iterator[Path]:
    for package in range(PACKAGES):
        for number in range(DIRECTORIES):
            yield root / f"packages/p{package}/src{number}"


def questions(root: Path) -> list[Question]:
    specifiers = [
        *(f"./m{number}" for number in range(MODULES)),
        *(f"./m{number}.js" for number in range(MODULES)),
        *(f"dep{number}" for number in range(DEPENDENCIES)),
        *(f"dep{number}/extra" for number in range(SUBPATHS)),
    ]
    asked = [
        Question(specifier, os.fspath(directory), is_file=False)
        for directory in directories(root)
        for specifier in specifiers
    ]
    assert len(asked) == 20_000
    return asked
