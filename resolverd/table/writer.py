"""The writer's side of the answer table.

The facts. Readers look at any moment, between any two stores of ours. An aligned u32 is stored in one piece; on x86
stores are seen in the order in which they were made (elsewhere not, so there is no table there). A reader that has mapped
the memory cannot be told anything except through it.

What we do. A record is written whole, then its slot's hash, then its slot's offset, which publishes it. Forgetting sets one
bit of that offset. Records are only ever appended: when there is no room left, or nothing of it may be believed, the table is
*retired* for ever and the next one is made. The memory is sealed: whoever it is handed to can neither write to it, nor map
it writable, nor change its size.
"""

from __future__ import annotations

import fcntl
import mmap
import os

from resolverd.errors import InvariantError
from resolverd.table import layout

_SEAL_FUTURE_WRITE = 0x0010
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | _SEAL_FUTURE_WRITE | fcntl.F_SEAL_SEAL

_BYTES_A_SLOT = 256
"""Of the table, for each slot: about one answer's key, path and the rest."""

_FULL = 0.75
"""The share of slots in use beyond which probing gets long."""

NONE = -1
"""No slot."""


class TableWriter:
    """One table. `generation` tells it from those before and after."""

    __slots__ = ("_end", "_memory", "_next", "_used", "_words", "descriptor", "generation", "live")

    def __init__(self, size: int, generation: int) -> None:
        """Make a table of `size` bytes, or some more, up to the page's end. Raises `OSError`."""
        size = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        self.generation = generation
        self.descriptor = os.memfd_create("resolverd-answers", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.descriptor, size)
        self._memory = mmap.mmap(self.descriptor, size)
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, _SEALS)
        self._words = memoryview(self._memory).cast("I")
        count = 1 << (size // _BYTES_A_SLOT).bit_length() - 1
        records = layout.HEADER_BYTES + count * layout.SLOT_BYTES
        header = (
            layout.MAGIC,
            layout.VERSION,
            generation,
            0,
            count - 1,
            layout.HEADER_BYTES,
            records,
            size,
            os.getpid(),
        )
        for word, value in enumerate(header):
            self._words[word] = value
        self._next, self._end = records, size
        self._used = 0
        self.live = 0

    @property
    def size(self) -> int:
        """The size of it all, in bytes."""
        return self._end

    @property
    def used_bytes(self) -> int:
        """How many bytes of the records' part hold records."""
        return self._next - self._words[layout.RECORDS]

    def close(self) -> None:
        """Give the memory back; those who mapped it keep theirs."""
        self._words.release()
        self._memory.close()
        os.close(self.descriptor)

    # -- the gate ----------------------------------------------------------------------------------------------------

    def raise_gate(self) -> None:
        """Send readers away while something is taken in. Before the kernel's queue is read, not after."""
        self._words[layout.GATE] |= layout.APPLYING

    def lower_gate(self) -> None:
        """Let readers in again: all that was read is taken in."""
        self._words[layout.GATE] &= ~layout.APPLYING

    def retire(self) -> None:
        """Send readers away for ever."""
        self._words[layout.GATE] |= layout.RETIRED

    @property
    def is_retired(self) -> bool:
        """Whether nothing here may be believed any more."""
        return bool(self._words[layout.GATE] & layout.RETIRED)

    # -- answers -----------------------------------------------------------------------------------------------------

    def publish(self, key: bytes, answer: bytes) -> int:
        """Make an answer readable; its slot, or `NONE` when there is no room, which retires the table."""
        start = self._next
        end = layout.aligned(start + layout.RECORD_HEADER_BYTES + len(key) + len(answer))
        hashed = layout.hash_of(key)
        slot = self._slot_for(key, hashed)
        if end > self._end or slot == NONE:
            self.retire()
            return NONE
        words, text = self._words, start + layout.RECORD_HEADER_BYTES
        words[start >> 2] = len(key)
        words[(start >> 2) + 1] = len(answer)
        self._memory[text : text + len(key) + len(answer)] = key + answer
        self._next = end
        self._used += words[slot + 1] == 0
        self.live += not self._is_live(slot)
        words[slot] = hashed
        words[slot + 1] = start
        return slot

    def _slot_for(self, key: bytes, hashed: int) -> int:
        """Give the first word of the key's slot, or of a free one."""
        words, mask, first = self._words, self._words[layout.MASK], layout.HEADER_BYTES >> 2
        index = hashed & mask
        while offset := words[(slot := first + 2 * index) + 1]:
            if words[slot] == hashed and self._key_at(offset & ~layout.FORGOTTEN) == key:
                return slot
            index = (index + 1) & mask
        return NONE if self._used > mask * _FULL else slot

    def _key_at(self, offset: int) -> bytes:
        start = offset + layout.RECORD_HEADER_BYTES
        return self._memory[start : start + self._words[offset >> 2]]

    def forget(self, slot: int) -> None:
        """Take an answer back."""
        self.live -= self._is_live(slot)
        self._words[slot + 1] |= layout.FORGOTTEN

    def _is_live(self, slot: int) -> bool:
        offset = self._words[slot + 1]
        return offset != 0 and not offset & layout.FORGOTTEN

    def check(self) -> None:
        """Hold the counts against the slots. Raises `InvariantError`."""
        first = layout.HEADER_BYTES >> 2
        offsets = [self._words[first + 2 * index + 1] for index in range(self._words[layout.MASK] + 1)]
        used = [offset for offset in offsets if offset]
        live = sum(not offset & layout.FORGOTTEN for offset in used)
        if (len(used), live) != (self._used, self.live):
            raise InvariantError(f"table: {len(used)} slots used and {live} live, counted {self._used} and {self.live}")
        if used and max(used) >= self._next:
            raise InvariantError("table: a slot leads beyond the last record")
