"""The client for plain code: one connection, one question (or batch) at a time, never without a deadline.

The facts. A daemon may be stopped, restarted or hang at any moment. Every request may be repeated, because none has an
effect that a second one changes.

What we do. A call that finds its old connection gone makes a new one and asks again, once. After a deadline the
connection is given up, because a late reply would meet the next question. A subscription has a connection of its own,
so that its news never waits behind an answer, nor an answer behind news that nobody reads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar, cast

from resolverd.errors import OptionsError, RoutesError
from resolverd.terms import Answer, Busted, Explanation, Kind, Route, RouteMatch, TsconfigQuestion, TsconfigReport
from resolverd.wire import messages
from resolverd.wire.messages import MatchRoute
from resolverd_client import exchanges
from resolverd_client.connection import Connection, SocketConnection
from resolverd_client.errors import ConnectionLost, DaemonRefused
from resolverd_client.exchanges import Exchange
from resolverd_client.holding import Change, Held
from resolverd_client.questions import FilePath, Options, Question, Replies, absolute, question
from resolverd_client.session import Session
from resolverd_client.table import Table
from resolverd_client.transport import connect, default_socket

_Result = TypeVar("_Result")

DEADLINE = 10.0
"""Seconds that the daemon may be silent while it is asked."""


Dial = Callable[[str, Session], Connection]
"""Makes the connection to a socket's path for a new session."""


def dial(path: str, session: Session) -> Connection:
    """Connect to a daemon that runs. Raises `DaemonUnavailable`."""
    return SocketConnection(connect(path), session)


