"""What is said to the daemon, as generators that wait by yielding.

Each exchange queues its requests on a `Session`, yields whenever it needs bytes that are not there yet, and returns the
result. So blocking and trio clients say exactly the same, and differ only in how they wait.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from resolverd.errors import OptionsError, ProtocolError, RoutesError
from resolverd.terms import Answer, Busted, Explanation, Route, RouteMatch, TsconfigQuestion, TsconfigReport
from resolverd.wire import messages
from resolverd.wire.messages import RefusalCode
from resolverd_client.errors import DaemonRefused
from resolverd_client.questions import (
    PART_SPECIFIERS,
    Part,
    Question,
    Replies,
    arrange,
    cut_paths,
    profile_key,
    refused_answer,
)
from resolverd_client.session import Session

_Result = TypeVar("_Result")
_Reply = TypeVar("_Reply", bound=messages.Reply)
Exchange = Generator[None, None, _Result]

_CALLERS_MISTAKE = frozenset({RefusalCode.INVALID_OPTIONS, RefusalCode.UNKNOWN_PROFILE})
_OF_THE_QUESTION = _CALLERS_MISTAKE | {
    RefusalCode.INVALID_REQUEST,
    RefusalCode.LIMIT_REACHED,
    RefusalCode.FRAME_TOO_LARGE,
}
"""Refusals that concern one question of a batch, not the daemon's being able to answer."""


def _replied(session: Session, number: int, kind: type[_Reply]) -> Exchange[_Reply]:
    """Wait for the next reply to a request. Raises `DaemonRefused`, `OptionsError` or `ProtocolError`."""
    try:
        while not (replies := session.fetch(number)):
            yield
    finally:
        session.close(number)
    return expected(replies[-1], kind)


def expected(reply: messages.Reply, kind: type[_Reply]) -> _Reply:
    """Give a reply of the kind that was due. Raises `DaemonRefused`, `OptionsError`, `RoutesError` or `ProtocolError`."""
    if isinstance(reply, messages.Refused):
        if reply.code in _CALLERS_MISTAKE:
            raise OptionsError(reply.message)
        if reply.code == RefusalCode.INVALID_ROUTES:
            raise RoutesError(reply.message)
        raise DaemonRefused(reply.code, reply.message)
    if not isinstance(reply, kind):
        raise ProtocolError(f"the daemon replied {type(reply).__name__} where {kind.__name__} was due")
    return reply


def _said(session: Session, make: Callable[[int], messages.Request], kind: type[_Reply]) -> Exchange[_Reply]:
    """Ask one request and wait for its reply."""
    number = session.next_id()
    session.ask(number, make(number))
    return (yield from _replied(session, number, kind))


# -- the connection ----------------------------------------------------------------------------------------------------


def greet(session: Session) -> Exchange[messages.Welcome]:
    """Wait for the daemon's welcome; `Hello` was queued when the session began."""
    while session.welcome is None:
        yield
    return session.welcome


def open_profile(session: Session, asked: Question) -> Exchange[int]:
    """Give the number of a question's profile on this connection."""
    key = profile_key(asked)
    number = session.profiles.get(key)
    if number is None:
        options = None if asked.options is None else dict(asked.options)
        session.opening.add(key)
        try:
            opened = yield from _said(
                session,
                lambda request: messages.OpenProfile(request, asked.profile, options, key[-1]),
                messages.ProfileOpened,
            )
        finally:
            session.opening.discard(key)
        number = session.profiles[key] = opened.profile
        if opened.modes:
            session.modes[key] = opened.modes
    return number


def has_room_for(session: Session, asked: Question) -> bool:
    """Whether a question's profile is open on this connection, or can still be."""
    return session.has_room_for(profile_key(asked))


# -- questions ---------------------------------------------------------------------------------------------------------


def resolve(session: Session, asked: Question) -> Exchange[Answer]:
    """Ask what one import means. Raises `OptionsError`."""
    profile = yield from open_profile(session, asked)
    resolved = yield from _said(
        session,
        lambda number: messages.Resolve(
            number, profile, asked.specifier, asked.origin, asked.is_file, asked.kind, asked.types, asked.fresh
        ),
        messages.Resolved,
    )
    return resolved.answer


def explain(session: Session, asked: Question) -> Exchange[Explanation]:
    """Ask for every step of one resolve. Raises `OptionsError`."""
    profile = yield from open_profile(session, asked)
    explained = yield from _said(
        session,
        lambda number: messages.Explain(
            number, profile, asked.specifier, asked.origin, asked.is_file, asked.kind, asked.types
        ),
        messages.Explained,
    )
    return explained.explanation


def tsconfig(session: Session, question: TsconfigQuestion) -> Exchange[TsconfigReport]:
    """Ask about tsconfigs. Raises `OptionsError` for a question that lacks something."""
    told = yield from _said(session, functools.partial(messages.AskTsconfig, question=question), messages.TsconfigTold)
    return told.report


def routes(session: Session, directory: str, extensions: tuple[str, ...], *, reload: bool) -> Exchange[list[Route]]:
    """Ask for the routes of a directory of pages. Raises `RoutesError`."""
    number = session.next_id()
    session.ask(number, messages.AskRoutes(number, directory, extensions, reload))
    told: list[Route] = []
    done = False
    try:
        while not done:
            for reply in session.fetch(number):
                part = expected(reply, messages.RoutesTold)
                told += part.routes
                done = part.done
            if not done:
                yield
    finally:
        session.close(number)
    return told


