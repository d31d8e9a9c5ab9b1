"""Answers by (mode, origin, specifier), each with the node through which a change voids it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from resolverd.arena.edges import EdgeIndex
from resolverd.cache.cached import AnswerTable, CachedAnswer
from resolverd.cache.publisher import Publisher
from resolverd.errors import InvariantError


class Follower(Protocol):
    """Who wants to know which answers were voided. Told at once, in the midst of a bust: it may only take note."""

    def voided(self, cached: CachedAnswer, /) -> None:
        """An answer was voided; asked again, the question may have another."""
        ...

    def lost(self) -> None:
        """Everything is about to be voided, or what was given up to save memory: not each is worth a note."""
        ...


class AnswerCache:
    """Tables of answers, one for each mode, by origin and then by specifier.

    Importers come in groups (a batch asks for one file's imports, then the next file's), so the origin is looked up
    once for many specifiers.
    """

    __slots__ = ("count", "follower", "publisher", "tables", "voided")

    def __init__(self) -> None:
        self.tables: list[AnswerTable] = []
        self.count = 0
        self.voided = 0
        self.follower: Follower | None = None
        self.publisher = Publisher()

    def add(self, cached: CachedAnswer) -> None:
        """Keep an answer whose node was just made."""
        origins = self.tables[cached.mode]
        specifiers = origins.get(cached.origin)
        if specifiers is None:
            specifiers = origins[cached.origin] = {}
        specifiers[cached.specifier] = cached
        self.count += 1

    def find(self, mode: int, origin: str, specifier: str) -> CachedAnswer | None:
        """Give a live answer."""
        specifiers = self.tables[mode].get(origin)
        return None if specifiers is None else specifiers.get(specifier)

    def void(self, key: object) -> Iterable[int]:
        """Forget a busted answer."""
        assert isinstance(key, CachedAnswer)
        key.node = 0
        specifiers = self.tables[key.mode][key.origin]
        del specifiers[key.specifier]
        if not specifiers:
            del self.tables[key.mode][key.origin]
        self.count -= 1
        self.voided += 1
        self.publisher.forget(key)
        if self.follower is not None:
            self.follower.voided(key)
        return ()

    def lose(self) -> None:
        """Say that answers are about to be voided which nothing is known against."""
        if self.follower is not None:
            self.follower.lost()

    def describe(self, key: object) -> str:
        """Say which answer."""
        assert isinstance(key, CachedAnswer)
        return f"answer to {key.specifier!r} from {key.origin}"

    def __iter__(self) -> Iterator[CachedAnswer]:
        for origins in self.tables:
            for specifiers in origins.values():
                yield from specifiers.values()

    def check(self, edges: EdgeIndex) -> None:
        """Hold every live answer against its node. Raises `InvariantError`."""
        count = 0
        for cached in self:
            count += 1
            if edges.entry(cached.node) != (self, cached):
                raise InvariantError(f"answers: {cached.specifier!r} from {cached.origin} is not at its node")
            if self.find(cached.mode, cached.origin, cached.specifier) is not cached:
                raise InvariantError(f"answers: {cached.specifier!r} from {cached.origin} is kept under another key")
        if count != self.count:
            raise InvariantError(f"answers: {count} live, counted {self.count}")
        self.publisher.check(self)
