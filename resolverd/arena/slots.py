"""Slot arenas: a map whose values live at stable numbers, and whose removal does not leak.

The facts. Cached things name each other (a directory its parent, its package.json, its tsconfig), and any of them may
be void at any moment. A name that is a pointer keeps the dead alive and goes stale; a name that is a key costs a
hash at every step. A name that is a slot number costs an index, and reads whatever is at the slot *now*.

What that means. A number must never come to mean another key while anything still holds it, and voiding must not use
up numbers: a cache that takes a fresh slot at each bust grows for ever, and one with a shared free list hands a dead
child's slot to a stranger.

What we do. A key owns its slot from the first `claim` until `retire`. `park` (the bust) voids the value and leaves the
slot to the same key, so that claiming, filling, marking absent and parking in any order ends in the slot that the key
began with. `retire` is the only way out, and refuses while anybody holds the slot (`hold` / `release`). So slots in use
never exceed known keys.

            claim          fill
    (none) -------> UNKNOWN ------> EXISTS       fill, mark_absent: from any status
                     ^  |  mark_absent  |
                park |  +----> ABSENT <-+        park: from any status, back to UNKNOWN
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator
from enum import IntEnum
from typing import Generic, TypeVar

from resolverd.errors import InvariantError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SlotStatus(IntEnum):
    """What an arena knows of a key."""

    UNKNOWN = 0
    """Parked, or claimed and not yet filled: the caller has to look."""
    EXISTS = 1
    ABSENT = 2
    """Looked for and not there: the negative cache."""


class Arena(Generic[K, V]):
    """A slot for each known key. Nothing here is thread-safe or asynchronous.

    `values` is for reading through a slot without a call; it is written here only.
    """

    __slots__ = ("_free", "_generations", "_holds", "_keys", "_slots", "_statuses", "values")

    def __init__(self) -> None:
        self._slots: dict[K, int] = {}
        self._keys: list[K | None] = []
        self.values: list[V | None] = []
        self._statuses: list[SlotStatus] = []
        self._generations: list[int] = []
        self._holds: list[int] = []
        self._free: list[int] = []

    def __len__(self) -> int:
        """Count the slots in use, parked ones included."""
        return len(self._slots)

    def claim(self, key: K) -> int:
        """Give the key's slot; a new key takes a retired number before a fresh one."""
        slot = self._slots.get(key)
        return self._open(key) if slot is None else slot

    def _open(self, key: K) -> int:
        if self._free:
            slot = self._free.pop()
            self._keys[slot] = key
            self._generations[slot] = 0
        else:
            slot = len(self._keys)
            self._keys.append(key)
            self.values.append(None)
            self._statuses.append(SlotStatus.UNKNOWN)
            self._generations.append(0)
            self._holds.append(0)
        self._slots[key] = slot
        return slot

    def find(self, key: K) -> int | None:
        """Give the slot of a known key."""
        return self._slots.get(key)

    def status(self, slot: int) -> SlotStatus:
        """Tell what is known of the slot's key."""
        return self._statuses[slot]

    def value(self, slot: int) -> V | None:
        """Read through the slot: the value that is there now, None if parked or absent."""
        return self.values[slot]

    def key(self, slot: int) -> K:
        """Give the key that owns a slot."""
        key = self._keys[slot]
        assert key is not None, f"slot {slot} is free"
        return key

    def generation(self, slot: int) -> int:
        """Count how often the slot was filled since its key claimed it."""
        return self._generations[slot]

    def fill(self, slot: int, value: V) -> None:
        """Write the value; whatever was there before is dropped."""
        self.values[slot] = value
        self._statuses[slot] = SlotStatus.EXISTS
        self._generations[slot] += 1

    def mark_absent(self, slot: int) -> None:
        """Remember that there is nothing, and keep the slot for when there is."""
        self.values[slot] = None
        self._statuses[slot] = SlotStatus.ABSENT

    def park(self, slot: int) -> SlotStatus:
        """Void what is known and keep the slot for its key. Returns what was known."""
        known = self._statuses[slot]
        self.values[slot] = None
        self._statuses[slot] = SlotStatus.UNKNOWN
        return known

    def keep(self, slots: Container[int]) -> None:
        """Void what is known of every key whose slot is none of these."""
        for slot in self._slots.values():
            if slot not in slots:
                self.park(slot)

    def hold(self, slot: int) -> None:
        """Say that something names this slot."""
        self._holds[slot] += 1

    def release(self, slot: int) -> None:
        """Take one `hold` back."""
        self._holds[slot] -= 1

    def is_held(self, slot: int) -> bool:
        """Tell whether anything names this slot."""
        return self._holds[slot] > 0

    def retire(self, slot: int) -> bool:
        """Forget the key and give its number back, unless something still names it (then False)."""
        if self._holds[slot]:
            return False
        self.park(slot)
        del self._slots[self.key(slot)]
        self._keys[slot] = None
        self._free.append(slot)
        return True

    def retire_unknown(self) -> int:
        """Retire every key of which nothing is known and which nothing names. Returns how many."""
        parked = [slot for slot in self._slots.values() if self._statuses[slot] is SlotStatus.UNKNOWN]
        return sum(self.retire(slot) for slot in parked)

    def items(self) -> Iterator[tuple[K, int]]:
        """Iterate over known keys and their slots."""
        return iter(self._slots.items())

    def count(self, status: SlotStatus) -> int:
        """Count the known keys of a status."""
        return sum(1 for slot in self._slots.values() if self._statuses[slot] is status)

    def check(self) -> None:
        """Hold every invariant of an arena against its contents. Raises `InvariantError`."""
        columns = (self._keys, self.values, self._statuses, self._generations, self._holds)
        if len({len(column) for column in columns}) != 1:
            raise InvariantError("arena: columns of unequal length")
        if len(self._slots) + len(self._free) != len(self._keys) or len(set(self._free)) != len(self._free):
            raise InvariantError("arena: slots in use and free slots do not add up")
        for key, slot in self._slots.items():
            if self._keys[slot] != key:
                raise InvariantError(f"arena: slot {slot} of {key!r} belongs to {self._keys[slot]!r}")
            if (self._statuses[slot] is SlotStatus.EXISTS) == (self.values[slot] is None):
                raise InvariantError(f"arena: {key!r} is {self._statuses[slot].name} with value {self.values[slot]!r}")
            if self._holds[slot] < 0:
                raise InvariantError(f"arena: {key!r} was released more often than held")
        for slot in self._free:
            if self._keys[slot] is not None or self.values[slot] is not None or self._holds[slot]:
                raise InvariantError(f"arena: free slot {slot} is not empty")
