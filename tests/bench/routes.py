"""Matching URLs with few and with many routes: our routers beside Bun's, by turns over the same directories of pages."""

from __future__ import annotations

import contextlib
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

from resolverd.cache.engine import Engine
from resolverd.routes.file_system_router import FileSystemRouter
from resolverd.watch.inotify import Inotify
from tests.bench.ground import CLIENT, SCRIPTS, Ground
from tests.differential.install import install
from tests.soak.daemon import running_daemon

SIZES = (100, 1_000, 10_000)
ROUNDS = 9
ASKED = 2_000
EACH = 50
"""Pages of a kind in one directory."""

MEASURES = {
    "static": "a page without parameters",
    "dynamic": "a page below a parameter",
    "none": "no page",
    "flight": f"a page below a parameter, {ASKED:,} in flight",
    "created": "the first match after a page was created (Bun: `reload()` and match)",
    "opened": "a new router and its first match",
}
WAYS = {"engine": "resolverd, in process", "node": "resolverd, Node", "bun": "Bun"}

Ask = Callable[[str], float]
Measured = dict[str, dict[str, dict[str, list[float]]]]
"""By number of routes, by measure, by way: microseconds a match, one figure a round."""


def measure(ground: Ground) -> Measured:
    """Raises `Unavailable`."""
    (bun,) = (install("tools") / "node_modules/@oven").glob("bun-linux-*/bin/bun")
    measured: Measured = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as scratch, running_daemon() as daemon, contextlib.ExitStack() as stack:
            root, given = Path(scratch).resolve() / "pages", Path(scratch) / "urls.json"
            urls = _plant(root, size)
            given.write_text(json.dumps(urls))
            ours = os.environ | ground.koffi | {"RESOLVERD_SOCKET": daemon.client.socket}
            script = (SCRIPTS / "routes.cjs", root, given)
            ways = {
                "engine": _in_process(root, urls),
                "node": stack.enter_context(_process(urls, ("node", *script, CLIENT), ours)),
                "bun": stack.enter_context(_process(urls, (bun, *script), os.environ)),
            }
            measured[str(size)] = _by_turns(ways, root)
    return measured


def _plant(root: Path, size: int) -> dict[str, list[str]]:
    """Create pages; the URLs to ask for, by measure."""
    chance = random.Random(size)
    for number in range(size // 2):
        (root / f"d{number // EACH}" / "[id]").mkdir(parents=True, exist_ok=True)
        (root / f"d{number // EACH}" / f"page{number}.tsx").touch()
        (root / f"d{number // EACH}" / "[id]" / f"edit{number}.tsx").touch()
    numbers = [chance.randrange(size // 2) for _ in range(ASKED)]
    dynamic = [f"/d{number // EACH}/{nth}/edit{number}" for nth, number in enumerate(numbers)]
    return {
        "opened": ["/d0/page0"],
        "static": [f"/d{number // EACH}/page{number}" for number in numbers],
        "dynamic": dynamic,
        "flight": dynamic,
        "none": [f"/d{number // EACH}/{nth}/none" for nth, number in enumerate(numbers)],
        "created": ["/d0/created"],
    }


def _by_turns(ways: dict[str, Ask], root: Path) -> dict[str, dict[str, list[float]]]:
    found: dict[str, dict[str, list[float]]] = {name: {way: [] for way in ways} for name in MEASURES}
    for _ in range(ROUNDS):
        for name in ("opened", "static", "dynamic", "none", "flight"):
            for way, ask in ways.items():
                if (name, way) not in _NO_WAY:
                    found[name][way].append(ask(name))
        for way, ask in ways.items():
            (root / "d0" / "created.tsx").touch()
            found["created"][way].append(ask("created"))
            (root / "d0" / "created.tsx").unlink()
    return found


_NO_WAY = {("flight", "engine"), ("flight", "bun")}


def _in_process(root: Path, urls: dict[str, list[str]]) -> Ask:
    router: FileSystemRouter | None = None

    def ask(name: str) -> float:
        nonlocal router
        begun = time.perf_counter()
        if name == "opened" or router is None:
            router = FileSystemRouter(Engine(watcher=Inotify()), str(root))
        match = router.match
        found = sum(match(url) is not None for url in urls[name])
        taken = time.perf_counter() - begun
        return _told(taken * 1e6 / len(urls[name]), found, name, urls)

    return ask


@contextlib.contextmanager
def _process(
    urls: dict[str, list[str]], command: tuple[str | Path, ...], environment: dict[str, str] | os._Environ[str]
) -> Generator[Ask]:
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment
    ) as process:

        def ask(name: str) -> float:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{name}\n")
            taken, found = process.stdout.readline().split()
            return _told(float(taken), int(found), name, urls)

        yield ask


def _told(taken: float, found: int, name: str, urls: dict[str, list[str]]) -> float:
    """Give the time, of those who matched what there is to match."""
    assert found == (0 if name == "none" else len(urls[name])), (name, found)
    return taken


def report(measured: Measured) -> str:
    """Lay the figures out."""
    lines = [_HEAD.format(rounds=ROUNDS)]
    for name, text in MEASURES.items():
        for size, by_measure in measured.items():
            middles = {way: statistics.median(times) for way, times in by_measure[name].items() if times}
            cells = [f"{middles[way]:,.1f}" if way in middles else "" for way in WAYS]
            lines.append(f"| {text} | {int(size):,} | {' | '.join(cells)} |\n")
    return "".join(lines)


_HEAD = """\
Half of the routes have no parameter, half have one with a page below it, fifty of each in a directory. Microseconds a match, medians
of {rounds} rounds by turns. Ours looks for changes before each match; Bun's shows none before it is told to `reload()`. In Node each match is a
round trip to the daemon, through koffi, or one of many in flight of the asynchronous client.

| | routes | {ways} |
|---|--:|{lines}|
""".replace("{ways}", " | ".join(WAYS.values())).replace("{lines}", "|".join("--:" for _ in WAYS))
