"""The ways in which a question reaches an engine: in this process or over the socket, watched or not."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from typing import Protocol

from resolverd.cache.engine import Engine
from resolverd.terms import Answer
from resolverd.watch.inotify import Inotify
from resolverd_client import BlockingClient, Question
from tests.conformance.questions import optioned


class Way(Protocol):
    """Asks at once, and what comes back is in the order of the questions."""

    def ask(self, questions: Sequence[Question]) -> list[Answer]: ...


class InProcess:
    """An engine, asked as the daemon asks it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        self.engine.begin_turn()
        return [self._ask(question) for question in questions]

    def _ask(self, question: Question) -> Answer:
        engine = self.engine
        mode = engine.mode(engine.open_profile(optioned(question.options or {})), question.kind)
        asked = engine.answer_from if question.is_file else engine.answer
        return asked(mode, question.origin, question.specifier)


@contextlib.contextmanager
def in_process(budget: int | None) -> Generator[InProcess]:
    """An engine with so many watches (None: as many as it wants), whose invariants hold at the end."""
    watcher = Inotify(budget)
    try:
        engine = Engine(watcher=watcher)
        yield InProcess(engine)
        engine.check()
        watcher.check()
    finally:
        watcher.close()


class OneByOne:
    """A daemon, asked each question in a request of its own."""

    def __init__(self, client: BlockingClient) -> None:
        self._client = client

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        return [self._client.ask(question) for question in questions]


class AllAtOnce:
    """A daemon, asked all questions in one batch."""

    def __init__(self, client: BlockingClient) -> None:
        self._client = client

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        return self._client.resolve_many(questions)


def ask_cold(questions: Sequence[Question]) -> list[Answer]:
    """An engine that was never asked before."""
    return InProcess(Engine()).ask(questions)
