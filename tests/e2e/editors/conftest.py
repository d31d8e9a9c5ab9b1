"""A user with a project, in each of the editors that there is glue for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.e2e.command import Home, home
from tests.e2e.editors.emacs import Emacs
from tests.e2e.editors.neovim import Neovim
from tests.e2e.editors.projects import SOURCE, Project
from tests.endnotes import add


class Screen(Protocol):
    """What a user does in an editor, and sees in its one window."""

    def open(self, file: Path) -> None:
        """Open a file, and wait until it is served."""
        ...

    def file(self) -> Path:
        """Give the file that is seen."""
        ...

    def underlined(self) -> list[str]:
        """Give the texts that something is said about."""
        ...

    def jump(self, text: str) -> None:
        """Go to the definition of a text that is seen."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Move a file or a directory by the command of the glue."""
        ...

    def write(self, line: str) -> None:
        """Write a line on top of the file, and do not save it."""
        ...

    def text(self) -> str:
        """Give the text that is seen."""
        ...

    def unsaved(self) -> list[Path]:
        """Give the files with changes that were not saved."""
        ...

    def said(self) -> str:
        """Give all messages so far."""
        ...

    def end(self) -> None:
        """Leave, whatever has changed."""
        ...


@pytest.fixture(scope="module")
def user() -> Iterator[Home]:
    """Somebody with a checkout where the READMEs have it, and `resolverd` in the path."""
    with home(PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}") as made:
        made.environment["HOME"] = str(made.root)
        (made.root / "src").mkdir()
        (made.root / "src/resolverd").symlink_to(SOURCE)
        yield made


@pytest.fixture(scope="module", params=[Neovim, Emacs])
def screen(request: pytest.FixtureRequest, user: Home) -> Iterator[Screen]:
    if (why := request.param.missing()) is not None:
        add(request.config, "editors", f"skipped: {why}")
        pytest.skip(why)
    started: Screen = request.param(user)
    try:
        yield started
    finally:
        started.end()


@pytest.fixture(scope="module")
def project(screen: Screen, user: Home) -> Project:
    """A project for each editor; it is not looked for where there is no editor."""
    return Project(user.root / type(screen).__name__)
