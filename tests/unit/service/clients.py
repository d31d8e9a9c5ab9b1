"""A client that sends what it is told, good or bad, and the service it talks to."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import trio

from resolverd import Engine
from resolverd.service.claim import claim
from resolverd.service.config import Settings
from resolverd.service.run import tell
from resolverd.service.server import Server
from resolverd.view.memory import MemoryView
from resolverd.wire.codec import decode_reply, encode_message
from resolverd.wire.framing import Framer
from resolverd.wire.messages import (
    PROTOCOL,
    Hello,
    Limits,
    OpenProfile,
    Ping,
    Pong,
    ProfileOpened,
    RefusalCode,
    Refused,
    Reply,
    Request,
    Welcome,
)

HELLO = Hello(PROTOCOL, "test", "0")
MODULES = 300
PATIENCE = 20


class Client:
    """One connection."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._framer = Framer()
        self._payloads: list[bytes] = []

    async def send(self, *messages: Request) -> None:
        await self.send_bytes(b"".join(map(encode_message, messages)))

    async def send_bytes(self, data: bytes) -> None:
        with trio.fail_after(PATIENCE):
            await self.stream.send_all(data)

    async def receive(self) -> Reply | None:
        """The next reply, None at the end of the stream."""
        with trio.fail_after(PATIENCE):
            while not self._payloads:
                try:
                    data = await self.stream.receive_some()
                except trio.BrokenResourceError:
                    # The daemon closed while it had unread bytes of ours: the end as well.
                    return None
                if not data:
                    return None
                self._payloads += self._framer.receive(data)
        return decode_reply(self._payloads.pop(0))

    async def ask(self, *messages: Request) -> list[Reply | None]:
        await self.send(*messages)
        return [await self.receive() for _ in messages]

    async def greet(self) -> None:
        """Say hello and open the profile `node` as number 0."""
        welcome, opened = await self.ask(HELLO, OpenProfile(1, "node"))
        assert isinstance(welcome, Welcome)
        assert isinstance(opened, ProfileOpened)
        assert (opened.id, opened.profile) == (1, 0)

    async def is_refused(self, code: RefusalCode, request: int = 0) -> Refused:
        """The next reply, which is a refusal with that code."""
        refused = await self.receive()
        assert isinstance(refused, Refused)
        assert (refused.code, refused.id) == (code, request)
        return refused

    async def is_served(self) -> bool:
        """Whether the daemon answers."""
        return await self.ask(Ping(77)) == [Pong(77)]


class Service:
    """A server over a project in memory, at a real socket, and its clients."""

    def __init__(self, directory: Path, limits: Limits, *, stop_seconds: float = 5) -> None:
        self.path = str(directory / "socket")
        self.settings = Settings(socket=self.path, limits=limits, stop_seconds=stop_seconds)
        self.view = project()
        self._stack = contextlib.ExitStack()
        self.server = Server(
            self._stack.enter_context(claim(self.path)), Engine(self.view, is_told=True), self.settings
        )
        self.daemon = self.server.daemon
        self.ended = trio.Event()

    async def connect(self) -> Client:
        stream = await trio.open_unix_socket(self.path)
        self._stack.callback(stream.socket.close)
        return Client(stream)

    async def greeted(self) -> Client:
        client = await self.connect()
        await client.greet()
        return client

    async def serve(self) -> None:
        """Serve until the server stops; `ended` tells."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(tell, self.daemon)
                await self.server.serve()
                nursery.cancel_scope.cancel()
        finally:
            self.ended.set()

    def close(self) -> None:
        self._stack.close()


@contextlib.asynccontextmanager
async def serving(**limits: float) -> AsyncIterator[Service]:
    """A service for the time of the block."""
    with tempfile.TemporaryDirectory() as directory:
        service = Service(Path(directory), Limits(**limits))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(service.serve)
            try:
                yield service
            finally:
                service.close()
                nursery.cancel_scope.cancel()


def project() -> MemoryView:
    """`/p`: some modules `/p/src/m<number>.js`, and a package `dep`."""
    view = MemoryView()
    view.write("/p/package.json", '{"name": "p", "type": "module"}')
    for number in range(MODULES):
        view.write(f"/p/src/m{number}.js")
    view.write("/p/node_modules/dep/package.json", '{"name": "dep", "exports": "./main.js"}')
    view.write("/p/node_modules/dep/main.js")
    return view
