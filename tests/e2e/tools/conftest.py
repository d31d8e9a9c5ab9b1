from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL, SIGSTOP

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


@pytest.fixture(params=[SIGSTOP, SIGKILL], ids=["stopped", "killed"])
def silenced(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The socket of a daemon that a signal meets at its seventh question."""
    patch = (
        "import itertools, os, resolverd.service.handlers as h; asked, reply = itertools.count(), h.Session._reply; "
        "h.Session._reply = lambda session, request: (type(request).__name__ in ('Resolve', 'Trace') and "
        f"next(asked) == 6 and os.kill(os.getpid(), {int(request.param)})) or reply(session, request)"
    )
    with home() as other, other.other_daemon(patch) as daemon:
        yield other.socket
        daemon.kill()
