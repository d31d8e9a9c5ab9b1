"""The records of the tree: what is kept of a directory, of its names, and of its links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from resolverd.paths import join
from resolverd.view.base import EntryKind, Stamp


class Casing(NamedTuple):
    """The key of a fact about all names of one lower case."""

    lowered: str


class Listing:
    """The names of one real directory, and which of them were asked about.

    `entries` is None where the directory cannot be listed (searchable but not readable): each name is then looked up
    on its own, and nothing made from it is remembered. `unsure` are names whose entry is void until looked at again;
    when so much is void that the directory is to be listed again, `is_partial` says that only the names asked about
    have entries. `texts` is what links say that were read on any way, `links` where those end that were asked about.
    `checked` is the last turn in which the whole listing was compared with the disk, `weight` the names counted for it in the tree.
    `archive` is the zip archive that the directory lies in, or is; then `stamp` is what it was known by.
    `lowered` has the names by their lower case, once somebody asked for one; `cased` the facts of who did: that these, and
    no others, are the names that differ from the one asked for by case only.
    """

    __slots__ = (
        "archive",
        "asked",
        "cased",
        "checked",
        "entries",
        "is_partial",
        "is_watched",
        "links",
        "lowered",
        "path",
        "stamp",
        "texts",
        "unsure",
        "weight",
    )

    def __init__(
        self,
        path: str,
        entries: dict[str, EntryKind] | None,
        checked: int,
        archive: str | None = None,
        stamp: Stamp | None = None,
        *,
        is_watched: bool,
    ) -> None:
        self.path = path
        self.archive = archive
        self.stamp = stamp
        self.entries = entries
        self.asked: dict[str, int] = {}
        self.cased: dict[str, int] = {}
        self.lowered: dict[str, str] | None = None
        self.links: dict[str, Link] = {}
        self.texts: dict[str, str] = {}
        self.unsure: set[str] = set()
        self.checked = checked
        self.weight = 0
        self.is_watched = is_watched
        self.is_partial = False

    def void(self, key: object) -> Iterable[int]:
        """Forget that a name was asked about (its fact is gone)."""
        if isinstance(key, Casing):
            del self.cased[key.lowered]
            return ()
        assert isinstance(key, str)
        self.asked.pop(key, None)
        self.texts.pop(key, None)
        if self.is_partial:
            # Nothing is known of it then; it is looked at when it is asked about.
            self.unsure.discard(key)
        return ()

    def describe(self, key: object) -> str:
        """Say what a fact is of: a name, or the names of one lower case."""
        if isinstance(key, Casing):
            return f"names like {key.lowered!r} in {self.path}"
        name = str(key)
        if not name:
            return f"all names in {self.path}"
        if self.entries is None:
            return f"name {join(self.path, name)}"
        return f"name {join(self.path, name)}: {'there' if name in self.entries else 'not there'}"


class Link:
    """Where a link ends, followed to the end. `kind` is None for a dangling link or a loop.

    `directory` is the real path of the target itself if it is a directory, else of the directory that holds it under
    `name`. `hops` counts the links on the way.
    """

    __slots__ = ("directory", "hops", "kind", "name", "node")

    def __init__(self, kind: EntryKind | None, directory: str, name: str, hops: int) -> None:
        self.kind = kind
        self.directory = directory
        self.name = name
        self.hops = hops
        self.node = 0


class DirInfo:
    """A directory by the path it was asked under, which may lead through links.

    It names others by slot and reads through the slot: `parent` (as text: the path without its last component),
    `real` (itself, unless links led here), `listing` (of the real directory), `scope` (the enclosing package.json,
    -1 for none), `tsconfig` (the nearest one, -1 for none), `pnp` (the Plug'n'Play manifest in force, -1 for none).
    `node` is its own node, `scope_node`, `tsconfig_node` and `pnp_node` those of the three (0 until asked for).
    `hierarchies` holds what resolution keeps by directory: the module directories seen from here, each with its node.
    `virtual` is the package instance that the path leads through, "" for nearly all (`tree/virtual`).
    """

    __slots__ = (
        "hierarchies",
        "listing",
        "node",
        "parent",
        "path",
        "pnp",
        "pnp_node",
        "real",
        "real_path",
        "scope",
        "scope_node",
        "slot",
        "tsconfig",
        "tsconfig_node",
        "virtual",
    )

    def __init__(
        self, path: str, slot: int, parent: int, real: int, real_path: str, listing: int, virtual: str = ""
    ) -> None:
        self.path = path
        self.slot = slot
        self.parent = parent
        self.real = real
        self.real_path = real_path
        self.listing = listing
        self.node = 0
        self.scope = -1
        self.scope_node = 0
        self.tsconfig = -1
        self.tsconfig_node = 0
        self.pnp = -1
        self.pnp_node = 0
        self.virtual = virtual
        self.hierarchies: dict[object, tuple[object, int]] = {}
