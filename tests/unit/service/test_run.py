from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from resolverd import Engine
from resolverd.service.claim import AlreadyRunningError
from resolverd.service.config import Settings
from resolverd.service.daemon import Daemon
from resolverd.service.run import serve, stop_when_idle
from resolverd.service.subscriptions import Subscriber
from tests.unit.service.clients import HELLO, Client, project


def idle_daemon(stopped: list[float]) -> Daemon:
    return Daemon(Engine(project()), Settings(socket="/s"), lambda: stopped.append(trio.current_time()))


async def test_a_daemon_that_nobody_asks_leaves_in_time(autojump_clock: MockClock) -> None:
    assert autojump_clock.autojump_threshold == 0
    stopped: list[float] = []
    started = trio.current_time()
    await stop_when_idle(idle_daemon(stopped), 1800)
    assert stopped == [pytest.approx(started + 1800)]


async def test_each_question_begins_the_wait_anew(autojump_clock: MockClock) -> None:
    assert autojump_clock.autojump_threshold == 0
    stopped: list[float] = []
    daemon = idle_daemon(stopped)
    started = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stop_when_idle, daemon, 1800)
        for _ in range(3):
            await trio.sleep(1000)
            daemon.begin_turn(trio.current_time())
    assert stopped == [pytest.approx(started + 3000 + 1800)]


async def test_a_daemon_that_somebody_is_subscribed_to_stays(autojump_clock: MockClock) -> None:
    assert autojump_clock.autojump_threshold == 0
    stopped: list[float] = []
    daemon = idle_daemon(stopped)
    subscriber = Subscriber()
    started = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stop_when_idle, daemon, 1800)
        daemon.subscriptions.begin(subscriber, 1, 1)
        await trio.sleep(5000)
        daemon.subscriptions.leave(subscriber)
    assert stopped == [pytest.approx(started + 2 * 1800 + 1800)]


async def connect(path: str) -> Client:
    return Client(await trio.open_unix_socket(path))


async def test_an_idle_daemon_cleans_up_after_itself(tmp_path: Path) -> None:
    settings = Settings(socket=str(tmp_path / "socket"), idle_seconds=0.05)
    with trio.fail_after(20):
        await serve(settings, Engine(project()))
    assert not os.listdir(tmp_path)  # noqa: PTH208  pathlib would be a lint of its own in an async function


def empty(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()


@pytest.mark.parametrize("another", [False, True])
async def test_a_daemon_whose_socket_was_removed_or_replaced_leaves_and_takes_nothing_with_it(
    tmp_path: Path, autojump_clock: MockClock, another: bool
) -> None:
    assert autojump_clock.autojump_threshold == 0
    settings = Settings(socket=str(tmp_path / "socket"), idle_seconds=0)
    async with trio.open_nursery() as nursery:
        await nursery.start(serve, settings, Engine(project()))
        await trio.sleep(3600)
        empty(tmp_path)
        if another:
            await nursery.start(serve, settings, Engine(project()))
            await trio.sleep(3600)
            client = await connect(settings.socket)
            async with client.stream:
                await client.greet()
                assert await client.is_served()
            assert len(os.listdir(tmp_path)) == 2  # noqa: PTH208  as above
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_daemon_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    settings = Settings(socket=str(tmp_path / "socket"), idle_seconds=0)
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            await nursery.start(serve, settings, Engine(project()))
            client = await connect(settings.socket)
            async with client.stream:
                await client.ask(HELLO)
                os.kill(os.getpid(), number)
                assert await client.receive() is None
    assert not os.listdir(tmp_path)  # noqa: PTH208  pathlib would be a lint of its own in an async function


async def test_two_daemons_never_share_a_socket(tmp_path: Path) -> None:
    settings = Settings(socket=str(tmp_path / "socket"))
    async with trio.open_nursery() as nursery:
        await nursery.start(serve, settings, Engine(project()))
        with pytest.raises(AlreadyRunningError):
            await serve(settings, Engine(project()))
        client = await connect(settings.socket)
        async with client.stream:
            await client.greet()
            assert await client.is_served()
        nursery.cancel_scope.cancel()
