"""The client for plain code: one connection, one question (or batch) at a time, never without a deadline.

The facts. A daemon may be stopped, restarted or hang at any moment. A peer that only writes and a peer that only writes
wait for each other for ever. Every request may be repeated, because none has an effect that a second one changes.

What we do. The socket never blocks; one `poll` waits for whatever can go on, reading or writing. A call that finds its
old connection gone makes a new one and asks again, once. After a deadline the connection is given up, because a late
reply would meet the next question.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Protocol, Self, TypeVar, cast

from resolverd.errors import OptionsError
from resolverd.terms import Answer, Busted, Explanation, Kind
from resolverd.wire import messages
from resolverd_client import exchanges
from resolverd_client.errors import ConnectionLost, DaemonRefused, DeadlineExceeded
from resolverd_client.exchanges import Exchange
from resolverd_client.questions import FilePath, Options, Question, Replies, absolute, question
from resolverd_client.session import Session
from resolverd_client.transport import RECEIVE_BYTES, connect, default_socket

_Result = TypeVar("_Result")

DEADLINE = 10.0
"""Seconds that the daemon may be silent while it is asked."""


class Connection(Protocol):
    """What moves a session's bytes."""

    def move(self, deadline: float) -> None:
        """Send what is queued and take what comes, until something came. Raises `ClientError`."""
        ...

    def close(self) -> None:
        """Give the connection up."""
        ...


class SocketConnection:
    """A connected socket that does not block, and the session it serves."""

    __slots__ = ("_poll", "_session", "_socket")

    def __init__(self, connected: socket.socket, session: Session) -> None:
        self._socket = connected
        self._session = session
        self._poll = select.poll()

    def move(self, deadline: float) -> None:
        """Send what can be sent; wait until something was received. Raises `DeadlineExceeded`, `ConnectionLost`."""
        while True:
            self._send()
            self._poll.register(self._socket, select.POLLIN | (select.POLLOUT if self._session.outgoing else 0))
            if not self._poll.poll(deadline * 1000):
                message = f"the daemon said nothing for {deadline:g} s; `resolverd restart` replaces it"
                raise DeadlineExceeded(message)
            if self._receive():
                return

    def _send(self) -> None:
        outgoing = self._session.outgoing
        try:
            while outgoing:
                del outgoing[: self._socket.send(outgoing)]
        except BlockingIOError:
            pass
        except OSError:
            # What the daemon said before it broke off is worth more than that it did: read on.
            outgoing.clear()

    def _receive(self) -> bool:
        """Take what is there; whether anything was."""
        try:
            data = self._socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return False
        except OSError as error:
            raise ConnectionLost(f"the daemon broke off: {error.strerror}") from None
        if not data:
            raise ConnectionLost("the daemon broke off; its log says why, and `resolverd restart` replaces it")
        self._session.receive(data)
        return True

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


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

    __slots__ = ("_connection", "_dial", "_name", "_session", "deadline", "socket")

    def __init__(
        self,
        socket: FilePath | None = None,
        *,
        deadline: float = DEADLINE,
        name: str = "python",
        dial: Dial = dial,
    ) -> None:
        self.socket = default_socket() if socket is None else absolute(socket)
        self.deadline = deadline
        self._name = name
        self._dial = dial
        self._session = Session(name)
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a later call opens a new one."""
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
        self._make_room(asked)
        return self._call(lambda session: exchanges.resolve(session, asked))

    def resolve_many(self, questions: Iterable[Question]) -> list[Answer]:
        """Ask many questions in few round trips; the answers in their order."""
        return self.resolve_batch(questions).answers

    def resolve_batch(self, questions: Iterable[Question]) -> Replies:
        """Ask many questions, and tell for `fresh` ones where the cache differed from the disk."""
        batch = exchanges.Batch(list(questions))
        while not self._call(batch.proceed):
            # Every profile that a connection may open is open: another connection opens the rest.
            self.close()
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

    def stats(self) -> messages.Stats:
        """Ask for the counters of the engine and of the daemon."""
        return self._call(exchanges.stats)

    def status(self) -> messages.Health:
        """Ask how the daemon is."""
        return self._call(exchanges.status)

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
        except OptionsError:
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

    def _make_room(self, asked: Question) -> None:
        """See that the question's profile can be opened; another connection opens others."""
        if not exchanges.has_room_for(self._session, asked):
            self.close()
