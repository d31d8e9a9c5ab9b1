"""The client for trio: many tasks share one connection, each waiting for its own replies.

The facts. Replies to many tasks come on one stream. A task may be cancelled at any `await`, also with half a request
sent, after which the stream is of no use to the others.

What we do. There is no reader task and so no nursery to keep: of the tasks that wait, the one that holds the receive
lock reads for all, and whoever gets the lock next first looks whether its replies have come meanwhile. Sending is done
under a lock too; a task that is cancelled in the middle of it breaks the connection, and the others ask again, once,
on a new one. A connection lives as long as a task uses it, also when a newer one has taken its place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, TypeVar

import trio

from resolverd.errors import ProtocolError
from resolverd.terms import Answer, Busted, Explanation, Kind, Route, RouteMatch, TsconfigQuestion, TsconfigReport
from resolverd.wire import messages
from resolverd.wire.messages import MatchRoute
from resolverd_client import exchanges
from resolverd_client.blocking import DEADLINE
from resolverd_client.errors import ConnectionLost, DaemonRefused, DeadlineExceeded
from resolverd_client.exchanges import Exchange
from resolverd_client.holding import Change, Held
from resolverd_client.questions import FilePath, Options, Question, Replies, absolute, question
from resolverd_client.session import Session
from resolverd_client.table import Table
from resolverd_client.transport import RECEIVE_BYTES, connect, default_socket

_Result = TypeVar("_Result")


class _Connection:
    """A connected stream, what was said on it, and how many tasks use it."""

    __slots__ = ("_receiving", "_sending", "_stream", "broken", "retired", "session", "users")

    def __init__(self, stream: trio.SocketStream, client: str) -> None:
        self.session = Session(client)
        self.users = 0
        self.broken = False
        self.retired = False
        self._stream = stream
        self._sending = trio.Lock()
        self._receiving = trio.Lock()

    async def run(self, begin: Callable[[Session], Exchange[_Result]], deadline: float) -> _Result:
        """Move bytes until an exchange has its result. Raises `DeadlineExceeded` and `ConnectionLost`."""
        exchange = begin(self.session)
        self.users += 1
        try:
            while True:
                received = self.session.received
                try:
                    next(exchange)
                except StopIteration as stop:
                    return stop.value
                with trio.move_on_after(deadline) as waiting:
                    await self._move(received)
                if waiting.cancelled_caught:
                    self.break_off()
                    raise DeadlineExceeded(f"the daemon said nothing for {deadline:g} s; see `resolverd status`")
        except (ProtocolError, ConnectionLost):
            self.break_off()
            raise
        except DaemonRefused as refused:
            if refused.code in messages.CLOSING:
                self.break_off()
            raise
        finally:
            exchange.close()
            self.users -= 1
            if self.retired and not self.users:
                self.break_off()

    async def _move(self, received: int) -> None:
        """Send what is queued; wait until more was received than `received` bytes, by whichever task."""
        await self._send()
        async with self._receiving:
            if self.session.received != received:
                return
            if self.broken:
                raise ConnectionLost("the daemon broke off")
            try:
                data = await self._stream.receive_some(RECEIVE_BYTES)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                raise ConnectionLost("the daemon broke off") from None
            if not data:
                raise ConnectionLost("the daemon broke off; its log says why, and `resolverd restart` replaces it")
            self.session.receive(bytes(data))

    async def _send(self) -> None:
        async with self._sending:
            outgoing = bytes(self.session.outgoing)
            self.session.outgoing.clear()
            if not outgoing:
                return
            try:
                await self._stream.send_all(outgoing)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                # What the daemon said before it broke off is worth more than that it did: read on.
                return
            except trio.Cancelled:
                self.break_off()
                raise

    def break_off(self) -> None:
        """Close the stream at once; the tasks that wait on it get `ConnectionLost`."""
        self.broken = True
        self._stream.socket.close()


class Client:
    """Asks the daemon without blocking the others; any number of tasks may use one client.

    `deadline` is how many seconds the daemon may be silent. Every call raises `DaemonUnavailable`, `ConnectionLost`,
    `DeadlineExceeded` or `DaemonRefused`; questions also raise `resolverd.errors.OptionsError`.
    """

    __slots__ = ("_connecting", "_connection", "_name", "_table", "deadline", "socket")

    def __init__(
        self,
        socket: FilePath | None = None,
        *,
        deadline: float = DEADLINE,
        name: str = "python-trio",
        table: bool = True,
    ) -> None:
        self.socket = default_socket() if socket is None else absolute(socket)
        self.deadline = deadline
        self._name = name
        self._connection: _Connection | None = None
        self._connecting = trio.Lock()
        self._table = Table(self.socket, is_wanted=table)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection; a later call opens a new one."""
        self._table.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.break_off()

    # -- questions -----------------------------------------------------------------------------------------------

    async def resolve(
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
        return await self.ask(
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

    async def ask(self, asked: Question) -> Answer:
        """Ask a question that was made before."""
        session = None if self._connection is None else self._connection.session
        answer = None if session is None else self._table.find(session, asked)
        if answer is not None:
            await trio.lowlevel.checkpoint()
            return answer
        settles = self._table.is_doubtful
        answer = await self._call(lambda session: exchanges.resolve(session, asked), asked)
        await self._take_note(1, settles=settles)
        return answer

    async def _take_note(self, answers: int, *, settles: bool) -> None:
        """Take note of answers that came over the socket; the table is fetched once that pays."""
        connection = self._connection
        if connection is not None and self._table.is_due(connection.session, settles=settles, answers=answers):
            # A daemon that is stopped in this moment would stop this task's whole thread.
            await trio.to_thread.run_sync(self._table.fetch)

    async def resolve_many(self, questions: Iterable[Question]) -> list[Answer]:
        """Ask many questions in few round trips; the answers in their order."""
        return (await self.resolve_batch(questions)).answers

    async def resolve_batch(self, questions: Iterable[Question]) -> Replies:
        """Ask many questions, and tell for `fresh` ones where the cache differed from the disk."""
        batch = exchanges.Batch(list(questions), self._table.find)
        settles = self._table.is_doubtful
        while not await self._call(batch.proceed):
            # Every profile that a connection may open is open: another connection opens the rest.
            self._retire()
        if batch.asked:
            await self._take_note(batch.asked, settles=settles)
        else:
            await trio.lowlevel.checkpoint()
        return batch.replies

    async def explain(
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
        asked = question(
            specifier,
            importer=importer,
            directory=directory,
            kind=kind,
            types=types,
            profile=profile,
            options=options,
        )
        return await self._call(lambda session: exchanges.explain(session, asked), asked)

    def subscribe(self, questions: Iterable[Question]) -> Subscription:
        """Ask many questions, and be told from then on when an answer is no longer so (`async with`)."""
        return Subscription(Client(self.socket, deadline=self.deadline, name=self._name), questions)

    async def tsconfig(self, question: TsconfigQuestion) -> TsconfigReport:
        """Ask what a tsconfig comes to, which one a file is under, or whether it takes a file in."""
        return await self._call(lambda session: exchanges.tsconfig(session, question))

    async def routes(self, directory: FilePath, *, extensions: Iterable[str] = (), reload: bool = False) -> list[Route]:
        """Give the routes of a directory of pages, as they were when nothing was wrong. Raises `RoutesError`.

        With `reload` also where something is wrong now. No extensions: those that Bun's router takes for pages.
        """
        root, suffixes = absolute(directory), tuple(extensions)
        return await self._call(lambda session: exchanges.routes(session, root, suffixes, reload=reload))

    async def match_route(
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
        return await self._call(
            lambda session: exchanges.match_route(
                session, lambda number: MatchRoute(number, root, url, suffixes, origin, asset_prefix)
            )
        )

    # -- busting and telling -------------------------------------------------------------------------------------

    async def missing(self, path: FilePath) -> Busted:
        """Tell that an answer's path could not be opened: the daemon looks again before it answers the next time."""
        return await self._call(lambda session: exchanges.missing(session, absolute(path)))

    async def bust(self, *paths: FilePath) -> Busted:
        """Void everything that depends on any of the paths."""
        named = tuple(absolute(path) for path in paths)
        return await self._call(lambda session: exchanges.bust_paths(session, named))

    async def bust_specifier(
        self, specifier: str, *, importer: FilePath | None = None, directory: FilePath | None = None
    ) -> Busted:
        """Void the answers to one question, in every profile and kind."""
        asked = question(specifier, importer=importer, directory=directory)
        return await self._call(
            lambda session: exchanges.bust_specifier(session, specifier, asked.origin, is_file=asked.is_file)
        )

    async def bust_all(self) -> Busted:
        """Void everything."""
        return await self._call(exchanges.bust_all)

    async def projects(self) -> dict[str, int]:
        """Count the answers that the daemon remembers, by project; the largest first."""
        return dict((await self._call(exchanges.projects)).answers)

    async def stats(self) -> messages.Stats:
        """Ask for the counters of the engine and of the daemon."""
        return await self._call(exchanges.stats)

    async def status(self) -> messages.Health:
        """Ask how the daemon is."""
        return await self._call(exchanges.status)

    async def diagnose(self) -> messages.Diagnosis:
        """Ask whether the daemon's invariants hold, and what it cannot watch."""
        return await self._call(exchanges.diagnose)

    # -- calls ---------------------------------------------------------------------------------------------------

    async def hear(self, held: Held) -> list[Change]:
        """Wait until answers changed that are held; what did."""
        while not (changes := await self.take(held)):
            await self._call(held.await_more, deadline=math.inf)
        return changes

    async def take(self, held: Held) -> list[Change]:
        """See that answers are held; what changed as far as it was received."""
        return await self._call(held.take)

    async def _call(
        self,
        begin: Callable[[Session], Exchange[_Result]],
        asked: Question | None = None,
        deadline: float | None = None,
    ) -> _Result:
        patience = self.deadline if deadline is None else deadline
        connection = self._connection
        if connection is not None and not connection.broken:
            try:
                return await (await self._connected(asked)).run(begin, patience)
            except ConnectionLost:
                # It may have been restarted since the last call: this one deserves a connection of today.
                pass
        return await (await self._connected(asked)).run(begin, patience)

    async def _connected(self, asked: Question | None) -> _Connection:
        """Give a connection on which a question's profile is open or can be; nothing is awaited after that is seen."""
        while True:
            connection = self._connection
            if connection is None or connection.broken:
                await self._connect()
            elif asked is None or exchanges.has_room_for(connection.session, asked):
                return connection
            else:
                self._retire()

    async def _connect(self) -> None:
        async with self._connecting:
            if self._connection is None or self._connection.broken:
                # A backlog may be full, and connecting to a Unix socket cannot be awaited.
                connected = await trio.to_thread.run_sync(connect, self.socket)
                stream = trio.SocketStream(trio.socket.from_stdlib_socket(connected))
                connection = _Connection(stream, self._name)
                try:
                    await connection.run(exchanges.greet, self.deadline)
                except BaseException:
                    connection.break_off()
                    raise
                self._connection = connection

    def _retire(self) -> None:
        """Let the next call make a new connection; this one closes when the last task has left it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.retired = True
            if not connection.users:
                connection.break_off()


class Subscription:
    """Answers that are held, on a connection of their own; iterating waits for changes, for ever.

    After a time away (the daemon was restarted, or had more to tell than was read) everything is asked again, and what
    differs from what was held is given as changes. `answers` are what is held now, in the order of the questions.
    """

    __slots__ = ("_client", "_held")

    def __init__(self, client: Client, questions: Iterable[Question]) -> None:
        self._client = client
        self._held = Held(list(questions))

    @property
    def answers(self) -> list[Answer]:
        """What is held."""
        return self._held.answers

    async def __aenter__(self) -> Self:
        await self._client.take(self._held)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[Change]:
        return await self._client.hear(self._held)
