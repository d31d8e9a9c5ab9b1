"""The names in real directories: listed once, watched before they are listed, and each fact kept where it can be busted.

The facts. One `scandir` gives all names of a directory for less than two `stat` calls. inotify tells of every change of
a watched directory's names; a directory listed before it is watched misses what happens in between. Some directories
cannot be watched (a limit, a network file system), and some cannot be listed.

What we do. `Listings` keeps a listing for each real directory. A name that is asked about gets a fact; a change of the
name voids the fact and so all that was made from it, and costs one `lstat` if somebody had asked, none if nobody had. A
void name is looked at again when it is asked for; many void names, and the directory is listed again at the next name
that nobody had asked about: temporary files that come and go in a directory for days cost neither memory nor looks.
What was asked about keeps its entry until its own event comes, or the event would find nothing to void.

A zip archive is listed as a directory is; what is watched is the file, for all that is in it. News of it voids it as a
whole, and comparing it with the disk is comparing its stamp.

A listing that is not watched is compared with the disk instead, at most once a turn, by whoever relies on it
(`recheck`). So is one below a directory that is not watched: should that be replaced, nobody tells of what is below.
"""

from __future__ import annotations

from collections.abc import Iterator

from resolverd.arena.edges import VOLATILE, EdgeIndex, Trace
from resolverd.arena.slots import Arena, SlotStatus
from resolverd.errors import InvariantError
from resolverd.paths import join, parent_of
from resolverd.tree.dirinfo import Casing, Listing
from resolverd.tree.looking import Looker
from resolverd.view.base import EntryKind
from resolverd.watch.base import Watcher
from resolverd.watch.events import Happening

ALL_NAMES = ""
"""What is asked about by who reads a directory as a whole: no name is empty. Every change of a name voids it."""

FEW = 64
"""Up to so many void names, or an eighth of all, are looked up one by one; beyond that the directory is listed again."""


