"""What depends on what: the graph through which one change voids exactly what was made from it.

The facts. An answer is made from names looked for in directories (there, or not there), from the contents of
manifests, and from intermediate results that many answers share (which package.json encloses this directory, where
does this link lead, which file is `./sub` of that package). Recording every fact under every answer would repeat the
shared part ten thousand times.

What we do. Everything remembered is a *node*. A **fact** stands for one name in one directory; a **derived** node was
made from other nodes, its trace. Busting a node voids it and all that was made from it, in one walk, and touches
nothing else. Each node belongs to a store, which is told to forget the entry (`Store.void`).

A fact lives as long as something depends on it: when the last dependent goes, the fact goes, so busting and asking
again for ever ends in the same number of nodes. Most nodes have one dependent, so a lone dependent is kept as a bare
int and only several become a set (an empty set is 216 bytes).

`VOLATILE` in a trace means: made from something that must not be remembered (a directory that could not be listed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from resolverd.errors import InvariantError

VOLATILE = 0
"""The node that nothing may be derived from; whoever has it in its trace is not cached."""

NEVER = -1
"""The turn in which a new node was visited last."""

Trace = list[int]
"""The nodes that a result is being made from, in the order of looking."""


class Store(Protocol):
    """Where the entries of nodes are kept."""

    def void(self, key: object, /) -> Iterable[int]:
        """Forget the entry of a busted node. Returns nodes that fall with it and are not linked to it by an edge."""
        ...

    def describe(self, key: object, /) -> str:
        """Say for people what the entry of a live node is."""
        ...


class Source(NamedTuple):
    """A node for people: what it is, and the numbers of the nodes that it was made from."""

    node: int
    text: str
    made_from: tuple[int, ...]


class EdgeIndex:
    """Nodes and the edges between them. Node numbers are reused once nothing refers to them."""

    __slots__ = ("_dependents", "_free", "_keys", "_stores", "_traces", "_visited", "edges")

    def __init__(self) -> None:
        # None as a trace marks a fact; a free number has no store.
        self._traces: list[tuple[int, ...] | None] = [()]
        self._dependents: list[int | set[int] | None] = [None]
        self._stores: list[Store | None] = [None]
        self._keys: list[object] = [None]
        self._visited: list[int] = [NEVER]
        self._free: list[int] = []
        self.edges = 0

    def __len__(self) -> int:
        return len(self._stores) - len(self._free) - 1

    def fact(self, store: Store, key: object) -> int:
        """Make the node of a fact. It lives until its last dependent goes, or `sweep` finds that it never had one."""
        return self._node(store, key, None)

    def derive(self, store: Store, key: object, trace: Iterable[int]) -> int:
        """Make the node of a result from its trace (repeats allowed, `VOLATILE` not)."""
        made_from = tuple(dict.fromkeys(trace))
        node = self._node(store, key, made_from)
        dependents = self._dependents
        for source in made_from:
            known = dependents[source]
            if known is None:
                assert source != VOLATILE, "nothing is derived from what must not be remembered"
                dependents[source] = node
            elif isinstance(known, int):
                dependents[source] = {known, node}
            else:
                known.add(node)
        self.edges += len(made_from)
        return node

    def _node(self, store: Store, key: object, trace: tuple[int, ...] | None) -> int:
        if self._free:
            node = self._free.pop()
            self._traces[node] = trace
            self._stores[node] = store
            self._keys[node] = key
            self._visited[node] = NEVER
            return node
        self._traces.append(trace)
        self._dependents.append(None)
        self._stores.append(store)
        self._keys.append(key)
        self._visited.append(NEVER)
        return len(self._stores) - 1

    def bust(self, node: int) -> None:
        """Void a node and everything made from it, directly or not."""
        doomed = [node]
        while doomed:
            node = doomed.pop()
            store = self._stores[node]
            if store is None:
                continue
            doomed.extend(self.dependents(node))
            key = self._keys[node]
            self._remove(node)
            doomed.extend(store.void(key))

    def bust_dependents(self, node: int) -> None:
        """Void everything made from a node, and keep the node."""
        for dependent in self.dependents(node):
            self.bust(dependent)

    def bust_unused(self, *kept: Store) -> None:
        """Bust every derived node that nothing depends on, but those of some stores."""
        pending = [node for node, known in enumerate(self._dependents) if known is None]
        while pending:
            node = pending.pop()
            store, trace = self._stores[node], self._traces[node]
            if store is None or store in kept or trace is None or self._dependents[node] is not None:
                continue
            self.bust(node)
            pending.extend(trace)

    def _remove(self, node: int) -> None:
        trace = self._traces[node]
        self._traces[node] = ()
        self._stores[node] = None
        self._keys[node] = None
        self._dependents[node] = None
        self._free.append(node)
        if trace:
            self.edges -= len(trace)
            for source in trace:
                self._unlink(source, node)

    def _unlink(self, source: int, node: int) -> None:
        known = self._dependents[source]
        if isinstance(known, set):
            known.discard(node)
            if len(known) == 1:
                self._dependents[source] = known.pop()
        elif known == node:
            self._dependents[source] = None
            self._expire(source)

    def _expire(self, node: int) -> None:
        """Let a fact go that nothing depends on any more; derived nodes stay, they are worth keeping."""
        store = self._stores[node]
        if store is None or self._traces[node] is not None:
            return
        key = self._keys[node]
        self._remove(node)
        store.void(key)

    def sweep(self, trace: Iterable[int]) -> None:
        """Let go of the facts that were looked at for a result which was not kept."""
        for node in trace:
            if self._dependents[node] is None:
                self._expire(node)

    def is_live(self, node: int) -> bool:
        """Tell whether a number is a node at present."""
        return self._stores[node] is not None

    def dependents(self, node: int) -> tuple[int, ...]:
        """List what was made directly from a node."""
        known = self._dependents[node]
        if known is None:
            return ()
        return tuple(known) if isinstance(known, set) else (known,)

    def entry(self, node: int) -> tuple[Store | None, object]:
        """Give the store and the key of a node."""
        return self._stores[node], self._keys[node]

    def entries_under(
        self, trace: Iterable[int], leads_on: Callable[[Store, object], bool] | None = None
    ) -> Iterator[tuple[Store, object]]:
        """Give store and key of every node that a trace leads to, itself included, each once, in order of looking.

        `leads_on` says of a derived node whether to go on to what it was made from; without it all are gone through.
        """
        seen: set[int] = set()
        pending = list(trace)[::-1]
        while pending:
            node = pending.pop()
            store = self._stores[node]
            if node in seen or store is None:
                continue
            seen.add(node)
            key, made_from = self._keys[node], self._traces[node]
            yield store, key
            if made_from and (leads_on is None or leads_on(store, key)):
                pending.extend(reversed(made_from))

    def sources_under(self, trace: Iterable[int]) -> list[Source]:
        """Describe every node that a trace leads to, each once, in order of looking."""
        sources: list[Source] = []
        seen: set[int] = set()
        pending = list(trace)[::-1]
        while pending:
            node = pending.pop()
            store = self._stores[node]
            if node in seen or store is None:
                continue
            seen.add(node)
            made_from = self._traces[node] or ()
            sources.append(Source(node, store.describe(self._keys[node]), made_from))
            pending.extend(reversed(made_from))
        return sources

    def live(self) -> set[int]:
        """Give the nodes that there are."""
        return {node for node, store in enumerate(self._stores) if store is not None}

    def visit_under(self, trace: Iterable[int], turn: int) -> list[tuple[Store, object]]:
        """Give store and key of every node that a trace leads to and that was not visited in this turn before."""
        entries: list[tuple[Store, object]] = []
        visited, pending = self._visited, list(trace)
        while pending:
            node = pending.pop()
            store = self._stores[node]
            if store is None or visited[node] == turn:
                continue
            visited[node] = turn
            entries.append((store, self._keys[node]))
            pending.extend(self._traces[node] or ())
        return entries

    def check(self) -> None:
        """Hold the edges of both directions against each other. Raises `InvariantError`."""
        forward = {(source, node) for node, trace in enumerate(self._traces) if trace for source in trace}
        backward = {(source, node) for source in range(len(self._stores)) for node in self.dependents(source)}
        if forward != backward:
            raise InvariantError(f"edges: traces and dependents differ: {sorted(forward ^ backward)[:5]}")
        if len(forward) != self.edges:
            raise InvariantError(f"edges: {len(forward)} edges, counted {self.edges}")
        dead = {end for edge in forward for end in edge if self._stores[end] is None}
        if dead:
            raise InvariantError(f"edges: dead nodes are named: {sorted(dead)[:5]}")
        free = {node for node, store in enumerate(self._stores) if store is None and node != VOLATILE}
        if free != set(self._free) or len(free) != len(self._free):
            raise InvariantError("edges: free numbers do not add up")
        lonely = [
            node
            for node, trace in enumerate(self._traces)
            if trace is None and self._stores[node] is not None and self._dependents[node] is None
        ]
        if lonely:
            raise InvariantError(f"edges: facts that nothing depends on: {[self._keys[node] for node in lonely[:5]]}")
