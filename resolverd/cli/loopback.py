"""The daemon's side of a connection inside this process: the same requests, the same engine, no socket.

So `--no-daemon` cannot answer differently, whatever is asked.
"""

from __future__ import annotations

import os

from resolverd.cache.engine import Engine
from resolverd.errors import ProtocolError
from resolverd.service.config import load
from resolverd.service.daemon import Daemon
from resolverd.service.handlers import Session as Conversation
from resolverd.wire.framing import Framer
from resolverd_client.session import Session


class Loopback:
    """A `resolverd_client.connection.Connection` to an engine of its own."""

    __slots__ = ("_conversation", "_engine", "_framer", "_session")

    def __init__(self, path: str, session: Session) -> None:
        settings = load(os.environ, {"socket": path}).settings
        self._engine = Engine(limit=settings.memory_bytes)
        self._conversation = Conversation(Daemon(self._engine, settings, self.close))
        self._framer = Framer(settings.limits.batch_bytes)
        self._session = session

    def move(self, deadline: float) -> None:  # noqa: ARG002  a protocol's method; nothing here waits
        """Answer what is queued."""
        outgoing = self._session.outgoing
        if not outgoing:
            raise ProtocolError("a reply is waited for that nothing was asked for")
        payloads = self._framer.receive(bytes(outgoing))
        outgoing.clear()
        self._engine.begin_turn()
        out = bytearray()
        for payload in payloads:
            for _ in self._conversation.answer(payload, out) or ():
                pass
        self._session.receive(bytes(out))

    def wait(self, seconds: float | None) -> bool:  # noqa: ARG002  as above
        """Nothing comes that was not asked for: nobody listens for changes in here."""
        return False

    def close(self) -> None:
        """Nothing is held."""
