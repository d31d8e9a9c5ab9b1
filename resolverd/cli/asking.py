"""Who is asked: the daemon, or with `--no-daemon` the same engine inside this process."""

from __future__ import annotations

import os
from argparse import Namespace

from resolverd import __version__
from resolverd.cli.display import note
from resolverd.cli.launch import dial_or_start
from resolverd.cli.places import path_of
from resolverd_client.blocking import BlockingClient
from resolverd_client.errors import DaemonUnavailable

CLIENT = "resolverd-cli"

DEADLINE = 60.0
"""Seconds: a cold answer on a disk that has to wake up is late, not lost."""


def socket_of(arguments: Namespace) -> str | None:
    """The `--socket` that was given, as an absolute path."""
    return None if arguments.socket is None else path_of(arguments.socket)


def refuse_when_off() -> None:
    """Step aside where the user wants no daemon to be asked. Raises `DaemonUnavailable`."""
    if os.environ.get("RESOLVERD", "").lower() == "off":
        raise DaemonUnavailable("RESOLVERD=off: no daemon is asked or started; unset it, or ask with --no-daemon")


def open_client(arguments: Namespace) -> BlockingClient:
    """Connect to the daemon, starting one where we may. Raises `DaemonUnavailable`."""
    refuse_when_off()
    client = BlockingClient(socket_of(arguments), deadline=DEADLINE, name=CLIENT, dial=dial_or_start)
    tell_version(client.greet().version)
    return client


def open_asker(arguments: Namespace) -> BlockingClient:
    """As `open_client`, but `--no-daemon` gives a client of an engine of our own."""
    if not arguments.no_daemon:
        return open_client(arguments)
    from resolverd.cli.loopback import Loopback  # noqa: PLC0415  it brings the engine along

    return BlockingClient(socket_of(arguments), name=CLIENT, dial=Loopback)


def tell_version(theirs: str) -> None:
    """Say so when the daemon is of another version; it is never replaced unasked."""
    if theirs != __version__:
        note(
            f"the daemon is resolverd {theirs} and this command {__version__}; `resolverd restart` makes them the same"
        )
