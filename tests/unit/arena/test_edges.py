"""The edge index: a bust voids what was made from the busted, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolverd.arena.edges import VOLATILE, EdgeIndex
from resolverd.errors import InvariantError


class Names:
    """A store that notes what was voided."""

    def __init__(self) -> None:
        self.voided: list[object] = []

    def void(self, key: object) -> Iterable[int]:
        self.voided.append(key)
        return ()


@pytest.fixture
def edges() -> EdgeIndex:
    return EdgeIndex()


@pytest.fixture
def store() -> Names:
    return Names()


def test_busting_a_fact_voids_all_that_was_made_from_it(edges: EdgeIndex, store: Names) -> None:
    fact = edges.fact(store, "fact")
    other = edges.fact(store, "other")
    middle = edges.derive(store, "middle", [fact])
    edges.derive(store, "answer", [middle, other])
    edges.derive(store, "bystander", [other])
    edges.bust(fact)
    assert set(store.voided) == {"fact", "middle", "answer"}
    assert edges.is_live(other)
    edges.check()


def test_a_fact_goes_with_its_last_dependent(edges: EdgeIndex, store: Names) -> None:
    fact = edges.fact(store, "fact")
    first = edges.derive(store, "first", [fact])
    second = edges.derive(store, "second", [fact])
    edges.bust(first)
    assert edges.is_live(fact)
    edges.bust(second)
    assert not edges.is_live(fact)
    assert len(edges) == 0
    edges.check()


def test_busting_and_deriving_for_ever_uses_the_same_numbers(edges: EdgeIndex, store: Names) -> None:
    seen: set[int] = set()
    for _ in range(1_000):
        facts = [edges.fact(store, name) for name in "abc"]
        node = edges.derive(store, "node", facts)
        seen |= {node, *facts}
        edges.bust(facts[1])
    assert len(seen) == 4
    assert edges.edges == 0


def test_a_trace_may_name_a_node_twice(edges: EdgeIndex, store: Names) -> None:
    fact = edges.fact(store, "fact")
    edges.bust(edges.derive(store, "node", [fact, fact]))
    assert not edges.is_live(fact)
    edges.check()


def test_sweep_lets_go_of_facts_that_led_to_nothing_kept(edges: EdgeIndex, store: Names) -> None:
    kept = edges.fact(store, "kept")
    edges.derive(store, "node", [kept])
    loose = edges.fact(store, "loose")
    with pytest.raises(InvariantError, match="nothing depends on"):
        edges.check()
    edges.sweep([kept, loose, VOLATILE])
    assert edges.is_live(kept)
    assert not edges.is_live(loose)
    edges.check()


def test_what_a_store_says_falls_with_an_entry_falls(edges: EdgeIndex) -> None:
    inner = Names()

    class Directory(Names):
        def void(self, key: object) -> Iterable[int]:
            super().void(key)
            return (name,)

    directory = Directory()
    node = edges.derive(directory, "directory", [])
    name = edges.fact(inner, "name")
    edges.derive(inner, "answer", [name])
    edges.bust(node)
    assert set(inner.voided) == {"name", "answer"}
    edges.check()


def test_unused_results_are_busted_and_what_they_held_with_them(edges: EdgeIndex, store: Names) -> None:
    answers = Names()
    fact = edges.fact(store, "fact")
    used = edges.derive(store, "used", [fact])
    answer = edges.derive(answers, "answer", [used])
    below = edges.derive(store, "below", [fact])
    edges.derive(store, "unused", [below])
    edges.bust_unused(answers)
    assert set(store.voided) == {"unused", "below"}
    assert edges.is_live(answer)
    assert edges.is_live(used)
    edges.check()


def test_entries_under_a_trace_come_once_each_in_order_of_looking(edges: EdgeIndex, store: Names) -> None:
    first, second = edges.fact(store, 1), edges.fact(store, 2)
    middle = edges.derive(store, 3, [second, first])
    assert [key for _, key in edges.entries_under([first, middle, second])] == [1, 3, 2]


def test_check_finds_an_edge_that_only_one_end_knows(edges: EdgeIndex, store: Names) -> None:
    fact = edges.fact(store, "fact")
    edges.derive(store, "node", [fact])
    edges._dependents[fact] = None
    with pytest.raises(InvariantError, match="differ"):
        edges.check()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.lists(st.integers(0, 20), max_size=4)), max_size=40), st.data())
def test_a_bust_voids_exactly_what_can_be_reached(plan: list[tuple[int, list[int]]], data: st.DataObject) -> None:
    edges, store = EdgeIndex(), Names()
    nodes: list[int] = []
    made_from: dict[int, set[int]] = {}
    for _, sources in plan:
        chosen = [nodes[index % len(nodes)] for index in sources] if nodes else []
        fact = edges.fact(store, len(nodes))
        node = edges.derive(store, len(nodes), [*chosen, fact])
        nodes.append(node)
        made_from[node] = set(chosen)
    edges.check()
    if not nodes:
        return
    victim = data.draw(st.sampled_from(nodes))
    doomed = {victim}
    for node in nodes:
        if made_from[node] & doomed:
            doomed.add(node)
    edges.bust(victim)
    assert {node for node in nodes if not edges.is_live(node)} == doomed
    edges.check()
