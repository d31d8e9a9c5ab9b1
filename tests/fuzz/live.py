"""Mutants of conversations, sent to a running daemon on its socket, beside a client that has to go on being served.

python -m tests.fuzz.live [--conversations N]
"""

from __future__ import annotations

import argparse
import socket
from itertools import islice
from pathlib import Path

from resolverd.wire.codec import decode_request
from resolverd.wire.framing import Framer
from resolverd.wire.messages import Shutdown
from resolverd_client import BlockingClient, table
from tests.fuzz.mutations import mutants
from tests.soak.daemon import RunningDaemon, running_daemon
from tests.soak.subjects import open_files_of

EVERY = 50
"""Conversations between two questions of the neighbour's."""

SECONDS = 30


class Disturbed(Exception):  # noqa: N818  what was found, not what went wrong
    """A neighbour was not served, or something was left behind."""


def play(conversations: int) -> int:
    """Have that many conversations; how many frames were sent. Raises `Disturbed`, and whatever the client raises."""
    sent = 0
    with running_daemon() as daemon:
        neighbour, here = daemon.client, str(Path(__file__).resolve())
        _ask(neighbour, here)
        held = _open_files(daemon)
        for number, data in enumerate(islice(mutants("frames"), conversations)):
            payloads = Framer(1 << 20).receive(data)
            # One of them may tell the daemon to stop, which it would.
            if any(isinstance(decode_request(payload), Shutdown) for payload in payloads):
                continue
            _converse(neighbour.socket, data)
            sent += len(payloads)
            if number % EVERY == 0:
                _ask(neighbour, here)
        _ask(neighbour, here)
        if (now := _open_files(daemon)) != held:
            raise Disturbed(f"{held} open files became {now}")
    return sent


def _open_files(daemon: RunningDaemon) -> int:
    """Count them while there is an answer table, as some conversation asks for one, and another ends it."""
    fetched = table.fetch(daemon.client.socket)
    assert fetched is not None
    fetched.close()
    while daemon.client.stats().service.connections > 1:
        pass  # it takes note of who left while it answers this
    return open_files_of(daemon.pid)


def _ask(client: BlockingClient, path: str) -> None:
    if client.resolve(f"./{Path(path).name}", importer=path).path != path:
        raise Disturbed("a wrong answer")


def _converse(path: str, data: bytes) -> None:
    """Say it all, then read to the end: an orderly end, or one that is broken off."""
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.settimeout(SECONDS)
        try:
            daemon.connect(path)
            daemon.sendall(data)
            daemon.shutdown(socket.SHUT_WR)
            while daemon.recv(1 << 16):
                pass
        except ConnectionError:
            return


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.live", description=__doc__)
    parser.add_argument("--conversations", type=int, default=100_000)
    arguments = parser.parse_args()
    print(
        f"{arguments.conversations:,} conversations, {play(arguments.conversations):,} whole frames: nobody was disturbed"
    )


if __name__ == "__main__":
    main()
