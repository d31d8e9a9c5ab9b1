"""By which profile the imports of a file are resolved: the editor's word, else the project's, else `bundler`.

    [editor]                # in resolverd.toml, the nearest above the file
    profile = "app"

The facts. The daemon reads resolverd.toml when a profile of it is opened, which is once on a connection; when somebody edits
it, nobody is told.

What we do. Every resolverd.toml that was looked for is known by its stamp, there or not there, and `renew` looks at them again.
"""

from __future__ import annotations

import os
import tomllib
from typing import cast

import msgspec

from resolverd.paths import ancestors, join, parent_of
from resolverd_lsp.workspace import Stamp, stamp_of

FILE = "resolverd.toml"

_DEFAULT = "bundler"


class Choice(msgspec.Struct, frozen=True):
    """The profile that a file's imports are resolved by, and the directory of the resolverd.toml that may define it."""

    profile: str = _DEFAULT
    project: str | None = None


class _Project(msgspec.Struct, frozen=True):
    stamp: Stamp
    profile: str | None


class Choices:
    """Knows the projects that files are in. `profile` is what the editor says, if it says anything."""

    __slots__ = ("_projects", "profile")

    def __init__(self) -> None:
        self.profile: str | None = None
        self._projects: dict[str, _Project | None] = {}

    def fresh(self) -> Choices:
        """Give choices that have looked at nothing yet, for many files at once or for another thread."""
        fresh = Choices()
        fresh.profile = self.profile
        return fresh

    def of(self, path: str) -> Choice:
        """Give the choice for a file."""
        for directory in ancestors(parent_of(path)):
            if directory not in self._projects:
                self._projects[directory] = _look(directory)
            project = self._projects[directory]
            if project is not None:
                return Choice(self.profile or project.profile or _DEFAULT, directory)
        return Choice(self.profile or _DEFAULT)

    def renew(self) -> bool:
        """Look at the projects again; whether anything about them is another than before."""
        before = self._projects
        self._projects = {
            directory: known if _stamp(directory) == (known and known.stamp) else _look(directory)
            for directory, known in before.items()
        }
        return self._projects != before


def _stamp(directory: str) -> Stamp | None:
    try:
        return stamp_of(os.stat(join(directory, FILE)))
    except OSError:
        return None


def _look(directory: str) -> _Project | None:
    stamp = _stamp(directory)
    if stamp is None:
        return None
    try:
        with open(join(directory, FILE), "rb") as file:
            editor = tomllib.load(file).get("editor")
    except (OSError, ValueError, RecursionError):
        # Whoever opens a profile of it is told what is wrong.
        return _Project(stamp, None)
    profile = cast("dict[str, object]", editor).get("profile") if isinstance(editor, dict) else None
    return _Project(stamp, profile if isinstance(profile, str) else None)
