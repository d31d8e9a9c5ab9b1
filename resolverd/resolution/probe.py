"""The probe: the algorithm's only way to look. It writes the trace as it looks, so recording cannot be forgotten.

One probe serves one resolve. For `explain` it also keeps the steps; then the resolver takes no short cuts through
remembered outcomes, so that each step is there to be read.
"""

from __future__ import annotations

from collections.abc import Callable

from resolverd.arena.edges import Trace
from resolverd.manifests.exports import InvalidManifest
from resolverd.manifests.package_json import PackageJson
from resolverd.manifests.tsconfig import Tsconfig
from resolverd.paths import ancestors, join, name_of, parent_of
from resolverd.terms import Look, Step
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.dirtree import DirTree
from resolverd.tree.pnp import Pnp
from resolverd.tree.scopes import PackageScopes
from resolverd.tree.virtual import MARKERS, may_be_virtual
from resolverd.view.archives import SUFFIX
from resolverd.view.base import EntryKind

FindPnp = Callable[["Probe"], Pnp | None]


class Probe:
    """Looks on behalf of one resolve.

    `tsconfig` is the one that applies to it, if any; `restricted` a file that the restrictions kept from being taken;
    `remappings` how many led it elsewhere so far.
    Only under Plug'n'Play are archives looked into and virtual paths followed: to everyone else they are not there.
    """

    __slots__ = (
        "_find_pnp",
        "_listings",
        "_pnp",
        "_pnp_trace",
        "_scopes",
        "_tree",
        "depth",
        "remappings",
        "restricted",
        "steps",
        "trace",
        "tsconfig",
    )

    def __init__(self, tree: DirTree, scopes: PackageScopes, steps: list[Step] | None = None) -> None:
        self._tree = tree
        self._listings = tree.listings
        self._scopes = scopes
        self.trace: Trace = []
        self.steps = steps
        self.depth = 0
        self.remappings = 0
        self.restricted: str | None = None
        self.tsconfig: Tsconfig | None = None
        self._find_pnp: FindPnp | None = None
        self._pnp: Pnp | None = None
        self._pnp_trace: Trace = []

    def follow_pnp(self, find: FindPnp) -> None:
        """Put the question under a Plug'n'Play manifest, to be looked for when it first matters."""
        self._find_pnp = find

    @property
    def pnp(self) -> Pnp | None:
        """The manifest that the question is under. Whatever is made from this answer depends on it."""
        find, self._find_pnp = self._find_pnp, None
        if find is not None:
            # What is looked at on the way is looked at without a manifest.
            outer, self.trace = self.trace, self._pnp_trace
            self._pnp = find(self)
            self.trace = outer
        self.trace.extend(self._pnp_trace)
        return self._pnp

    def directory(self, path: str) -> DirInfo | None:
        """Give a directory by its absolute path."""
        if (SUFFIX in path or may_be_virtual(path)) and self.pnp is None and not self._is_plain(path):
            return None
        info = self._tree.directory(path, self.trace)
        if info is None and self.steps is not None:
            self.note(f"{path}: no directory there", Look.ABSENT, path)
        return info

    def _is_plain(self, path: str) -> bool:
        """Tell whether no archive and no virtual instance is on a path: the names that might be are directories."""
        for above in reversed(ancestors(path)):
            name = name_of(above)
            if name in MARKERS or name.endswith(SUFFIX):
                holder = self._tree.directory(parent_of(above), self.trace)
                if holder is None or self._tree.entry(holder, name, self.trace) is not EntryKind.DIRECTORY:
                    return False
        return True

    def parent(self, info: DirInfo) -> DirInfo | None:
        """Give the directory above, as text."""
        return self._tree.parent(info, self.trace)

    def entry(self, info: DirInfo, name: str) -> EntryKind | None:
        """Tell what a name in a directory is, links followed."""
        return self._tree.entry(info, name, self.trace)

    def kind(self, info: DirInfo, name: str) -> EntryKind | None:
        """Tell what a name in a directory is, links not followed."""
        kind = self._listings.entry(info.listing, name, self.trace)
        if self.steps is not None and kind is not EntryKind.LINK:
            self._note_kind(join(info.path, name), kind)
        return kind

    def _note_kind(self, path: str, kind: EntryKind | None, prefix: str = "") -> None:
        look = Look.FOUND if kind is EntryKind.FILE else Look.ABSENT if kind is None else Look.REFUSED
        self.note(f"{path}: {prefix}{_KINDS[kind]}", look, path)

    def is_link_to_file(self, info: DirInfo, name: str) -> bool:
        """Tell whether a link ends at a regular file."""
        kind = self._tree.link(info, name, self.trace).kind
        if self.steps is not None:
            self._note_kind(join(info.path, name), kind, "a link, ")
        return kind is EntryKind.FILE

    def own_manifest(self, info: DirInfo, file_name: str = "package.json") -> PackageJson | InvalidManifest | None:
        """Give the package.json in a directory itself."""
        manifest = self._scopes.own(info, self.trace, file_name)
        if self.steps is not None:
            self.note(f"no {file_name} in {info.path}" if manifest is None else f"read {manifest.path}")
        return manifest

    def enclosing_manifest(self, info: DirInfo) -> PackageJson | InvalidManifest | None:
        """Give the nearest package.json, from a directory upwards."""
        return self._scopes.enclosing(info, self.trace)

    def package_root(self, info: DirInfo, manifest: PackageJson) -> DirInfo:
        """Give the directory of the enclosing manifest, by the path under which a directory in it was reached."""
        while info.real_path != manifest.directory:
            above = self.parent(info)
            if above is None:
                break
            info = above
        return info

    def real_location(self, info: DirInfo, name: str) -> tuple[str, str]:
        """Give the real directory and name of a file."""
        return self._tree.real_location(info, name, self.trace)

    def note(self, text: str, look: Look | None = None, path: str | None = None) -> None:
        """Keep a step of the explanation, below the step under way."""
        if self.steps is not None:
            self.steps.append(Step(self.depth, text, look, path))


_KINDS = {
    None: "not there",
    EntryKind.FILE: "found",
    EntryKind.DIRECTORY: "a directory, not a file",
    EntryKind.OTHER: "neither file nor directory",
}
