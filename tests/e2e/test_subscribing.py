"""Python clients that hold answers, of a real daemon on a real disk: nobody asks, and they are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from resolverd.terms import Status
from resolverd_client import BlockingClient, Client, DaemonUnavailable, Question, trio_client
from resolverd_client.blocking import Subscription
from tests.e2e.command import SECONDS, Home, home

CART, LATE = 0, 1


@pytest.fixture
def shop() -> Iterator[Home]:
    with home() as made:
        made.run("start")
        yield made


def questions(shop: Home) -> list[Question]:
    return [Question("./cart", shop.importer), Question("./late", shop.importer), Question("fs", shop.importer)]


def test_a_plain_client_is_told_what_changed(shop: Home) -> None:
    late = shop.workspace / "src/late.ts"
    with BlockingClient(shop.socket) as other:
        with other.subscribe(questions(shop)) as subscription:
            watch_late(subscription, late)
        while other.stats().service.subscribed:
            # It takes note of who left when it comes to it.
            continue


def watch_late(subscription: Subscription, late: Path) -> None:
    assert [answer.status for answer in subscription.answers] == [Status.FOUND, Status.FAILED, Status.BUILTIN]
    assert subscription.wait(0) == []
    late.touch()
    (change,) = subscription.wait(SECONDS)
    assert (change.place, change.question.specifier, change.answer.path) == (LATE, "./late", str(late))
    late.unlink()
    (change,) = next(iter(subscription))
    assert (change.place, change.answer.path) == (LATE, None)
    assert subscription.answers[LATE].status is Status.FAILED


def test_after_a_restart_it_is_told_what_changed_meanwhile(shop: Home) -> None:
    late = shop.workspace / "src/late.ts"
    with BlockingClient(shop.socket).subscribe(questions(shop)) as subscription:
        shop.run("stop")
        late.touch()
        shop.run("start")
        (change,) = subscription.wait(SECONDS)
        assert (change.place, change.answer.path) == (LATE, str(late))
        late.unlink()
        (change,) = subscription.wait(SECONDS)
        assert (change.place, change.answer.path) == (LATE, None)


def test_with_no_daemon_to_come_back_to_it_says_so(shop: Home) -> None:
    with BlockingClient(shop.socket).subscribe(questions(shop)) as subscription:
        shop.run("stop")
        with pytest.raises(DaemonUnavailable, match="resolverd start"):
            subscription.wait(SECONDS)
        shop.run("start")
        (shop.workspace / "src/late.ts").touch()
        assert [change.place for change in subscription.wait(SECONDS)] == [LATE]


def test_after_everything_was_void_it_is_told_of_nothing_that_is_as_before(shop: Home) -> None:
    late = shop.workspace / "src/late.ts"
    with BlockingClient(shop.socket) as other, other.subscribe(questions(shop)) as subscription:
        other.bust_all()
        while not other.stats().service.subscribed:
            assert subscription.wait(0.01) == []
        late.touch()
        assert [change.place for change in subscription.wait(SECONDS)] == [LATE]


async def next_of(subscription: trio_client.Subscription) -> list[tuple[int, str | None]]:
    with trio.fail_after(SECONDS):
        async for changes in subscription:
            return [(change.place, change.answer.path) for change in changes]
    raise AssertionError("a subscription never ends")


async def test_a_task_is_told_what_changed_while_others_ask(shop: Home) -> None:
    late = shop.workspace / "src/late.ts"
    async with Client(shop.socket) as client, client.subscribe(questions(shop)) as subscription:
        assert [answer.status for answer in subscription.answers] == [Status.FOUND, Status.FAILED, Status.BUILTIN]
        with trio.move_on_after(0.01) as waiting:
            await next_of(subscription)
        assert waiting.cancelled_caught
        touch(late)
        assert (await client.resolve("./late", importer=shop.importer)).path == str(late)
        assert await next_of(subscription) == [(LATE, str(late))]
        await trio.to_thread.run_sync(shop.run, "restart")
        touch(shop.workspace / "src/late.js")
        touch(shop.workspace / "src/cart.ts")
        (shop.workspace / "src/late.ts").unlink()
        assert await next_of(subscription) == [(LATE, str(shop.workspace / "src/late.js"))]


def touch(path: Path) -> None:
    path.touch()
