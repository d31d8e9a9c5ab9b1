"""Package scopes: the package.json of a directory, and the one that encloses it.

The facts. A package.json is parsed once and read by every directory below it; it is edited, replaced, broken, mended,
deleted and created at any time, also one nearer to the importer than the one in force.

What we do. Each manifest has a slot by its real path; a directory names the enclosing one by slot (`DirInfo.scope`) and
reads through it. A voided manifest is read again when it is asked for: the same bytes keep the parsed value, changed
bytes make one new value and drop the old one with all that it owned. To know them by, a digest is kept and not the text.
"""

from __future__ import annotations

from collections.abc import Iterable

from resolverd.arena.edges import VOLATILE, EdgeIndex, Trace
from resolverd.arena.slots import Arena, SlotStatus
from resolverd.manifests.exports import InvalidManifest
from resolverd.manifests.package_json import PackageJson, parse_package_json
from resolverd.paths import join, parent_of
from resolverd.tree.contents import Contents
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.dirtree import DirTree
from resolverd.view.base import EntryKind

Manifest = PackageJson | InvalidManifest

_PARSED_PER_BYTE = 4
"""What a parsed manifest weighs in memory, for each byte of its text (measured on a real workspace)."""


class PackageScopes:
    """The package.json files (or other description files) that were looked at."""

    __slots__ = ("_contents", "_edges", "_manifests", "_nodes", "_parsed", "_sources", "_tree", "size", "voided")

    def __init__(self, tree: DirTree, contents: Contents, edges: EdgeIndex) -> None:
        self._tree = tree
        self._contents = contents
        self._sources: dict[int, str] = {}
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
        source = self._locate(info, file_name, own)
        digest = b""
        if source is None:
            # A FIFO or a directory of that name is no manifest, to Node neither.
            self._forget(slot)
            self._manifests.mark_absent(slot)
        else:
            digest = self._load(slot, source, own)
        if VOLATILE in own:
            trace.extend(own)
            if source is not None:
                self._contents.release(source)
            return slot
        node = self._nodes[slot] = self._edges.derive(self, slot, own)
        if source is not None:
            self._sources[slot] = source
            self._contents.attach(source, digest, node)
        trace.append(node)
        return slot

    def _locate(self, info: DirInfo, file_name: str, own: Trace) -> str | None:
        """Give the real path of a manifest's file, if there is one."""
        if self._tree.entry(info, file_name, own) is not EntryKind.FILE:
            return None
        return join(*self._tree.real_location(info, file_name, own))

    def _load(self, slot: int, source: str, own: Trace) -> bytes:
        """Read a manifest into its slot; the same bytes keep the parsed value. Returns the content's digest."""
        data, digest = self._contents.read(source, own)
        known = self._parsed.get(slot)
        if known is None or known[0] != digest:
            self._forget(slot)
            path = self._manifests.key(slot)
            weight = 0
            if isinstance(data, bytes):
                manifest = parse_package_json(data, path)
                weight = len(data) * _PARSED_PER_BYTE
            else:
                manifest = InvalidManifest(path, data.strerror or str(data))
            known = self._parsed[slot] = (digest, manifest, weight)
            self.size += weight
        self._manifests.fill(slot, known[1])
        return digest

    def enclosing(self, info: DirInfo, trace: Trace) -> Manifest | None:
        """Give the nearest manifest, from the directory itself upwards as text."""
        return None if (slot := self._enclosing_slot(info, trace)) < 0 else self._manifests.value(slot)

    def _enclosing_slot(self, info: DirInfo, trace: Trace) -> int:
        if info.scope_node:
            trace.append(info.scope_node)
            return info.scope
        own: Trace = [info.node]
        slot = self._own_slot(info, own)
        if self._manifests.status(slot) is SlotStatus.ABSENT:
            above = self._tree.parent(info, own)
            slot = -1 if above is None else self._enclosing_slot(above, own)
        if VOLATILE in own:
            trace.extend(own)
            return slot
        info.scope = slot
        info.scope_node = self._edges.derive(_Scope(info), None, own)
        trace.append(info.scope_node)
        return slot

    def project_of(self, path: str) -> str:
        """Give the directory of the manifest above a path that is no installed package's; the path where none is known."""
        home = path = path.partition("/node_modules/")[0] or "/"
        while not self._is_known(join(home, "package.json")):
            if home == "/":
                return path
            home = parent_of(home)
        return home

    def _is_known(self, path: str) -> bool:
        slot = self._manifests.find(path)
        return slot is not None and self._manifests.value(slot) is not None

    def void(self, key: object) -> Iterable[int]:
        """Park a busted manifest; the parsed value waits, unreadable, for bytes that are the same."""
        assert isinstance(key, int)
        node = self._nodes.pop(key)
        source = self._sources.pop(key, None)
        if source is not None:
            self._contents.detach(source, node)
        if self._manifests.park(key) is SlotStatus.EXISTS:
            self.voided += 1
        return ()

    def describe(self, key: object) -> str:
        """Say which manifest."""
        assert isinstance(key, int)
        absent = "" if key in self._sources else ": not there"
        return f"manifest {self._manifests.key(key)}{absent}"

    def sources(self, key: object) -> tuple[str, ...]:
        """Give the real path of a manifest's file, if there is one."""
        assert isinstance(key, int)
        source = self._sources.get(key)
        return () if source is None else (source,)

    def retire(self) -> int:
        """Give back the slots of manifests that are void, with the parsed values that waited. Returns how many."""
        # What was read in a place that must not be remembered has a value and no node.
        self._manifests.keep(self._nodes)
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

    def describe(self, _key: object) -> str:
        """Say of which directory."""
        return f"package.json that encloses {self._info.path}"


def is_beyond_node_modules(scope: str, path: str) -> bool:
    """Tell whether a `node_modules` lies between a scope's directory and a path.

    LOOKUP_PACKAGE_SCOPE, step 2.2: the search for a scope does not leave a `node_modules` directory.
    """
    while len(path) > len(scope):
        path = parent_of(path)
        if path.endswith("/node_modules"):
            return len(path) > len(scope)
    return False
