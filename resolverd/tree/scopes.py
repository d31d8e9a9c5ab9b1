"""Package scopes: the package.json of a directory, and the one that encloses it.

The facts. A package.json is parsed once and read by every directory below it; it is edited, replaced, broken, mended,
deleted and created at any time, also one nearer to the importer than the one in force.

What we do. Each manifest has a slot by its real path; a directory names the enclosing one by slot (`DirInfo.scope`) and
reads through it. A voided manifest is read again when it is asked for: the same bytes keep the parsed value, changed
bytes make one new value and drop the old one with all that it owned. To know them by, a digest is kept and not the text.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from resolverd.arena.edges import VOLATILE, EdgeIndex, Trace
from resolverd.arena.slots import Arena, SlotStatus
from resolverd.manifests.exports import InvalidManifest
from resolverd.manifests.package_json import PackageJson, parse_package_json
from resolverd.paths import join, parent_of
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.dirtree import DirTree
from resolverd.view.base import EntryKind

Manifest = PackageJson | InvalidManifest

_PARSED_PER_BYTE = 4
"""What a parsed manifest weighs in memory, for each byte of its text (measured on a real workspace)."""


class PackageScopes:
    """The package.json files (or other description files) that were looked at."""

    __slots__ = ("_edges", "_manifests", "_nodes", "_parsed", "_tree", "size", "voided")

    def __init__(self, tree: DirTree, edges: EdgeIndex) -> None:
        self._tree = tree
        self._edges = edges
        self._manifests: Arena[str, Manifest] = Arena()
        self._nodes: dict[int, int] = {}
        self._parsed: dict[int, tuple[bytes, Manifest, int]] = {}
        self.voided = 0
        self.size = 0

    def own(self, info: DirInfo, trace: Trace, file_name: str = "package.json") -> Manifest | None:
        """Give the manifest in a directory itself; None if there is none."""
        return self._manifests.value(self._own_slot(info, trace, file_name))

    def _own_slot(self, info: DirInfo, trace: Trace, file_name: str = "package.json") -> int:
        slot = self._manifests.claim(join(info.real_path, file_name))
        node = self._nodes.get(slot)
        if node is not None:
            trace.append(node)
            return slot
        own: Trace = []
        manifest = self._load(info, file_name, slot, own)
        if manifest is None:
            self._manifests.mark_absent(slot)
        else:
            self._manifests.fill(slot, manifest)
        if VOLATILE in own:
            trace.extend(own)
            return slot
        self._nodes[slot] = self._edges.derive(self, slot, own)
        trace.append(self._nodes[slot])
        return slot

    def _load(self, info: DirInfo, file_name: str, slot: int, own: Trace) -> Manifest | None:
        if self._tree.entry(info, file_name, own) is not EntryKind.FILE:
            # A FIFO or a directory of that name is no manifest, to Node neither.
            self._forget(slot)
            return None
        directory, name = self._tree.real_location(info, file_name, own)
        path = join(info.real_path, file_name)
        data = self._tree.looker.read(join(directory, name), own)
        if isinstance(data, OSError):
            self._forget(slot)
            return InvalidManifest(path, data.strerror or str(data))
        digest = _digest(data)
        known = self._parsed.get(slot)
        if known is not None and known[0] == digest:
            return known[1]
        manifest = parse_package_json(data, path)
        self._forget(slot)
        self._parsed[slot] = (digest, manifest, len(data) * _PARSED_PER_BYTE)
        self.size += len(data) * _PARSED_PER_BYTE
        return manifest

    def enclosing(self, info: DirInfo, trace: Trace) -> Manifest | None:
        """Give the nearest manifest, from the directory itself upwards as text."""
        return None if (slot := self._enclosing_slot(info, trace)) < 0 else self._manifests.value(slot)

    def _enclosing_slot(self, info: DirInfo, trace: Trace) -> int:
        if info.scope_node:
            trace.append(info.scope_node)
            return info.scope
        own: Trace = []
        slot = self._own_slot(info, own)
        if self._manifests.status(slot) is SlotStatus.ABSENT:
            above = self._tree.parent(info, own)
            slot = -1 if above is None else self._enclosing_slot(above, own)
        if VOLATILE in own:
            trace.extend(own)
            return slot
        info.scope = slot
        info.scope_node = self._edges.derive(_Scope(info), None, [*own, info.node])
        trace.append(info.scope_node)
        return slot

    def void(self, key: object) -> Iterable[int]:
        """Park a busted manifest; the parsed value waits, unreadable, for bytes that are the same."""
        assert isinstance(key, int)
        self._nodes.pop(key, None)
        if self._manifests.park(key) is SlotStatus.EXISTS:
            self.voided += 1
        return ()

    def recheck_path(self, path: str) -> None:
        """Compare the manifest of a real path with the disk."""
        slot = self._manifests.find(path)
        if slot is not None:
            self.recheck(slot)

    def recheck(self, key: object) -> None:
        """Read a known manifest again and bust it if its bytes changed (its name is checked with its directory)."""
        assert isinstance(key, int)
        slot = key
        known = self._parsed.get(slot)
        node = self._nodes.get(slot)
        if known is None or node is None or self._manifests.status(slot) is not SlotStatus.EXISTS:
            return
        data = self._tree.looker.read(self._manifests.key(slot), [])
        if isinstance(data, OSError) or _digest(data) != known[0]:
            self._edges.bust(node)

    def bust_path(self, path: str) -> None:
        """Void a manifest by its real path, whatever its bytes."""
        slot = self._manifests.find(path)
        node = None if slot is None else self._nodes.get(slot)
        if node is not None:
            self._edges.bust(node)

    def retire(self) -> int:
        """Give back the slots of manifests that are void, with the parsed values that waited. Returns how many."""
        for slot in list(self._parsed):
            if self._manifests.status(slot) is SlotStatus.UNKNOWN:
                self._forget(slot)
        return self._manifests.retire_unknown()

    def _forget(self, slot: int) -> None:
        known = self._parsed.pop(slot, None)
        if known is not None:
            self.size -= known[2]

    def counts(self) -> tuple[int, int]:
        """Count manifests that exist, and manifest slots."""
        return self._manifests.count(SlotStatus.EXISTS), len(self._manifests)

    def check(self) -> None:
        """Hold the invariants of the manifests. Raises `InvariantError`."""
        self._manifests.check()


class _Scope:
    """The store of one directory's scope: voided, the directory asks again which manifest encloses it."""

    __slots__ = ("_info",)

    def __init__(self, info: DirInfo) -> None:
        self._info = info

    def void(self, _key: object) -> Iterable[int]:
        self._info.scope_node = 0
        self._info.scope = -1
        return ()


def is_beyond_node_modules(scope: str, path: str) -> bool:
    """Tell whether a `node_modules` lies between a scope's directory and a path.

    LOOKUP_PACKAGE_SCOPE, step 2.2: the search for a scope does not leave a `node_modules` directory.
    """
    while len(path) > len(scope):
        path = parent_of(path)
        if path.endswith("/node_modules"):
            return len(path) > len(scope)
    return False


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()
