"""Right at the first question after any edit, whatever was asked and edited before: 20,000 random edits, a question each.

`make soak` plays a million of them on each ground. Each ground is a process of its own, all of them at once.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.property import box

ROOT = Path(__file__).parents[2]

RUNS = {
    "memory": ("memory", "8000"),
    "disk": ("disk", "7000"),
    "socket": ("socket", "3000"),
    "memory, 7 watches": ("memory", "1000", "--watches", "7"),
    "disk, 7 watches": ("disk", "1000", "--watches", "7"),
}
"""The ground and how many steps; 20,000 in all."""


@pytest.fixture(scope="module")
def runs() -> Generator[dict[str, subprocess.Popen[str]]]:
    started = {name: _start(*run) for name, run in RUNS.items()}
    yield started
    for process in started.values():
        with process:
            process.kill()


def _start(ground: str, steps: str, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.property.live", "--ground", ground, "--steps", steps, *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize("name", RUNS)
def test_warm_equals_cold_after_every_random_edit(runs: dict[str, subprocess.Popen[str]], name: str) -> None:
    process = runs[name]
    told, _ = process.communicate()
    if process.returncode == box.REFUSED:
        pytest.skip(told.strip())
    assert process.returncode == 0, told
