"""Measure, and write RESULTS.md: `python -m tests.bench.driver [SECTION...]`, all sections by default.

What was measured is kept in `results.json` beside it, so that one section can be measured anew.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

import msgspec

from tests.bench import fresh, language_servers, lint, memory, round_trips, routes, side_by_side, warm_calls
from tests.bench.ground import HERE, Ground, open_ground
from tests.differential.install import Unavailable

_Measured = TypeVar("_Measured")


class Section(NamedTuple, Generic[_Measured]):
    """A heading of RESULTS.md: what is measured, in which shape it is kept, and how it is told."""

    title: str
    measure: Callable[[Ground], _Measured]
    kept: type[_Measured]
    report: Callable[[_Measured], str]


SECTIONS = {
    "warm": Section("Warm calls in Node, by turns", warm_calls.measure, warm_calls.Measured, warm_calls.report),
    "fresh": Section("A fresh Node process", fresh.measure, fresh.Measured, fresh.report),
    "memory": Section("Memory of many tools", memory.measure, memory.Measured, memory.report),
    "routes": Section("Matching routes", routes.measure, routes.Measured, routes.report),
    "lint": Section("ESLint on the workspace", lint.measure, lint.Measured, lint.report),
    "wire": Section("Round trips", round_trips.measure, round_trips.Measured, round_trips.report),
    "editing": Section(
        "Beside TypeScript's language server",
        language_servers.measure,
        language_servers.Measured,
        language_servers.report,
    ),
    "passes": Section(
        "Every resolver side by side", side_by_side.measure, list[side_by_side.Round], side_by_side.report
    ),
}


class Kept(msgspec.Struct):
    """One section's figures, and the machine and day that they are of."""

    machine: str
    measured: msgspec.Raw


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.driver", description="Measure side by side.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; default: all")
    arguments = parser.parse_args()
    path = HERE / "results.json"
    results = msgspec.json.decode(path.read_bytes(), type=dict[str, Kept]) if path.exists() else {}
    try:
        with open_ground() as ground:
            for name in arguments.sections or SECTIONS:
                print(f"{name} ", end="", file=sys.stderr, flush=True)
                measured = msgspec.json.encode(SECTIONS[name].measure(ground))
                results[name] = Kept(machine(ground), msgspec.Raw(measured))
                path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=0))
                print(file=sys.stderr)
    except Unavailable as why:
        sys.exit(f"bench: {why}")
    (HERE / "RESULTS.md").write_text(report(results))
    if importlib.util.find_spec("matplotlib"):
        draw(results)


def report(results: dict[str, Kept]) -> str:
    parts = [_HEAD]
    for name, section in SECTIONS.items():
        if name in results:
            kept = results[name]
            told = section.report(msgspec.json.decode(kept.measured, type=section.kept))
            parts.append(f"## {section.title}\n\n`python -m tests.bench.driver {name}`: {kept.machine}.\n\n{told}")
    return "\n".join(parts)


def draw(results: dict[str, Kept]) -> None:
    """Draw what there is; matplotlib is not installed everywhere."""
    from tests.bench import plots  # noqa: PLC0415  as above

    def kept(name: str, shape: type[_Measured]) -> _Measured | None:
        return msgspec.json.decode(results[name].measured, type=shape) if name in results else None

    if rounds := kept("passes", list[side_by_side.Round]):
        plots.draw_passes(rounds)
    if (starts := kept("fresh", fresh.Measured)) and (held := kept("memory", memory.Measured)):
        plots.draw_tools(starts, held)


def machine(ground: Ground) -> str:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    names = ("oxc-resolver", "unrs-resolver", "rspack-resolver", "enhanced-resolve", "typescript")
    peers = ", ".join(f"{name} {_version(ground, name)}" for name in names)
    day = datetime.now(UTC).date()
    return f"{day}, {os.cpu_count()} cores, Python {platform.python_version()}, Node {node}, {peers}"


class _Manifest(msgspec.Struct):
    version: str


def _version(ground: Ground, name: str) -> str:
    manifest = ground.peers / "node_modules" / name / "package.json"
    return msgspec.json.decode(manifest.read_bytes(), type=_Manifest).version


_HEAD = """\
# Figures

Written by `make bench` (`python -m tests.bench.driver`); needs Node, npm and its registry. Ratios count: the machine is shared, and
what stands beside each other was measured by turns in one run. Lower is less time.

![CPU of each pass](passes.png)
![Fresh tools, and many tools](tools.png)
"""


if __name__ == "__main__":
    main()
