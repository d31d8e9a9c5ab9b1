"""Slot arenas: each rule of DESIGN's "The slot arena" under its own name, then every order of operations."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from resolverd.arena.slots import Arena, SlotStatus
from resolverd.errors import InvariantError


@pytest.fixture
def arena() -> Arena[str, object]:
    return Arena()


def test_a_claimed_key_is_unknown_until_it_is_filled(arena: Arena[str, object]) -> None:
    slot = arena.claim("/a")
    assert arena.status(slot) is SlotStatus.UNKNOWN
    assert arena.value(slot) is None
    arena.fill(slot, "value")
    assert arena.status(slot) is SlotStatus.EXISTS
    assert arena.value(slot) == "value"


def test_claiming_a_parked_key_returns_its_old_slot_as_unknown(arena: Arena[str, object]) -> None:
    slot = arena.claim("/a")
    arena.fill(slot, "old")
    arena.park(slot)
    arena.claim("/b")
    assert arena.claim("/a") == slot
    assert arena.status(slot) is SlotStatus.UNKNOWN
    assert arena.value(slot) is None, "a parked slot is never read as a value"


def test_fill_after_park_is_one_generation_later_in_the_same_slot(arena: Arena[str, object]) -> None:
    slot = arena.claim("/a")
    arena.fill(slot, "old")
    generation = arena.generation(slot)
    arena.park(slot)
    arena.fill(arena.claim("/a"), "new")
    assert arena.value(slot) == "new"
    assert arena.generation(slot) == generation + 1


def test_put_after_not_found_takes_the_parked_slot(arena: Arena[str, object]) -> None:
    slot = arena.claim("/a")
    arena.fill(slot, "first")
    arena.park(slot)
    arena.mark_absent(arena.claim("/a"))
    arena.fill(arena.claim("/b"), "somebody else, who would take a free slot if there were one")
    arena.fill(arena.claim("/a"), "second")
    assert arena.value(slot) == "second"
    assert len(arena) == 2


def test_delete_not_found_recreate_bust_ends_in_the_first_slot(arena: Arena[str, object]) -> None:
    first = arena.claim("/a")
    arena.fill(first, "created")
    for _ in range(3):
        arena.park(first)
        arena.mark_absent(arena.claim("/a"))
        arena.park(arena.claim("/a"))
        arena.fill(arena.claim("/a"), "recreated")
        arena.park(arena.claim("/a"))
    arena.fill(arena.claim("/a"), "at last")
    assert arena.find("/a") == first
    assert arena.value(first) == "at last"
    assert len(arena) == 1


def test_a_parked_slot_never_goes_to_another_key(arena: Arena[str, object]) -> None:
    parked = arena.claim("/parked")
    arena.fill(parked, "value")
    arena.park(parked)
    others = [arena.claim(f"/other/{number}") for number in range(100)]
    assert parked not in others
    assert arena.key(parked) == "/parked"


def test_slots_never_exceed_live_keys(arena: Arena[str, object]) -> None:
    for turn in range(1_000):
        slot = arena.claim(f"/{turn % 7}")
        arena.fill(slot, turn)
        arena.park(slot)
    assert len(arena) == 7
    assert max(slot for _, slot in arena.items()) == 6


def test_retire_returns_slots_only_when_nothing_names_them(arena: Arena[str, object]) -> None:
    slot = arena.claim("/parent")
    arena.fill(slot, "parent")
    arena.hold(slot)
    assert not arena.retire(slot)
    assert arena.value(slot) == "parent"
    arena.release(slot)
    assert arena.retire(slot)
    assert arena.find("/parent") is None
    assert arena.claim("/stranger") == slot, "a retired number is used again"
    assert arena.value(slot) is None
    assert arena.generation(slot) == 0


def test_check_finds_a_value_in_a_parked_slot(arena: Arena[str, object]) -> None:
    slot = arena.claim("/a")
    arena.fill(slot, "value")
    arena.check()
    arena._statuses[slot] = SlotStatus.UNKNOWN
    with pytest.raises(InvariantError, match="UNKNOWN with value"):
        arena.check()


def test_check_finds_a_slot_that_went_to_another_key(arena: Arena[str, object]) -> None:
    slot = arena.claim("/a")
    arena._keys[slot] = "/b"
    with pytest.raises(InvariantError, match="belongs to"):
        arena.check()


KEYS = st.sampled_from([f"/{name}" for name in "abcdef"])


class ArenaMachine(RuleBasedStateMachine):
    """An arena against a plain dict: the same statuses and values, and a slot that a key keeps until it is retired."""

    def __init__(self) -> None:
        super().__init__()
        self.arena: Arena[str, int] = Arena()
        self.known: dict[str, tuple[SlotStatus, int | None]] = {}
        self.slots: dict[str, int] = {}
        self.holds: dict[str, int] = {}
        self.serial = 0

    @initialize()
    def begin(self) -> None:
        self.arena = Arena()

    @rule(key=KEYS)
    def claim(self, key: str) -> None:
        slot = self.arena.claim(key)
        assert self.slots.setdefault(key, slot) == slot
        self.known.setdefault(key, (SlotStatus.UNKNOWN, None))

    @rule(key=KEYS)
    def fill(self, key: str) -> None:
        self.claim(key)
        self.serial += 1
        generation = self.arena.generation(self.slots[key])
        self.arena.fill(self.slots[key], self.serial)
        assert self.arena.generation(self.slots[key]) == generation + 1
        self.known[key] = (SlotStatus.EXISTS, self.serial)

    @rule(key=KEYS)
    def mark_absent(self, key: str) -> None:
        self.claim(key)
        self.arena.mark_absent(self.slots[key])
        self.known[key] = (SlotStatus.ABSENT, None)

    @rule(key=KEYS)
    def park(self, key: str) -> None:
        if key in self.slots:
            assert self.arena.park(self.slots[key]) is self.known[key][0]
            self.known[key] = (SlotStatus.UNKNOWN, None)

    @rule(key=KEYS)
    def hold(self, key: str) -> None:
        self.claim(key)
        self.arena.hold(self.slots[key])
        self.holds[key] = self.holds.get(key, 0) + 1

    @precondition(lambda self: any(self.holds.values()))
    @rule(key=KEYS)
    def release(self, key: str) -> None:
        if self.holds.get(key):
            self.arena.release(self.slots[key])
            self.holds[key] -= 1

    @rule(key=KEYS)
    def retire(self, key: str) -> None:
        if key in self.slots and self.arena.retire(self.slots[key]) == (not self.holds.get(key)):
            if not self.holds.get(key):
                del self.slots[key], self.known[key]
        elif key in self.slots:
            raise AssertionError("retired although held, or refused although free")

    @invariant()
    def agrees(self) -> None:
        self.arena.check()
        assert dict(self.arena.items()) == self.slots
        assert len(set(self.slots.values())) == len(self.slots)
        for key, (status, value) in self.known.items():
            assert self.arena.status(self.slots[key]) is status
            assert self.arena.value(self.slots[key]) == value


TestArenaMachine = ArenaMachine.TestCase
TestArenaMachine.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
