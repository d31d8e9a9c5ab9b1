"""The example project of clients/node, as somebody has it who has cloned it and installed nothing yet."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.e2e.command import SECONDS
from tests.e2e.live import require

SOURCE = Path(__file__).parents[3]

T = TypeVar("T")


class Project:
    """A checkout of the shop, and npm."""

    def __init__(self, root: Path) -> None:
        require("git", "--version")
        require("npm", "--version")
        self.root = root
        shutil.copytree(SOURCE / "clients/node/examples/shop", root)
        subprocess.run(("git", "init", "--quiet"), cwd=root, check=True)

    @property
    def installing(self) -> tuple[str, ...]:
        """The command that installs all that is missing, without asking anybody elsewhere for it."""
        folders = (*self.root.glob("vendor/*"), self.root / "packages/ui")
        packages = (f"./{folder.relative_to(self.root)}" for folder in folders)
        return ("npm", "install", "--install-links", "--offline", "--no-audit", "--no-fund", *packages)

    def install(self) -> None:
        """Install all that is missing, as a user does in a terminal."""
        subprocess.run(self.installing, cwd=self.root, check=True, capture_output=True)


def until(look: Callable[[], T], wanted: T) -> None:
    """Look again and again until what is seen is what is wanted: it comes by itself, from another process."""
    deadline = time.monotonic() + SECONDS
    while (seen := look()) != wanted:
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)


def settings_of(editor: str, language: str) -> str:
    """The lines that the README of an editor's glue tells its user to write."""
    text = (SOURCE / "clients" / editor / "README.md").read_text()
    found = re.search(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]
