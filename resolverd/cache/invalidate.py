"""Voiding by what was named: a path, an answer, everything.

| what is named                       | what is void                                                                |
|-------------------------------------|-----------------------------------------------------------------------------|
| a path                              | everything made from that name in its directory (there or not there), the   |
|                                     | manifest there whatever its bytes, and the subtree, aliases included        |
| a path below what was not there      | the same for each of its directories that was known to be absent            |
| a path through a link               | the same, under the real directory: as it was known, and as it is now       |
| a specifier from a directory        | that answer in every mode, and the directories and manifests of its trace,  |
|                                     | where they differ from the disk                                             |
| everything                          | everything: a new epoch                                                     |

| what happened to a name, by the watcher                  | what is void                                           |
|----------------------------------------------------------|--------------------------------------------------------|
| created or moved in, where it was known to be absent     | everything made from its absence                       |
| created or moved in, a file before and a file now        | what was made from its content, if that differs        |
| created or moved in, anything else before or now         | everything made from it, and the subtree               |
| deleted or moved away                                    | everything made from it, and the subtree               |
| written to, by any of its links                          | what was made from its content, if that differs        |
| mode or owner changed: a directory that cannot be listed | everything made from it, and the subtree               |
|   or searched, or could not                              |                                                        |
| mode or owner changed: a file                            | what was made from its content, if it cannot be read   |
| the directory itself deleted, moved or unmounted         | the subtree, with its watches                          |
| more happened than is told (overflow, mounts)            | everything: a new epoch                                |

What nobody asked for is noted as void and costs no system call. A bust is honoured whether or not the place is watched. What is void is looked at again when it is asked for, never
before, so busting costs nothing for what nobody asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from resolverd.cache.store import Caches
from resolverd.paths import ancestors, join, name_of, normal, parent_of
from resolverd.terms import Busted
from resolverd.watch.events import Change


def apply_changes(caches: Caches, changes: Iterable[Change]) -> None:
    """Void what the watcher says is another: the rows of the lower table."""
    for directory, name, happening in changes:
        if not name:
            caches.tree.bust(directory)
        elif caches.tree.listings.apply(directory, name, happening):
            caches.contents.apply(join(directory, name))
            caches.tree.apply(join(directory, name))


def bust_path(caches: Caches, path: str) -> Busted:
    """Void everything that depends on an absolute path."""
    before = caches.voided()
    path = normal(path)
    if path == "/":
        caches.tree.bust("/")
        return caches.voided_since(before)
    name = name_of(path)
    for directory in caches.tree.real_paths(parent_of(path)):
        real = join(directory, name)
        caches.contents.bust(real)
        caches.tree.listings.bust_name(directory, name)
        for above in ancestors(directory):
            caches.tree.listings.bust_absent(parent_of(above), name_of(above))
    return caches.voided_since(before)


def bust_answers(caches: Caches, origins: tuple[str, ...], specifier: str) -> Busted:
    """Void the answers to one question in every mode, and what differs from the disk in what they were made from.

    A question from a file is kept under the file or under its directory, as the mode has it.
    """
    before = caches.voided()
    for mode, origin in product(range(len(caches.answers.tables)), origins):
        cached = caches.answers.find(mode, origin, specifier)
        if cached is None:
            continue
        caches.recheck(cached.node)
        if cached.node:
            caches.edges.bust(cached.node)
    return caches.voided_since(before)


def bust_all(caches: Caches) -> Busted:
    """Void everything. Parsed manifests stay to be compared with the bytes that are there when they are asked for."""
    before = caches.voided()
    for cached in list(caches.answers):
        if cached.node:
            caches.edges.bust(cached.node)
    caches.tree.bust("/")
    caches.collect()
    return caches.voided_since(before)
