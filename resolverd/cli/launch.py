"""Finding the daemon, or starting one.

The facts. Several clients may find no daemon in the same moment. A daemon that cannot start says why only in its log.
A socket that is there may belong to a daemon that is gone.

What we do. Connecting is the only test of whether a daemon runs. Who finds none takes a lock (flock, which the kernel
gives back when its holder dies), looks again, and only then starts one; the others wait for the lock and find it. The
new daemon is ready when it can be connected to. If it dies before that, the end of its log is the error.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from resolverd_client.connection import Connection, SocketConnection
from resolverd_client.errors import DaemonUnavailable
from resolverd_client.session import Session
from resolverd_client.transport import connect

if TYPE_CHECKING:
    import socket
    import subprocess

START_SECONDS = 15.0
"""How long a new daemon may take until it can be connected to."""

_LOOK_SECONDS = 0.01
_LOG_BYTES = 4 * 1024 * 1024
_TAIL_LINES = 20

_FOR_THE_PARENT = ("LISTEN_", "NOTIFY_SOCKET", "WATCHDOG_")
"""What systemd says to the service that the client runs in, and not to a daemon that outlives it."""

_NOBODY = frozenset({errno.ENOENT, errno.ECONNREFUSED})
"""What a connect fails with when no daemon runs; any other failure is not mended by starting one."""


def dial_or_start(path: str, session: Session) -> Connection:
    """Connect to the daemon, starting one when none runs. Raises `DaemonUnavailable`."""
    return SocketConnection(connect_or_start(path), session)


def connect_or_start(path: str) -> socket.socket:
    """Connect to the daemon, starting one when none runs and we may. Raises `DaemonUnavailable`."""
    try:
        return connect(path)
    except DaemonUnavailable as error:
        if not is_nobody(error):
            raise
        if os.environ.get("RESOLVERD_NO_AUTOSTART"):
            raise DaemonUnavailable(f"{error} (RESOLVERD_NO_AUTOSTART forbids doing so unasked)") from None
    return start(path)


def start(path: str, log: Path | None = None) -> socket.socket:
    """Start a daemon that listens at `path`, unless another client just did; a connection to it.

    It writes to `log` (default: `log_path()`). Raises `DaemonUnavailable`.
    """
    with _start_lock(path):
        try:
            return connect(path)
        except DaemonUnavailable as error:
            if not is_nobody(error):
                raise
        return _launch(path, log or log_path())


def is_nobody(error: DaemonUnavailable) -> bool:
    """Whether a connect failed because no daemon runs."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno in _NOBODY


@contextmanager
def _start_lock(path: str) -> Generator[None]:
    """Hold the lock of those who want to start a daemon at `path`."""
    try:
        directory = Path(path).parent
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # In /tmp anybody may have made the directory; what runs in it would be at their mercy.
        if directory.lstat().st_uid not in {os.getuid(), 0}:
            raise DaemonUnavailable(f"{directory} belongs to another user; set RESOLVERD_SOCKET to a path of your own")
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        message = f"no daemon can be started at {path}: {error.strerror} ({error.filename})"
        raise DaemonUnavailable(message) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


# -- the new daemon ----------------------------------------------------------------------------------------------------


def _launch(path: str, log_file: Path) -> socket.socket:
    import subprocess  # noqa: PLC0415  15 ms that a client of a running daemon need not spend

    with _open_log(log_file) as log:
        begun = log.tell()
        # -P and "/": no directory of the user's can stand in for a module of ours, and none is kept busy.
        process = subprocess.Popen(  # noqa: S603  our own interpreter and module; no shell
            [sys.executable, "-P", "-m", "resolverd", "--socket", path, "run"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={name: value for name, value in os.environ.items() if not name.startswith(_FOR_THE_PARENT)},
            start_new_session=True,
        )
        return _wait_until_ready(process, path, log_file, begun)


def _wait_until_ready(process: subprocess.Popen[bytes], path: str, log: Path, begun: int) -> socket.socket:
    import subprocess  # noqa: PLC0415  as above

    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        # The process first: one that left because another daemon had the socket leaves us that other one.
        code = process.poll()
        try:
            return connect(path)
        except DaemonUnavailable as error:
            if not is_nobody(error):
                raise
        if code is not None:
            raise DaemonUnavailable(f"the daemon did not start (exit code {code}):\n{_tail(log, begun)}")
        try:
            process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    process.terminate()
    raise DaemonUnavailable(f"the daemon did not listen at {path} within {START_SECONDS:g} s; its log is {log}")


def log_path() -> Path:
    """Where a daemon in the background writes (XDG base directories)."""
    base = os.environ.get("XDG_STATE_HOME", "")
    state = Path(base) if base.startswith("/") else Path.home() / ".local/state"
    return state / "resolverd" / "log"


@contextmanager
def _open_log(path: Path) -> Generator[BinaryIO]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.replace(f"{path}.old")
        log = path.open("ab")
    except OSError as error:
        raise DaemonUnavailable(f"the daemon's log {path} cannot be written: {error.strerror}") from None
    with log:
        yield log


def _tail(log: Path, begun: int) -> str:
    """The last lines that were written since the log had `begun` bytes."""
    with log.open("rb") as written:
        written.seek(begun)
        lines = written.read(_LOG_BYTES).decode(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-_TAIL_LINES:]) or f"  (it wrote nothing to {log})"
