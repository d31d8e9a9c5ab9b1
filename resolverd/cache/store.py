"""Everything that one engine remembers, and the operations that span its parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from resolverd.arena.edges import EdgeIndex, Store, Trace
from resolverd.cache.answers import AnswerCache
from resolverd.cache.observations import Observations
from resolverd.terms import Busted
from resolverd.tree.contents import Contents
from resolverd.tree.dirinfo import Listing
from resolverd.tree.dirtree import DirTree
from resolverd.tree.pnp import PnpManifests
from resolverd.tree.projects import Projects
from resolverd.tree.scopes import PackageScopes
from resolverd.tree.tsconfigs import Tsconfigs
from resolverd.view.base import DirectoryView
from resolverd.watch.base import Watcher

ANSWER_BYTES = 1_200
NODE_BYTES = 250
NAME_BYTES = 110
"""What an answer, a node and a name in a listing weigh, measured with tracemalloc on a real workspace."""


class Caches:
    """The stores over one view, joined by one edge index."""

    __slots__ = ("answers", "contents", "edges", "observations", "pnp", "projects", "scopes", "tree", "tsconfigs")

    def __init__(self, view: DirectoryView, watcher: Watcher | None) -> None:
        self.edges = EdgeIndex()
        self.tree = DirTree(view, self.edges, watcher)
        self.contents = Contents(self.tree.looker, self.tree.listings, self.edges, watcher)
        self.scopes = PackageScopes(self.tree, self.contents, self.edges)
        self.pnp = PnpManifests(self.tree, self.contents, self.edges)
        self.tsconfigs = Tsconfigs(self.tree, self.scopes, self.pnp, self.contents, self.edges)
        self.projects = Projects(self.tree, self.tsconfigs)
        self.answers = AnswerCache()
        self.observations = Observations(self.tree)

    def voided(self) -> Busted:
        """Count what was voided so far."""
        manifests = self.scopes.voided + self.tsconfigs.voided + self.pnp.voided
        return Busted(self.answers.voided, self.tree.voided, manifests)

    def voided_since(self, before: Busted) -> Busted:
        """Count what was voided since."""
        now = self.voided()
        return Busted(
            now.answers - before.answers, now.directories - before.directories, now.manifests - before.manifests
        )

    def recheck(self, node: int) -> None:
        """Compare everything that a node was made from with the disk, and bust what differs.

        Each directory and each manifest is read at most once a turn, and each node is gone through at most once a turn:
        what many answers share costs once.
        """
        self.recheck_trace((node,))

    def recheck_trace(self, trace: tuple[int, ...]) -> None:
        """Compare what a trace leads to with the disk, and bust what differs."""
        # A bust changes the edges: the walk has to be over before the first.
        for store, key in self.edges.visit_under(trace, self.tree.listings.turn):
            if isinstance(store, Listing):
                self.tree.recheck(store.path)
            else:
                for source in self.sources(store, key):
                    self.contents.recheck(source, self.tree.listings.turn)

    def is_outdated(self, trace: Trace) -> bool:
        """Compare what a trace leads to with the disk and bust what differs; whether anything does. Then the trace is void."""
        before = len(self.edges), self.voided()
        self.recheck_trace(tuple(trace))
        if (len(self.edges), self.voided()) == before:
            return False
        self.let_go(trace)
        return True

    def sources(self, store: Store, key: object) -> tuple[str, ...]:
        """Give the manifests that a node was read from."""
        if isinstance(store, PackageScopes | Tsconfigs | PnpManifests):
            return store.sources(key)
        return ()

    def is_told(self, trace: Iterable[int]) -> bool:
        """Tell whether every change of what a trace leads to will be told by the watcher."""
        if not self.tree.listings.unwatched and not self.contents.unwatched:
            return True
        for store, key in self.edges.entries_under(trace):
            if isinstance(store, Listing):
                if not store.is_watched:
                    return False
            elif not all(self.contents.is_told(source) for source in self.sources(store, key)):
                return False
        return True

    def watches(self) -> int:
        """Count the watches that something relies on; several of one inode count each."""
        return self.tree.listings.watches() + self.contents.watches()

    def topmost_unwatched(self) -> Iterator[str]:
        """Give the places that nobody tells of, without those below one of them."""
        return chain(self.tree.listings.topmost_unwatched(), self.contents.topmost_unwatched())

    def let_go(self, trace: Iterable[int]) -> None:
        """Forget what was looked at for a result which is not kept."""
        self.edges.sweep(trace)
        self.tree.forget_passing()

    def collect(self) -> int:
        """Drop what no answer and no observed directory is made from, and give back the slots that nothing names. Returns how many."""
        self.edges.bust_unused(self.answers, self.observations)
        return self.tree.retire() + self.scopes.retire() + self.tsconfigs.retire() + self.pnp.retire()

    def size(self) -> int:
        """Estimate the bytes held."""
        return (
            self.answers.count * ANSWER_BYTES
            + len(self.edges) * NODE_BYTES
            + self.tree.listings.names * NAME_BYTES
            + self.scopes.size
            + self.pnp.size
        )

    def check(self) -> None:
        """Hold every invariant of every store. Raises `InvariantError`."""
        self.edges.check()
        self.tree.check()
        self.contents.check()
        self.scopes.check()
        self.tsconfigs.check()
        self.pnp.check()
        self.answers.check(self.edges)
