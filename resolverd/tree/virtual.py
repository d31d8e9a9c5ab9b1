"""Yarn's virtual paths: one package on the disk, several instances that see different peers.

`/p/.yarn/__virtual__/react-dom-virtual-1a2b/0/cache/react-dom.zip/...` names an instance. It means the path below
`/p/.yarn` (the directory of `__virtual__`), as many levels up as the number says, then the rest. Nothing of it is on the
disk. The path itself is what tells the instances apart, so an answer keeps it (Plug'n'Play specification,
RESOLVE_VIRTUAL_PATH; Yarn's VirtualFS).

The three steps `__virtual__`, instance and number are directories of their own in the tree, each an alias of the one
that it means; below them the tree goes on as it does behind a link.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from resolverd.paths import is_inside, join, name_of, normal, parent_of

MARKERS = frozenset({"__virtual__", "$$virtual"})

_INSTANCE = re.compile(r"(?:.+-)?[a-f0-9]+", re.DOTALL)
_MOST_LEVELS = 256


class VirtualStep(NamedTuple):
    """A step: the path of the directory that it means, and the instance as far as it is named."""

    target: str
    instance: str


def may_be_virtual(path: str) -> bool:
    """Tell quickly, and too generously, whether a path may lead through an instance."""
    return "virtual" in path


def is_unfinished(path: str) -> bool:
    """Tell whether a path ends in one of the first two steps."""
    return name_of(path) in MARKERS or name_of(parent_of(path)) in MARKERS


def step_on(path: str, instance: str, name: str) -> VirtualStep | None:
    """Go one step on from an unfinished path; None where the name means nothing. `instance` is what is named so far."""
    above = parent_of(path)
    if name_of(path) in MARKERS:
        return VirtualStep(above, join(instance, name)) if _INSTANCE.fullmatch(name) else None
    if not (name.isascii() and name.isdigit()) or int(name[:9]) > _MOST_LEVELS:
        return None
    return VirtualStep(normal(parent_of(above) + "/.." * int(name)), instance)


def as_virtual(instance: str, real_path: str) -> str:
    """Give the path of something as an instance sees it (VirtualFS.makeVirtualPath)."""
    home = parent_of(parent_of(instance))
    levels = 0
    while not is_inside(real_path, home):
        home = parent_of(home)
        levels += 1
    return f"{instance}/{levels}{real_path[len(home.rstrip('/')) :]}"
