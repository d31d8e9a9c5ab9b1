"""Who holds which answers, and telling them when one is no longer so.

The facts. A bust voids answers and says which (`cache.answers.Follower`); that an answer was voided does not mean that
there is another now. A bust of everything, or of what memory has no room for, says nothing about any one answer. A client
may read slowly, or never. What is not watched, nobody tells of.

What we do. A question is held once, for all who subscribed to it, with what each was told last. Voided, it is in doubt:
the teller asks it again, and tells those who were told otherwise. Where nobody tells of changes, questions are put in
doubt from time to time. News waits for its connection, up to `unread_bytes` of it. Beyond that, and whenever more was
lost than is known, there is one way out: the connection's subscriptions are over, and one `AskAgain` says so.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice

import trio

from resolverd.cache.cached import CachedAnswer
from resolverd.cache.engine import Engine
from resolverd.errors import LimitError
from resolverd.service.config import Settings
from resolverd.terms import Answer
from resolverd.wire.codec import append_message, encode_message
from resolverd.wire.messages import AskAgain, Changed

PART = 64
"""Questions in doubt that are asked again between two turns of the others: about 1 ms when all of them are cold."""

LOOK_SECONDS = 1.0
"""How often a thousand answers that nobody tells of are compared with the disk; more of them as much less often."""

_LOOKED_AT = 1000

_BYTES_EACH = 4096
"""Of `memory_bytes`, for each answer that is subscribed to: about half is what it takes, half is left to others."""

_ASK_AGAIN = encode_message(AskAgain())

Place = tuple["Subscriber", int, int]
"""Whom an answer was told: the connection, the id of the subscription, the specifier's number in it."""


class _Held:
    """A question, and what was told for it last at each place. Importers in one directory ask the same one."""

    __slots__ = ("is_file", "key", "origin", "told")

    def __init__(self, key: tuple[int, str, str], origin: str, *, is_file: bool) -> None:
        self.key = key
        self.origin = origin
        self.is_file = is_file
        self.told: dict[Place, Answer] = {}


class _Subscription:
    """The questions held under one id, and how many answers there is room for."""

    __slots__ = ("held", "room")

    def __init__(self, room: int) -> None:
        self.room = room
        self.held: dict[Place, _Held] = {}


class Subscriber:
    """One connection: its subscriptions by id, and the news that it was not sent yet.

    `idle` is the scope in which its task waits for requests; news cancels it.
    """

    __slots__ = ("count", "idle", "news", "subscriptions")

    def __init__(self) -> None:
        self.subscriptions: dict[int, _Subscription] = {}
        self.count = 0
        self.news = bytearray()
        self.idle: trio.CancelScope | None = None

    def take_news(self) -> bytearray:
        """Give what is to be sent now."""
        news, self.news = self.news, bytearray()
        return news

    def wake(self) -> None:
        """Let its task look whether there is news."""
        if self.idle is not None:
            self.idle.cancel()


