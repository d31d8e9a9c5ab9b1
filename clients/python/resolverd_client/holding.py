"""Answers that a client holds, kept up by what the daemon tells: without I/O, for plain code and trio alike.

The facts. Replies to `Subscribe` and news of it come under one number. `AskAgain`, and the end of the connection, end all
subscriptions; what changed meanwhile nobody tells.

What we do. `Held` knows what was told last for each question. On a connection that it was not begun on, or after
`AskAgain`, it subscribes again: an answer that differs from the one held is a change like any other.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from resolverd.terms import Answer
from resolverd.wire import messages
from resolverd_client.exchanges import Exchange, expected, open_profile
from resolverd_client.questions import PART_SPECIFIERS, Part, Question, arrange, refused_answer
from resolverd_client.session import Session


class Change(msgspec.Struct, frozen=True, gc=False):
    """The answer now to a question that had another; `place` is the question's number in the subscription."""

    place: int
    question: Question
    answer: Answer


class _Begun:
    """A part that was subscribed to: how many of its answers came, and whether all did."""

    __slots__ = ("answered", "is_done", "places")

    def __init__(self, part: Part) -> None:
        self.places = part.places
        self.answered = 0
        self.is_done = False


class Held:
    """Questions, and the answers to them as they were told last."""

    __slots__ = ("_begun", "_changed", "_is_current", "_lapses", "_session", "answers", "questions")

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = questions
        self.answers: list[Answer] = []
        self._session: Session | None = None
        self._lapses = 0
        self._is_current = False
        self._begun: dict[int, _Begun] = {}
        self._changed: dict[int, Answer] = {}

    def take(self, session: Session) -> Exchange[list[Change]]:
        """Give what changed, as far as it was received; subscribes first where that is due.

        Raises `OptionsError`, and `DaemonRefused` for more than may be subscribed to.
        """
        if not self._is_current or session is not self._session or session.lapses != self._lapses:
            yield from self._begin(session)
        self._receive(session)
        changed, self._changed = self._changed, {}
        return [Change(place, self.questions[place], answer) for place, answer in changed.items()]

    def await_more(self, session: Session) -> Exchange[None]:
        """Wait until something is received; on a new connection there is something to say first."""
        if session is self._session:
            yield

    def let_go(self, session: Session) -> None:
        """Hold nothing any more; on the connection where it was held the daemon is told so."""
        for number in self._begun if session is self._session else ():
            session.close(number)
            ending = session.next_id()
            session.ask(ending, messages.Unsubscribe(ending, number))
            session.close(ending)
        self._begun.clear()
        self._is_current = False

    def _begin(self, session: Session) -> Exchange[None]:
        # The daemon may still hold some of what was begun before on this connection.
        self.let_go(session)
        self._session = session
        self._lapses = session.lapses
        is_first = not self.answers
        if is_first:
            self.answers = [refused_answer("not asked")] * len(self.questions)
        for part in arrange(self.questions, min(PART_SPECIFIERS, session.limits.batch_specifiers)):
            profile = yield from open_profile(session, part.mode)
            number = session.next_id()
            session.ask(number, messages.Subscribe(number, profile, part.groups, part.mode.kind, part.mode.types))
            self._begun[number] = _Begun(part)
        while not self._receive(session):
            yield
        self._is_current = True
        if is_first:
            self._changed.clear()

    def _receive(self, session: Session) -> bool:
        """Take in what came; whether all that was begun is answered."""
        for number, begun in self._begun.items():
            for reply in session.fetch(number):
                if isinstance(reply, messages.Changed):
                    for index, answer in reply.changes:
                        self._set(begun.places[index], answer)
                    continue
                resolved = expected(reply, messages.ResolvedMany)
                for place, answer in zip(begun.places[begun.answered :], resolved.answers, strict=False):
                    self._set(place, answer)
                begun.answered += len(resolved.answers)
                begun.is_done = resolved.done
        return all(begun.is_done for begun in self._begun.values())

    def _set(self, place: int, answer: Answer) -> None:
        if self.answers[place] != answer:
            self.answers[place] = answer
            self._changed[place] = answer
