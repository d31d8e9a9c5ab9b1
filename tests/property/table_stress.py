"""Edits, each followed at once by a question through the answer table; then the same with a step of the protocol left out.

    python -m tests.property.table_stress [--steps N] [--fault NAME] [--directory PATH] [--node [--stands]]

With a fault planted the exit code is 0 when stale answers were found, and without one when none was.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import msgspec

from resolverd.table import layout
from resolverd.table.reader import TableReader
from resolverd_client import BlockingClient
from resolverd_client.questions import question
from tests.differential.install import Unavailable, install
from tests.soak.daemon import running_daemon

NAMES = 6
TURNOVER = 997
"""Steps between two tables: everything is busted."""

OVERFLOW = 9001
"""Steps between two overflows of the kernel's queue, where it can be filled in a moment."""

_WITHOUT_GATE = """
from resolverd.cache.publisher import Publisher
Publisher.raise_gate = lambda self: None
"""
_GATE_AFTER_READING = """
from resolverd.cache.engine import Engine
apply = Engine.drain
def drain(self, most=None):
    watcher = self._watcher
    watcher.before_reading = lambda: None
    read = watcher.drain
    def late(most=None):
        drained = read(most)
        self.publisher.raise_gate()
        return drained
    with __import__('unittest.mock').mock.patch.object(watcher, 'drain', late):
        apply(self, most)
Engine.drain = drain
"""
_NOT_FORGOTTEN = """
from resolverd.cache.publisher import Publisher
Publisher.forget = lambda self, cached: None
"""


def _without_poll(self: TableReader[object]) -> bool:
    return not self._words[layout.GATE]


def _without_looking_at_the_gate(self: TableReader[object]) -> bool:
    return not self._witness.poll(0, 1)


def _gate_before_poll(self: TableReader[object]) -> bool:
    is_down = not self._words[layout.GATE]
    return is_down and not self._witness.poll(0, 1)


READER_FAULTS: dict[str, Callable[[TableReader[object]], bool]] = {
    "the reader does not ask what is pending": _without_poll,
    "the reader does not look at the gate": _without_looking_at_the_gate,
    "the reader looks at the gate first": _gate_before_poll,
}
DAEMON_FAULTS = {
    "the daemon has no gate": _WITHOUT_GATE,
    "the daemon raises the gate after reading": _GATE_AFTER_READING,
    "the daemon forgets nothing": _NOT_FORGOTTEN,
}
FAULTS = (*READER_FAULTS, *DAEMON_FAULTS)


def play(steps: int, directory: str | None, fault: str | None) -> tuple[int, int]:
    """Edit and ask so often; how many answers were stale, and how many came out of the table. With a fault, until the first."""
    program = DAEMON_FAULTS.get(fault or "")
    with tempfile.TemporaryDirectory(dir=directory) as name, running_daemon(program=program) as daemon, planted(fault):
        root = Path(name).resolve()
        with BlockingClient(daemon.client.socket, deadline=60) as client:
            stress = _Stress(client, daemon.pid, root)
            for step in range(1, steps + 1):
                stress.step(step, is_sound=fault is None)
                if stress.stale and fault is not None:
                    break
            return stress.stale, client._table.hits


class _Told(msgspec.Struct):
    stale: int
    hits: int
    stands: bool


