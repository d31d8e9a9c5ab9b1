"""What a failure says: the importer, what could not be looked at, the names that were tried, and those that differ by case."""

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
    tried = _tried(caches, trace)
    for listing, name in tried:
        other = caches.tree.listings.other_case(listing, name, trace)
        if other is not None:
            message += f"; '{join(listing.path, name)}' is there as '{other}'"
    return Answer(Status.FAILED, error=Failure(code, message, tuple(join(each.path, name) for each, name in tried)))


def _tried(caches: Caches, trace: Trace) -> list[tuple[Listing, str]]:
    tried: list[tuple[Listing, str]] = []

    def leads_on(store: Store, key: object) -> bool:
        """What is there was made from what is there, and manifests from names that are looked for on every way."""
        return isinstance(store, ModuleDirs | LinkStore) or (
            store is caches.tree and not caches.tree.is_there(str(key))
        )

    for store, key in caches.edges.entries_under(trace, leads_on):
        if not isinstance(store, Listing) or not isinstance(key, str) or key in _FURNITURE:
            continue
        if _is_absent(caches, store, key):
            tried.append((store, key))
        if len(tried) == _MOST_TRIED:
            break
    return tried


def _is_absent(caches: Caches, listing: Listing, name: str) -> bool:
    if listing.entries is None:
        return caches.tree.looker.kind(join(listing.path, name), []) is None
    return name not in listing.entries
