"""systemd's two small protocols: the socket that it hands over, and what it wants to be told.

The facts. Both are a few environment variables and a datagram (sd_listen_fds(3), sd_notify(3)); the library for Python
is a binding that has to be compiled against systemd's own. The variables are meant for one process: LISTEN_PID says
which. A socket of systemd's outlives us and belongs to it: clients queue there while no daemon runs, and that is how the
next one is started. A watchdog that were fed by a thread would tell that the thread lives.

What we do. The socket is taken as it is, never bound, locked, renamed or removed. The watchdog is fed by a task of the
loop that does the work, so that it starves when the loop hangs.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Mapping

import trio

from resolverd.service.claim import ClaimError

_FIRST = 3
"""The number of the first descriptor handed over (SD_LISTEN_FDS_START)."""

_BEAT_SECONDS = 10.0
"""How often the state is told where no watchdog asks for more."""


def is_handed_over(environ: Mapping[str, str], pid: int) -> bool:
    """Tell whether this process was started for a socket that somebody else listens on (sd_listen_fds(3))."""
    return environ.get("LISTEN_PID") == str(pid) and environ.get("LISTEN_FDS", "0") != "0"


def handed_over(environ: Mapping[str, str], first: int = _FIRST) -> socket.socket:
    """Take the listening socket, made non-blocking. Raises `ClaimError`."""
    if environ["LISTEN_FDS"] != "1":
        raise ClaimError(f"{environ['LISTEN_FDS']} sockets were handed over; one has to be (ListenStream=, once)")
    try:
        listener = socket.socket(fileno=first)
    except OSError as error:
        raise ClaimError(f"descriptor {first} is no socket: {error.strerror}") from None
    listens = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if listener.family != socket.AF_UNIX or listener.type != socket.SOCK_STREAM or not listens:
        listener.close()
        raise ClaimError(f"descriptor {first} is no listening Unix stream socket: ListenStream= has to be a path")
    listener.setblocking(False)
    os.set_inheritable(first, False)
    return listener


class Notifier:
    """Tells systemd how the daemon is (sd_notify(3)); nobody, where nobody asked.

    Its socket is open for life: a daemon that has no descriptor left is alive, and the watchdog has to hear it.
    """

    __slots__ = ("_address", "_sender", "beat_seconds")

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) if address else None
        watchdog = environ.get("WATCHDOG_USEC", "")
        # Half of what is allowed, as sd_watchdog_enabled(3) recommends.
        self.beat_seconds = int(watchdog) / 2e6 if watchdog.isdigit() and int(watchdog) else _BEAT_SECONDS

    def tell(self, *assignments: str) -> None:
        """Send some of READY=1, STATUS=…, STOPPING=1, WATCHDOG=1. A listener that is gone or full is let be."""
        if self._sender is None:
            return
        # The next beat tells it again; enough of them missed, and the watchdog does what it is there for.
        with contextlib.suppress(OSError):
            self._sender.sendto("\n".join(assignments).encode(), self._address)

    def close(self) -> None:
        """Tell nothing any more."""
        if self._sender is not None:
            self._sender.close()
            self._sender = None

    async def beat(self, status: Callable[[], str]) -> None:
        """Feed the watchdog and tell the state, until cancelled."""
        while self._sender is not None:
            self.tell("WATCHDOG=1", f"STATUS={status()}")
            await trio.sleep(self.beat_seconds)
