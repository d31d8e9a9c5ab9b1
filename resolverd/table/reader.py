"""The reader's side of the answer table (clients/ANSWER_TABLE.md).

The order of the steps is the protocol: *nothing is pending* in the kernel's queue, **then** the gate is down, **then** the
slot. With any two of them swapped, or one left out, there are moments at which a stale answer is read
(`tests/property/table_stress.py` shows each).
"""

from __future__ import annotations

import fcntl
import mmap
import select
from collections.abc import Callable
from typing import Generic, TypeVar

from resolverd.table import layout

_Decoded = TypeVar("_Decoded")


class TableReader(Generic[_Decoded]):
    """A table that was handed over. `find` is for one thread; it never blocks."""

    __slots__ = ("_decode", "_first", "_known", "_mask", "_memory", "_witness", "_words", "generation", "is_doubtful")

    def __init__(self, table: int, witness: int, decode: Callable[[bytes], _Decoded]) -> None:
        """Map the table; `witness` is the epoll descriptor that becomes readable. Raises `OSError`, `ValueError`.

        `decode` is called once for each record.
        """
        self._decode = decode
        self._memory = mmap.mmap(table, 0, prot=mmap.PROT_READ)
        self._words = memoryview(self._memory).cast("I")
        if self._words[0] != layout.MAGIC or self._words[1] != layout.VERSION:
            raise ValueError("no table that this version reads")
        self.generation = self._words[layout.GENERATION]
        self._mask = self._words[layout.MASK]
        self._first = self._words[layout.SLOTS] >> 2
        # epoll_wait looks at a list where poll asks each member: half the time.
        self._witness = select.epoll.fromfd(fcntl.fcntl(witness, fcntl.F_DUPFD_CLOEXEC, 0))
        self._known: dict[tuple[int, str, str], tuple[int, int, _Decoded]] = {}
        self.is_doubtful = False

    def close(self) -> None:
        """Give the memory back."""
        self._witness.close()
        self._words.release()
        self._memory.close()

    @property
    def is_retired(self) -> bool:
        """Whether the table has to be fetched anew."""
        return bool(self._words[layout.GATE] & layout.RETIRED)

    def is_fresh(self) -> bool:
        """Whether what the table says is so now.

        Once something was pending, it is doubtful until the daemon has answered a request that was sent after: the news of
        a mount is told once, and whoever asked has had it.
        """
        if self.is_doubtful or self._witness.poll(0, 1):
            self.is_doubtful = True
            return False
        return not self._words[layout.GATE]

    def find(self, mode: int, origin: str, specifier: str) -> _Decoded | None:
        """Look an answer up; None: ask the daemon."""
        if not self.is_fresh():
            return None
        key = (mode, origin, specifier)
        known = self._known.get(key)
        if known is not None and self._words[known[0]] == known[1]:
            return known[2]
        return self._probe(key)

    def _probe(self, key: tuple[int, str, str]) -> _Decoded | None:
        try:
            encoded = layout.key_bytes(*key)
        except ValueError:
            return None
        hashed, words = layout.hash_of(encoded), self._words
        index = hashed & self._mask
        while offset := words[(slot := self._first + 2 * index) + 1]:
            if words[slot] == hashed and not offset & layout.FORGOTTEN:
                start, length = offset + layout.RECORD_HEADER_BYTES, words[offset >> 2]
                if self._memory[start : start + length] == encoded:
                    end = start + length + words[(offset >> 2) + 1]
                    decoded = self._decode(self._memory[start + length : end])
                    self._known[key] = (slot + 1, offset, decoded)
                    return decoded
            index = (index + 1) & self._mask
        return None
