"""What one change costs a full pass over 20,000 live answers, beside a pass without: `python -m tests.bench.changes`.

The passes take turns, a warm one and one after a change, and each kind of change is given by the median of the ratios.
The time of the change itself is not counted; that of draining what it queued, and of resolving what it voided, is.
"""

from __future__ import annotations

import contextlib
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import named_profile
from resolverd.terms import Kind
from resolverd.watch.inotify import Inotify
from resolverd_client import Question
from tests.soak.daemon import running_daemon
from tests.unit.cache.wide_workspace import directories, plant, questions

ROUNDS = 25
LIMIT = 1.1

Pass = Callable[[], object]


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch).resolve()
        plant(root)
        asked = questions(root)
        worst = 0.0
        for name, opened in (("engine", in_process), ("daemon, in batches", over_the_socket)):
            with opened(asked) as ask_all:
                for change, make in changes(root).items():
                    warm, ratio = measure(ask_all, make)
                    worst = max(worst, ratio)
                    print(f"{name:<20}{change:<36}warm {warm * 1000:7.1f} ms   after the change x {ratio:.3f}")
    return worst > LIMIT


def changes(root: Path) -> dict[str, Callable[[int], object]]:
    """One change of each kind; the number of the round makes it another each time."""
    source, manifest = root / "packages/p1/src1/m3.js", root / "node_modules/dep5/package.json"
    return {
        "nothing": lambda _: None,
        "a source saved in place": lambda number: source.write_text(str(number)),
        "a source saved by a rename": lambda number: _replace(source, str(number)),
        "a file created that was asked for": lambda number: _flip(root / f"packages/p1/src{number % 10}/m3", number),
        "a file created that was not": lambda number: (root / f"packages/p1/new{number}.js").touch(),
        "a package.json edited": lambda number: manifest.write_text(f'{{"main": "{("one", "two")[number % 2]}.js"}}'),
        "every source of a directory saved": lambda number: _save_all(next(directories(root)), number),
    }


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(".saved")
    beside.write_text(text)
    beside.rename(path)


def _flip(path: Path, number: int) -> None:
    if number // 10 % 2:
        path.unlink()
    else:
        path.touch()


def _save_all(directory: Path, number: int) -> None:
    for path in directory.glob("m*.js"):
        _replace(path, str(number))


def measure(ask_all: Pass, change: Callable[[int], object]) -> tuple[float, float]:
    """The seconds of a warm pass, and how many times as long one takes after the change."""
    ask_all()
    warm: list[float] = []
    ratios: list[float] = []
    for number in range(ROUNDS):
        warm.append(_timed(ask_all))
        change(number)
        ratios.append(_timed(ask_all) / warm[-1])
    return statistics.median(warm), statistics.median(ratios)


def _timed(ask_all: Pass) -> float:
    begin = time.process_time()
    ask_all()
    return time.process_time() - begin


@contextlib.contextmanager
def in_process(asked: list[Question]) -> Generator[Pass]:
    watcher = Inotify()
    engine = Engine(watcher=watcher)
    mode = engine.mode(engine.open_profile(named_profile("bundler")), Kind.IMPORT)
    rows = [(question.origin, question.specifier) for question in asked]

    def ask_all() -> None:
        engine.begin_turn()
        for origin, specifier in rows:
            engine.answer(mode, origin, specifier)

    ask_all()
    gc.freeze()
    yield ask_all
    watcher.close()


@contextlib.contextmanager
def over_the_socket(asked: list[Question]) -> Generator[Pass]:
    with running_daemon() as daemon:
        yield lambda: daemon.client.resolve_many(asked)


if __name__ == "__main__":
    sys.exit(main())
