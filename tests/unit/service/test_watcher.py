"""Listening between questions, on a real disk: in parts, with the others between them, and through any loss."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
import trio.testing

from resolverd.cache.engine import Engine
from resolverd.service.config import Settings
from resolverd.service.watcher import PART, listen, open_watcher
from resolverd.terms import Status
from resolverd.watch.inotify import Inotify

QUEUE = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
LEAST_RECORD = 32
"""Bytes of an event with a name."""


class Listening:
    """An engine that knows one directory, and is listened for."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        watcher = open_watcher(Settings(socket=""))
        assert isinstance(watcher, Inotify)
        self.inotify = watcher
        self.engine = Engine(watcher=watcher)
        self.look()

    def look(self) -> Status:
        return self.engine.resolve("./x.js", directory=str(self.root)).status

    def queue(self, count: int, prefix: str) -> None:
        for number in range(count):
            (self.root / f"{prefix}{number}").touch()

    async def heard(self, events: int) -> list[int]:
        """Let the others run until so many events are taken in; how many there were between two turns of this task."""
        turns = []
        losses = self.engine.stats().losses
        with trio.fail_after(120):
            while (before := self.engine.stats().events) < events:
                await trio.lowlevel.checkpoint()
                turns.append(self.engine.stats().events - before)
                assert self.engine.stats().losses == losses, "a mount in this namespace? What was queued is gone"
        return turns


@pytest.fixture
async def listening(tmp_path: Path, nursery: trio.Nursery) -> AsyncIterator[Listening]:
    made = Listening(tmp_path)
    nursery.start_soon(listen, made.engine)
    await trio.testing.wait_all_tasks_blocked()
    yield made
    nursery.cancel_scope.cancel()
    made.inotify.close()


async def test_what_happens_between_questions_is_taken_in(listening: Listening) -> None:
    (listening.root / "x.js").touch()
    await listening.heard(1)
    assert listening.engine.stats().answers == 0


async def test_a_storm_is_taken_in_by_parts_and_others_run_between_them(listening: Listening) -> None:
    listening.queue(8000, "a-name-of-some-length-")
    turns = [turn for turn in await listening.heard(8000) if turn]
    # Two parts, as trio runs the tasks of a round in any order.
    assert max(turns) <= 2 * PART // LEAST_RECORD
    assert len(turns) >= 8000 * LEAST_RECORD // PART
    assert listening.engine.stats().losses == 0


async def test_a_question_between_two_parts_is_answered_from_all_that_was_done_before(listening: Listening) -> None:
    listening.queue(8000, "a-name-of-some-length-")
    (listening.root / "x.js").touch()
    await trio.lowlevel.checkpoint()
    assert listening.engine.stats().events < 8001
    assert listening.look() is Status.FOUND


async def test_after_a_loss_it_listens_to_the_new_instance(listening: Listening) -> None:
    listening.queue(QUEUE + 10, "")
    assert listening.look() is Status.FAILED
    assert listening.engine.stats().losses == 1
    before = listening.engine.stats().events
    (listening.root / "x.js").touch()
    await listening.heard(before + 1)
    assert listening.engine.stats().answers == 0


async def test_an_instance_closed_underneath_is_replaced_at_the_next_question(listening: Listening) -> None:
    os.close(listening.inotify._instance)
    (listening.root / "x.js").touch()
    assert listening.look() is Status.FOUND
    assert listening.engine.stats().losses == 1
    before = listening.engine.stats().events
    (listening.root / "x.js").unlink()
    await listening.heard(before + 1)
    assert listening.look() is Status.FAILED


def test_a_daemon_told_not_to_watch_has_no_watcher() -> None:
    assert open_watcher(Settings(socket="", watch=False)) is None
