"""Every interleaving of a reader's steps with the daemon's: the order of the steps is the protocol."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from itertools import combinations

import pytest

from resolverd.table import layout
from resolverd.table.reader import TableReader
from resolverd.table.writer import TableWriter

QUESTION = (0, "/p", "./x")
READER = ("poll", "gate", "slot")
DAEMON = ("raise", "read", "forget", "lower")


class World:
    """A change that was made before the reader asks, and a daemon that takes it in step by step."""

    def __init__(self) -> None:
        self.witness = select.epoll()
        self._queue, change = os.pipe()
        self.witness.register(self._queue, select.EPOLLIN)
        self.writer = TableWriter(64 * 1024, 1)
        self._slot = self.writer.publish(layout.key_bytes(*QUESTION), b"as it was")
        self.reader = TableReader(self.writer.descriptor, self.witness.fileno(), bytes)
        os.write(change, b"!")
        os.close(change)
        self.is_fresh = True
        self.found: bytes | None = None

    def close(self) -> None:
        self.reader.close()
        self.writer.close()
        self.witness.close()
        if self._queue >= 0:
            os.close(self._queue)

    def do(self, step: str) -> None:
        steps: dict[str, Callable[[], object]] = {
            "raise": self.writer.raise_gate,
            "read": self._read,
            "forget": lambda: self.writer.forget(self._slot),
            "lower": self.writer.lower_gate,
            "poll": lambda: self._see(is_fresh=not self.reader._witness.poll(0, 1)),
            "gate": lambda: self._see(is_fresh=not self.reader._words[layout.GATE]),
            "slot": self._look,
        }
        steps[step]()

    def _read(self) -> None:
        # Closing it is what takes a pipe's end out of an epoll set, as reading takes an event off the kernel's queue.
        self.witness.unregister(self._queue)
        os.close(self._queue)
        self._queue = -1

    def _see(self, *, is_fresh: bool) -> None:
        self.is_fresh = self.is_fresh and is_fresh

    def _look(self) -> None:
        self.found = self.reader._probe(QUESTION)


def stale(reader: tuple[str, ...], daemon: tuple[str, ...]) -> list[str]:
    """The interleavings in which a stale answer is believed."""
    told: list[str] = []
    count = len(reader) + len(daemon)
    for places in combinations(range(count), len(reader)):
        of_reader, of_daemon = iter(reader), iter(daemon)
        order = [next(of_reader) if place in places else next(of_daemon) for place in range(count)]
        world = World()
        for step in order:
            world.do(step)
        if world.is_fresh and world.found is not None:
            told.append(" ".join(order))
        world.close()
    return told


def test_in_no_interleaving_is_a_stale_answer_believed() -> None:
    assert stale(READER, DAEMON) == []


@pytest.mark.parametrize(
    ("reader", "daemon"),
    [
        (("gate", "slot"), DAEMON),
        (("poll", "slot"), DAEMON),
        (("gate", "poll", "slot"), DAEMON),
        (("slot", "poll", "gate"), DAEMON),
        (READER, ("read", "forget")),
        (READER, ("read", "raise", "forget", "lower")),
        (READER, ("raise", "read", "lower", "forget")),
        (READER, ("raise", "read", "lower")),
    ],
    ids=" ".join,
)
def test_with_a_step_left_out_or_swapped_one_is(reader: tuple[str, ...], daemon: tuple[str, ...]) -> None:
    assert stale(reader, daemon)
