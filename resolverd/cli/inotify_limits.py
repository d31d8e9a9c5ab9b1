"""The kernel's limits of inotify, how much of them is in use and by whom, and whether its events come in order.

Each user has so many instances and so many watches, shared by editors, bundlers and us. Who holds them stands in
/proc/PID/fdinfo, one line for each watch. Source: inotify(7), proc(5).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from resolverd.cli.findings import Finding, Level
from resolverd.watch.inotify import Inotify
from resolverd.watch.remedies import ENOUGH_INSTANCES, ENOUGH_WATCHES, sysctl

_LIMITS = Path("/proc/sys/fs/inotify")
_NEARLY = 0.9
_FEW_WATCHES = 65_536
_USUAL_EVENTS = 16_384

ROUNDS = 300
"""Files made and removed by the self-test of order: a tenth of a second."""

_AFFECTED = ((5, 3), (5, 17))
"""From this kernel on, and before that one, a deletion may be told of before it is to be seen (ARCHITECTURE, "Watching")."""


class Holder(NamedTuple):
    """A process that has inotify instances."""

    pid: int
    name: str
    instances: int
    watches: int


def limit(name: str) -> int:
    """Read one of the limits. Raises `OSError` where the kernel has no inotify."""
    return int((_LIMITS / name).read_bytes())


def holders() -> list[Holder]:
    """Find this user's processes that have inotify instances, the largest first; those we may not look into are left out."""
    found: list[Holder] = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                counts = [_watches(process, number) for number in _instances(process)]
                name = (process / "comm").read_text(errors="replace").strip()
            except OSError:
                continue  # it ended, or is another user's
            if counts:
                found.append(Holder(int(process.name), name, len(counts), sum(counts)))
    return sorted(found, key=lambda holder: -holder.watches)


def _instances(process: Path) -> Iterator[str]:
    if process.stat().st_uid != os.geteuid():
        return
    for descriptor in (process / "fd").iterdir():
        try:
            if str(descriptor.readlink()) == "anon_inode:inotify":
                yield descriptor.name
        except FileNotFoundError:
            continue


def _watches(process: Path, descriptor: str) -> int:
    return (process / "fdinfo" / descriptor).read_bytes().count(b"inotify wd:")


# -- findings ----------------------------------------------------------------------------------------------------------


def check_limits() -> Iterator[Finding]:
    """Compare what is in use with what there is."""
    try:
        watches, instances = limit("max_user_watches"), limit("max_user_instances")
        events = limit("max_queued_events")
    except (OSError, ValueError) as error:
        yield Finding("inotify", Level.FAULT, f"this kernel tells of no changes: {error}", "set `watch = false`")
        return
    held = holders()
    yield _room("watches", "max_user_watches", sum(each.watches for each in held), watches, held)
    yield _room("instances", "max_user_instances", sum(each.instances for each in held), instances, held)
    if events < _USUAL_EVENTS:
        message = f"the queue holds {events:,} events; when more happens at once, all that is remembered is given up"
        yield Finding("inotify queue", Level.WARNING, message, sysctl("max_queued_events", _USUAL_EVENTS))


def _room(what: str, name: str, used: int, most: int, held: list[Holder]) -> Finding:
    enough = ENOUGH_WATCHES if what == "watches" else ENOUGH_INSTANCES
    largest = ", ".join(f"{each.name} (pid {each.pid}) {each[3 if what == 'watches' else 2]:,}" for each in held[:3])
    message = f"{used:,} of {most:,} in use" + (f": {largest}" if largest else "")
    is_tight = used >= most * _NEARLY or (what == "watches" and most < _FEW_WATCHES)
    remedy = sysctl(name, max(enough, 2 * most)) if is_tight else ""
    return Finding(f"inotify {what}", Level.WARNING if is_tight else Level.WELL, message, remedy)


def check_order(directory: Path, release: str) -> Finding:
    """See whether this kernel tells of deletions only when they are to be seen."""
    early = early_deletions(directory)
    if early:
        message = f"{early} of {ROUNDS} deletions were told of before they could be seen (kernel {release})"
        remedy = (
            "use a kernel from 5.17 on, or a stable one with the fix: an answer asked for in that moment may be old"
        )
        return Finding("order of events", Level.FAULT, message, remedy)
    if _AFFECTED[0] <= _version(release) < _AFFECTED[1]:
        message = f"kernel {release} may tell of deletions before they can be seen; in {ROUNDS} tries it did not"
        return Finding("order of events", Level.NOTE, message)
    return Finding("order of events", Level.WELL, f"{ROUNDS} deletions were told of when they could be seen")


def _version(release: str) -> tuple[int, ...]:
    head = release.split("-", 1)[0].split(".")[:2]
    return tuple(int(part) for part in head if part.isdigit())


def early_deletions(directory: Path, is_there: Callable[[str], bool] = os.path.lexists) -> int:
    """Remove files in a directory, beside a thread that looks as soon as it is told; how often the file was still there."""
    watcher = Inotify(budget=1)
    try:
        if not watcher.watch_directory(str(directory)):
            return 0
        return sum(_is_early(watcher, directory / str(number), is_there) for number in range(ROUNDS))
    finally:
        watcher.close()


def _is_early(watcher: Inotify, file: Path, is_there: Callable[[str], bool]) -> bool:
    file.touch()
    watcher.drain()
    deleter = threading.Thread(target=file.unlink)
    deleter.start()
    try:
        # The call that removes is not over when it is told of; that is the moment in question.
        while not (drained := watcher.drain()).changes and not drained.lost:
            pass
        return not drained.lost and is_there(str(file))
    finally:
        deleter.join()
