from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.differential.install import Unavailable, install
from tests.e2e.command import Home, home
from tests.e2e.tools.projects import Project


@pytest.fixture(scope="session")
def user() -> Iterator[Home]:
    """A home with a daemon; clients start no other."""
    if not shutil.which("node"):
        pytest.skip("Node is not installed")
    try:
        install("adapters")
    except Unavailable as why:
        pytest.skip(str(why))
    with home(RESOLVERD_NO_AUTOSTART="1") as made:
        made.run("start")
        yield made


@pytest.fixture
def project(user: Home, tmp_path: Path) -> Project:
    return Project(tmp_path.resolve() / "shop", user)