def play_in_node(steps: int, directory: str | None, *, stands: bool = False, is_blind: bool = False) -> tuple[int, int]:
    """The same with the JavaScript client, which needs koffi.

    `stands`: it looks at a poll that stands instead of calling `epoll_wait`. Blind: it does not look what is pending. Raises
    `Unavailable`, also where no poll can stand.
    """
    koffi = install("node_client") / "node_modules"
    script = Path(__file__).parent / "scripts" / "table_stress.cjs"
    client = Path(__file__).parents[2] / "clients" / "node"
    with tempfile.TemporaryDirectory(dir=directory) as name, running_daemon() as daemon:
        stands_after = 1 if stands else 1 << 40
        how = (steps, TURNOVER, OVERFLOW, stands_after, *(["blind"] if is_blind else []))
        given = (client, Path(name).resolve(), daemon.pid, *how)
        done = subprocess.run(
            ("node", script, *map(str, given)),
            env=os.environ | {"RESOLVERD_SOCKET": daemon.client.socket, "NODE_PATH": str(koffi)},
            stdout=subprocess.PIPE,
            check=True,
        )
    told = msgspec.json.decode(done.stdout, type=_Told)
    if told.stands != stands:
        raise Unavailable("no poll stands here (clients/node/lib/standing_poll.cjs)")
    return told.stale, told.hits


class _Stress:
    def __init__(self, client: BlockingClient, pid: int, root: Path) -> None:
        self._client = client
        self._pid = pid
        self._chance = random.Random(1)
        self._root = root
        self._paths = [root / f"x{number}.js" for number in range(NAMES)]
        self._questions = [question(f"./{path.name}", importer=root / "app.js") for path in self._paths]
        self.stale = 0
        for _ in range(10):
            self._ask_all()

    def step(self, number: int, *, is_sound: bool) -> None:
        changed = self._chance.randrange(NAMES)
        path = self._paths[changed]
        if path.exists():
            path.unlink()
        else:
            path.touch()
        self._ask(changed)
        # Between two changes the table has to be believed again, or nothing would be tried.
        self._ask(self._chance.randrange(NAMES))
        if is_sound and number % TURNOVER == 0:
            self._client.bust_all()
            self._ask_all()
        if is_sound and number % OVERFLOW == 0:
            self._overflow()

    def _ask(self, number: int) -> None:
        answer = self._client.ask(self._questions[number])
        self.stale += (answer.path is not None) != self._paths[number].exists()

    def _ask_all(self) -> None:
        for number in range(NAMES):
            self._ask(number)

    def _overflow(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)
        extra = self._root / "extra"
        for _ in range(int(Path("/proc/sys/fs/inotify/max_queued_events").read_text()) // 2 + 1):
            extra.touch()
            extra.unlink()
        self._paths[0].unlink(missing_ok=True)
        os.kill(self._pid, signal.SIGCONT)
        self._ask_all()


@contextmanager
def planted(fault: str | None) -> Iterator[None]:
    """Leave a step out in the readers of this process."""
    if fault in READER_FAULTS:
        with mock.patch.object(TableReader, "is_fresh", READER_FAULTS[fault]):
            yield
    else:
        yield


RARE = ("the reader looks at the gate first",)
"""Seen once in hundreds of thousands of edits; `tests/unit/table/test_order.py` shows it each time."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.property.table_stress", description=__doc__)
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument(
        "--fault", choices=(*FAULTS, "all"), help="all: one after the other, but for those that are too rare"
    )
    parser.add_argument("--directory")
    parser.add_argument("--node", action="store_true", help="the JavaScript client asks")
    parser.add_argument("--stands", action="store_true", help="with --node: it looks at a poll that stands")
    arguments = parser.parse_args()
    if arguments.node:
        stale, hits = play_in_node(arguments.steps, arguments.directory, stands=arguments.stands)
        print(f"Node: {hits:,} answers out of the table, {stale:,} stale")
        sys.exit(stale != 0)
    every = [fault for fault in FAULTS if fault not in RARE]
    faults = every if arguments.fault == "all" else [arguments.fault]
    sys.exit(not all(_is_as_it_should(fault, arguments.steps, arguments.directory) for fault in faults))


def _is_as_it_should(fault: str | None, steps: int, directory: str | None) -> bool:
    stale, hits = play(steps, directory, fault)
    print(f"{fault or 'nothing planted'}: {hits:,} answers out of the table, {stale:,} stale", flush=True)
    return (stale != 0) == (fault is not None)


if __name__ == "__main__":
    main()
