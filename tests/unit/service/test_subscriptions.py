"""Who is told what, when, and how often; and that nothing is kept of those who left or do not listen."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from resolverd.cache.engine import Engine
from resolverd.errors import InvariantError, LimitError
from resolverd.resolution.profiles import named_profile
from resolverd.service.config import Settings
from resolverd.service.daemon import Daemon
from resolverd.service.run import serve as serve_engine
from resolverd.service.run import tell
from resolverd.service.subscriptions import LOOK_SECONDS, PART, Subscriber
from resolverd.terms import Answer, Status
from resolverd.view.memory import MemoryView
from resolverd.watch.inotify import Inotify
from resolverd.wire import messages as wire
from resolverd.wire.codec import decode_reply
from resolverd.wire.framing import Framer
from resolverd.wire.messages import RefusalCode
from tests.unit.service.clients import MODULES, Client, Service, project
from tests.unit.service.conftest import Serve

IMPORTER = "/p/src/main.js"


def subscribe(number: int, *specifiers: str, origin: str = IMPORTER) -> wire.Subscribe:
    return wire.Subscribe(number, 0, [(origin, True, list(specifiers))])


async def subscribed(client: Client, *specifiers: str, number: int = 5, origin: str = IMPORTER) -> list[Answer]:
    (reply,) = await client.ask(subscribe(number, *specifiers, origin=origin))
    assert isinstance(reply, wire.ResolvedMany)
    assert (reply.id, reply.done) == (number, True)
    return reply.answers


async def told(client: Client, number: int = 5) -> list[tuple[int, str | None]]:
    """The places that the next news is of, and the paths there now."""
    news = await client.receive()
    assert isinstance(news, wire.Changed)
    assert news.id == number
    return [(place, answer.path) for place, answer in news.changes]


def remove(service: Service, *numbers: int) -> None:
    """Take modules away, and say so as a watcher does: all at once."""
    for number in numbers:
        service.view.remove(f"/p/src/m{number}.js")
    for number in numbers:
        service.daemon.engine.bust_path(f"/p/src/m{number}.js")


def put_back(service: Service, number: int) -> None:
    service.view.write(f"/p/src/m{number}.js")
    service.daemon.engine.bust_path(f"/p/src/m{number}.js")


# -- once per change, and only what is no longer so ----------------------------------------------------------------


async def test_a_change_is_told_once_with_the_new_answer_and_nobody_asking(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    answers = await subscribed(client, "./m0.js", "./m1.js", "fs")
    assert [answer.path or answer.builtin for answer in answers] == ["/p/src/m0.js", "/p/src/m1.js", "node:fs"]
    remove(service, 1)
    assert await told(client) == [(1, None)]
    put_back(service, 1)
    assert await told(client) == [(1, "/p/src/m1.js")]
    assert await client.is_served()


async def test_what_was_voided_and_is_as_before_is_not_told(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    await subscribed(client, "./m0.js", "./m1.js")
    service.daemon.engine.bust_path("/p/src/m0.js")
    await wait_all_tasks_blocked()
    remove(service, 1)
    assert await told(client) == [(1, None)]


async def test_changes_that_come_together_are_told_together_in_parts(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    numbers = range(PART + 3)
    await subscribed(client, *(f"./m{number}.js" for number in numbers))
    remove(service, *numbers)
    parts = [await told(client), await told(client)]
    assert [len(part) for part in parts] == [PART, 3]
    assert sorted(parts[0] + parts[1]) == [(number, None) for number in numbers]


async def test_every_place_of_one_question_is_told(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    await subscribed(client, "./m0.js", "./m0.js")
    await subscribed(client, "./m0.js", number=6, origin="/p/src/other.js")
    remove(service, 0)
    assert await told(client) == [(0, None), (1, None)]
    assert await told(client, 6) == [(0, None)]


async def test_who_subscribes_after_the_change_is_not_told_of_it(serve: Serve) -> None:
    service = serve()
    before, after = await service.greeted(), await service.greeted()
    await subscribed(before, "./m0.js")
    remove(service, 0)
    subscriber = Subscriber()
    service.daemon.subscriptions.begin(subscriber, 1, 1)
    answer = service.daemon.subscriptions.hold((subscriber, 1, 0), 0, IMPORTER, "./m0.js", is_file=True)
    assert answer.status is Status.FAILED
    assert await told(before) == [(0, None)]
    assert not subscriber.news
    assert await after.is_served()


async def test_a_question_from_no_absolute_path_is_answered_and_not_held(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    (reply,) = await client.ask(wire.Subscribe(5, 0, [("src", True, ["./m0.js"]), (IMPORTER, True, ["./m1.js"])]))
    assert isinstance(reply, wire.ResolvedMany)
    assert [answer.path for answer in reply.answers] == [None, "/p/src/m1.js"]
    remove(service, 1)
    assert await told(client) == [(1, None)]


async def test_news_before_the_last_part_is_of_answers_that_were_given(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    await client.send(subscribe(5, *(f"./m{number % MODULES}.js" for number in range(4000))))
    first = await client.receive()
    assert isinstance(first, wire.ResolvedMany)
    remove(service, 0)
    held = list(first.answers)
    is_done = False
    changes = 0
    while not is_done or held[0].path is not None:
        reply = await client.receive()
        if isinstance(reply, wire.Changed):
            changes += len(reply.changes)
            for place, answer in reply.changes:
                assert held[place] != answer
                held[place] = answer
        else:
            assert isinstance(reply, wire.ResolvedMany)
            held += reply.answers
            is_done = reply.done
    assert {place for place, answer in enumerate(held) if answer.path is None} == set(range(0, 4000, MODULES))
    assert changes


# -- ask again -----------------------------------------------------------------------------------------------------


async def test_after_everything_became_void_one_is_told_to_ask_again_once(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    await subscribed(client, "./m0.js")
    await subscribed(client, "./m1.js", number=6)
    service.daemon.engine.bust_all()
    assert await client.receive() == wire.AskAgain()
    assert service.daemon.subscriptions.count == 0
    remove(service, 0, 1)
    service.daemon.engine.bust_all()
    await wait_all_tasks_blocked()
    assert (await subscribed(client, "./m0.js"))[0].status is Status.FAILED


async def test_who_had_to_make_room_in_memory_is_told_to_ask_again(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    await subscribed(client, "./m0.js")
    service.daemon.engine._limit = 1
    assert await client.ask(wire.Ping(9)) == [wire.AskAgain()]
    assert await client.receive() == wire.Pong(9)
    assert service.daemon.engine.stats().answers == 0


async def test_a_client_that_never_reads_has_one_ask_again_pending_and_nothing_more(serve: Serve) -> None:
    service = serve(unread_bytes=20_000)
    client, other = await service.greeted(), await service.greeted()
    specifiers = [f"./m{number}.js" for number in range(100)]
    await subscribed(client, *specifiers)
    await subscribed(other, specifiers[0])
    (subscriber,) = [each for each in service.daemon.subscriptions._subscribers if each.count == len(specifiers)]
    flips = 0
    while subscriber.count:
        remove(service, *range(100))
        assert await told(other) == [(0, None)]
        for number in range(100):
            put_back(service, number)
        assert await told(other) == [(0, "/p/src/m0.js")]
        await wait_all_tasks_blocked()
        assert len(subscriber.news) <= 20_000
        flips += 1
        assert flips < 1000
    assert decode_reply(Framer().receive(bytes(subscriber.news))[0]) == wire.AskAgain()
    for _ in range(3):
        remove(service, 0)
        assert await told(other) == [(0, None)]
        put_back(service, 0)
        assert await told(other) == [(0, "/p/src/m0.js")]
    held = len(subscriber.news)
    replies = []
    while not replies or isinstance(replies[-1], wire.Changed):
        replies.append(await client.receive())
    assert replies[-1] == wire.AskAgain()
    assert held < 20
    assert await client.is_served()


# -- leaving -------------------------------------------------------------------------------------------------------


def is_empty(service: Service) -> bool:
    all_ = service.daemon.subscriptions
    return not (all_.count or all_._subscribers or all_._questions or all_._doubtful or all_._untold)


async def test_nothing_comes_of_a_subscription_after_its_end(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    await subscribed(client, "./m0.js", "./nowhere.js")
    await subscribed(client, "./m0.js", number=6)
    remove(service, 0)
    # Both of the news are pending, and one of them is of what ends now.
    service.daemon.subscriptions.tell()
    replies = await client.ask(wire.Unsubscribe(7, 5), wire.Ping(8), wire.Ping(9), wire.Ping(10))
    kinds = [(type(reply).__name__, reply.id) for reply in replies if reply is not None]
    assert kinds == [("Changed", 5), ("Changed", 6), ("Unsubscribed", 7), ("Pong", 8)]
    put_back(service, 0)
    await wait_all_tasks_blocked()
    assert [await client.receive(), await client.receive()] == [wire.Pong(9), wire.Pong(10)]
    assert await told(client, 6) == [(0, "/p/src/m0.js")]
    assert await client.ask(wire.Unsubscribe(11, 6), wire.Unsubscribe(12, 999)) == [
        wire.Unsubscribed(11),
        wire.Unsubscribed(12),
    ]
    await client.stream.aclose()
    await wait_all_tasks_blocked()
    assert is_empty(service)


async def test_a_client_that_leaves_in_whatever_state_leaves_nothing_behind(serve: Serve) -> None:
    service = serve()
    for number in range(5):
        client = await service.greeted()
        await subscribed(client, "./m0.js", "./nowhere.js", number=number + 1)
        remove(service, 0)
        if number % 2:
            service.daemon.subscriptions.tell()
        await client.stream.aclose()
        await wait_all_tasks_blocked()
        put_back(service, 0)
        assert is_empty(service)
    neighbour = await service.greeted()
    assert await neighbour.is_served()


async def test_an_id_that_is_used_again_takes_the_place_of_the_old_one(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    await subscribed(client, "./m0.js", "./m1.js")
    await subscribed(client, "./m2.js")
    assert service.daemon.subscriptions.count == 1
    remove(service, 0, 2)
    assert await told(client) == [(0, None)]


# -- limits --------------------------------------------------------------------------------------------------------


async def test_a_connection_holds_so_many_answers_and_no_more(serve: Serve) -> None:
    service = serve(subscribed=3)
    client, other = await service.greeted(), await service.greeted()
    await subscribed(client, "a", "b")
    await client.send(subscribe(6, "c", "d"))
    assert "3" in (await client.is_refused(RefusalCode.LIMIT_REACHED, 6)).message
    await subscribed(client, "c", number=7)
    await subscribed(other, "a", "b", "c")
    await client.ask(wire.Unsubscribe(8, 5))
    await subscribed(client, "d", "e", number=6)


def daemon_of(view: MemoryView, **settings: int) -> Daemon:
    daemon = Daemon(Engine(view, is_told=True), Settings(socket="/s", **settings), lambda: None)
    daemon.engine.open_profile(named_profile("node"))
    return daemon


def test_all_connections_hold_no_more_than_memory_has_room_for() -> None:
    subscriptions = daemon_of(project(), memory_bytes=1024 * 1024).subscriptions
    for number in range(1, 5):
        subscriptions.begin(Subscriber(), number, 64)
    with pytest.raises(LimitError, match="memory_bytes"):
        subscriptions.begin(Subscriber(), 1, 1)
    assert subscriptions.count == 256


# -- what nobody tells of ------------------------------------------------------------------------------------------


def news_of(subscriber: Subscriber) -> list[wire.Reply]:
    return [decode_reply(payload) for payload in Framer().receive(bytes(subscriber.take_news()))]


async def test_where_nobody_tells_of_changes_the_daemon_looks_by_itself(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    assert autojump_clock.autojump_threshold == 0
    view = project()
    daemon = daemon_of(view)
    subscriptions, subscriber = daemon.subscriptions, Subscriber()
    nursery.start_soon(tell, daemon)
    nursery.start_soon(subscriptions.look_again)
    # Without a watcher what was found is believed, and what was not is looked for.
    subscriptions.begin(subscriber, 1, 1)
    subscriptions.hold((subscriber, 1, 0), 0, IMPORTER, "./late.js", is_file=True)
    for _ in range(3):
        await trio.sleep(2 * LOOK_SECONDS)
        assert not subscriber.news
    view.write("/p/src/late.js")
    await trio.sleep(2 * LOOK_SECONDS)
    (news,) = news_of(subscriber)
    assert isinstance(news, wire.Changed)
    assert news.changes[0][1].path == "/p/src/late.js"
    assert not subscriptions._untold
    nursery.cancel_scope.cancel()


async def test_what_cannot_be_looked_at_is_looked_at_again(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    assert autojump_clock.autojump_threshold == 0
    view = project()
    daemon = daemon_of(view)
    subscriptions, subscriber = daemon.subscriptions, Subscriber()
    nursery.start_soon(tell, daemon)
    nursery.start_soon(subscriptions.look_again)
    view.chmod("/p/src", 0o000)
    subscriptions.begin(subscriber, 1, 1)
    assert subscriptions.hold((subscriber, 1, 0), 0, IMPORTER, "./m0.js", is_file=True).status is Status.FAILED
    view.chmod("/p/src", 0o755)
    await trio.sleep(2 * LOOK_SECONDS)
    (news,) = news_of(subscriber)
    assert isinstance(news, wire.Changed)
    assert news.changes[0][1].path == "/p/src/m0.js"
    nursery.cancel_scope.cancel()


# -- bugs ----------------------------------------------------------------------------------------------------------


async def test_a_bug_in_one_question_sends_all_to_ask_again_and_ends_nothing(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve()
    client = await service.greeted()
    await subscribed(client, "./m0.js")

    def fail(*_: object, **__: object) -> None:
        raise InvariantError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(service.daemon.engine, "hold", fail)
        remove(service, 0)
        assert await client.receive() == wire.AskAgain()
    assert (await subscribed(client, "./m0.js"))[0].status is Status.FAILED
    put_back(service, 0)
    assert await told(client) == [(0, "/p/src/m0.js")]


# -- on a disk -----------------------------------------------------------------------------------------------------


async def test_a_file_that_appears_is_told_of_with_nobody_asking(tmp_path: Path, nursery: trio.Nursery) -> None:
    root = tmp_path
    settings = Settings(socket=str(tmp_path / "socket"), idle_seconds=0)
    (root / "src").mkdir()
    watcher = Inotify()
    engine = Engine(watcher=watcher)
    await nursery.start(serve_engine, settings, engine)
    client = Client(await trio.open_unix_socket(settings.socket))
    await client.greet()
    (answer,) = await subscribed(client, "./late.js", origin=f"{root}/src/main.js")
    assert answer.status is Status.FAILED
    (root / "src/late.js").touch()
    assert await told(client) == [(0, f"{root}/src/late.js")]
    (root / "src/late.js").write_text("export {}")
    (root / "src/other.js").touch()
    (root / "src/late.js").rename(root / "src/later.js")
    assert await told(client) == [(0, None)]
    await client.stream.aclose()
    nursery.cancel_scope.cancel()
    watcher.close()
