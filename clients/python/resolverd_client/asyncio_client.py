"""The client for asyncio, for programs whose loop is not theirs to choose (the language server's is pygls').

The facts. Replies to many tasks come on one stream, and the loop itself reads it. News of what is held comes unasked.

What we do. Whatever is received goes to the session, and everybody who waits looks whether that was for them. News, and the
end of the connection, set `news`: who holds answers (`Held`) takes what changed when that is set. A connection is
made in a thread, since it may mean to start a daemon.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from typing import Self, TypeVar, cast

from resolverd.errors import ProtocolError
from resolverd.terms import Answer, Explanation, TsconfigQuestion, TsconfigReport
from resolverd.wire import messages
from resolverd_client import exchanges
from resolverd_client.blocking import DEADLINE
from resolverd_client.errors import ClientError, ConnectionLost, DaemonRefused, DeadlineExceeded
from resolverd_client.exchanges import Exchange
from resolverd_client.holding import Change, Held
from resolverd_client.questions import FilePath, Question, absolute
from resolverd_client.session import Session
from resolverd_client.transport import connect, default_socket

_Result = TypeVar("_Result")

_GONE = "the daemon broke off; its log says why, and `resolverd restart` replaces it"


class _Connection(asyncio.Protocol):
    """A connected stream and what was said on it. `news` is set whenever something came, and at the end."""

    __slots__ = ("_failure", "_news", "_transport", "_waiting", "session")

    def __init__(self, client: str, news: asyncio.Event) -> None:
        self.session = Session(client)
        self._news = news
        self._failure: ClientError | ProtocolError | None = None
        self._transport: asyncio.Transport | None = None
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def is_over(self) -> bool:
        """Whether nothing can be asked here any more."""
        return self._failure is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (`asyncio.Protocol`)."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Let everybody look whether this was for them (`asyncio.Protocol`)."""
        try:
            self.session.receive(data)
        except (ProtocolError, DaemonRefused) as failure:
            self.break_off(failure)
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  `asyncio.Protocol`'s own signature
        """Tell those who wait (`asyncio.Protocol`)."""
        self.break_off(ConnectionLost(_GONE))
        self._wake()

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()
        self._news.set()

    def break_off(self, failure: ClientError | ProtocolError) -> None:
        """Close the stream; whoever waits gets `failure`."""
        self._failure = self._failure or failure
        if self._transport is not None:
            self._transport.abort()

    async def run(self, begin: Callable[[Session], Exchange[_Result]], deadline: float) -> _Result:
        """Wait until an exchange has its result. Raises `ClientError`, `ProtocolError`, `OptionsError`."""
        exchange = begin(self.session)
        try:
            while True:
                try:
                    next(exchange)
                except StopIteration as stop:
                    return cast("_Result", stop.value)
                finally:
                    self._send()
                await self._receive(deadline)
        finally:
            exchange.close()
            self._send()

    def _send(self) -> None:
        outgoing = self.session.outgoing
        if outgoing and self._transport is not None:
            self._transport.write(bytes(outgoing))
            outgoing.clear()

    async def _receive(self, deadline: float) -> None:
        if self._failure is not None:
            raise self._failure
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            async with asyncio.timeout(deadline):
                await waiter
        except TimeoutError:
            late = DeadlineExceeded(f"the daemon said nothing for {deadline:g} s; see `resolverd status`")
            self.break_off(late)
            raise late from None
        finally:
            self._waiting.discard(waiter)


class AsyncioClient:
    """Asks the daemon from an asyncio loop; any number of tasks may use one client.

    `connect` makes the connected socket, in a thread; the default starts no daemon. `deadline` is how many seconds the daemon
    may be silent. Every call raises `ClientError`; questions also raise `resolverd.errors.OptionsError`.
    """

    __slots__ = ("_connect", "_connecting", "_connection", "_name", "deadline", "news", "socket")

    def __init__(
        self,
        socket: FilePath | None = None,
        *,
        deadline: float = DEADLINE,
        name: str = "python-asyncio",
        connect: Callable[[str], socket.socket] = connect,
    ) -> None:
        self.socket = default_socket() if socket is None else absolute(socket)
        self.deadline = deadline
        self.news = asyncio.Event()
        self._name = name
        self._connect = connect
        self._connection: _Connection | None = None
        self._connecting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a later call opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.break_off(ConnectionLost("the connection was closed"))

    @property
    def is_connected(self) -> bool:
        """Whether the last connection still stands, as far as is known."""
        return self._connection is not None and not self._connection.is_over

    # -- questions -----------------------------------------------------------------------------------------------

    async def ask(self, asked: Question) -> Answer:
        """Ask which file an import means; one that does not resolve is an `Answer` with an `error`."""
        return await self._call(lambda session: exchanges.resolve(session, asked), asked)

    async def resolve_many(self, questions: Iterable[Question]) -> list[Answer]:
        """Ask many questions in few round trips; the answers in their order."""
        batch = exchanges.Batch(list(questions))
        while not await self._call(batch.proceed):
            # Every profile that a connection may open is open: another connection opens the rest.
            self.close()
        return batch.replies.answers

    async def explain(self, asked: Question) -> Explanation:
        """Ask for every step of one resolve."""
        return await self._call(lambda session: exchanges.explain(session, asked), asked)

    async def tsconfig(self, question: TsconfigQuestion) -> TsconfigReport:
        """Ask what a tsconfig comes to, which one a file is under, or whether it takes a file in."""
        return await self._call(lambda session: exchanges.tsconfig(session, question))

    async def status(self) -> messages.Health:
        """Ask how the daemon is."""
        return await self._call(exchanges.status)

    # -- answers that are held -----------------------------------------------------------------------------------

    async def take(self, held: Held) -> list[Change]:
        """See that answers are held; what changed as far as it was received. To be called again when `news` is set."""
        return await self._call(held.take)

    def let_go(self, held: Held) -> None:
        """Hold answers no longer."""
        if self._connection is not None and self.is_connected:
            held.let_go(self._connection.session)

    # -- calls ---------------------------------------------------------------------------------------------------

    async def _call(self, begin: Callable[[Session], Exchange[_Result]], asked: Question | None = None) -> _Result:
        if self.is_connected:
            try:
                return await (await self._connected(asked)).run(begin, self.deadline)
            except ConnectionLost:
                # It may have been restarted since the last call: this one deserves a connection of today.
                pass
        return await (await self._connected(asked)).run(begin, self.deadline)

    async def _connected(self, asked: Question | None) -> _Connection:
        """Give a connection on which a question's profile is open or can be."""
        async with self._connecting:
            connection = self._connection
            if connection is not None and not connection.is_over:
                if asked is None or exchanges.has_room_for(connection.session, asked):
                    return connection
                self.close()
            connected = await asyncio.to_thread(self._connect, self.socket)
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_unix_connection(
                lambda: _Connection(self._name, self.news), sock=connected
            )
            await connection.run(exchanges.greet, self.deadline)
            self._connection = connection
            return connection
