from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
import trio

from resolverd.errors import OptionsError
from resolverd.terms import Code, Status
from resolverd_client import BlockingClient, Client, ConnectionLost, DaemonUnavailable, DeadlineExceeded, Question
from tests.e2e.command import Home, home


@pytest.fixture(scope="module")
def shop() -> Iterator[Home]:
    with home() as made:
        made.run("start")
        yield made


@pytest.fixture
def client(shop: Home) -> Iterator[BlockingClient]:
    with BlockingClient(shop.socket) as made:
        yield made


def test_resolve_gives_the_whole_answer(shop: Home, client: BlockingClient) -> None:
    answer = client.resolve("palette", importer=shop.importer)
    assert answer.path == f"{shop.workspace}/node_modules/palette/esm/index.mjs"
    assert client.resolve("palette", directory=shop.workspace, kind="require").path != answer.path
    assert client.resolve("fetcher/pool.js", importer=shop.importer, profile="browser").status is Status.IGNORED
    failed = client.resolve("./cart", importer=shop.importer, options={})
    assert failed.error is not None
    assert failed.error.code is Code.MODULE_NOT_FOUND


def test_wrong_options_raise_and_the_client_goes_on(shop: Home, client: BlockingClient) -> None:
    with pytest.raises(OptionsError, match="did you mean 'bundler'"):
        client.resolve("a", importer=shop.importer, profile="bunder")
    assert client.resolve("fs", importer=shop.importer).builtin == "node:fs"


def test_resolve_many_answers_in_order_however_many(shop: Home, client: BlockingClient) -> None:
    questions = [
        Question(("./cart", "fs", "palete")[number % 3], f"{shop.workspace}/src/f{number % 7}.ts")
        for number in range(30_000)
    ]
    answers = client.resolve_many(questions)
    assert [answer.status for answer in answers] == [Status.FOUND, Status.BUILTIN, Status.FAILED] * 10_000


def test_a_batch_that_fills_both_directions_does_not_lock_up(shop: Home, client: BlockingClient) -> None:
    # Several megabytes each way: more than the sockets and the daemon's `unread_bytes` hold together.
    questions = [Question(f"./{'x' * 2000}{number}", shop.importer) for number in range(3000)]
    assert {answer.status for answer in client.resolve_many(questions)} == {Status.FAILED}


def test_explain_bust_and_missing(shop: Home, client: BlockingClient) -> None:
    late = shop.workspace / "src/late.ts"
    assert client.explain("./late", importer=shop.importer).answer.status is Status.FAILED
    late.touch()
    assert client.resolve("./late", importer=shop.importer).path == str(late)
    assert client.missing(late).answers == 0
    late.unlink()
    assert client.resolve("./late", importer=shop.importer).path is None
    assert client.bust_specifier("./late", importer=shop.importer).answers == 1
    client.resolve("./late", importer=shop.importer)
    assert client.bust(late, shop.workspace / "src/other.ts").answers == 1
    client.bust_all()
    assert client.stats().engine.answers == 0


def test_a_client_outlives_a_restart_of_the_daemon(shop: Home, client: BlockingClient) -> None:
    ask = {"importer": shop.importer, "profile": "browser"}
    before = client.resolve("fetcher", **ask)
    pid = client.status().pid
    shop.run("restart")
    assert client.resolve("fetcher", **ask) == before
    assert client.status().pid != pid


def test_a_stopped_daemon_never_hangs_a_call(shop: Home) -> None:
    with BlockingClient(shop.socket, deadline=0.1) as client:
        pid = client.status().pid
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(DeadlineExceeded):
                client.resolve("fs", importer=shop.importer)
            with pytest.raises(DeadlineExceeded):
                client.resolve("fs", importer=shop.importer)
        finally:
            os.kill(pid, signal.SIGCONT)
        client.deadline = 10
        assert client.resolve("fs", importer=shop.importer).builtin == "node:fs"


