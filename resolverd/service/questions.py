"""Questions to the engine: from a place that may be nonsense, past the caches, and many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, islice

from resolverd.cache.engine import Engine
from resolverd.service.daemon import Daemon
from resolverd.service.subscriptions import Subscriber
from resolverd.terms import Answer, Code, Failure, Status
from resolverd.wire.json_answers import write_answers
from resolverd.wire.messages import Group, ResolvedJson, ResolvedMany, ResolveMany, Subscribe

PART = 256
"""Answers of a batch between two turns of the other connections: about 4 ms when all of them are cold."""

FRESH_PART = 8
"""The same for a batch that goes past the caches: each of its questions gets an engine of its own."""

Ask = Callable[[int, str, str], Answer]
"""(mode, origin, specifier) to an answer."""


def asker(engine: Engine, origin: str, *, is_file: bool) -> Ask:
    """The engine's function for an origin; one that is no absolute path fails each specifier."""
    if origin[:1] != "/":
        return _fail
    return engine.answer_from if is_file else engine.answer


def _fail(_mode: int, origin: str, _specifier: str) -> Answer:
    message = f"the importer or directory has to be an absolute path, and {origin!r} is not"
    return Answer(Status.FAILED, error=Failure(Code.INVALID_REQUEST, message))


def compare(daemon: Daemon, mode: int, origin: str, specifier: str, *, is_file: bool) -> tuple[Answer, Answer | None]:
    """Ask the disk past every cache, and what is remembered in the same turn: the fresh answer, and a stale one."""
    warm = asker(daemon.engine, origin, is_file=is_file)(mode, origin, specifier)
    if origin[:1] != "/":
        return warm, None
    fresh = daemon.engine.fresh(mode, origin, specifier, is_file=is_file)
    if fresh == warm:
        return fresh, None
    daemon.record_stale(specifier, origin, warm, fresh)
    return fresh, warm


def parts(daemon: Daemon, mode: int, batch: ResolveMany) -> Iterator[ResolvedMany]:
    """The replies to a batch; each is complete before the next is begun."""
    if batch.fresh:
        return _fresh_parts(daemon, mode, batch)
    return _as_values(batch.id, _answers(daemon.engine, mode, batch.groups))


def json_parts(engine: Engine, mode: int, number: int, groups: list[Group]) -> Iterator[ResolvedJson]:
    """The replies to a batch in JSON."""
    for part, done in _cut(_answers(engine, mode, groups)):
        yield ResolvedJson(number, write_answers(part), done)


def _answers(engine: Engine, mode: int, groups: list[Group]) -> Iterator[Answer]:
    for origin, is_file, specifiers in groups:
        ask = asker(engine, origin, is_file=is_file)
        for specifier in specifiers:
            yield ask(mode, origin, specifier)


def held_parts(daemon: Daemon, subscriber: Subscriber, mode: int, batch: Subscribe) -> Iterator[ResolvedMany]:
    """The replies to a subscription's beginning; each answer is held from the moment that it is given."""

    def answers() -> Iterator[Answer]:
        index = count()
        for origin, is_file, specifiers in batch.groups:
            for specifier in specifiers:
                place = (subscriber, batch.id, next(index))
                if origin[:1] == "/":
                    yield daemon.subscriptions.hold(place, mode, origin, specifier, is_file=is_file)
                else:
                    yield _fail(mode, origin, specifier)

    return _as_values(batch.id, answers())


def _as_values(number: int, answers: Iterator[Answer]) -> Iterator[ResolvedMany]:
    for part, done in _cut(answers):
        yield ResolvedMany(number, part, done)


def _cut(answers: Iterator[Answer]) -> Iterator[tuple[list[Answer], bool]]:
    """Give the answers in parts, each with whether it is the last."""
    part = list(islice(answers, PART))
    while len(part) == PART:
        yield part, False
        part = list(islice(answers, PART))
    yield part, True


def _fresh_parts(daemon: Daemon, mode: int, batch: ResolveMany) -> Iterator[ResolvedMany]:
    questions = [
        (origin, is_file, specifier) for origin, is_file, specifiers in batch.groups for specifier in specifiers
    ]
    for start in range(0, len(questions), FRESH_PART):
        looks = [
            compare(daemon, mode, origin, specifier, is_file=is_file)
            for origin, is_file, specifier in questions[start : start + FRESH_PART]
        ]
        stale = tuple((start + index, warm) for index, (_, warm) in enumerate(looks) if warm is not None)
        yield ResolvedMany(batch.id, [fresh for fresh, _ in looks], done=False, stale=stale)
    yield ResolvedMany(batch.id, [], done=True)
