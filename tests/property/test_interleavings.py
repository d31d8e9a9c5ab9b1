"""Whatever another process does in the midst of a cold resolve is in the next answer.

A part of all interleavings, as an ordinary user and as root; `make faults` plays all of them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.property import box

ROOT = Path(__file__).parents[2]
SHARE = "23"
"""A prime: the paths and what happens to them must not come round in step with it."""


@pytest.mark.parametrize("user", [(), ("--as-root",)], ids=["as an ordinary user", "as root"])
def test_no_change_within_a_resolve_is_lost(user: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "tests.property.interleavings", "--share", SHARE, *user]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == box.REFUSED:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr
