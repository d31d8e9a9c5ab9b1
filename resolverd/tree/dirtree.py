"""The directories that were looked at, by the paths they were asked for.

The facts. Paths reach a directory by several ways (links), but it changes under one: its real path. What a path means
depends on every name on the way.

What that means. Facts are kept by (real directory, name), or a change seen there misses what was asked elsewhere
(`listings`). A directory asked for by another path is a record of its own, since its parents, as text, are others; it
reads the listing of the real one.

A zip archive is a directory too, for those who may look into it (Plug'n'Play; the probe keeps the others out).

What we do. `directory` gives the record of a path, `entry` what a name in it is; both write the nodes they relied on
into the caller's trace, so recording cannot be forgotten. A record is made from its parent's record and the fact of its
name there, so that busting one name voids the subtree below it, aliases included, through the edges. News of an archive
voids its record, and so all that was read in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from resolverd.arena.edges import VOLATILE, EdgeIndex, Trace
from resolverd.arena.slots import Arena, SlotStatus
from resolverd.errors import InvariantError
from resolverd.paths import is_inside, join, name_of, parent_of
from resolverd.tree.dirinfo import DirInfo, Link, Listing
from resolverd.tree.listings import Listings
from resolverd.tree.looking import Looker
from resolverd.tree.realpath import follow, physical_path
from resolverd.tree.virtual import MARKERS, is_unfinished, step_on
from resolverd.view.archives import SUFFIX
from resolverd.view.base import DirectoryView, EntryKind
from resolverd.watch.base import Watcher

MAX_DEPTH = 256
"""Directories nested deeper than this are not looked into: records are made from their parents', by recursion."""


class DirTree:
    """Directory records over a view."""

    __slots__ = ("_absent_nodes", "_directories", "_edges", "_passing", "listings", "looker", "voided")

    def __init__(self, view: DirectoryView, edges: EdgeIndex, watcher: Watcher | None = None) -> None:
        self._edges = edges
        self._directories: Arena[str, DirInfo] = Arena()
        self._absent_nodes: dict[int, int] = {}
        self._passing: dict[str, DirInfo] = {}
        self.looker = Looker(view)
        self.listings = Listings(self.looker, edges, watcher)
        self.voided = 0

    # -- looking -------------------------------------------------------------------------------------------------

    def directory(self, path: str, trace: Trace) -> DirInfo | None:
        """Give the record of a directory by an absolute normal path; None if there is no directory."""
        slot = self._directories.find(path)
        if slot is not None:
            info = self._directories.values[slot]
            if info is not None:
                trace.append(info.node)
                return info
            if self._directories.status(slot) is SlotStatus.ABSENT:
                trace.append(self._absent_nodes[slot])
                return None
        return self._enter(path, trace)

    def _enter(self, path: str, trace: Trace) -> DirInfo | None:
        """Look at a directory that nothing is known of, and make its record."""
        passing = self._passing.get(path)
        if passing is not None:
            trace.append(VOLATILE)
            return passing
        if path.count("/") > MAX_DEPTH:
            self.looker.troubles.append(f"{path[:80]}...: more than {MAX_DEPTH} directories deep")
            trace.append(VOLATILE)
            return None
        own: Trace = []
        slot = self._directories.claim(path)
        info = self._look(path, slot, own)
        if VOLATILE in own:
            trace.extend(own)
            if info is not None:
                self._passing[path] = info
            return info
        node = self._edges.derive(self, path, own)
        trace.append(node)
        if info is None:
            self._absent_nodes[slot] = node
            self._directories.mark_absent(slot)
            return None
        info.node = node
        self._hold(info)
        self._directories.fill(slot, info)
        return info

    def _look(self, path: str, slot: int, own: Trace) -> DirInfo | None:
        if path == "/":
            return DirInfo(path, slot, -1, slot, path, self.listings.open(path, own))
        parent = self.directory(parent_of(path), own)
        if parent is None:
            return None
        name = name_of(path)
        if parent.virtual and is_unfinished(parent.path):
            step = step_on(parent.path, parent.virtual, name)
            return None if step is None else self._alias(path, slot, parent, step.target, step.instance, own)
        kind = self.raw_entry(parent, name, own)
        real_path: str | None
        if kind is EntryKind.DIRECTORY:
            real_path = join(parent.real_path, name)
        elif kind is EntryKind.LINK:
            real_path = self._behind_link(parent, name, own)
        elif kind is EntryKind.FILE and self._may_be_archive(parent, name):
            real_path = join(parent.real_path, name)
        elif kind is None and name in MARKERS:
            return self._alias(path, slot, parent, parent.path, join(parent.real_path, name), own)
        else:
            return None
        if real_path == path:
            return DirInfo(path, slot, parent.slot, slot, path, self.listings.open(path, own))
        return None if real_path is None else self._alias(path, slot, parent, real_path, parent.virtual, own)

    def _alias(self, path: str, slot: int, parent: DirInfo, real_path: str, virtual: str, own: Trace) -> DirInfo | None:
        """Make the record of a directory that really lies elsewhere."""
        real = self.directory(real_path, own)
        if real is None:
            return None
        return DirInfo(path, slot, parent.slot, real.real, real.real_path, real.listing, virtual)

    def _behind_link(self, parent: DirInfo, name: str, own: Trace) -> str | None:
        """Give the real path of the directory, or the archive, that a link leads to."""
        link = self.link(parent, name, own)
        if link.kind is EntryKind.DIRECTORY:
            return link.directory
        is_archive = link.kind is EntryKind.FILE and link.name.endswith(SUFFIX)
        return join(link.directory, link.name) if is_archive else None

    def _may_be_archive(self, parent: DirInfo, name: str) -> bool:
        """Tell whether a file is an archive; one inside of another is not."""
        return name.endswith(SUFFIX) and not self.listings.is_archived(parent.real_path)

    def parent(self, info: DirInfo, trace: Trace) -> DirInfo | None:
        """Give the directory above, as text; None at the root."""
        if info.parent < 0:
            return None
        above = self._directories.values[info.parent]
        if above is None:
            return self.directory(parent_of(info.path), trace)
        trace.append(above.node)
        return above

    def raw_entry(self, info: DirInfo, name: str, trace: Trace) -> EntryKind | None:
        """Tell what a name in a directory is, links not followed; None if it is not there."""
        return self.listings.entry(info.listing, name, trace)

    def entry(self, info: DirInfo, name: str, trace: Trace) -> EntryKind | None:
        """Tell what a name in a directory is, links followed; None if it is not there or dangles."""
        kind = self.listings.entry(info.listing, name, trace)
        return self.link(info, name, trace).kind if kind is EntryKind.LINK else kind

    def link(self, info: DirInfo, name: str, trace: Trace) -> Link:
        """Follow a link to its end (it must be one: `raw_entry` said so)."""
        listing = self.listings.at(info.listing, trace)
        link = listing.links.get(name)
        if link is not None:
            trace.append(link.node)
            return link
        own: Trace = []
        self.raw_entry(info, name, own)
        link = follow(self, listing.path, name, own)
        if listing.archive is not None and not is_inside(link.directory, listing.archive):
            # To the archive's own root, as to Yarn, there is nothing above; a stranger's link does not lead out of it.
            link.kind = None
        if VOLATILE in own:
            trace.extend(own)
            return link
        link.node = self._edges.derive(LinkStore(listing), name, own)
        listing.links[name] = link
        trace.append(link.node)
        return link

    def read_link(self, directory: str, name: str, trace: Trace) -> str | None:
        """Read what a link in a real directory says."""
        return self.listings.read_link(directory, name, trace)

    def real_location(self, info: DirInfo, name: str, trace: Trace) -> tuple[str, str]:
        """Give the real directory path and name of a file in a directory."""
        if self.raw_entry(info, name, trace) is EntryKind.LINK:
            link = self.link(info, name, trace)
            if link.kind is not None:
                return link.directory, link.name
        return info.real_path, name

    # -- busting -------------------------------------------------------------------------------------------------

    def void(self, key: object) -> Iterable[int]:
        """Park a busted directory; the facts about names in it fall with it."""
        assert isinstance(key, str)
        slot = self._directories.find(key)
        assert slot is not None, key
        self._absent_nodes.pop(slot, None)
        info = self._directories.value(slot)
        if self._directories.park(slot) is not SlotStatus.EXISTS or info is None:
            return ()
        self.voided += 1
        self._release(info)
        return self.listings.park(info.listing) if info.real == slot else ()

    def forget_passing(self) -> None:
        """Void the directories that must not be remembered: they were looked at for one question, which is answered.

        A manifest or a link in one of them was made from its names alone; it falls with them.
        """
        passing, self._passing = self._passing, {}
        for info in passing.values():
            if info.real_path == info.path:
                for node in self.listings.park(info.listing):
                    self._edges.bust(node)

    def apply(self, path: str) -> None:
        """Take news of a file: void it with all that was read in it, if it is an archive."""
        listing = self.listings.find(path)
        if listing is not None and listing.archive == path:
            self.bust(path)

    def bust(self, path: str) -> None:
        """Void a known directory with everything below it."""
        slot = self._directories.find(path)
        info = None if slot is None else self._directories.value(slot)
        if info is not None:
            self._edges.bust(info.node)

    def describe(self, key: object) -> str:
        """Say which directory."""
        return f"directory {key}" + ("" if self.is_there(str(key)) else ": not there")

    def is_there(self, path: str) -> bool:
        """Tell whether a directory is known to be there."""
        slot = self._directories.find(path)
        return slot is not None and self._directories.values[slot] is not None

    def real_paths(self, path: str) -> tuple[str, ...]:
        """Give the real directories that a path leads to: as it was known, and as the disk has it now."""
        slot = self._directories.find(path)
        info = None if slot is None else self._directories.value(slot)
        now = physical_path(self.looker.view, path)
        if info is None or info.real_path == now:
            return (now,)
        return (info.real_path, now)

    def recheck(self, directory: str) -> None:
        """Compare a real directory that is not watched with the disk, and bust what differs."""
        if not self.listings.recheck(directory):
            self.bust(directory)

    # -- slots ---------------------------------------------------------------------------------------------------

    def _hold(self, info: DirInfo) -> None:
        self.listings.hold(info.listing)
        if info.parent >= 0:
            self._directories.hold(info.parent)
        if info.real != info.slot:
            self._directories.hold(info.real)

    def _release(self, info: DirInfo) -> None:
        self.listings.release(info.listing)
        if info.parent >= 0:
            self._directories.release(info.parent)
        if info.real != info.slot:
            self._directories.release(info.real)

    def retire(self) -> int:
        """Give back the slots of what is void and not named by anything. Returns how many."""
        return self._directories.retire_unknown() + self.listings.retire()

    def counts(self) -> tuple[int, int, int]:
        """Count directories that exist, directory slots, and listings."""
        return self._directories.count(SlotStatus.EXISTS), len(self._directories), self.listings.count()

    def check(self) -> None:
        """Hold the invariants of the records. Raises `InvariantError`."""
        self._directories.check()
        self.listings.check()
        for path, slot in self._directories.items():
            info = self._directories.value(slot)
            if info is None:
                continue
            if info.slot != slot or info.path != path:
                raise InvariantError(f"tree: {path} is kept at the slot of another directory")
            if not self._edges.is_live(info.node):
                raise InvariantError(f"tree: {path} has no live node")
            if info.parent >= 0 and self._directories.key(info.parent) != parent_of(path):
                raise InvariantError(f"tree: {path} names the slot of another parent")
            if self._directories.value(info.real) is None or self.listings.path(info.listing) != info.real_path:
                raise InvariantError(f"tree: {path} reads a listing that is not its own")


class LinkStore:
    """The store of a listing's links: a busted link is followed again when asked for."""

    __slots__ = ("_listing",)

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    def void(self, key: object) -> Iterable[int]:
        """Forget where a link ends."""
        assert isinstance(key, str)
        self._listing.links.pop(key, None)
        return ()

    def describe(self, key: object) -> str:
        """Say which link."""
        return f"where the link {join(self._listing.path, str(key))} ends"
