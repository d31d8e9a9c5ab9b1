"""Handing over the answer table: what is handed over is in force, and its witness sees what comes."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolverd import Engine
from resolverd.service.config import Settings
from resolverd.service.daemon import Daemon
from resolverd.service.handlers import Session
from resolverd.view.disk import DiskView
from resolverd.watch.inotify import Inotify
from resolverd.wire import messages as wire
from resolverd.wire.codec import decode_reply, encode_message
from resolverd.wire.framing import HEADER_BYTES, Framer
from tests.unit.service.clients import HELLO


@pytest.fixture
def watcher() -> Iterator[Inotify]:
    made = Inotify()
    yield made
    made.close()


@pytest.fixture
def daemon(watcher: Inotify) -> Iterator[Daemon]:
    made = Daemon(Engine(DiskView(), watcher=watcher), Settings(socket="/s"), lambda: None)
    yield made
    made.engine.publisher.retire()


def test_what_is_lost_while_the_witness_is_made_is_taken_in_before_it_is_handed_over(
    daemon: Daemon, watcher: Inotify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A mount between the turn's drain and the witness's first look is told to the daemon, and never to that witness.
    make, made = watcher.witness, list[tuple[int, int, int]]()

    def make_while_something_is_lost() -> tuple[int, int, int]:
        made.append(make())
        if len(made) == 1:
            os.close(watcher._instance)
        return made[-1]

    monkeypatch.setattr(watcher, "witness", make_while_something_is_lost)
    opened = daemon.open_table()
    assert opened is not None
    table, descriptors = opened
    assert len(made) == 2
    assert not table.is_retired
    assert watcher.watch_directory(str(tmp_path))
    witness = select.poll()
    witness.register(descriptors[1], select.POLLIN)
    assert not witness.poll(0)
    (tmp_path / "x").touch()
    assert witness.poll(0)
    for descriptor in descriptors:
        os.close(descriptor)


def test_the_witness_of_a_watcher_that_was_replaced_says_so(watcher: Inotify) -> None:
    descriptors = watcher.witness()
    witness = select.poll()
    witness.register(descriptors[0], select.POLLIN)
    assert not witness.poll(0)
    watcher.renew()
    assert witness.poll(0)
    for descriptor in descriptors:
        os.close(descriptor)


def test_a_killed_process_ends_the_pipe_before_the_instance(watcher: Inotify) -> None:
    # It gives back the highest descriptor first; `tests/e2e/test_table_kills.py` sees what comes of it.
    assert watcher._life[1] > watcher._instance
    low = os.dup(0)
    os.close(low)
    watcher.renew()
    assert watcher._life[1] > watcher._instance


def test_a_second_table_before_the_first_was_sent_is_refused(daemon: Daemon) -> None:
    session = Session(daemon)
    out = bytearray()
    for request in (HELLO, wire.OpenTable(1), wire.OpenTable(2)):
        session.answer(encode_message(request)[HEADER_BYTES:], out)
    _, opened, refused = map(decode_reply, Framer().receive(bytes(out)))
    assert isinstance(opened, wire.TableOpened)
    assert isinstance(refused, wire.Refused)
    assert refused.code == wire.RefusalCode.LIMIT_REACHED
    assert len(session.handing) == 4
    session.end()
    assert not session.handing