class Subscriptions:
    """All answers that clients hold; the engine's follower. `count` counts each as often as it is held."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._limits = settings.limits
        self._room = settings.memory_bytes // _BYTES_EACH
        self._subscribers: dict[Subscriber, None] = {}
        self._questions: dict[tuple[int, str, str], _Held] = {}
        self._doubtful: dict[_Held, None] = {}
        self._untold: dict[_Held, None] = {}
        self._in_doubt = trio.Event()
        self._are_untold = trio.Event()
        self.count = 0
        engine.follow(self)

    # -- who holds what ----------------------------------------------------------------------------------------------

    def begin(self, subscriber: Subscriber, number: int, count: int) -> None:
        """Make room for so many answers under an id; what was held under it is let go. Raises `LimitError`."""
        self.end(subscriber, number)
        if subscriber.count + count > self._limits.subscribed:
            raise LimitError(f"a connection may be subscribed to at most {self._limits.subscribed} answers")
        if self.count + count > self._room:
            raise LimitError(f"there is room for {self._room} subscribed answers in all: raise `memory_bytes`")
        subscriber.subscriptions[number] = _Subscription(count)
        subscriber.count += count
        self.count += count
        self._subscribers[subscriber] = None

    def hold(self, place: Place, mode: int, origin: str, specifier: str, *, is_file: bool) -> Answer:
        """Answer a question of a subscription, and hold the answer from now on unless the subscription is over."""
        cached = self._engine.hold(mode, origin, specifier, is_file=is_file)
        subscriber, number, _ = place
        subscription = subscriber.subscriptions.get(number)
        if subscription is None:
            return cached.answer
        key = _key(cached)
        held = self._questions.get(key)
        if held is None:
            held = self._questions[key] = _Held(key, origin, is_file=is_file)
        held.told[place] = cached.answer
        subscription.held[place] = held
        self._note_untold(held, cached)
        return cached.answer

    def end(self, subscriber: Subscriber, number: int) -> None:
        """Let a subscription go, if there is one of this id."""
        subscription = subscriber.subscriptions.pop(number, None)
        if subscription is None:
            return
        subscriber.count -= subscription.room
        self.count -= subscription.room
        for place, held in subscription.held.items():
            del held.told[place]
            if not held.told:
                self._forget(held)

    def leave(self, subscriber: Subscriber) -> None:
        """Let all go that a connection held."""
        for number in tuple(subscriber.subscriptions):
            self.end(subscriber, number)
        self._subscribers.pop(subscriber, None)

    def _forget(self, held: _Held) -> None:
        del self._questions[held.key]
        self._doubtful.pop(held, None)
        self._untold.pop(held, None)

    # -- what is in doubt --------------------------------------------------------------------------------------------

    def voided(self, cached: CachedAnswer) -> None:
        """Doubt an answer that is held (`cache.answers.Follower`)."""
        held = self._questions.get(_key(cached)) if self._questions else None
        if held is not None:
            self._doubtful[held] = None
            self._in_doubt.set()

    def lost(self) -> None:
        """Send everybody to ask again (`cache.answers.Follower`)."""
        for subscriber in tuple(self._subscribers):
            self._give_up(subscriber)

    def _give_up(self, subscriber: Subscriber) -> None:
        self.leave(subscriber)
        subscriber.news = bytearray(_ASK_AGAIN)
        subscriber.wake()

    def _note_untold(self, held: _Held, cached: CachedAnswer) -> None:
        """Remember to look again at what will not be told of: it is not watched, or was not kept."""
        if cached.is_sure:
            self._untold.pop(held, None)
        else:
            self._untold[held] = None
            self._are_untold.set()

    async def look_again(self) -> None:
        """Doubt from time to time what nobody tells of, until cancelled."""
        while True:
            while not self._untold:
                self._are_untold = trio.Event()
                await self._are_untold.wait()
            await trio.sleep(LOOK_SECONDS * (1 + len(self._untold) // _LOOKED_AT))
            self._doubtful |= self._untold
            self._in_doubt.set()

    # -- telling -----------------------------------------------------------------------------------------------------

    async def wait_for_doubt(self) -> None:
        """Wait until an answer that is held may be no longer so; lets others run in any case."""
        while not self._doubtful:
            self._in_doubt = trio.Event()
            await self._in_doubt.wait()
        await trio.lowlevel.checkpoint()

    def tell(self) -> None:
        """Ask some of the questions in doubt again, and send news to those who were told otherwise."""
        self._engine.begin_turn()
        changes: defaultdict[tuple[Subscriber, int], list[tuple[int, Answer]]] = defaultdict(list)
        for held in list(islice(self._doubtful, PART)):
            del self._doubtful[held]
            cached = self._engine.hold(held.key[0], held.origin, held.key[2], is_file=held.is_file)
            self._note_untold(held, cached)
            for place, told in held.told.items():
                if told != cached.answer:
                    held.told[place] = cached.answer
                    subscriber, number, index = place
                    changes[subscriber, number].append((index, cached.answer))
        for (subscriber, number), changed in changes.items():
            self._send(subscriber, Changed(number, tuple(changed)))

    def _send(self, subscriber: Subscriber, news: Changed) -> None:
        append_message(subscriber.news, news)
        if len(subscriber.news) > self._limits.unread_bytes:
            self._give_up(subscriber)
        subscriber.wake()


def _key(cached: CachedAnswer) -> tuple[int, str, str]:
    return cached.mode, cached.origin, cached.specifier
