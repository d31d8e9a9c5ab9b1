"""Plug'n'Play manifests: the one that a directory's project has.

The facts. `yarn install` rewrites `.pnp.cjs` (and `.pnp.data.json`, where the data is not inlined) as a whole; every
package of the project, those in its archives included, is then resolved by the new data. A nearer one may appear.

What we do. As with package scopes: each manifest has a slot by its real directory, a directory names the one in force by
slot (`DirInfo.pnp`) and reads through it. The nodes are made from the facts of both names and from the content.
"""

from __future__ import annotations

from collections.abc import Iterable

from resolverd.arena.edges import VOLATILE, EdgeIndex, Trace
from resolverd.arena.slots import Arena, SlotStatus
from resolverd.manifests.pnp import PNP_LIMIT, InvalidPnp, PnpManifest, parse_pnp_cjs, parse_pnp_data
from resolverd.paths import join
from resolverd.tree.contents import Contents
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.dirtree import DirTree
from resolverd.view.base import EntryKind

CODE, DATA = ".pnp.cjs", ".pnp.data.json"

Pnp = PnpManifest | InvalidPnp

_PARSED_PER_BYTE = 4


class _Source:
    """The file that a manifest was read from, with the node attached to its content."""

    __slots__ = ("digest", "path", "weight")

    def __init__(self, path: str, digest: bytes, weight: int) -> None:
        self.path = path
        self.digest = digest
        self.weight = weight


class PnpManifests:
    """The Plug'n'Play manifests that were looked at."""

    __slots__ = ("_contents", "_edges", "_manifests", "_nodes", "_sources", "_tree", "size", "voided")

    def __init__(self, tree: DirTree, contents: Contents, edges: EdgeIndex) -> None:
        self._tree = tree
        self._contents = contents
        self._edges = edges
        self._manifests: Arena[str, Pnp] = Arena()
        self._nodes: dict[int, int] = {}
        self._sources: dict[int, _Source] = {}
        self.size = 0
        self.voided = 0

    def nearest(self, info: DirInfo, trace: Trace) -> Pnp | None:
        """FIND_PNP_MANIFEST: the manifest in a directory, or in the nearest one above."""
        return None if (slot := self._nearest_slot(info, trace)) < 0 else self._manifests.value(slot)

    def _nearest_slot(self, info: DirInfo, trace: Trace) -> int:
        if info.pnp_node:
            trace.append(info.pnp_node)
            return info.pnp
        own: Trace = [info.node]
        slot = self._own_slot(info, own)
        if self._manifests.status(slot) is SlotStatus.ABSENT:
            above = self._tree.parent(info, own)
            slot = -1 if above is None else self._nearest_slot(above, own)
        if VOLATILE in own:
            trace.extend(own)
            return slot
        info.pnp = slot
        info.pnp_node = self._edges.derive(_Nearest(info), None, own)
        trace.append(info.pnp_node)
        return slot

    def _own_slot(self, info: DirInfo, trace: Trace) -> int:
        slot = self._manifests.claim(info.real_path)
        node = self._nodes.get(slot)
        if node is not None:
            trace.append(node)
            return slot
        own: Trace = []
        source = self._load(slot, info, own)
        if VOLATILE in own:
            trace.extend(own)
            if source is not None:
                self._contents.release(source.path)
            return slot
        node = self._nodes[slot] = self._edges.derive(self, slot, own)
        if source is not None:
            self._sources[slot] = source
            self.size += source.weight
            self._contents.attach(source.path, source.digest, node)
        trace.append(node)
        return slot

    def _load(self, slot: int, info: DirInfo, own: Trace) -> _Source | None:
        """FIND_PNP_MANIFEST, steps 4.1 to 4.3: read a manifest into its slot, from the data beside the code if it is there."""
        has_code, has_data = (self._tree.entry(info, name, own) is EntryKind.FILE for name in (CODE, DATA))
        if not has_code and not has_data:
            self._manifests.mark_absent(slot)
            return None
        name = DATA if has_data else CODE
        path = join(*self._tree.real_location(info, name, own))
        data, digest = self._contents.read(path, own, PNP_LIMIT)
        shown = join(info.real_path, CODE if has_code else DATA)
        self._manifests.fill(slot, _parsed(data, name, shown, info.real_path))
        return _Source(path, digest, 0 if isinstance(data, OSError) else len(data) * _PARSED_PER_BYTE)

    # -- busting -------------------------------------------------------------------------------------------------

    def void(self, key: object) -> Iterable[int]:
        """Park a busted manifest."""
        assert isinstance(key, int)
        node = self._nodes.pop(key)
        source = self._sources.pop(key, None)
        if source is not None:
            self.size -= source.weight
            self._contents.detach(source.path, node)
        if self._manifests.park(key) is SlotStatus.EXISTS:
            self.voided += 1
        return ()

    def describe(self, key: object) -> str:
        """Say which manifest."""
        assert isinstance(key, int)
        return f"Plug'n'Play manifest in {self._manifests.key(key)}"

    def sources(self, key: object) -> tuple[str, ...]:
        """Give the real path of the file that a manifest was read from."""
        assert isinstance(key, int)
        source = self._sources.get(key)
        return () if source is None else (source.path,)

    def retire(self) -> int:
        """Give back the slots of manifests that are void. Returns how many."""
        # What was read in a place that must not be remembered has a value and no node.
        self._manifests.keep(self._nodes)
        return self._manifests.retire_unknown()

    def check(self) -> None:
        """Hold the invariants of the manifests. Raises `InvariantError`."""
        self._manifests.check()


class _Nearest:
    """The store of one directory's manifest in force."""

    __slots__ = ("_info",)

    def __init__(self, info: DirInfo) -> None:
        self._info = info

    def void(self, _key: object) -> Iterable[int]:
        self._info.pnp_node = 0
        self._info.pnp = -1
        return ()

    def describe(self, _key: object) -> str:
        """Say of which directory."""
        return f"Plug'n'Play manifest in force in {self._info.path}"


def _parsed(data: bytes | OSError, name: str, shown: str, directory: str) -> Pnp:
    if isinstance(data, OSError):
        return InvalidPnp(shown, data.strerror or str(data))
    if name == DATA:
        return parse_pnp_data(data, shown, directory)
    parsed = parse_pnp_cjs(data, shown, directory)
    return InvalidPnp(shown, f"it has no data in it, and {DATA} is not there") if parsed is None else parsed
