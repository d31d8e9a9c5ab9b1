"""`run`, `start`, `stop`, `restart` and `status`: the daemon's life, seen from outside."""

from __future__ import annotations

import fcntl
import os
import select
import signal
from argparse import Namespace
from pathlib import Path
from typing import BinaryIO, Self

import msgspec

from resolverd.cli import launch
from resolverd.cli.asking import CLIENT, refuse_when_off, socket_of, tell_version
from resolverd.cli.display import duration, note, print_json, print_pairs, say, size
from resolverd.cli.exits import Exit, UsageError
from resolverd.wire.address import pid_path
from resolverd.wire.messages import Health, Welcome
from resolverd_client.blocking import BlockingClient
from resolverd_client.connection import Connection, SocketConnection
from resolverd_client.errors import ClientError, DaemonRefused, DaemonUnavailable, DeadlineExceeded
from resolverd_client.session import Session

STOP_SECONDS = 15.0
"""How long a daemon may take to leave: it answers first what it was asked before."""

_DEADLINE = 5.0
"""Seconds that a daemon may be silent when it is only asked how it is."""


def run(arguments: Namespace) -> int:
    """Be the daemon, in the foreground."""
    from resolverd.service.claim import ClaimError  # noqa: PLC0415  the daemon's own side: trio and the engine
    from resolverd.service.config import ConfigError, load  # noqa: PLC0415
    from resolverd.service.run import run as serve  # noqa: PLC0415

    try:
        serve(load(os.environ, {"socket": socket_of(arguments)}).settings)
    except ConfigError as error:
        raise UsageError(str(error)) from None
    except ClaimError as error:
        raise DaemonUnavailable(str(error)) from None
    return Exit.DONE


def start(arguments: Namespace) -> int:
    """Start a daemon in the background, unless one runs."""
    refuse_when_off()
    with _client(arguments) as client:
        running = _greeted(client)
        _tell_started(arguments, running or _launched(client), started=running is None)
    return Exit.DONE


def stop(arguments: Namespace) -> int:
    """Stop the daemon, if one runs, and wait until it is gone."""
    with _client(arguments) as client:
        pid = stop_daemon(client)
    if arguments.json:
        print_json({"stopped": pid is not None, "pid": pid})
    else:
        say("no daemon was running" if pid is None else f"stopped (pid {pid})")
    return Exit.DONE


def restart(arguments: Namespace) -> int:
    """Stop the daemon, if one runs, and start one of this version."""
    refuse_when_off()
    with _client(arguments) as client:
        stop_daemon(client)
        _tell_started(arguments, _launched(client), started=True)
    return Exit.DONE


def status(arguments: Namespace) -> int:
    """Say how the daemon is: 0 running, 1 degraded, 3 not running. It never starts one."""
    with _client(arguments) as client:
        welcome = _greeted(client)
        if welcome is None:
            if arguments.json:
                print_json({"running": False, "socket": client.socket})
            else:
                say(f"not running (nobody listens at {client.socket}); `resolverd start` starts it")
            return Exit.NO_DAEMON
        tell_version(welcome.version)
        return _tell_health(arguments, client.status())


def _tell_health(arguments: Namespace, health: Health) -> Exit:
    facts = {name: value for name, value in msgspec.structs.asdict(health).items() if name != "id"}
    if arguments.json:
        print_json({"running": True, **facts})
    else:
        shown = facts | {
            "uptime": duration(health.uptime),
            "rss": size(health.rss),
            "troubles": "; ".join(health.troubles) or "none",
        }
        print_pairs([("status", "degraded" if health.troubles else "running"), *shown.items()])
    return Exit.NOT_RESOLVED if health.troubles else Exit.DONE


def _tell_started(arguments: Namespace, welcome: Welcome, *, started: bool) -> None:
    if arguments.json:
        print_json({"started": started, "version": welcome.version, "pid": welcome.pid})
    else:
        say(f"{'started' if started else 'already running'}: resolverd {welcome.version} (pid {welcome.pid})")
    tell_version(welcome.version)


# -- starting ----------------------------------------------------------------------------------------------------------


def _client(arguments: Namespace) -> BlockingClient:
    return BlockingClient(socket_of(arguments), deadline=_DEADLINE, name=CLIENT)


def _greeted(client: BlockingClient) -> Welcome | None:
    """Give the welcome of the daemon that runs; None when none does."""
    try:
        return client.greet()
    except DaemonUnavailable as error:
        if launch.is_nobody(error):
            return None
        raise


def _launched(client: BlockingClient) -> Welcome:
    with BlockingClient(client.socket, name=CLIENT, deadline=_DEADLINE, dial=_dial_new) as new:
        return new.greet()


def _dial_new(path: str, session: Session) -> Connection:
    return SocketConnection(launch.start(path), session)


# -- stopping ----------------------------------------------------------------------------------------------------------


def stop_daemon(client: BlockingClient) -> int | None:
    """Stop the daemon and wait until it is gone; its pid, None when none ran. Raises `ClientError`."""
    try:
        welcome = _greeted(client)
    except (DeadlineExceeded, DaemonRefused) as error:
        # It hangs, or speaks a protocol that we do not: a signal needs no words.
        return _stop_by_signal(client.socket, error)
    if welcome is None:
        return None
    with _Watched(welcome.pid) as daemon:
        client.stop()
        daemon.wait()
    return welcome.pid


def _stop_by_signal(socket: str, reason: ClientError) -> int:
    pid = _pid_in_file(pid_path(socket))
    if pid is None:
        raise reason
    note(f"{reason}; asking process {pid} to end")
    with _Watched(pid) as daemon:
        daemon.terminate()
        daemon.wait()
    return pid


def _pid_in_file(path: str) -> int | None:
    """Give the pid of the daemon that holds its pid file; an old number in a file nobody holds may be anybody's."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(32).strip()
            return int(text) if text.isdigit() and _is_locked(file) else None
    except OSError:
        return None


def _is_locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


class _Watched:
    """A process by descriptor (pidfd), which no other process can take over as it can a number."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        try:
            self._descriptor: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def terminate(self) -> None:
        if self._descriptor is not None:
            signal.pidfd_send_signal(self._descriptor, signal.SIGTERM)

    def wait(self) -> None:
        """Wait until the process has ended. Raises `ClientError` after `STOP_SECONDS`."""
        if self._descriptor is None:
            return
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        if not poll.poll(STOP_SECONDS * 1000):
            message = f"process {self._pid} did not leave within {STOP_SECONDS:g} s; `kill -9 {self._pid}` ends it"
            raise ClientError(message)
