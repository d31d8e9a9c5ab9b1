"""The directories that were looked at, each listed once, and every fact about a name kept where it can be busted.

The facts. Whether a file exists, what a link means, which package encloses it: everything follows from the names in
directories. One `scandir` gives all names of a directory for less than two `stat` calls. Paths reach a directory by
several ways (links), but it changes under one: its real path.

What that means. Facts must be kept by (real directory, name), or a change seen there misses what was asked elsewhere.
A directory asked for by another path is a record of its own (its parents, as text, are others), reading the listing of
the real one.

What we do. `directory` gives the record of a path, `entry` what a name in it is; both write the nodes they relied on
into the caller's trace, so recording cannot be forgotten. A record is made from its parent's record and the fact of
its name there, so busting one name voids the subtree below it, aliases included, through the edges. What could not be
looked at (an `OSError` that does not mean absence) is a trouble: noted for the message, and never remembered.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import TypeVar

from resolverd.arena.edges import VOLATILE, EdgeIndex, Trace
from resolverd.arena.slots import Arena, SlotStatus
from resolverd.errors import InvariantError
from resolverd.paths import join, name_of, parent_of
from resolverd.tree.dirinfo import DirInfo, Link, Listing
from resolverd.tree.realpath import follow, physical_path
from resolverd.view.base import DirectoryView, EntryKind

V = TypeVar("V")

ABSENCE = frozenset({errno.ENOENT, errno.ENOTDIR})
"""Errors that mean "it is not there"; all others mean "could not look"."""

MAX_DEPTH = 256
"""Directories nested deeper than this are not looked into: records are made from their parents', by recursion."""

_FEW = 64
"""Up to so many void names are looked up one by one; beyond that the directory is listed again."""


