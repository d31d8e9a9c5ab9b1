"""kill -9 at any moment: who reads the answer table is not told what was so while the daemon lived."""

from __future__ import annotations

import os
import signal
from itertools import cycle, islice
from pathlib import Path

from resolverd_client import BlockingClient, ClientError, Question
from resolverd_client.table import AFTER
from tests.e2e.command import home
from tests.e2e.live import IS_LONG


def test_a_change_after_a_kill_is_never_answered_from_before_it() -> None:
    # A dying process gives its descriptors back one after the other: asking on lets the change fall between any two.
    with home() as user:
        cart = user.workspace / "src/cart.ts"
        asked = Question("./cart.js", user.importer)
        for asked_before in islice(cycle(range(50, 4000, 650)), 300 if IS_LONG else 7):
            user.run("start")
            cart.touch()
            with BlockingClient(user.socket) as client:
                for _ in range(AFTER + 8):
                    assert client.ask(asked).path
                assert client._table.hits
                os.kill(user.pid(), signal.SIGKILL)
                assert path_after_a_change(client, asked, asked_before, cart) is None


def path_after_a_change(client: BlockingClient, asked: Question, asked_before: int, source: Path) -> str | None:
    """Ask on for a while, remove the file, and ask once more; None too when no daemon is left to answer."""
    try:
        for _ in range(asked_before):
            client.ask(asked)
    except ClientError:
        pass
    source.unlink()
    try:
        return client.ask(asked).path
    except ClientError:
        return None
