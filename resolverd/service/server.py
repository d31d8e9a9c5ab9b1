"""The listening socket: who may connect, how many at a time, and how they are all sent home.

The facts. The kernel queues connections whether or not we accept them, so a server that stops accepting leaves its
clients to wait without a word. `accept` fails when descriptors run out, and the connection stays in the queue: without
care that is a busy loop. `shutdown(SHUT_RD)` on a Unix socket lets what is in its queue be read, and then says "end".

What we do. Every connection is accepted; who cannot be served is told why. One descriptor is kept in reserve for the
time when there is no other. To stop, each connection is shut for reading: what clients had sent by then is answered,
and each connection comes to its end as if its client had left. After `stop_seconds` the rest is cancelled.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import struct
from collections.abc import Callable

import trio

from resolverd.cache.engine import Engine
from resolverd.service.config import Settings
from resolverd.service.connection import Connection
from resolverd.service.daemon import Daemon
from resolverd.service.patience import Patience
from resolverd.wire.codec import encode_message
from resolverd.wire.messages import NO_REQUEST, RefusalCode, Refused

OVERFLOW_UID = 65534
"""What the kernel says of a peer whose user has no number in our user namespace: it may be anybody."""

_CREDENTIALS = struct.Struct("iII")
_OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})
_PAUSE_SECONDS = 0.1

_log = logging.getLogger(__name__)


def peer_uid(sock: socket.socket) -> int:
    """The user of the process at the other end, as it was when it connected (unix(7), SO_PEERCRED)."""
    _, uid, _ = _CREDENTIALS.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return uid


def may_connect(peer: int, own: int) -> bool:
    """Whether a peer's user is ours beyond doubt."""
    return peer == own and peer != OVERFLOW_UID


class Server:
    """Accepts connections on a listening, non-blocking Unix socket, and serves each in a task of its own."""

    def __init__(
        self, listener: socket.socket, engine: Engine, settings: Settings, patience: Patience | None = None
    ) -> None:
        self.daemon = Daemon(engine, settings, self.stop, patience)
        self._listener = listener
        self._limits = settings.limits
        self._accepting = trio.CancelScope()
        self._connections: set[Connection] = set()
        self._reserve = Reserve()
        self._is_failing = False

    def stop(self) -> None:
        """Let `serve` come to its end in good order."""
        self._accepting.cancel()

    async def serve(self, stopping: Callable[[], None] = lambda: None) -> None:
        """Serve until `stop`, then tell that it is stopping; closes the listening socket."""
        async with trio.open_nursery() as nursery:
            with self._accepting, self._listener, self._reserve:
                while True:
                    await trio.lowlevel.wait_readable(self._listener)
                    await self._accept(nursery)
            stopping()
            _log.info("stopping with %d connections", len(self._connections))
            nursery.cancel_scope.deadline = trio.current_time() + self.daemon.settings.stop_seconds
            for connection in self._connections:
                connection.half_close()

    async def _accept(self, nursery: trio.Nursery) -> None:
        try:
            sock, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            if not self._is_failing:
                _log.warning("connections cannot be accepted, until it is said that they can: %s", error)
            self._is_failing = True
            # Out of memory, or of something else that comes back: who waits in the queue still waits.
            if error.errno not in _OUT_OF_DESCRIPTORS or not self._reserve.turn_away(self._listener):
                await trio.sleep(_PAUSE_SECONDS)
            self.daemon.turned_away += 1
            return
        if self._is_failing:
            _log.warning("connections can be accepted again")
        self._is_failing = False
        sock.setblocking(False)
        refusal = self._refusal(peer_uid(sock))
        if refusal is None:
            connection = Connection(sock, self.daemon)
            # Counted now: the task begins only after others were accepted, or the daemon was told to stop.
            self._connections.add(connection)
            self.daemon.connections = len(self._connections)
            self.daemon.accepted += 1
            nursery.start_soon(self._serve_one, connection)
        else:
            self.daemon.turned_away += 1
            turn_away(sock, refusal)

    def _refusal(self, uid: int) -> Refused | None:
        if not may_connect(uid, os.geteuid()):
            return Refused(NO_REQUEST, RefusalCode.FOREIGN_USER, f"this daemon serves user {os.geteuid()}, not {uid}")
        if len(self._connections) >= self._limits.connections:
            return _busy(f"all {self._limits.connections} connections are in use")
        return None

    async def _serve_one(self, connection: Connection) -> None:
        try:
            await connection.serve()
        except OSError as error:
            _log.warning("a connection broke off: %s", error)
        except Exception:  # noqa: BLE001  a bug outside of any one request ends its connection, and no other
            _log.exception("a bug: a connection broke off")
        finally:
            self._connections.discard(connection)
            self.daemon.connections = len(self._connections)


def turn_away(sock: socket.socket, refusal: Refused) -> None:
    """Tell a client why, and close; one that already left is none the wiser."""
    with sock, contextlib.suppress(OSError):
        sock.send(encode_message(refusal))


def _busy(reason: str) -> Refused:
    return Refused(NO_REQUEST, RefusalCode.BUSY, f"{reason}; try again later, or resolve without the daemon")


class Reserve:
    """A descriptor that is given up to accept one connection when there is no other, only to turn it away."""

    def __init__(self) -> None:
        self._descriptor: int | None = os.open(os.devnull, os.O_RDONLY)

    def __enter__(self) -> None:
        """Nothing to do: the descriptor is held from the beginning."""

    def __exit__(self, *_: object) -> None:
        self._release()

    def turn_away(self, listener: socket.socket) -> bool:
        """Accept, say `busy`, close; False when even that could not be done."""
        self._release()
        try:
            sock, _ = listener.accept()
        except OSError:
            accepted = False
        else:
            sock.setblocking(False)
            turn_away(sock, _busy("the daemon has no file descriptor left"))
            accepted = True
        with contextlib.suppress(OSError):
            self._descriptor = os.open(os.devnull, os.O_RDONLY)
        return accepted

    def _release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
