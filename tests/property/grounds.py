"""Where a run is played: in memory, on disk with inotify, or on disk with a daemon that another process asks.

Each asks something warm, which was asked before and lives through the edits, and something that never looked before.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from resolverd.cache.engine import Engine
from resolverd.terms import Answer, Kind
from resolverd.view.base import DirectoryView
from resolverd.view.disk import DiskView
from resolverd.watch.base import Watcher
from resolverd.watch.inotify import Inotify
from resolverd_client import BlockingClient
from resolverd_client.questions import question
from tests.conformance import edits
from tests.property.telling import TellingView
from tests.property.worlds import SETTINGS, Edit, Question, profiles

_KEPT = {Path("/dev"), Path("/run")}
"""What belongs to the box itself."""


class BrokenError(Exception):
    """Something that has to hold besides equal answers does not; the message says what."""


class Ground(Protocol):
    """A place with a tree, and what is asked about it."""

    def edit(self, edit: Edit) -> None:
        """Edit the tree; what cannot be done is not done, or by half."""
        ...

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Ask what was asked before, once the edits are done."""
        ...

    def ask_fresh(self, questions: Sequence[Question]) -> list[Answer]:
        """Ask an engine that never looked before."""
        ...

    def check(self) -> None:
        """Hold the invariants. Raises `InvariantError` or `BrokenError`."""
        ...

    def clear(self) -> None:
        """Begin again with an empty tree, and nothing remembered. Raises as `check` does."""
        ...


class Asked:
    """An engine with the modes that were opened in it."""

    __slots__ = ("_modes", "engine")

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._modes: dict[tuple[int, str], int] = {}

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        engine = self.engine
        answers: list[Answer] = []
        for settings, kind, directory, specifier in questions:
            engine.begin_turn()
            mode = self._modes.get((settings, kind))
            if mode is None:
                mode = engine.mode(engine.open_profile(profiles()[settings]), Kind(kind))
                self._modes[settings, kind] = mode
            answers.append(engine.answer(mode, directory, specifier))
        return answers


def _ask_fresh(view: DirectoryView, questions: Sequence[Question]) -> list[Answer]:
    return Asked(Engine(view)).ask(questions)


class InMemory:
    """A tree in memory and an engine that is told of its edits."""

    def __init__(self, budget: int | None = None) -> None:
        self._budget = budget
        self._make()

    def _make(self) -> None:
        self._view = TellingView()
        if self._budget is not None:
            self._view.watcher.budget = self._budget
        self._warm = Asked(Engine(self._view, watcher=self._view.watcher))

    def edit(self, edit: Edit) -> None:
        with contextlib.suppress(OSError):
            self._view.edit(*edit)

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        return self._warm.ask(questions)

    def ask_fresh(self, questions: Sequence[Question]) -> list[Answer]:
        return _ask_fresh(self._view, questions)

    def check(self) -> None:
        self._warm.engine.check()

    def clear(self) -> None:
        try:
            _forget(self._warm.engine, self._view.watcher)
        finally:
            self._make()


class _Disk:
    """The tree of the box that this process is in."""

    def edit(self, edit: Edit) -> None:
        with contextlib.suppress(OSError):
            edits.make([edit], "")

    def ask_fresh(self, questions: Sequence[Question]) -> list[Answer]:
        return _ask_fresh(DiskView(), questions)


class OnDisk(_Disk):
    """A real tree, inotify, and an engine that is asked by who edits."""

    def __init__(self, watcher: Inotify) -> None:
        self._watcher = watcher
        self._warm = Asked(Engine(watcher=watcher))

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        return self._warm.ask(questions)

    def check(self) -> None:
        self._warm.engine.check()
        self._watcher.check()

    def clear(self) -> None:
        try:
            _forget(self._warm.engine, self._watcher)
        finally:
            clear_box()
            self._watcher.renew()
            self._warm = Asked(Engine(watcher=self._watcher))


class BySocket(_Disk):
    """A real tree, and a daemon in the same box that is asked over its socket, right after each edit."""

    def __init__(self, client: BlockingClient) -> None:
        self._client = client

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        asked = [
            question(
                specifier,
                directory=directory,
                kind=kind,
                profile=SETTINGS[settings][0],
                options=SETTINGS[settings][1] or None,
            )
            for settings, kind, directory, specifier in questions
        ]
        return self._client.resolve_many(asked) if len(asked) > 2 else [self._client.ask(each) for each in asked]

    def check(self) -> None:
        """Nothing to hold: a daemon that finds itself wrong refuses to answer."""

    def clear(self) -> None:
        self._client.bust_all()
        clear_box()


def _forget(engine: Engine, watcher: Watcher) -> None:
    """Have an engine forget everything; then nothing is watched any more."""
    engine.begin_turn()
    engine.bust_all()
    engine.check()
    stats = engine.stats()
    left = {
        name: getattr(stats, name)
        for name in ("answers", "directories", "directory_slots", "packages", "tsconfigs", "facts", "watched")
        if getattr(stats, name)
    }
    if left or len(watcher):
        raise BrokenError(f"everything is forgotten, and there is left: {left}")


def clear_box() -> None:
    """Leave of the box that this process is in what belongs to the box itself."""
    Path("/").chmod(0o755)
    for path in set(Path("/").iterdir()) - _KEPT:
        _remove(path)


def _remove(path: Path) -> None:
    """Remove a tree, also where its modes forbid it."""
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    path.chmod(0o700)
    for inner, directories, _ in os.walk(path):
        for name in directories:
            below = Path(inner, name)
            if not below.is_symlink():
                below.chmod(0o700)
    shutil.rmtree(path)
