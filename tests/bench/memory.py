"""Memory of N tools that have all asked the same rows: each with a cache of its own, or all with one daemon's."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from pathlib import Path

from tests.bench.ground import CLIENT, OPTIONS, SCRIPTS, Ground
from tests.soak.daemon import running_daemon

TOOLS = (1, 4, 8)
WAYS = {"oxc": "oxc-resolver, a cache in each", "resolverd": "resolverd, one daemon"}

Measured = dict[str, dict[str, float]]
"""By number of tools, by way, the bytes that resolving adds to all of them."""


def measure(ground: Ground) -> Measured:
    return {str(tools): {way: _added(ground, way, tools) for way in WAYS} for tools in TOOLS}


def _added(ground: Ground, way: str, tools: int) -> float:
    """The proportional set size of all processes, less that of as many which have read the rows and asked nothing."""
    idle = _held(ground, "none", tools, {})
    if way == "oxc":
        return _held(ground, way, tools, {}) - idle
    with running_daemon() as daemon:
        settings = ground.koffi | {"RESOLVERD_SOCKET": daemon.client.socket}
        return _held(ground, way, tools, settings, daemon.pid) - idle


def _held(ground: Ground, way: str, tools: int, settings: dict[str, str], *others: int) -> float:
    script = (SCRIPTS / "holding.cjs", CLIENT, ground.peers, ground.workspace, ground.rows, OPTIONS, way)
    command = ("node", "--expose-gc", *script)
    with contextlib.ExitStack() as running:
        pids = list(others)
        for _ in range(tools):
            tool = running.enter_context(
                subprocess.Popen(command, env=os.environ | settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )
            assert tool.stdout is not None
            assert tool.stdout.readline() == b"ready\n"
            pids.append(tool.pid)
        return float(sum(map(_proportional, pids)))


def _proportional(pid: int) -> int:
    """Bytes of a process; of what it shares, its share."""
    match = re.search(r"^Pss: +(\d+) kB$", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert match is not None
    return int(match[1]) * 1024


def report(measured: Measured) -> str:
    lines = [
        f"| {tools} | " + " | ".join(f"{by_way[way] / 1e6:.1f}" for way in WAYS) + " |\n"
        for tools, by_way in measured.items()
    ]
    return _HEAD.format(*WAYS.values()) + "".join(lines)


_HEAD = """\
Node processes that have each asked all rows and go on running: megabytes (proportional set size) that this adds to as many which
have only read the rows; with resolverd the whole daemon is counted, Python and all.

| tools | {} | {} |
|--:|--:|--:|
"""
