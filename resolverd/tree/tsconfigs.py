"""tsconfig.json files, with their `extends` chains merged into one value.

The facts. What a tsconfig means depends on every file of its chain, also on those that were missing or malformed when
it was read; any of them may be edited at any time, and a half-written one must neither stick nor be seen half-merged.

What we do. Each chain is read anew into a new value, which then replaces the old one in its slot; the value's node is
made from the facts of the whole chain, so that any change of it parks the slot. Files are few and small, so only the
merged values are kept, with a digest of each source to compare with the disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from resolverd.arena.edges import VOLATILE, EdgeIndex, Trace
from resolverd.arena.slots import Arena, SlotStatus
from resolverd.manifests.tsconfig import (
    Diagnostic,
    Tsconfig,
    TsconfigFile,
    merge_tsconfigs,
    parse_tsconfig,
)
from resolverd.paths import is_inside, join, normal, parent_of, resolve
from resolverd.tree.contents import Contents
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.dirtree import DirTree
from resolverd.tree.extends import Bases
from resolverd.tree.pnp import PnpManifests
from resolverd.tree.scopes import PackageScopes
from resolverd.view.base import EntryKind

NAMES = ("tsconfig.json", "jsconfig.json")
References = tuple[str, ...] | Literal["auto"] | None


class _Source(NamedTuple):
    """One file of a chain: by the path it was asked for, and as it was read."""

    path: str
    real_path: str
    digest: bytes


class Tsconfigs:
    """The merged tsconfigs that were looked at."""

    __slots__ = ("_bases", "_configs", "_contents", "_edges", "_nodes", "_sources", "_tree", "voided")

    def __init__(
        self, tree: DirTree, scopes: PackageScopes, pnp: PnpManifests, contents: Contents, edges: EdgeIndex
    ) -> None:
        self._tree = tree
        self._bases = Bases(tree, scopes, pnp)
        self._contents = contents
        self._edges = edges
        self._configs: Arena[str, Tsconfig] = Arena()
        self._nodes: dict[int, int] = {}
        self._sources: dict[int, tuple[str, ...]] = {}
        self.voided = 0

    # -- which one applies ---------------------------------------------------------------------------------------

    def nearest(self, info: DirInfo, trace: Trace) -> Tsconfig | None:
        """Give the nearest tsconfig.json (or jsconfig.json) upwards; files in node_modules have none."""
        if "/node_modules/" in f"{info.path}/":
            return None
        return None if (slot := self._nearest_slot(info, trace)) < 0 else self._configs.value(slot)

    def _nearest_slot(self, info: DirInfo, trace: Trace) -> int:
        if info.tsconfig_node:
            trace.append(info.tsconfig_node)
            return info.tsconfig
        own: Trace = [info.node]
        slot = -1
        for name in NAMES:
            if self._tree.entry(info, name, own) is EntryKind.FILE:
                slot = self._slot(join(info.path, name), None, own)
                break
        else:
            above = self._tree.parent(info, own)
            if above is not None:
                slot = self._nearest_slot(above, own)
        if VOLATILE in own:
            trace.extend(own)
            return slot
        info.tsconfig = slot
        info.tsconfig_node = self._edges.derive(_Nearest(info), None, own)
        trace.append(info.tsconfig_node)
        return slot

    def given(
        self, path: str, references: References, base_url: str | None, importer: str, trace: Trace
    ) -> Tsconfig | None:
        """Give a named tsconfig, or the one among its references whose directory holds the importer most closely."""
        config = self.load(path, trace, base_url)
        if config is None or references is None:
            return config
        wanted = config.references if references == "auto" else references
        best, pending, seen = config, [resolve(config.directory, each) for each in wanted], {config.path}
        while pending:
            candidate = self.load(self.as_file(pending.pop(), trace), trace)
            if candidate is None or candidate.path in seen:
                continue
            seen.add(candidate.path)
            pending.extend(candidate.references)
            if is_inside(importer, candidate.directory) and len(candidate.directory) > _depth_of(best, importer):
                best = candidate
        return best

    def as_file(self, path: str, trace: Trace) -> str:
        """Give the config that a reference means: a file, or the tsconfig.json of a directory."""
        return path if self._tree.directory(path, trace) is None else join(path, NAMES[0])

    def load(self, path: str, trace: Trace, base_url: str | None = None) -> Tsconfig | None:
        """Give a tsconfig by its path, merged with what it extends; None if there is no such file."""
        return self._configs.value(self._slot(normal(path), base_url, trace))

    def _slot(self, path: str, base_url: str | None, trace: Trace) -> int:
        slot = self._configs.claim(path if base_url is None else f"{path}\0{base_url}")
        node = self._nodes.get(slot)
        if node is not None:
            trace.append(node)
            return slot
        own: Trace = []
        sources: list[_Source] = []
        merged = self._chain(path, own, sources, ())
        if merged is None:
            self._configs.mark_absent(slot)
        else:
            self._configs.fill(slot, _finished(merged, base_url, sources))
        if VOLATILE in own:
            trace.extend(own)
            for source in sources:
                self._contents.release(source.real_path)
            return slot
        node = self._nodes[slot] = self._edges.derive(self, slot, own)
        self._sources[slot] = tuple(source.real_path for source in sources)
        for source in sources:
            self._contents.attach(source.real_path, source.digest, node)
        trace.append(node)
        return slot

    # -- chains --------------------------------------------------------------------------------------------------

    def _chain(self, path: str, own: Trace, sources: list[_Source], underway: tuple[str, ...]) -> TsconfigFile | None:
        """Read a file and what it extends, and merge them."""
        real_path = self._bases.locate(path, own)
        if real_path is None:
            return None
        data, digest = self._contents.read(real_path, own)
        sources.append(_Source(path, real_path, digest))
        if isinstance(data, OSError):
            return TsconfigFile(path, diagnostics=(Diagnostic("unreadable", path, data.strerror or str(data)),))
        file = parse_tsconfig(data, path)
        bases: list[TsconfigFile] = []
        diagnostics = list(file.diagnostics)
        for specifier in file.extends:
            base_path = self._bases.find(specifier, parent_of(path), own)
            if base_path is None:
                diagnostics.append(Diagnostic("not_found", path, f'"extends": {specifier!r} leads nowhere'))
            elif base_path in underway or base_path == path:
                diagnostics.append(Diagnostic("circular", path, f'"extends": {specifier!r} leads back to {base_path}'))
            elif (base := self._chain(base_path, own, sources, (*underway, path))) is not None:
                bases.append(base)
                diagnostics.extend(base.diagnostics)
        merged = merge_tsconfigs(file, bases)
        return msgspec.structs.replace(merged, diagnostics=tuple(diagnostics))

    # -- busting -------------------------------------------------------------------------------------------------

    def void(self, key: object) -> Iterable[int]:
        """Park a busted config."""
        assert isinstance(key, int)
        node = self._nodes.pop(key)
        for source in self._sources.pop(key):
            self._contents.detach(source, node)
        if self._configs.park(key) is SlotStatus.EXISTS:
            self.voided += 1
        return ()

    def describe(self, key: object) -> str:
        """Say which config, with the chain that it extends."""
        assert isinstance(key, int)
        return f"tsconfig {self._configs.key(key)}, of {', '.join(self._sources.get(key, ())) or 'no file'}"

    def sources(self, key: object) -> tuple[str, ...]:
        """Give the real paths of a config's chain."""
        assert isinstance(key, int)
        return self._sources.get(key, ())

    def retire(self) -> int:
        """Give back the slots of configs that are void. Returns how many."""
        # What was read in a place that must not be remembered has a value and no node.
        self._configs.keep(self._nodes)
        return self._configs.retire_unknown()

    def counts(self) -> tuple[int, int]:
        """Count configs that exist, and config slots."""
        return self._configs.count(SlotStatus.EXISTS), len(self._configs)

    def check(self) -> None:
        """Hold the invariants of the configs. Raises `InvariantError`."""
        self._configs.check()


class _Nearest:
    """The store of one directory's nearest tsconfig."""

    __slots__ = ("_info",)

    def __init__(self, info: DirInfo) -> None:
        self._info = info

    def void(self, _key: object) -> Iterable[int]:
        self._info.tsconfig_node = 0
        self._info.tsconfig = -1
        return ()

    def describe(self, _key: object) -> str:
        """Say of which directory."""
        return f"nearest tsconfig above {self._info.path}"


def _finished(merged: TsconfigFile, base_url: str | None, sources: list[_Source]) -> Tsconfig:
    if base_url is not None:
        options = merged.options | {"baseUrl": resolve(parent_of(merged.path), base_url)}
        merged = msgspec.structs.replace(merged, options=options)
    return Tsconfig(merged, tuple(source.path for source in sources), merged.diagnostics)


def _depth_of(config: Tsconfig, importer: str) -> int:
    return len(config.directory) if is_inside(importer, config.directory) else -1
