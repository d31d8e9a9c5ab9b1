"""What an answer was made from, as paths for whoever watches by himself: a bundler's own watcher, a build cache."""

from __future__ import annotations

from resolverd.cache.store import Caches
from resolverd.paths import join
from resolverd.terms import Answer, Dependencies
from resolverd.tree.dirinfo import Listing
from resolverd.view.base import EntryKind


def dependencies(caches: Caches, answer: Answer, node: int) -> Dependencies:
    """Read them off the answer's node; of one that is not kept (0) nothing is known.

    A directory is left out where something in it was found or looked for, which is everywhere that matters.
    """
    files: dict[str, None] = {}
    missing: dict[str, None] = {}
    for store, key in caches.edges.entries_under((node,) if node else ()):
        if not isinstance(store, Listing):
            files.update(dict.fromkeys(caches.sources(store, key)))
        elif isinstance(key, str) and store.entries is not None:
            kind = store.entries.get(key)
            if kind is None:
                missing[join(store.path, key)] = None
            elif kind is not EntryKind.DIRECTORY:
                files[store.archive or join(store.path, key)] = None
    return Dependencies(answer, tuple(files), tuple(missing))
