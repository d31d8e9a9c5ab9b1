"""Which answers stand in the answer table, and when readers may believe it.

The facts. Answers are published for readers that nobody hears of: one that reads a void answer a moment after its change
was taken in was told a lie. Nothing tells of changes where nothing is watched.

What we do. There is a table only once a reader asked for one, and only answers that will be told of stand in it. An answer
is published when it is given, and forgotten in the moment in which it is voided; while the watcher reads what happened, the
gate is up. Whatever voids everything retires the table; the next reader that asks gets the next one.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable

import msgspec

from resolverd.cache.cached import CachedAnswer
from resolverd.errors import InvariantError
from resolverd.table.layout import key_bytes
from resolverd.table.writer import NONE, TableWriter

TABLE_BYTES = 64 * 1024 * 1024
"""How large a table is made, unless it is told otherwise; memory is taken as it is written to."""

_ORDERED = frozenset({"x86_64", "AMD64", "i686"})
"""Processors on which others see our stores in the order in which we made them."""

_encode = msgspec.msgpack.Encoder().encode


class Publisher:
    """The table in force, if any. `generation` is its number, 0 while there is none; `size` is in bytes and the next one's."""

    __slots__ = ("generation", "made", "size", "table")

    def __init__(self) -> None:
        self.size = TABLE_BYTES
        self.made = 0
        self.table: TableWriter | None = None
        self.generation = 0

    @staticmethod
    def is_possible() -> bool:
        """Whether this processor's readers can be promised anything."""
        return platform.machine() in _ORDERED

    def open(self) -> TableWriter:
        """Give the table in force, making one where there is none. Raises `OSError`."""
        if self.table is None:
            self.made += 1
            self.table = TableWriter(self.size, self.made)
            self.generation = self.made
        return self.table

    def retire(self) -> None:
        """Send the readers of the table away for ever."""
        if self.table is not None:
            self.table.retire()
            self.table.close()
            self.table = None
            self.generation = 0

    def publish(self, cached: CachedAnswer) -> None:
        """Let readers have an answer, if they may: it is sure, and its names can be written."""
        table = self.table
        cached.published = self.generation
        cached.slot = NONE
        if table is None or not cached.is_sure:
            return
        try:
            key, answer = key_bytes(cached.mode, cached.origin, cached.specifier), _encode(cached.answer)
        except ValueError:
            # Odd bytes in a path (the wire has a way to write them), or in the question: both are rare.
            return
        cached.slot = table.publish(key, answer)
        if table.is_retired:
            self.retire()

    def forget(self, cached: CachedAnswer) -> None:
        """Take an answer back that was voided."""
        if self.table is not None and cached.published == self.generation and cached.slot != NONE:
            self.table.forget(cached.slot)

    def check(self, live: Iterable[CachedAnswer]) -> None:
        """Hold the table against the answers that are live: each is readable in it as long as it lives, and no other is."""
        if self.table is None:
            return
        self.table.check()
        readable = sum(each.published == self.generation and each.slot != NONE for each in live)
        if readable != self.table.live:
            raise InvariantError(f"table: {self.table.live} answers can be read, and {readable} live ones stand in it")

    def raise_gate(self) -> None:
        """Send readers to the daemon, from before what happened is read until it is taken in."""
        if self.table is not None:
            self.table.raise_gate()

    def lower_gate(self) -> None:
        """Let readers in again."""
        if self.table is not None:
            self.table.lower_gate()
