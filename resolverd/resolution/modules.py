"""Which `node_modules` directories a directory sees, and what was found in them.

The facts. Every directory of a project sees the same few module directories, and twenty thousand imports name a few
hundred packages in them. Where nothing remaps, what `react/jsx-runtime` means depends on the module directories and
the mode alone, not on who asks.

What we do. `ModuleDirs` is the list of module directories, one object for all directories that see the same ones; it
keeps the outcomes of searches in it, each a node made from what the search looked at. A directory that gains a
`node_modules` gets a new object; the old one's outcomes fall with the node that it was made under.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from resolverd.arena.edges import VOLATILE, EdgeIndex
from resolverd.paths import join, resolve
from resolverd.resolution.answer import Outcome
from resolverd.resolution.probe import Probe
from resolverd.tree.dirinfo import DirInfo
from resolverd.view.base import EntryKind

OutcomeKey = tuple[int, str]
"""The mode's number and the specifier's path."""


class ModuleDirs:
    """Module directories, nearest first, and outcomes of searches in them. `node` is the node that they were made under."""

    __slots__ = ("directories", "node", "outcomes")

    def __init__(self, directories: tuple[DirInfo, ...]) -> None:
        self.directories = directories
        self.node = 0
        self.outcomes: dict[OutcomeKey, tuple[Outcome, int]] = {}

    def void(self, key: object) -> Iterable[int]:
        """Forget a busted outcome."""
        del self.outcomes[cast("OutcomeKey", key)]
        return ()

    def describe(self, key: object) -> str:
        """Say what was searched for."""
        return f"search for {cast('OutcomeKey', key)[1]!r} in {', '.join(each.path for each in self.directories)}"


class Hierarchies:
    """The module directories of each directory, by the names that are searched for."""

    __slots__ = ("_edges",)

    def __init__(self, edges: EdgeIndex) -> None:
        self._edges = edges

    def visible(self, probe: Probe, info: DirInfo, names: tuple[str, ...], *, is_node: bool) -> ModuleDirs:
        """Give the module directories that a directory sees (NODE_MODULES_PATHS)."""
        key = (names, is_node)
        known = info.hierarchies.get(key)
        if known is not None:
            dirs, node = known
            assert isinstance(dirs, ModuleDirs)
            probe.trace.append(node)
            return dirs
        outer, probe.trace = probe.trace, [info.node]
        dirs, is_new = self._collect(probe, info, names, is_node=is_node)
        own, probe.trace = probe.trace, outer
        if VOLATILE in own:
            probe.trace.extend(own)
            return dirs
        node = self._edges.derive(_Hierarchy(info), key, own)
        if is_new:
            dirs.node = node
        info.hierarchies[key] = (dirs, node)
        probe.trace.append(node)
        return dirs

    def _collect(
        self, probe: Probe, info: DirInfo, names: tuple[str, ...], *, is_node: bool
    ) -> tuple[ModuleDirs, bool]:
        own = [] if is_node and info.path.endswith("/node_modules") else _module_dirs(probe, info, names)
        above = probe.parent(info)
        if above is None:
            return ModuleDirs(tuple(own)), True
        shared = self.visible(probe, above, names, is_node=is_node)
        if not own:
            return shared, False
        return ModuleDirs((*own, *shared.directories)), True

    def keep(self, dirs: ModuleDirs, key: OutcomeKey, outcome: Outcome, trace: list[int]) -> int:
        """Remember an outcome; returns its node."""
        node = self._edges.derive(dirs, key, [dirs.node, *trace])
        dirs.outcomes[key] = (outcome, node)
        return node


def _module_dirs(probe: Probe, info: DirInfo, names: tuple[str, ...]) -> list[DirInfo]:
    found: list[DirInfo] = []
    for name in names:
        if "/" in name or name.startswith("."):
            directory = probe.directory(resolve(info.path, name))
        elif probe.entry(info, name) is EntryKind.DIRECTORY:
            directory = probe.directory(join(info.path, name))
        else:
            continue
        if directory is not None:
            found.append(directory)
    return found


class _Hierarchy:
    """The store of one directory's hierarchies."""

    __slots__ = ("_info",)

    def __init__(self, info: DirInfo) -> None:
        self._info = info

    def void(self, key: object) -> Iterable[int]:
        self._info.hierarchies.pop(key, None)
        return ()

    def describe(self, key: object) -> str:
        """Say of which directory."""
        names, _ = cast("tuple[tuple[str, ...], bool]", key)
        return f"module directories ({', '.join(names)}) seen from {self._info.path}"