def match_route(session: Session, make: Callable[[int], messages.MatchRoute]) -> Exchange[RouteMatch | None]:
    """Ask for the page of a path or a URL. Raises `RoutesError`."""
    return (yield from _said(session, make, messages.RouteMatched)).match


class Batch:
    """Many questions on their way: what is still to be asked, and the answers so far.

    `find` knows answers without asking (the answer table); `asked` counts the questions that had to be asked.
    """

    __slots__ = ("_find", "_parts", "_questions", "asked", "replies")

    def __init__(
        self, questions: Sequence[Question], find: Callable[[Session, Question], Answer | None] | None = None
    ) -> None:
        self._questions = questions
        self._find = find
        self.asked = len(questions)
        self._parts: list[Part] | None = None
        self.replies = Replies([refused_answer("not asked")] * len(questions), {})

    def proceed(self, session: Session) -> Exchange[bool]:
        """Ask as many parts as this connection has profiles for, pipelined; whether all are answered."""
        if self._parts is None:
            limit = min(PART_SPECIFIERS, session.limits.batch_specifiers)
            self._parts = arrange(self._questions, limit, self._find_known(session))
        asked: list[tuple[int, Part]] = []
        for part in self._parts:
            if not has_room_for(session, part.mode):
                break
            asked.append(((yield from self._ask(session, part)), part))
        for number, part in asked:
            yield from self._collect(session, number, part)
        del self._parts[: len(asked)]
        return not self._parts

    def _find_known(self, session: Session) -> set[int]:
        """Put the answers that need no asking in their places."""
        known: set[int] = set()
        if self._find is not None:
            for place, asked in enumerate(self._questions):
                answer = self._find(session, asked)
                if answer is not None:
                    self.replies.answers[place] = answer
                    known.add(place)
        self.asked -= len(known)
        return known

    def _ask(self, session: Session, part: Part) -> Exchange[int]:
        """Queue a part; its number, or `NO_REQUEST` when it was refused before it could be asked."""
        mode = part.mode
        try:
            profile = yield from open_profile(session, mode)
            number = session.next_id()
            request = messages.ResolveMany(number, profile, part.groups, mode.kind, mode.types, mode.fresh)
            session.ask(number, request)
        except (DaemonRefused, OptionsError) as error:
            self._refuse(part, error)
            return messages.NO_REQUEST
        return number

    def _collect(self, session: Session, number: int, part: Part) -> Exchange[None]:
        """Wait for the answers to a part, and put each in its place."""
        if number == messages.NO_REQUEST:
            return
        answered = 0
        done = False
        try:
            while not done:
                for reply in session.fetch(number):
                    resolved = expected(reply, messages.ResolvedMany)
                    for place, answer in zip(part.places[answered:], resolved.answers, strict=False):
                        self.replies.answers[place] = answer
                    answered += len(resolved.answers)
                    self.replies.stale.update((part.places[index], cached) for index, cached in resolved.stale)
                    done = resolved.done
                if not done:
                    yield
        except (DaemonRefused, OptionsError) as error:
            self._refuse(part, error)
        finally:
            session.close(number)

    def _refuse(self, part: Part, error: DaemonRefused | OptionsError) -> None:
        """Answer a part that was not taken. Raises a refusal that is not the questions' own fault."""
        if isinstance(error, DaemonRefused) and error.code not in _OF_THE_QUESTION:
            raise error
        for place in part.places:
            self.replies.answers[place] = refused_answer(str(error))


# -- busting and telling -----------------------------------------------------------------------------------------------


def missing(session: Session, path: str) -> Exchange[Busted]:
    """Tell that an answer's path could not be opened."""
    voided = yield from _said(session, lambda number: messages.Missing(number, path), messages.Voided)
    return voided.busted


def bust_paths(session: Session, paths: tuple[str, ...]) -> Exchange[Busted]:
    """Void everything that depends on any of the paths, a part of them after the other."""
    busted = Busted()
    for part in cut_paths(paths, min(PART_SPECIFIERS, session.limits.batch_specifiers)):
        voided = yield from _said(session, functools.partial(messages.BustPaths, paths=part), messages.Voided)
        busted += voided.busted
    return busted


def bust_specifier(session: Session, specifier: str, origin: str, *, is_file: bool) -> Exchange[Busted]:
    """Void the answers to one question, in every profile and kind."""
    voided = yield from _said(
        session, lambda number: messages.BustSpecifier(number, specifier, origin, is_file), messages.Voided
    )
    return voided.busted


def bust_all(session: Session) -> Exchange[Busted]:
    """Void everything."""
    voided = yield from _said(session, messages.BustAll, messages.Voided)
    return voided.busted


def projects(session: Session) -> Exchange[messages.Projects]:
    """Ask where the answers that are remembered were asked from."""
    return (yield from _said(session, messages.AskProjects, messages.Projects))


def stats(session: Session) -> Exchange[messages.Stats]:
    """Ask for the counters."""
    return (yield from _said(session, messages.AskStats, messages.Stats))


def status(session: Session) -> Exchange[messages.Health]:
    """Ask how the daemon is."""
    return (yield from _said(session, messages.AskStatus, messages.Health))


def diagnose(session: Session) -> Exchange[messages.Diagnosis]:
    """Ask whether the daemon's invariants hold, and what it cannot watch."""
    return (yield from _said(session, messages.Diagnose, messages.Diagnosis))


def stop(session: Session) -> Exchange[None]:
    """Ask the daemon to leave."""
    yield from _said(session, messages.Shutdown, messages.Stopping)
