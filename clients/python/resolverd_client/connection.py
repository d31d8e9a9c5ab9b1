"""What moves the bytes of a plain client's session: a socket, or (`resolverd --no-daemon`) something that acts as one.

The facts. A peer that only writes and a peer that only writes wait for each other for ever.

What we do. The socket never blocks; one `poll` waits for whatever can go on, reading or writing.
"""

from __future__ import annotations

import select
import socket
from typing import Protocol

from resolverd_client.errors import ConnectionLost, DeadlineExceeded
from resolverd_client.session import Session
from resolverd_client.transport import RECEIVE_BYTES


class Connection(Protocol):
    """What moves a session's bytes."""

    def move(self, deadline: float) -> None:
        """Send what is queued and take what comes, until something came. Raises `ClientError`."""
        ...

    def wait(self, seconds: float | None) -> bool:
        """Wait until there is something to take; whether there is after so many seconds."""
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

    def wait(self, seconds: float | None) -> bool:
        """Wait for bytes, or the end."""
        self._poll.register(self._socket, select.POLLIN)
        return bool(self._poll.poll(None if seconds is None else seconds * 1000))

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
