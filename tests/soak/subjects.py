"""Who is asked: the engine in this process, or a daemon over its socket."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import named_profile
from resolverd.terms import EngineStats, Kind, Status
from resolverd_client import BlockingClient
from resolverd_client.questions import Question as Asked
from tests.soak.daemon import RunningDaemon, running_daemon
from tests.soak.trees import Question

_PAGE = os.sysconf("SC_PAGE_SIZE")

_DID = ("epoch", "hits", "misses", "busts", "retries", "evictions", "events", "losses", "voided", "tables")
"""The counters of `EngineStats`: what was done, not what is held."""


class Subject(Protocol):
    """What a cycle needs."""

    def ask(self, questions: Sequence[Question]) -> int:
        """Resolve; how many were found."""
        ...

    def bust_path(self, path: str) -> None: ...
    def bust_all(self) -> None: ...
    def stats(self) -> EngineStats: ...
    def check(self) -> None: ...
    def resident(self) -> int: ...
    def open_files(self) -> int: ...
    def blocks(self) -> int | None:
        """Count the interpreter's memory blocks after a collection, where they can be seen."""
        ...


def held(stats: EngineStats) -> dict[str, int]:
    """Take the counts of what is held."""
    counts: dict[str, int] = msgspec.structs.asdict(stats)
    return {name: count for name, count in counts.items() if name not in _DID}


class EngineSubject:
    """The engine in this process, with the default profile."""

    def __init__(self) -> None:
        self._engine = Engine(is_told=True)
        self._mode = self._engine.mode(self._engine.open_profile(named_profile("bundler")), Kind.IMPORT)

    def ask(self, questions: Sequence[Question]) -> int:
        engine = self._engine
        engine.begin_turn()
        answers = [engine.answer_from(self._mode, importer, specifier) for importer, specifier in questions]
        return sum(answer.status is not Status.FAILED for answer in answers)

    def bust_path(self, path: str) -> None:
        self._engine.bust_path(path)

    def bust_all(self) -> None:
        self._engine.bust_all()

    def stats(self) -> EngineStats:
        return self._engine.stats()

    def check(self) -> None:
        self._engine.check()

    def resident(self) -> int:
        return resident_of("self")

    def open_files(self) -> int:
        return open_files_of("self")

    def blocks(self) -> int | None:
        gc.collect()
        return sys.getallocatedblocks()


def resident_of(pid: int | str) -> int:
    """Read the resident size of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def open_files_of(pid: int | str) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


class DaemonSubject:
    """A daemon over its socket."""

    def __init__(self, daemon: RunningDaemon) -> None:
        self._client = daemon.client
        self._pid = daemon.pid

    def ask(self, questions: Sequence[Question]) -> int:
        answers = self._client.resolve_many([Asked(specifier, importer) for importer, specifier in questions])
        return sum(answer.status is not Status.FAILED for answer in answers)

    def bust_path(self, path: str) -> None:
        self._client.bust(path)

    def bust_all(self) -> None:
        self._client.bust_all()

    def stats(self) -> EngineStats:
        return self._client.stats().engine

    def check(self) -> None:
        """Nothing: a daemon is not asked for its invariants over the wire."""

    def resident(self) -> int:
        return self._client.stats().service.rss

    def open_files(self) -> int:
        return open_files_of(self._pid)

    def blocks(self) -> int | None:
        return None


@contextlib.contextmanager
def _daemon() -> Generator[Subject]:
    # The answer table is filled up to its size and then replaced: that is no leak, and would look like one.
    with running_daemon() as daemon, BlockingClient(daemon.client.socket, deadline=60, table=False) as client:
        yield DaemonSubject(RunningDaemon(daemon.pid, client))


@contextlib.contextmanager
def _engine() -> Generator[Subject]:
    yield EngineSubject()


SUBJECTS: dict[str, Callable[[], AbstractContextManager[Subject]]] = {"engine": _engine, "daemon": _daemon}
