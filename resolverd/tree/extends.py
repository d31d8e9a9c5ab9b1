"""What `extends` in a tsconfig leads to: a file beside it, or a config in a package.

Source: TypeScript's `getExtendsConfigPath` and `nodeNextJsonConfigResolver`: a package is looked for as a module is, but
only JSON counts, `main` is `tsconfig`, the index `tsconfig.json`; the config is read where the package really lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resolverd.arena.edges import Trace
from resolverd.manifests.exports import SubpathTable
from resolverd.manifests.package_json import PackageJson
from resolverd.manifests.pnp import PnpManifest
from resolverd.manifests.targets import Selected, select_target
from resolverd.manifests.tsconfig import extends_candidates
from resolverd.paths import join, name_of, parent_of, resolve, split_package
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.dirtree import DirTree
from resolverd.tree.pnp import PnpManifests
from resolverd.tree.scopes import PackageScopes
from resolverd.view.base import EntryKind

_CONDITIONS = frozenset({"node", "require", "import"})
"""The conditions under which a package's config is looked for."""


class Bases:
    """Finds the configs that others extend."""

    __slots__ = ("_pnp", "_scopes", "_tree")

    def __init__(self, tree: DirTree, scopes: PackageScopes, pnp: PnpManifests) -> None:
        self._tree = tree
        self._scopes = scopes
        self._pnp = pnp

    def find(self, specifier: str, directory: str, own: Trace) -> str | None:
        """Give the path of the config that a specifier means as seen from a directory."""
        candidates: Iterable[str] = extends_candidates(specifier, directory)
        if not candidates:
            above = self._tree.directory(directory, own)
            candidates = () if above is None else self._not_relative(specifier, above, own)
        return next((candidate for candidate in candidates if self.locate(candidate, own) is not None), None)

    def locate(self, path: str, own: Trace) -> str | None:
        """Give the real path of a file, if there is one."""
        info = self._tree.directory(parent_of(path), own)
        if info is None or self._tree.entry(info, name_of(path), own) is not EntryKind.FILE:
            return None
        return join(*self._tree.real_location(info, name_of(path), own))

    def _not_relative(self, specifier: str, info: DirInfo, own: Trace) -> Iterator[str]:
        if not specifier.startswith("#"):
            return self._package(specifier, info, own)
        manifest = self._scopes.enclosing(info, own)
        table = manifest.imports("imports") if isinstance(manifest, PackageJson) else None
        target = _selected(table, specifier, is_imports=True) if isinstance(table, SubpathTable) else None
        if manifest is None or target is None:
            return iter(())
        if target.startswith("./"):
            return iter((resolve(parent_of(manifest.path), target),))
        return self._package(target, info, own)

    def _package(self, specifier: str, info: DirInfo, own: Trace) -> Iterator[str]:
        """Where a package specifier may lead: in each node_modules upwards, by exports or as a file."""
        name, subpath = split_package(specifier)
        manifest = self._pnp.nearest(info, own)
        if isinstance(manifest, PnpManifest) and manifest.owner(info.path) is not None:
            # Yarn patches TypeScript to ask the manifest, and nothing else.
            located = manifest.locate(info.path, name)
            package = None if located is None else self._tree.directory(located.location, own)
            yield from () if package is None else self._in_package(package, subpath, own)
            return
        above: DirInfo | None = info
        while above is not None:
            modules = join(above.path, "node_modules")
            package = self._tree.directory(join(modules, name), own)
            if package is not None:
                yield from self._in_package(package, subpath, own)
            yield join(modules, f"{specifier}.json")
            above = self._tree.parent(above, own)

    def _in_package(self, package: DirInfo, subpath: str, own: Trace) -> Iterator[str]:
        manifest = self._scopes.own(package, own)
        if isinstance(manifest, PackageJson):
            table = manifest.exports("exports")
            if table is not None:
                exported = _selected(table, subpath, is_imports=False) if isinstance(table, SubpathTable) else None
                yield from () if exported is None else (resolve(package.real_path, exported),)
                return
            field = manifest.main("tsconfig")
            if subpath == "." and field is not None:
                yield from extends_candidates(f"./{field}", package.real_path)
        path = resolve(package.real_path, subpath)
        yield path if path.endswith(".json") else f"{path}.json"
        yield join(path, "tsconfig.json")


def _selected(table: SubpathTable, subpath: str, *, is_imports: bool) -> str | None:
    match = table.match(subpath, folders=False)
    selection = None if match is None else select_target(match, _CONDITIONS, is_imports=is_imports)
    return selection.value if isinstance(selection, Selected) else None