async def test_many_tasks_share_one_trio_client(shop: Home) -> None:
    got: dict[int, str | None] = {}

    async with Client(shop.socket) as client, trio.open_nursery() as nursery:

        async def ask(number: int) -> None:
            profile = ("bundler", "browser", "node")[number % 3]
            answer = await client.resolve("fetcher", importer=shop.importer, profile=profile)
            got[number] = answer.path

        for number in range(60):
            nursery.start_soon(ask, number)
    assert [str(got[number]).rpartition("/")[2] for number in range(3)] == ["server.js", "browser.js", "server.js"]
    assert all(got[number] == got[number % 3] for number in range(60))


async def test_trio_has_the_same_methods(shop: Home) -> None:
    blocking = {name for name in dir(BlockingClient) if not name.startswith("_")}
    ours = {name for name in dir(Client) if not name.startswith("_")}
    assert blocking - ours == {"close", "ask_explanation", "greet", "stop"}
    async with Client(shop.socket) as client:
        assert (await client.resolve_many([Question("fs", shop.importer)]))[0].builtin == "node:fs"
        assert (await client.explain("fs", importer=shop.importer)).answer.builtin == "node:fs"
        assert (await client.bust(shop.importer)).directories == 0
        assert (await client.bust_specifier("fs", importer=shop.importer)).answers == 1
        assert (await client.missing(shop.importer)).answers == 0
        assert (await client.status()).pid == shop.pid()
        await client.bust_all()
        assert (await client.stats()).engine.answers == 0


async def test_a_cancelled_call_disturbs_nobody(shop: Home) -> None:
    async with Client(shop.socket) as client, trio.open_nursery() as nursery:
        await client.stats()

        async def ask() -> None:
            assert (await client.resolve("fs", importer=shop.importer)).builtin == "node:fs"

        async def give_up() -> None:
            with trio.CancelScope() as scope:
                scope.cancel()
                await client.resolve("./cart", importer=shop.importer)
            assert scope.cancelled_caught

        for _ in range(10):
            nursery.start_soon(ask)
            nursery.start_soon(give_up)


async def test_a_trio_client_outlives_a_restart_of_the_daemon(shop: Home) -> None:
    async with Client(shop.socket) as client:
        pid = (await client.status()).pid
        await trio.to_thread.run_sync(shop.run, "restart")
        assert (await client.status()).pid != pid


async def test_a_trio_client_opens_more_profiles_than_a_connection_may(shop: Home) -> None:
    async with Client(shop.socket) as client, trio.open_nursery() as nursery:

        async def ask(number: int) -> None:
            answer = await client.resolve(
                "./cart", importer=shop.importer, options={"extensions": [f".{number}", ".ts"]}
            )
            assert answer.status is Status.FOUND

        for number in range(150):
            await trio.lowlevel.checkpoint()
            nursery.start_soon(ask, number)


async def test_a_stopped_daemon_never_hangs_a_task(shop: Home) -> None:
    async with Client(shop.socket, deadline=0.1) as client:
        pid = (await client.status()).pid
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(DeadlineExceeded):
                await client.stats()
        finally:
            os.kill(pid, signal.SIGCONT)
        client.deadline = 10
        assert (await client.status()).pid == pid


async def test_no_daemon_is_told_to_a_task_too(shop: Home) -> None:
    with pytest.raises(DaemonUnavailable, match="resolverd start"):
        await Client(shop.root / "nobody").stats()


async def test_a_daemon_that_breaks_off_is_told_to_every_task(shop: Home) -> None:
    path = str(shop.root / "rude")
    listener = trio.socket.socket(trio.socket.AF_UNIX)
    await listener.bind(path)
    listener.listen()
    with listener:
        async with trio.open_nursery() as nursery:

            async def be_rude() -> None:
                while True:
                    connection, _ = await listener.accept()
                    connection.close()

            nursery.start_soon(be_rude)
            with pytest.raises(ConnectionLost):
                await Client(path).stats()
            nursery.cancel_scope.cancel()