class DirTree:
    """Directory records and listings over a view."""

    __slots__ = (
        "_absent_nodes",
        "_directories",
        "_edges",
        "_listings",
        "_turn",
        "_view",
        "names",
        "troubles",
        "voided",
    )

    def __init__(self, view: DirectoryView, edges: EdgeIndex) -> None:
        self._view = view
        self._edges = edges
        self._directories: Arena[str, DirInfo] = Arena()
        self._listings: Arena[str, Listing] = Arena()
        self._absent_nodes: dict[int, int] = {}
        self._turn = 0
        self.troubles: list[str] = []
        self.voided = 0
        self.names = 0

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
        if path.count("/") > MAX_DEPTH:
            self.troubles.append(f"{path[:80]}...: more than {MAX_DEPTH} directories deep")
            trace.append(VOLATILE)
            return None
        own: Trace = []
        slot = self._directories.claim(path)
        info = self._look(path, slot, own)
        if VOLATILE in own:
            trace.extend(own)
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
            return DirInfo(path, slot, -1, slot, path, self._list(path, own))
        parent = self.directory(parent_of(path), own)
        if parent is None:
            return None
        name = name_of(path)
        kind = self.raw_entry(parent, name, own)
        if kind is EntryKind.DIRECTORY:
            real_path = join(parent.real_path, name)
        elif kind is EntryKind.LINK:
            link = self.link(parent, name, own)
            if link.kind is not EntryKind.DIRECTORY:
                return None
            real_path = link.directory
        else:
            return None
        if real_path == path:
            return DirInfo(path, slot, parent.slot, slot, path, self._list(path, own))
        real = self.directory(real_path, own)
        if real is None:
            return None
        return DirInfo(path, slot, parent.slot, real.slot, real.path, real.listing)

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
        listing = self._listings.values[info.listing]
        if listing is None:
            listing = self._relist(info.listing, trace)
        node = listing.asked.get(name)
        if node is None:
            node = listing.asked[name] = self._edges.fact(listing, name)
        trace.append(node)
        entries = listing.entries
        if entries is None:
            return self._kind_now(join(listing.path, name), trace)
        if listing.unsure and name in listing.unsure:
            self._refresh(listing, name, trace)
        return entries.get(name)

    def entry(self, info: DirInfo, name: str, trace: Trace) -> EntryKind | None:
        """Tell what a name in a directory is, links followed; None if it is not there or dangles."""
        kind = self.raw_entry(info, name, trace)
        return self.link(info, name, trace).kind if kind is EntryKind.LINK else kind

    def link(self, info: DirInfo, name: str, trace: Trace) -> Link:
        """Follow a link to its end (it must be one: `raw_entry` said so)."""
        listing = self._listings.value(info.listing)
        if listing is None:
            listing = self._relist(info.listing, trace)
        link = listing.links.get(name)
        if link is not None:
            trace.append(link.node)
            return link
        own: Trace = []
        self.raw_entry(info, name, own)
        link = follow(self, listing.path, name, own)
        if VOLATILE in own:
            trace.extend(own)
            return link
        link.node = self._edges.derive(_Links(listing), name, own)
        listing.links[name] = link
        trace.append(link.node)
        return link

    def real_location(self, info: DirInfo, name: str, trace: Trace) -> tuple[str, str]:
        """Give the real directory path and name of a file in a directory."""
        if self.raw_entry(info, name, trace) is EntryKind.LINK:
            link = self.link(info, name, trace)
            if link.kind is not None:
                return link.directory, link.name
        return info.real_path, name

    def read_link(self, path: str, trace: Trace) -> str | None:
        """Read where a link points; None if it is none any more (a race, not remembered)."""
        try:
            return self._view.read_link(path)
        except OSError as error:
            self._note(path, error, trace)
            return None

    def read(self, path: str, trace: Trace) -> bytes | OSError:
        """Read a manifest; an error comes back as a value, and what it was made from is not remembered."""
        try:
            return self._view.read(path)
        except OSError as error:
            if error.errno not in {errno.EINVAL, errno.EFBIG}:
                self._note(path, error, trace)
            return error

    # -- listing -------------------------------------------------------------------------------------------------

    def _list(self, path: str, trace: Trace) -> int:
        """List a real directory into its slot."""
        slot = self._listings.claim(path)
        listing = Listing(path, self._entries(path, trace), self._turn)
        self._weigh(listing, len(listing.entries or ()))
        self._listings.fill(slot, listing)
        return slot

    def _weigh(self, listing: Listing, weight: int) -> None:
        self.names += weight - listing.weight
        listing.weight = weight

    def _relist(self, slot: int, trace: Trace) -> Listing:
        self._list(self._listings.key(slot), trace)
        listing = self._listings.value(slot)
        assert listing is not None
        return listing

    def _entries(self, path: str, trace: Trace) -> dict[str, EntryKind] | None:
        try:
            return self._view.list(path)
        except OSError as error:
            if error.errno == errno.EACCES:
                # Searchable perhaps, but not readable: names are looked up one by one, and not remembered.
                return None
            self._note(path, error, trace)
            return {}

    def _kind_now(self, path: str, trace: Trace) -> EntryKind | None:
        trace.append(VOLATILE)
        try:
            return self._view.kind(path)
        except OSError as error:
            self._note(path, error, trace)
            return None

    def _refresh(self, listing: Listing, name: str, trace: Trace) -> None:
        """Look again at a void name."""
        entries = listing.entries
        assert entries is not None
        if len(listing.unsure) > _FEW:
            fresh = self._entries(listing.path, trace)
            entries.clear()
            entries.update(fresh or {})
            listing.unsure.clear()
            return
        kind = self._kind_or_none(join(listing.path, name), trace)
        if kind is None:
            entries.pop(name, None)
        else:
            entries[name] = kind
        listing.unsure.discard(name)

    def _kind_or_none(self, path: str, trace: Trace) -> EntryKind | None:
        try:
            return self._view.kind(path)
        except OSError as error:
            if error.errno not in ABSENCE:
                self._note(path, error, trace)
            return None

    def _note(self, path: str, error: OSError, trace: Trace) -> None:
        """Remember a failed look for the message, and let nothing made from it be remembered."""
        trace.append(VOLATILE)
        if error.errno not in ABSENCE:
            self.troubles.append(f"{path}: {error.strerror}")

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
        if info.real != slot:
            return ()
        listing = self._listings.value(info.listing)
        self._listings.park(info.listing)
        if listing is None:
            return ()
        self._weigh(listing, 0)
        return tuple(listing.asked.values())

    def bust_name(self, directory: str, name: str) -> None:
        """Void everything made from a name in a real directory; whatever is there now is looked up when asked for."""
        listing = self._listing_at(directory)
        if listing is None:
            return
        listing.unsure.add(name)
        node = listing.asked.get(name)
        if node is not None:
            self._edges.bust(node)

    def bust_absent(self, directory: str, name: str) -> None:
        """Void a name in a real directory if it was known not to be there."""
        listing = self._listing_at(directory)
        if listing is not None and name in listing.asked and name not in (listing.entries or ()):
            self.bust_name(directory, name)

    def bust_root(self) -> None:
        """Void every directory."""
        slot = self._directories.find("/")
        info = None if slot is None else self._directories.value(slot)
        if info is not None:
            self._edges.bust(info.node)

    def real_paths(self, path: str) -> tuple[str, ...]:
        """Give the real directories that a path leads to: as it was known, and as the disk has it now."""
        slot = self._directories.find(path)
        info = None if slot is None else self._directories.value(slot)
        now = physical_path(self._view, path)
        if info is None or info.real_path == now:
            return (now,)
        return (info.real_path, now)

    def recheck(self, directory: str) -> None:
        """List a known real directory again, at most once a turn, and bust what differs and was asked about."""
        listing = self._listing_at(directory)
        if listing is None or listing.entries is None or listing.checked == self._turn:
            return
        listing.checked = self._turn
        trace: Trace = []
        known, fresh = listing.entries, self._entries(directory, trace)
        if fresh is None or trace:
            self._bust_directory(directory)
            return
        listing.entries = fresh
        self._weigh(listing, len(fresh))
        listing.unsure.clear()
        for name, node in list(listing.asked.items()):
            if known.get(name) != fresh.get(name) or self._is_retargeted(listing, name):
                self._edges.bust(node)

    def _is_retargeted(self, listing: Listing, name: str) -> bool:
        link = listing.links.get(name)
        return link is not None and self.read_link(join(listing.path, name), []) != link.text

    def _bust_directory(self, path: str) -> None:
        slot = self._directories.find(path)
        info = None if slot is None else self._directories.value(slot)
        if info is not None:
            self._edges.bust(info.node)

    def _listing_at(self, directory: str) -> Listing | None:
        slot = self._listings.find(directory)
        return None if slot is None else self._listings.value(slot)

    def begin_turn(self) -> None:
        """Start a turn: what arrived before is answered from one look at the disk."""
        self._turn += 1

    # -- slots ---------------------------------------------------------------------------------------------------

    def _hold(self, info: DirInfo) -> None:
        self._listings.hold(info.listing)
        if info.parent >= 0:
            self._directories.hold(info.parent)
        if info.real != info.slot:
            self._directories.hold(info.real)

    def _release(self, info: DirInfo) -> None:
        self._listings.release(info.listing)
        if info.parent >= 0:
            self._directories.release(info.parent)
        if info.real != info.slot:
            self._directories.release(info.real)

    def retire(self) -> int:
        """Give back the slots of what is void and not named by anything. Returns how many."""
        retired = _retire_unknown(self._directories)
        return retired + _retire_unknown(self._listings)

    def counts(self) -> tuple[int, int, int]:
        """Count directories that exist, directory slots, and listings."""
        return (
            self._directories.count(SlotStatus.EXISTS),
            len(self._directories),
            self._listings.count(SlotStatus.EXISTS),
        )

    def check(self) -> None:
        """Hold the invariants of the records. Raises `InvariantError`."""
        self._directories.check()
        self._listings.check()
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
            if self._directories.value(info.real) is None or self._listings.key(info.listing) != info.real_path:
                raise InvariantError(f"tree: {path} reads a listing that is not its own")


class _Links:
    """The store of a listing's links: a busted link is followed again when asked for."""

    __slots__ = ("_listing",)

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    def void(self, key: object) -> Iterable[int]:
        assert isinstance(key, str)
        self._listing.links.pop(key, None)
        return ()


def _retire_unknown(arena: Arena[str, V]) -> int:
    parked = [slot for _, slot in arena.items() if arena.status(slot) is SlotStatus.UNKNOWN]
    return sum(arena.retire(slot) for slot in parked)
