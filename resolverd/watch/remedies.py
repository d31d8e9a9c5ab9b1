"""What a person can do about places that nobody tells of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from resolverd.terms import Blindness, Unwatched

ENOUGH_WATCHES = 1_048_576
"""Watches cost about 1 KiB of kernel memory each, when they are held."""

ENOUGH_INSTANCES = 1024

_REASONS = {
    Blindness.LIMIT: "the limit of watches is reached",
    Blindness.INSTANCE: "no inotify instance is to be had",
    Blindness.PERMISSION: "reading is not permitted",
    Blindness.FILE_SYSTEM: "{} changes without this kernel's knowing",
}


class BlindSpot(NamedTuple):
    """Places unwatched for one reason, and what to do about it."""

    message: str
    remedy: str


def sysctl(name: str, value: int) -> str:
    """Give the command that sets a limit of inotify for good."""
    line = f"fs.inotify.{name}={value}"
    return f"`sudo sysctl {line}`, and that line in /etc/sysctl.d/60-resolverd.conf to keep it"


_REMEDIES = {
    Blindness.LIMIT: f"{sysctl('max_user_watches', ENOUGH_WATCHES)}; then raise or unset `max_watches` in config.toml, "
    "and `resolverd restart`",
    Blindness.INSTANCE: sysctl("max_user_instances", ENOUGH_INSTANCES),
    Blindness.PERMISSION: "let yourself read it (`chmod u+r`), or leave it: answers stay right, and are slower",
    Blindness.FILE_SYSTEM: "answers stay right, and are slower: have the project on a local disk where that matters",
}


def blind_spots(places: Iterable[Unwatched]) -> list[BlindSpot]:
    """Group unwatched places by their reason."""
    groups: defaultdict[tuple[Blindness, str], list[str]] = defaultdict(list)
    for place in places:
        groups[place.why, place.file_system].append(place.path)
    return [
        BlindSpot(f"{_REASONS[why].format(kind)} ({_some(paths)})", _REMEDIES[why])
        for (why, kind), paths in groups.items()
    ]


def told(spot: BlindSpot) -> str:
    """Tell a blind spot in one sentence."""
    return f"{spot.message}: {spot.remedy}"


def _some(paths: list[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
