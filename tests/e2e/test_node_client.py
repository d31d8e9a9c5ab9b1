"""The JavaScript client, tested by Node against a daemon of the test's own; with koffi where it can be installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.differential.install import Unavailable, install
from tests.e2e.command import home

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients" / "node"
SECONDS = 240


def _koffi() -> Path | None:
    """Where koffi is installed; None where it cannot be, and the client does without."""
    try:
        return install("node_client") / "node_modules"
    except Unavailable:
        return None


@pytest.mark.skipif(not shutil.which("node"), reason="Node is not installed")
def test_the_javascript_client() -> None:
    with home() as user:
        user.run("start")
        environment = user.environment | {
            "RESOLVERD_SOCKET": str(user.socket),
            "SHOP": str(user.workspace),
            "PID": str(user.pid()),
            "VECTORS": str(ROOT / "clients" / "vectors"),
            "NODE_PATH": str(_koffi() or ""),
        }
        done = subprocess.run(
            ("node", "--test", PACKAGE / "test"),
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