class Listings:
    """Listings by real path. `names` counts the names held, `unwatched` the listings that nothing is told of."""

    __slots__ = ("_arena", "_edges", "_looker", "_watcher", "names", "turn", "unwatched", "values")

    def __init__(self, looker: Looker, edges: EdgeIndex, watcher: Watcher | None) -> None:
        self._looker = looker
        self._edges = edges
        self._watcher = watcher
        self._arena: Arena[str, Listing] = Arena()
        self.values = self._arena.values
        self.names = 0
        self.turn = 0
        self.unwatched = 0

    # -- looking -------------------------------------------------------------------------------------------------

    def open(self, path: str, trace: Trace) -> int:
        """Watch a real directory, then list it. Returns its slot."""
        slot = self._arena.claim(path)
        archive = self._looker.view.archive_of(path)
        is_watched = self._watcher is not None and self._is_reached(path) and self._watch(path, archive, self._watcher)
        stamp = self._looker.stamp(path, trace) if archive == path else None
        names = self._looker.names(path, trace)
        if names is None and is_watched and self._watcher is not None:
            # What could be watched and not listed is nothing that the kernel will tell of: it is compared with the disk.
            self._watcher.unwatch(path)
            is_watched = False
        listing = Listing(path, names, self.turn, archive, stamp, is_watched=is_watched)
        self.unwatched += not is_watched
        self._weigh(listing, len(names or ()))
        self._arena.fill(slot, listing)
        return slot

    @staticmethod
    def _watch(path: str, archive: str | None, watcher: Watcher) -> bool:
        if archive is None:
            return watcher.watch_directory(path)
        return archive != path or watcher.watch_file(path)

    def _is_reached(self, path: str) -> bool:
        """Tell whether everything that could put another directory in this one's place will be told."""
        return path == "/" or self.is_told(parent_of(path))

    def is_told(self, path: str) -> bool:
        """Tell whether every change of the names in a real directory will be told."""
        listing = self.find(path)
        return listing is not None and listing.is_watched

    def is_archived(self, path: str) -> bool:
        """Tell whether a directory lies in an archive."""
        listing = self.find(path)
        return listing is not None and listing.archive is not None

    def at(self, slot: int, trace: Trace) -> Listing:
        """Read through a slot; a void listing is made again."""
        listing = self.values[slot]
        if listing is None:
            self.open(self._arena.key(slot), trace)
            listing = self.values[slot]
            assert listing is not None
        return listing

    def entry(self, slot: int, name: str, trace: Trace) -> EntryKind | None:
        """Tell what a name in a directory is, links not followed; None if it is not there."""
        listing = self.values[slot]
        if listing is None:
            listing = self.at(slot, trace)
        node = listing.asked.get(name)
        if node is None:
            node = listing.asked[name] = self._edges.fact(listing, name)
            if listing.is_partial:
                listing.unsure.add(name)
        trace.append(node)
        entries = listing.entries
        if entries is None:
            return self._looker.kind_now(join(listing.path, name), trace)
        if listing.unsure and name in listing.unsure:
            self._refresh(listing, entries, name, trace)
        return entries.get(name)

    def names_of(self, slot: int, trace: Trace) -> dict[str, EntryKind] | None:
        """Give all names in a directory, links not followed; None where it cannot be listed. Not to be changed."""
        listing = self.at(slot, trace)
        entries = listing.entries
        if entries is None:
            # The node is for who compares with the disk: it may be possible to list it by now.
            trace += (self._all_names(listing), VOLATILE)
            return None
        for name in tuple(listing.unsure):
            if name in listing.unsure:
                self._refresh(listing, entries, name, trace)
        if listing.is_partial and not self._list_again(listing, entries):
            trace.append(VOLATILE)
            return None
        trace.append(self._all_names(listing))
        return entries

    def _all_names(self, listing: Listing) -> int:
        node = listing.asked.get(ALL_NAMES)
        if node is None:
            node = listing.asked[ALL_NAMES] = self._edges.fact(listing, ALL_NAMES)
        return node

    def other_case(self, listing: Listing, name: str, trace: Trace) -> str | None:
        """Give a name in a directory that differs from one which is not there by case only."""
        if listing.entries is None:
            return None
        if (listing.is_partial or listing.unsure) and not self._list_again(listing, listing.entries):
            return None
        if listing.lowered is None:
            listing.lowered = {each.lower(): each for each in sorted(listing.entries)}
        lowered = name.lower()
        if lowered not in listing.cased:
            listing.cased[lowered] = self._edges.fact(listing, Casing(lowered))
        trace.append(listing.cased[lowered])
        return listing.lowered.get(lowered)

    def _bust_names(self, listing: Listing, name: str) -> None:
        """Void what was made from the names of a directory, of which one is there, or another, or no more."""
        listing.lowered = None
        for node in (listing.cased.get(name.lower()) if listing.cased else None, listing.asked.get(ALL_NAMES)):
            if node is not None:
                self._edges.bust(node)

    def _refresh(self, listing: Listing, entries: dict[str, EntryKind], name: str, trace: Trace) -> None:
        """Look again at a void name. A look that fails is no news: the name stays void."""
        if listing.is_partial and self._list_again(listing, entries):
            return
        own: Trace = []
        told = len(self._looker.troubles)
        kind = self._looker.kind(join(listing.path, name), own)
        if VOLATILE not in own:
            _enter(entries, name, kind)
            listing.lowered = None
            listing.unsure.discard(name)
        elif self._list_again(listing, entries):
            # A directory may be readable and not searchable: then its names are to be had all at once only.
            del self._looker.troubles[told:]
        else:
            trace.extend(own)

    def _list_again(self, listing: Listing, entries: dict[str, EntryKind]) -> bool:
        """Complete a partial listing; whether the directory could be listed."""
        own: Trace = []
        fresh = self._looker.names(listing.path, own)
        if fresh is None or VOLATILE in own:
            return False
        # Those in neither are absent in both; what is asked about in a directory may be a hundred times what is in it.
        for name in fresh.keys() | entries.keys():
            if name in listing.asked and name not in listing.unsure:
                _enter(fresh, name, entries.get(name))
        listing.lowered = None
        entries.clear()
        entries.update(fresh)
        listing.unsure.clear()
        listing.is_partial = False
        self._weigh(listing, len(entries))
        return True

    def read_link(self, directory: str, name: str, trace: Trace) -> str | None:
        """Read what a link says; None if it is none any more. What it said is kept, to be compared with the disk."""
        text = self._looker.link_text(join(directory, name), trace)
        listing = self.find(directory)
        if text is not None and listing is not None and name in listing.asked:
            listing.texts[name] = text
        return text

    def find(self, path: str) -> Listing | None:
        """Give a live listing by its real path."""
        slot = self._arena.find(path)
        return None if slot is None else self.values[slot]

    # -- busting -------------------------------------------------------------------------------------------------

    def park(self, slot: int) -> tuple[int, ...]:
        """Void a listing and stop watching. Returns the facts of its names, which fall with it."""
        listing = self.values[slot]
        self._arena.park(slot)
        if listing is None:
            return ()
        self._weigh(listing, 0)
        if listing.archive == listing.path:
            # Two writes within one tick of the clock leave the same stamp: what was void is read again.
            self._looker.view.forget(listing.path)
        if not listing.is_watched:
            self.unwatched -= 1
        elif self._watcher is not None:
            self._watcher.unwatch(listing.path)
        return (*listing.asked.values(), *listing.cased.values())

    def bust_name(self, directory: str, name: str) -> None:
        """Void everything made from a name in a real directory; what is there now is looked up when asked for."""
        listing = self.find(directory)
        if listing is not None:
            self._bust(listing, name)

    def _bust(self, listing: Listing, name: str) -> None:
        self._bust_names(listing, name)
        node = listing.asked.get(name)
        if node is not None:
            self._edges.bust(node)
        self._doubt(listing, name)

    def _doubt(self, listing: Listing, name: str) -> None:
        """Void the entry of a name that nobody asks about any more."""
        if listing.is_partial or listing.entries is None:
            return
        listing.unsure.add(name)
        if len(listing.unsure) > max(FEW, len(listing.entries) >> 3):
            kept = {name: kind for name in listing.asked if (kind := listing.entries.get(name)) is not None}
            listing.entries = kept
            listing.unsure &= listing.asked.keys()
            listing.is_partial = True
            self._weigh(listing, len(kept))

    def bust_absent(self, directory: str, name: str) -> None:
        """Void a name in a real directory if it was known not to be there."""
        listing = self.find(directory)
        if listing is not None and name in listing.asked and name not in (listing.entries or ()):
            self._bust(listing, name)

    def apply(self, directory: str, name: str, happening: Happening) -> bool:
        """Take news of a name. Returns whether it was a file and is one still: then only its content may be another."""
        listing = self.find(directory)
        if listing is None or listing.entries is None:
            return True
        if name not in listing.asked:
            if happening & Happening.PRESENCE:
                self._bust_names(listing, name)
                self._doubt(listing, name)
            return True
        known = None if name in listing.unsure else listing.entries.get(name)
        if known is EntryKind.FILE:
            is_same = not happening & Happening.PRESENCE or self._is_file(listing, name)
        else:
            # A directory's mode decides whether its names can be seen; a link's, or an absent name's, nothing.
            is_same = not happening & Happening.PRESENCE
            is_same = is_same and (known is not EntryKind.DIRECTORY or self._is_open(join(directory, name)))
        if not is_same:
            self._bust(listing, name)
        return is_same

    def _is_open(self, path: str) -> bool:
        """Tell whether a directory that could be listed still can, and be searched: most news of modes is of a time."""
        listing = self.find(path)
        if listing is not None and (listing.entries is None or self._looker.names(path, []) is None):
            return False
        return self._looker.kind(join(path, "."), []) is EntryKind.DIRECTORY

    def _is_file(self, listing: Listing, name: str) -> bool:
        return self._looker.kind(join(listing.path, name), []) is EntryKind.FILE

    # -- comparing with the disk ---------------------------------------------------------------------------------

    def recheck(self, directory: str) -> bool:
        """List a known directory that is not watched again, at most once a turn, and bust what differs and was asked.

        Returns False if it can no longer be listed, or now can: then it should be void altogether.
        """
        listing = self.find(directory)
        if listing is None or listing.is_watched or listing.checked == self.turn:
            return True
        listing.checked = self.turn
        if listing.archive == directory and self._looker.stamp(directory, []) != listing.stamp:
            return False
        known, fresh = listing.entries, self._looker.names(directory, [])
        if known is None or fresh is None:
            return known is fresh
        listing.entries = fresh
        self._weigh(listing, len(fresh))
        listing.unsure.clear()
        listing.is_partial = False
        listing.lowered = None
        for name in known.keys() ^ fresh.keys():
            self._bust_names(listing, name)
        others = {name for name in known.keys() | fresh.keys() if known.get(name) != fresh.get(name)}
        others.update(name for name, text in listing.texts.items() if self._is_retargeted(listing, name, text))
        for name in (*others, ALL_NAMES) if known != fresh else others:
            node = listing.asked.get(name)
            if node is not None:
                self._edges.bust(node)
        return True

    def _is_retargeted(self, listing: Listing, name: str, text: str) -> bool:
        return name in listing.asked and self._looker.link_text(join(listing.path, name), []) != text

    # -- slots ---------------------------------------------------------------------------------------------------

    def _weigh(self, listing: Listing, weight: int) -> None:
        self.names += weight - listing.weight
        listing.weight = weight

    def hold(self, slot: int) -> None:
        """Say that a directory reads this listing."""
        self._arena.hold(slot)

    def release(self, slot: int) -> None:
        """Take one `hold` back."""
        self._arena.release(slot)

    def path(self, slot: int) -> str:
        """Give the real path of a slot."""
        return self._arena.key(slot)

    def retire(self) -> int:
        """Give back the slots of void listings that nothing reads. Returns how many."""
        return self._arena.retire_unknown()

    def count(self) -> int:
        """Count live listings."""
        return self._arena.count(SlotStatus.EXISTS)

    def check(self) -> None:
        """Hold the invariants of the listings. Raises `InvariantError`."""
        self._arena.check()
        live = [listing for listing in self.values if listing is not None]
        if self.unwatched != len(live) - self.watches() or self.names != sum(listing.weight for listing in live):
            raise InvariantError("listings: what is counted is not what is held")
        for listing in live:
            if listing.is_watched and not self._is_reached(listing.path):
                raise InvariantError(f"listings: {listing.path} is believed, and what is above it is not watched")
            if not listing.unsure.isdisjoint(listing.asked):
                raise InvariantError(f"listings: in {listing.path} something is made from void names")

    def topmost_unwatched(self) -> Iterator[str]:
        """Give the directories that are not watched though all above them is."""
        for listing in self.values:
            if listing is not None and not listing.is_watched and self._is_reached(listing.path):
                yield listing.path

    def watches(self) -> int:
        """Count the listings that are watched."""
        return sum(listing is not None and listing.is_watched for listing in self.values)


def _enter(entries: dict[str, EntryKind], name: str, kind: EntryKind | None) -> None:
    if kind is None:
        entries.pop(name, None)
    else:
        entries[name] = kind
