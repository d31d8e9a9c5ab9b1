"""What a failure says: the importer, what could not be looked at, and the names that were tried."""

from __future__ import annotations

from resolverd.arena.edges import Store, Trace
from resolverd.cache.store import Caches
from resolverd.paths import join
from resolverd.resolution.modules import ModuleDirs
from resolverd.terms import Answer, Code, Failure, Status
from resolverd.tree.dirinfo import Listing
from resolverd.tree.dirtree import LinkStore
from resolverd.tree.pnp import CODE, DATA

_MOST_TRIED = 12
_FURNITURE = frozenset({"package.json", "node_modules", "tsconfig.json", "jsconfig.json", CODE, DATA})
"""Names that are looked for on every way; that they are absent explains nothing."""


def describe_failure(caches: Caches, answer: Answer, origin: str, trace: Trace) -> Answer:
    """Complete a failure's message for one importer. The names tried are read off the trace: those that were absent."""
    error = answer.error
    assert error is not None
    message = f"{error.message}, imported from {origin}"
    code = error.code
    if caches.tree.looker.troubles and code is Code.MODULE_NOT_FOUND:
        code = Code.UNREADABLE
        message += "; could not look at " + ", ".join(dict.fromkeys(caches.tree.looker.troubles))
    return Answer(Status.FAILED, error=Failure(code, message, _tried(caches, trace)))


def _tried(caches: Caches, trace: Trace) -> tuple[str, ...]:
    tried: list[str] = []

    def leads_on(store: Store, key: object) -> bool:
        """What is there was made from what is there, and manifests from names that are looked for on every way."""
        return isinstance(store, ModuleDirs | LinkStore) or (
            store is caches.tree and not caches.tree.is_there(str(key))
        )

    for store, key in caches.edges.entries_under(trace, leads_on):
        if not isinstance(store, Listing) or not isinstance(key, str) or key in _FURNITURE:
            continue
        if _is_absent(caches, store, key):
            tried.append(join(store.path, key))
        if len(tried) == _MOST_TRIED:
            break
    return tuple(tried)


def _is_absent(caches: Caches, listing: Listing, name: str) -> bool:
    if listing.entries is None:
        return caches.tree.looker.kind(join(listing.path, name), []) is None
    return name not in listing.entries
