"""The answer table as clients have it: in front of the socket, never instead of it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from resolverd_client import BlockingClient, Client, ClientError, Question
from resolverd_client import table as client_table
from tests.e2e.command import Home, home
from tests.soak.daemon import running_daemon
from tests.soak.subjects import open_files_of

ROUNDS = client_table.AFTER + 8


@pytest.fixture
def user() -> Iterator[Home]:
    with home() as made:
        made.run("start")
        yield made


def warm(client: BlockingClient, question: Question) -> None:
    for _ in range(ROUNDS):
        assert client.ask(question).path
    assert client._table.hits


def test_after_a_while_answers_come_out_of_the_table_and_changes_are_seen(user: Home) -> None:
    cart = user.workspace / "src/cart.ts"
    asked = Question("./cart.js", user.importer)
    with BlockingClient(user.socket) as client:
        over_the_socket = client.ask(asked)
        warm(client, asked)
        hits, requests = client._table.hits, client.stats().service.requests
        counted = client.stats().engine
        assert (counted.tables, counted.published) == (1, 1)
        assert counted.table_bytes > len(over_the_socket.path or "")
        for _ in range(100):
            assert client.ask(asked) == over_the_socket
        assert client._table.hits == hits + 100
        assert client.stats().service.requests == requests + 2
        text = cart.read_text()
        cart.unlink()
        assert client.ask(asked).path is None
        cart.write_text(text)
        assert client.ask(asked) == over_the_socket


async def test_the_trio_client_reads_it_too(user: Home) -> None:
    asked = Question("./cart.js", user.importer)
    async with Client(user.socket) as client:
        for _ in range(ROUNDS):
            assert (await client.ask(asked)).path
        assert client._table.hits
        (user.workspace / "src/cart.ts").unlink()
        assert (await client.ask(asked)).path is None


def test_without_it_everything_is_asked_over_the_socket(user: Home) -> None:
    with BlockingClient(user.socket, table=False) as client:
        for _ in range(ROUNDS):
            assert client.ask(Question("./cart.js", user.importer)).path
        assert not client._table.hits


def test_a_daemon_that_watches_nothing_has_none(user: Home) -> None:
    user.run("stop")
    user.run("start", RESOLVERD_WATCH="false")
    with BlockingClient(user.socket) as client:
        for _ in range(ROUNDS):
            assert client.ask(Question("./cart.js", user.importer)).path
        assert not client._table.hits
        assert not client._table._is_wanted


def test_a_daemon_that_was_killed_is_not_believed_and_the_next_one_is(user: Home) -> None:
    cart = user.workspace / "src/cart.ts"
    asked = Question("./cart.js", user.importer)
    with BlockingClient(user.socket) as client:
        warm(client, asked)
        pid = user.pid()
        watched = os.pidfd_open(pid)
        signal.pidfd_send_signal(watched, signal.SIGKILL)
        select.select([watched], [], [])
        os.close(watched)
        cart.unlink()
        with pytest.raises(ClientError):
            client.ask(asked)
        user.run("start")
        assert client.ask(asked).path is None
        cart.touch()
        warm(client, asked)
        cart.unlink()
        assert client.ask(asked).path is None


def test_clients_that_come_and_go_leave_no_descriptors(user: Home) -> None:
    asked = Question("./cart.js", user.importer)
    pid = user.pid()
    counts: list[int] = []
    for _ in range(6):
        with BlockingClient(user.socket) as client:
            warm(client, asked)
            # Which it answers after it has given back what it handed over; of who left it may take note later.
            while client.stats().service.connections > 1:
                pass
            counts.append(open_files_of(pid))
    assert counts[1:] == [counts[1]] * 5


READ = """
import os, sys
from resolverd_client import table
held = table.fetch(sys.argv[1])
memory, witness = held._descriptors[:2]
for attempt in (lambda: os.write(memory, b"x"), lambda: os.ftruncate(memory, 0), lambda: os.read(witness, 4096)):
    try:
        attempt()
    except OSError as error:
        print(error.errno)
    else:
        print("done")
"""


def test_a_client_can_neither_write_nor_truncate_nor_read_events(user: Home) -> None:
    done = subprocess.run((sys.executable, "-c", READ, user.socket), check=True, capture_output=True, text=True)
    assert "done" not in done.stdout
    assert len(done.stdout.splitlines()) == 3


MEBIBYTE = 1024 * 1024
"""The least that `table_bytes` may be."""


def test_a_table_that_is_full_is_followed_by_the_next() -> None:
    with (
        running_daemon(RESOLVERD_TABLE_BYTES=str(MEBIBYTE)) as daemon,
        BlockingClient(daemon.client.socket) as client,
    ):
        generations: set[int] = set()
        for number in range(3000):
            # Each is asked twice: once over the socket, and then out of the table.
            assert client.ask(Question(f"./{'nothing/' * 250}{number // 2}", "/tmp/x.js")).error
            if client._table._held is not None:
                generations.add(client._table._held.reader.generation)
        assert len(generations) > 2
        assert client._table.hits > 500


def test_batches_ask_over_the_socket_only_what_the_table_has_not(user: Home) -> None:
    known, other = Question("./cart.js", user.importer), Question("./nothing", user.importer)
    with BlockingClient(user.socket) as client:
        for _ in range(2):
            client.resolve_many([known] * ROUNDS)
        requests = client.stats().service.requests
        hits = client._table.hits
        found, absent, again = client.resolve_many([known, other, known])
        assert found.path == again.path is not None
        assert absent.error
        assert client._table.hits == hits + 2
        client.resolve_many([known, other, known])
        assert client.stats().service.requests == requests + 2
        (user.workspace / "src/cart.ts").unlink()
        assert [answer.path for answer in client.resolve_many([known, known])] == [None, None]


async def test_a_trio_client_takes_batches_from_the_table_too(user: Home) -> None:
    known = Question("./cart.js", user.importer)
    async with Client(user.socket) as client:
        for _ in range(2):
            await client.resolve_many([known] * ROUNDS)
        before = (await client.stats()).service.requests
        assert all(answer.path for answer in await client.resolve_many([known] * ROUNDS))
        assert (await client.stats()).service.requests == before + 1
        (user.workspace / "src/cart.ts").unlink()
        assert [answer.path for answer in await client.resolve_many([known, known])] == [None, None]