class BlockingClient:
    """Asks the daemon, and waits. One thread at a time may use a client.

    `deadline` is how many seconds the daemon may be silent. `dial` makes the connection; the default starts no
    daemon. Every call raises `DaemonUnavailable`, `ConnectionLost`,
    `DeadlineExceeded` or `DaemonRefused`; questions also raise `resolverd.errors.OptionsError`.
    """

    __slots__ = ("_connection", "_dial", "_name", "_session", "_table", "deadline", "socket")

    def __init__(
        self,
        socket: FilePath | None = None,
        *,
        deadline: float = DEADLINE,
        name: str = "python",
        dial: Dial = dial,
        table: bool = True,
    ) -> None:
        self.socket = default_socket() if socket is None else absolute(socket)
        self.deadline = deadline
        self._name = name
        self._dial = dial
        self._session = Session(name)
        self._connection: Connection | None = None
        self._table = Table(self.socket, is_wanted=table)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and the table; a later call opens new ones."""
        self._table.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # -- questions -----------------------------------------------------------------------------------------------

    def resolve(
        self,
        specifier: str,
        *,
        importer: FilePath | None = None,
        directory: FilePath | None = None,
        kind: str | Kind = Kind.IMPORT,
        types: bool = False,
        profile: str | None = None,
        options: Options | None = None,
    ) -> Answer:
        """Ask which file an import means; one that does not resolve is an `Answer` with an `error`."""
        return self.ask(
            question(
                specifier,
                importer=importer,
                directory=directory,
                kind=kind,
                types=types,
                profile=profile,
                options=options,
            )
        )

    def ask(self, asked: Question) -> Answer:
        """Ask a question that was made before."""
        answer = self._table.find(self._session, asked)
        if answer is None:
            self._make_room(asked)
            settles = self._table.is_doubtful
            answer = self._call(lambda session: exchanges.resolve(session, asked))
            self._take_note(1, settles=settles)
        return answer

    def _take_note(self, answers: int, *, settles: bool) -> None:
        """Take note of answers that came over the socket; the table is fetched once that pays."""
        if self._table.is_due(self._session, settles=settles, answers=answers):
            self._table.fetch()

    def resolve_many(self, questions: Iterable[Question]) -> list[Answer]:
        """Ask many questions in few round trips; the answers in their order."""
        return self.resolve_batch(questions).answers

    def resolve_batch(self, questions: Iterable[Question]) -> Replies:
        """Ask many questions, and tell for `fresh` ones where the cache differed from the disk."""
        batch = exchanges.Batch(list(questions), self._table.find)
        while not self._call(batch.proceed):
            # Every profile that a connection may open is open: another connection opens the rest.
            self.close()
        if batch.asked:
            # What was not in the table was asked after all had been looked for there.
            self._take_note(batch.asked, settles=self._table.is_doubtful)
        return batch.replies

    def explain(
        self,
        specifier: str,
        *,
        importer: FilePath | None = None,
        directory: FilePath | None = None,
        kind: str | Kind = Kind.IMPORT,
        types: bool = False,
        profile: str | None = None,
        options: Options | None = None,
    ) -> Explanation:
        """Ask for every step of one resolve."""
        return self.ask_explanation(
            question(
                specifier,
                importer=importer,
                directory=directory,
                kind=kind,
                types=types,
                profile=profile,
                options=options,
            )
        )

    def ask_explanation(self, asked: Question) -> Explanation:
        """Ask for the steps of a question that was made before."""
        self._make_room(asked)
        return self._call(lambda session: exchanges.explain(session, asked))

    def tsconfig(self, question: TsconfigQuestion) -> TsconfigReport:
        """Ask what a tsconfig comes to, which one a file is under, or whether it takes a file in."""
        return self._call(lambda session: exchanges.tsconfig(session, question))

    def routes(self, directory: FilePath, *, extensions: Iterable[str] = (), reload: bool = False) -> list[Route]:
        """Give the routes of a directory of pages, as they were when nothing was wrong. Raises `RoutesError`.

        With `reload` also where something is wrong now. No extensions: those that Bun's router takes for pages.
        """
        root, suffixes = absolute(directory), tuple(extensions)
        return self._call(lambda session: exchanges.routes(session, root, suffixes, reload=reload))

    def match_route(
        self,
        url: str,
        *,
        directory: FilePath,
        extensions: Iterable[str] = (),
        origin: str = "",
        asset_prefix: str = "",
    ) -> RouteMatch | None:
        """Give the page for a path or a URL, as the disk is now. Raises `RoutesError` where there never were routes."""
        root, suffixes = absolute(directory), tuple(extensions)
        return self._call(
            lambda session: exchanges.match_route(
                session, lambda number: MatchRoute(number, root, url, suffixes, origin, asset_prefix)
            )
        )

    def subscribe(self, questions: Iterable[Question]) -> Subscription:
        """Ask many questions, and be told from then on when an answer is no longer so."""
        return Subscription(
            BlockingClient(self.socket, deadline=self.deadline, name=self._name, dial=self._dial), questions
        )

    # -- busting and telling -------------------------------------------------------------------------------------

    def missing(self, path: FilePath) -> Busted:
        """Tell that an answer's path could not be opened: the daemon looks again before it answers the next time."""
        return self._call(lambda session: exchanges.missing(session, absolute(path)))

    def bust(self, *paths: FilePath) -> Busted:
        """Void everything that depends on any of the paths."""
        named = tuple(absolute(path) for path in paths)
        return self._call(lambda session: exchanges.bust_paths(session, named))

    def bust_specifier(
        self, specifier: str, *, importer: FilePath | None = None, directory: FilePath | None = None
    ) -> Busted:
        """Void the answers to one question, in every profile and kind."""
        asked = question(specifier, importer=importer, directory=directory)
        return self._call(
            lambda session: exchanges.bust_specifier(session, specifier, asked.origin, is_file=asked.is_file)
        )

    def bust_all(self) -> Busted:
        """Void everything."""
        return self._call(exchanges.bust_all)

    def projects(self) -> dict[str, int]:
        """Count the answers that the daemon remembers, by project; the largest first."""
        return dict(self._call(exchanges.projects).answers)

    def stats(self) -> messages.Stats:
        """Ask for the counters of the engine and of the daemon."""
        return self._call(exchanges.stats)

    def status(self) -> messages.Health:
        """Ask how the daemon is."""
        return self._call(exchanges.status)

    def diagnose(self) -> messages.Diagnosis:
        """Ask whether the daemon's invariants hold, and what it cannot watch."""
        return self._call(exchanges.diagnose)

    def stop(self) -> None:
        """Ask the daemon to leave; it answers what it was asked before."""
        self._call(exchanges.stop)
        self.close()

    def greet(self) -> messages.Welcome:
        """Connect if need be; what the daemon said of itself."""
        return self._call(exchanges.greet)

    # -- calls ---------------------------------------------------------------------------------------------------

    def _call(self, begin: Callable[[Session], Exchange[_Result]]) -> _Result:
        if self._connection is not None:
            try:
                return self._run(self._connection, begin)
            except ConnectionLost:
                # It may have been restarted since the last call: this one deserves a connection of today.
                pass
        return self._run(self._connect(), begin)

    def _connect(self) -> Connection:
        self._session = Session(self._name)
        connection = self._connection = self._dial(self.socket, self._session)
        self._run(connection, exchanges.greet)
        return connection

    def _run(self, connection: Connection, begin: Callable[[Session], Exchange[_Result]]) -> _Result:
        """Move bytes until an exchange has its result."""
        exchange = begin(self._session)
        try:
            while True:
                try:
                    next(exchange)
                except StopIteration as stop:
                    return cast("_Result", stop.value)
                connection.move(self.deadline)
        except (OptionsError, RoutesError):
            raise
        except DaemonRefused as refused:
            if refused.code in messages.CLOSING:
                self.close()
            raise
        except BaseException:
            # Also when interrupted: a reply may be under way that nobody would fetch.
            self.close()
            raise
        finally:
            exchange.close()

    def hear(self, held: Held, seconds: float | None) -> list[Change]:
        """Wait until answers changed that are held, for ever or so many seconds; what did, or nothing."""
        until = None if seconds is None else time.monotonic() + seconds
        while not (changes := self._call(held.take)):
            left = None if until is None else max(0, until - time.monotonic())
            if self._connection is not None and not self._connection.wait(left):
                break
            self._call(held.await_more)
        return changes

    def _make_room(self, asked: Question) -> None:
        """See that the question's profile can be opened; another connection opens others."""
        if not exchanges.has_room_for(self._session, asked):
            self.close()


class Subscription:
    """Answers that are held, on a connection of their own. To be closed; raises what `BlockingClient` raises.

    After a time away (the daemon was restarted, or had more to tell than was read) everything is asked again, and what
    differs from what was held is given as changes. `answers` are what is held now, in the order of the questions.
    """

    __slots__ = ("_client", "_held")

    def __init__(self, client: BlockingClient, questions: Iterable[Question]) -> None:
        self._client = client
        self._held = Held(list(questions))
        client.hear(self._held, 0)

    @property
    def answers(self) -> list[Answer]:
        """What is held."""
        return self._held.answers

    def wait(self, seconds: float | None = None) -> list[Change]:
        """Wait for changes, for ever or so many seconds; nothing when none came in time."""
        return self._client.hear(self._held, seconds)

    def __iter__(self) -> Iterator[list[Change]]:
        while True:
            yield self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the subscription."""
        self._client.close()
