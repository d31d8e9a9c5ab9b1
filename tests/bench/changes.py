"""What one change costs a full pass over 20,000 live answers, beside a pass without: `python -m tests.bench.changes`.

The passes take turns, a warm one and one after a change, and each kind of change is given by the median of the ratios.
CPU is counted (of the daemon and its client together), also what draining costs and resolving again, but not the change.
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
from typing import NamedTuple

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import named_profile
from resolverd.terms import Kind
from resolverd.watch.inotify import Inotify
from resolverd_client import Question
from tests.soak.daemon import running_daemon
from tests.unit.cache.wide_workspace import directories, plant, questions

ROUNDS = 25
LIMIT = 1.1


class Subject(NamedTuple):
    """Who is timed: a pass over all questions, and the nanoseconds of CPU that it has used."""

    ask_all: Callable[[], object]
    cpu: Callable[[], int]


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch).resolve()
        plant(root)
        asked = questions(root)
        worst = 0.0
        for name, opened in (("engine", in_process), ("daemon, in batches", over_the_socket)):
            with opened(asked) as subject:
                for change, make in changes(root).items():
                    warm, ratio = measure(subject, make)
                    worst = max(worst, ratio)
                    print(
                        f"{name:<20}{change:<36}warm {warm / 1e6:7.1f} ms   after the change x {ratio:.3f}", flush=True
                    )
    return worst > LIMIT


def changes(root: Path) -> dict[str, Callable[[int], object]]:
    """One change of each kind; the number of the round makes it another each time."""
    source = root / "packages/p1/src1/m3.js"
    return {
        "nothing": lambda _: None,
        "a source saved in place": lambda number: source.write_text(str(number)),
        "a source saved by a rename": lambda number: _replace(source, str(number)),
        "a file created that was asked for": lambda number: _flip(root / f"packages/p1/src{number % 10}/m3", number),
        "a file created that was not": lambda number: (root / f"packages/p1/new{number}.js").touch(),
        "a package.json of 100 answers edited": lambda number: _edit(root / "node_modules/dep80", number),
        "one of 200, half of them failures": lambda number: _edit(root / "node_modules/dep5", number),
        "every source of a directory saved": lambda number: _save_all(next(directories(root)), number),
    }


def _edit(package: Path, number: int) -> None:
    (package / "package.json").write_text(f'{{"main": "{("one", "two")[number % 2]}.js"}}')


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


def measure(subject: Subject, change: Callable[[int], object]) -> tuple[float, float]:
    """The nanoseconds of a warm pass, and how many times as long one takes after the change."""
    subject.ask_all()
    warm: list[int] = []
    ratios: list[float] = []
    for number in range(ROUNDS):
        warm.append(_timed(subject, lambda: None))
        ratios.append(_timed(subject, lambda number=number: change(number)) / warm[-1])
    return statistics.median(warm), statistics.median(ratios)


def _timed(subject: Subject, change: Callable[[], object]) -> int:
    begin, own = subject.cpu(), time.process_time_ns()
    change()
    own -= time.process_time_ns()
    subject.ask_all()
    return subject.cpu() - begin + own


@contextlib.contextmanager
def in_process(asked: list[Question]) -> Generator[Subject]:
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
    yield Subject(ask_all, time.process_time_ns)
    watcher.close()


@contextlib.contextmanager
def over_the_socket(asked: list[Question]) -> Generator[Subject]:
    with running_daemon() as daemon:
        threads = Path(f"/proc/{daemon.pid}/task")

        def cpu() -> int:
            """The daemon's, and the client's, which waits for it."""
            daemon_cpu = sum(int(path.read_text().split()[0]) for path in threads.glob("*/schedstat"))
            return daemon_cpu + time.process_time_ns()

        yield Subject(lambda: daemon.client.resolve_many(asked), cpu)


if __name__ == "__main__":
    sys.exit(main())
