"""The tests bite: faults planted by name, and for each the harness that has to catch it.

No single kind of test finds every staleness. Random edits do not come within a resolve; modes hold nobody back who is
root; what is kept too long is only seen to grow; what an overflow loses only by asking about everything.

`make faults` plants each in a process of its own, runs its harness there, and fails where one is not caught; each harness
is also run with nothing planted, and has to find nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from resolverd.arena.edges import Trace
from resolverd.tree.listings import Listings
from resolverd.tree.looking import Looker
from resolverd.view.base import EntryKind
from resolverd.watch.base import NOTHING, Drained
from resolverd.watch.events import Happening
from resolverd.watch.inotify import Inotify
from tests.property import box, hardships, live
from tests.property.boxed import fork, in_box, wait
from tests.property.grounds import OnDisk
from tests.property.interleavings import Part, play_part

_STEPS = 4_000
_SHARE = 7
"""Every so manieth case is enough to catch what is planted."""

Harness = Callable[[], int]
"""Looks for what is wrong; an exit code, 0 if nothing is."""


# -- harnesses -------------------------------------------------------------------------------------------------------


def random_edits() -> int:
    """Random edits on disk (`live`)."""
    return _in_box(lambda watcher: _told(str(fault) for fault in [live.play(OnDisk(watcher), _STEPS, 1)] if fault))


def interleavings() -> int:
    """Mutations within a cold resolve, as an ordinary user (`interleavings`)."""
    return _in_box(lambda watcher: _told(itertools.chain.from_iterable(play_part(Part(0, _SHARE), watcher))))


def unwatchable() -> int:
    """Mutations where not all can be watched (`hardships`)."""
    return _in_box(lambda watcher: _told(hardships.unwatchable(watcher, _SHARE)))


def overflow() -> int:
    """An overflow, and everything asked after it (`hardships`)."""
    return _below_a_directory(hardships.overflow)


def growth() -> int:
    """Watches counted while directories come and go (`hardships`)."""
    return _below_a_directory(hardships.growth)


def _in_box(run: Callable[[Inotify], int]) -> int:
    with box.directory(box.fast_parent()) as root:
        return in_box(root, run)


def _below_a_directory(run: Callable[[Inotify, Path], Iterator[str]]) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        return _told(run(Inotify(), Path(scratch).resolve() / "root"))


def _told(wrong: Iterator[str]) -> int:
    first = next(wrong, None)
    print(first or "nothing is wrong")
    return first is not None


# -- faults ----------------------------------------------------------------------------------------------------------


def no_drain() -> None:
    """What happened is not taken in before an answer."""

    def drain(_self: Inotify, _most: int | None = None) -> Drained:
        return NOTHING

    Inotify.drain = drain


def absences_not_recorded() -> None:
    """An answer does not depend on the names that were looked for and not there."""
    entry = Listings.entry

    def look(self: Listings, slot: int, name: str, trace: Trace) -> EntryKind | None:
        own: Trace = []
        kind = entry(self, slot, name, own)
        if kind is None and own[0]:
            self._edges.sweep([own.pop(0)])
        trace.extend(own)
        return kind

    Listings.entry = look


def ancestors_unwatched() -> None:
    """A directory near the root is taken for one that never changes."""
    watch = Inotify.watch_directory

    def watch_directory(self: Inotify, path: str) -> bool:
        return path.count("/") == 1 or watch(self, path)

    Inotify.watch_directory = watch_directory


def attributes_and_ends_ignored() -> None:
    """Changes of modes, and of watched inodes themselves, are not listened to."""
    drain = Inotify.drain

    def drain_names(self: Inotify, most: int | None = None) -> Drained:
        changes, lost = drain(self, most)
        heard = Happening.PRESENCE | Happening.CONTENT
        return Drained(tuple(change for change in changes if change.happening & heard), lost)

    Inotify.drain = drain_names


def overflow_ignored() -> None:
    """That the kernel lost events makes no difference."""
    drain = Inotify.drain

    def drain_on(self: Inotify, most: int | None = None) -> Drained:
        return Drained(drain(self, most).changes, lost=False)

    Inotify.drain = drain_on


def listed_before_watched() -> None:
    """A directory is listed first and watched then."""
    open_listing = Listings.open
    names = Looker.names

    def open_early(self: Listings, path: str, trace: Trace) -> int:
        early: Trace = []
        listed = names(self._looker, path, early)

        def give(_looker: Looker, _path: str, later: Trace) -> dict[str, EntryKind] | None:
            later.extend(early)
            return listed

        Looker.names = give
        try:
            return open_listing(self, path, trace)
        finally:
            Looker.names = names

    Listings.open = open_early


def failed_watches_believed() -> None:
    """A directory or file that could not be watched is taken for one that is."""
    watch = Inotify._watch

    def watch_or_not(self: Inotify, path: str, mask: int, flags: int) -> bool:
        watch(self, path, mask, flags)
        return True

    Inotify._watch = watch_or_not


def unlistable_directories_remembered() -> None:
    """Names in a directory that cannot be read, so not watched, are remembered."""
    Looker.kind_now = Looker.kind


def manifests_unwatched() -> None:
    """A manifest is believed not to change but by its own name."""

    def watch_file(_self: Inotify, _path: str) -> bool:
        return True

    Inotify.watch_file = watch_file


def dead_watches_kept() -> None:
    """The watch of a directory that is gone is not given back."""

    def unwatch(_self: Inotify, _path: str) -> None:
        pass

    Inotify.unwatch = unwatch


class Fault(NamedTuple):
    """Something wrong with the product, and the harness that has to find it."""

    plant: Callable[[], None]
    harness: Harness

    @property
    def name(self) -> str:
        return self.plant.__name__.replace("_", " ")


FAULTS = (
    Fault(no_drain, random_edits),
    Fault(absences_not_recorded, random_edits),
    Fault(ancestors_unwatched, random_edits),
    Fault(attributes_and_ends_ignored, interleavings),
    Fault(overflow_ignored, overflow),
    Fault(listed_before_watched, interleavings),
    Fault(failed_watches_believed, unwatchable),
    Fault(unlistable_directories_remembered, unwatchable),
    Fault(manifests_unwatched, interleavings),
    Fault(dead_watches_kept, growth),
)


def run(plant: Callable[[], None], harness: Harness) -> tuple[int, str]:
    """Plant something in a process of its own and run a harness there; its exit code, and what it said."""
    with tempfile.TemporaryFile("w+") as said:

        def planted() -> int:
            with contextlib.redirect_stdout(said):
                plant()
                return harness()

        code = wait(fork(planted))
        said.seek(0)
        return code, said.read()


def nothing() -> None:
    """The product as it is."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.property.faults", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these faults")
    names = parser.parse_args().names
    failed = 0
    for harness in dict.fromkeys(fault.harness for fault in FAULTS):
        failed += not _report("nothing planted", nothing, harness, is_caught=False)
    for fault in FAULTS:
        if not names or fault.plant.__name__ in names:
            failed += not _report(fault.name, fault.plant, fault.harness, is_caught=True)
    sys.exit(failed > 0)


def _report(name: str, plant: Callable[[], None], harness: Harness, *, is_caught: bool) -> bool:
    begun = time.monotonic()
    code, said = run(plant, harness)
    is_right = code in {int(is_caught), box.REFUSED}
    verdicts = {
        0: "nothing found" if is_right else "NOT caught",
        1: "caught" if is_right else "FOUND WRONG",
        box.REFUSED: "skipped",
    }
    line = said.strip().partition("\n")[0]
    taken = time.monotonic() - begun
    print(f"{verdicts.get(code, 'BROKE'):<14}{name:<36}{harness.__name__:<16}{taken:5.1f} s  {line[:100]}", flush=True)
    return is_right


if __name__ == "__main__":
    main()
