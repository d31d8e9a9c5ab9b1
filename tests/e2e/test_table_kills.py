"""kill -9 at any moment: who reads the answer table is not told what was so while the daemon lived."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import msgspec
import pytest

from resolverd_client import BlockingClient, ClientError, Question
from resolverd_client.table import AFTER
from tests.differential.install import Unavailable, install
from tests.e2e.command import Home, home
from tests.e2e.live import IS_LONG

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "clients" / "node"
NEVER = 1 << 40
FASTER = 6
"""Times as many questions that the JavaScript client asks in the same time."""


class Told(msgspec.Struct):
    """What the JavaScript client said last; whether a poll stood for it."""

    path: str | None
    stands: bool
    hits: int


def killings(user: Home) -> Iterator[int]:
    """Start a daemon for each round; how often to ask after it is killed, before the change.

    A dying process gives its descriptors back one after the other: asking on lets the change fall between any two.
    """
    for asked_before in islice(cycle(range(50, 4000, 650)), 300 if IS_LONG else 7):
        user.run("start")
        (user.workspace / "src/cart.ts").touch()
        yield asked_before


def test_a_change_after_a_kill_is_never_answered_from_before_it() -> None:
    with home() as user:
        asked = Question("./cart.js", user.importer)
        for asked_before in killings(user):
            with BlockingClient(user.socket) as client:
                for _ in range(AFTER + 8):
                    assert client.ask(asked).path
                assert client._table.hits
                os.kill(user.pid(), signal.SIGKILL)
                assert path_after_a_change(client, asked, asked_before, user.workspace / "src/cart.ts") is None


@pytest.mark.parametrize("stands_after", [1, NEVER], ids=["stands", "calls"])
def test_nor_by_the_javascript_client(stands_after: int) -> None:
    try:
        koffi = install("node_client") / "node_modules"
    except Unavailable as why:
        pytest.skip(str(why))
    with home() as user:
        environment = user.environment | {"RESOLVERD_SOCKET": str(user.socket), "NODE_PATH": str(koffi)}
        for asked_before in killings(user):
            given = (
                CLIENT,
                user.pid(),
                user.importer,
                user.workspace / "src/cart.ts",
                FASTER * asked_before,
                stands_after,
            )
            command = ("node", HERE / "table_kill.cjs", *map(str, given))
            done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
            told = msgspec.json.decode(done.stdout, type=Told)
            assert told.hits
            assert told.path is None
            if told.stands != (stands_after != NEVER):
                pytest.skip("no poll stands here (clients/node/lib/standing_poll.cjs)")


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
