"""Directories and packages as TypeScript looks into them: `types`, `typesVersions`, `exports`, `@types`.

Source: `loadNodeModuleFromDirectoryWorker`, `loadModuleFromNearestNodeModulesDirectory`,
`loadModuleFromSpecificNodeModulesDirectory` and `resolveFromTypeRoot` of TypeScript 5.9. A package is looked for twice in
all `node_modules` upwards: for types (its own, then `@types`), and only then for JavaScript.
"""

from __future__ import annotations

from collections.abc import Callable

from resolverd.manifests.package_json import PackageJson
from resolverd.manifests.paths_table import PathsTable
from resolverd.manifests.pnp import PnpPackage
from resolverd.paths import (
    ancestors,
    is_inside,
    join,
    name_of,
    parent_of,
    resolve,
    resolve_as_written,
    split_package,
)
from resolverd.resolution.answer import Hit
from resolverd.resolution.pnp import locate_package
from resolverd.resolution.probe import Probe
from resolverd.resolution.type_exports import is_given, load_exported, types_versions
from resolverd.resolution.type_files import TypeFiles, known_extension
from resolverd.resolution.type_inputs import input_candidates
from resolverd.resolution.type_settings import DECLARATION, JAVASCRIPT, TYPES, TYPESCRIPT, TypeSettings
from resolverd.tree.dirinfo import DirInfo
from resolverd.view.base import EntryKind


class TypePackages:
    """Looks into directories on behalf of one question."""

    __slots__ = ("_files", "_probe", "_settings")

    def __init__(self, probe: Probe, settings: TypeSettings, files: TypeFiles) -> None:
        self._probe = probe
        self._settings = settings
        self._files = files

    # -- directories ---------------------------------------------------------------------------------------------

    def at(self, path: str, wanted: int, *, is_esm: bool) -> Hit | None:
        """Look for a file, or a directory, at an absolute path (`nodeLoadModuleByRelativeName`).

        Here as below a trailing slash says that a directory is meant.
        """
        hit = self._file(path, wanted, is_esm=is_esm)
        if hit is not None or is_esm:
            return hit
        path = path.rstrip("/") or "/"
        return self.directory(path, self.manifest(path), wanted, is_esm=is_esm)

    def _file(self, path: str, wanted: int, *, is_esm: bool) -> Hit | None:
        return None if path.endswith("/") else self._files.completed(path, wanted, is_esm=is_esm)

    def manifest(self, path: str) -> PackageJson | None:
        """Give the package.json of a directory, if there is one that can be used."""
        info = self._probe.directory(path)
        manifest = None if info is None else self._probe.own_manifest(info)
        return manifest if isinstance(manifest, PackageJson) else None

    def directory(
        self, path: str, manifest: PackageJson | None, wanted: int, *, is_esm: bool, is_own: bool = True
    ) -> Hit | None:
        """Look for what a directory stands for: its manifest's types or main, by `typesVersions`, else its index.

        A directory inside of a package (`is_own` off) is under the package's `typesVersions` and `type` alone.
        """
        if self._probe.directory(path) is None:
            return None
        named = None if manifest is None or not is_own else _named_file(manifest, path, wanted)
        versions = None if manifest is None else types_versions(manifest)
        is_module = manifest is not None and manifest.type == "module"
        if versions is not None and (named is None or is_inside(named, path)):
            name = (named or join(path, "index"))[len(path.rstrip("/")) + 1 :].rstrip("/")
            matches = PathsTable(versions).matches(name)
            if matches:
                return self.first_match(
                    path, matches, lambda target: self._of_field(target, wanted, is_esm=is_esm and is_module)
                )
        hit = None if named is None else self._of_field(named, wanted, is_esm=is_esm and is_module)
        return hit or (None if is_esm else self._files.completed(join(path, "index"), wanted, is_esm=False))

    def first_match(
        self, base: str, matches: tuple[tuple[str, str], ...], look: Callable[[str], Hit | None]
    ) -> Hit | None:
        """Take the first of the candidates that leads to a file (`tryLoadModuleUsingPaths`).

        A target that was written with an extension is taken as it is, whatever is wanted.
        """
        for candidate, written in matches:
            target = resolve_as_written(base, candidate)
            self._probe.note(f"paths offer {target}")
            hit = self._files.exact(target) if known_extension(written) else None
            hit = hit or look(target)
            if hit is not None:
                return hit
        return None

    def _of_field(self, path: str, wanted: int, *, is_esm: bool) -> Hit | None:
        """Look for what a manifest's field names: a file, or loosely a name or directory (whose manifest is not read)."""
        hit = None if path.endswith("/") else self._files.of_field(path, wanted)
        if hit is not None:
            return hit
        wanted |= TYPESCRIPT if wanted == DECLARATION else 0
        hit = self._file(path, wanted, is_esm=is_esm)
        return hit or (None if is_esm else self.directory(path.rstrip("/") or "/", None, wanted, is_esm=False))

    # -- packages ------------------------------------------------------------------------------------------------

    def package(self, info: DirInfo, specifier: str, wanted: int) -> Hit | None:
        """Look for a package as seen from a directory: its types anywhere, then its JavaScript."""
        for part in (wanted & TYPES, wanted & ~TYPES):
            hit = self._anywhere(info, specifier, part) if part else None
            if hit is not None:
                return hit
        return self._in_type_roots(specifier) if wanted & DECLARATION else None

    def _anywhere(self, info: DirInfo, specifier: str, wanted: int) -> Hit | None:
        pnp = self._probe.pnp
        if pnp is not None:
            name, subpath = split_package(specifier)
            located = locate_package(pnp, info, name)
            if located is not None:
                return self._managed(info, specifier, subpath, located, wanted)
        above: DirInfo | None = info
        while above is not None:
            if name_of(above.path) != "node_modules":
                hit = self._in_modules(above, specifier, wanted)
                if hit is not None:
                    return hit
            above = self._probe.parent(above)
        return None

    def _in_modules(self, info: DirInfo, specifier: str, wanted: int) -> Hit | None:
        """Look in one `node_modules`, and where declarations are wanted in its `@types` too."""
        if self._probe.entry(info, "node_modules") is not EntryKind.DIRECTORY:
            return None
        modules = join(info.path, "node_modules")
        hit = self._in_folder(modules, specifier, wanted)
        if hit is None and wanted & DECLARATION:
            hit = self._in_folder(f"{modules}/@types", mangled(specifier), DECLARATION)
        return hit

    def _managed(self, info: DirInfo, specifier: str, subpath: str, located: object, wanted: int) -> Hit | None:
        """Look into the package that Plug'n'Play located, then into the one that declares it."""
        pnp = self._probe.pnp
        hit = self._in_package(located.location, subpath, wanted) if isinstance(located, PnpPackage) else None
        if hit is not None or pnp is None or not wanted & DECLARATION:
            return hit
        name, subpath = split_package(f"@types/{mangled(specifier)}")
        declaring = locate_package(pnp, info, name)
        return self._in_package(declaring.location, subpath, DECLARATION) if isinstance(declaring, PnpPackage) else None

    def _in_folder(self, modules: str, specifier: str, wanted: int) -> Hit | None:
        name, subpath = split_package(specifier)
        return self._in_package(resolve(modules, name), "." if subpath == "./" else subpath, wanted)

    def _in_package(self, path: str, subpath: str, wanted: int) -> Hit | None:
        """Look into a package by its directory (`loadModuleFromSpecificNodeModulesDirectory`)."""
        candidate, is_esm = resolve(path, subpath), self._settings.is_esm
        slash = "/" if subpath.endswith("/") else ""
        root = self.manifest(path)
        has_exports = self._settings.uses_exports and root is not None and "exports" in root.fields
        if subpath != "." and not has_exports and (inner := self.manifest(candidate)) is not None:
            hit = self._file(candidate + slash, wanted, is_esm=is_esm)
            return hit or self.directory(candidate, inner, wanted, is_esm=is_esm)
        if root is not None and self._settings.uses_exports and is_given(root.fields.get("exports")):
            return self.exported(root, path, subpath, wanted)
        if root is not None and subpath != "." and (versions := types_versions(root)) is not None:
            matches = PathsTable(versions).matches(subpath[2:])
            if matches:
                return self.first_match(
                    path, matches, lambda target: self._without_exports(target, root, wanted, is_own=target == path)
                )
        return self._without_exports(candidate + slash, root, wanted, is_own=subpath == ".")

    def _without_exports(self, path: str, root: PackageJson | None, wanted: int, *, is_own: bool) -> Hit | None:
        is_esm = self._settings.is_esm
        hit = None if is_own and is_esm else self._file(path, wanted, is_esm=is_esm)
        hit = hit or self.directory(path.rstrip("/") or "/", root, wanted, is_esm=is_esm, is_own=is_own)
        if hit is None and is_own and is_esm and root is not None and root.fields.get("exports") is None:
            hit = self._files.completed(join(path, "index.js"), wanted, is_esm=is_esm)
        return hit

    def exported(self, manifest: PackageJson, path: str, subpath: str, wanted: int) -> Hit | None:
        """Take a subpath through a package's `exports`; `path` is the package's directory as it was reached."""
        self._probe.note(f"exports of {manifest.path}")
        return load_exported(
            manifest.fields.get("exports"),
            subpath,
            self._settings.conditions,
            lambda target: self.target(path, target, wanted) if target.startswith("./") else None,
        )

    def target(self, path: str, target: str, wanted: int) -> Hit | None:
        """Take the file of a target that lies in a package, or what the project would make it from."""
        absolute = resolve(path, target)
        for candidate in input_candidates(self._settings, path, absolute, wanted):
            hit = self._files.exact(candidate)
            if hit is not None:
                return hit
        return self._files.of_field(absolute, wanted)

    def self_reference(self, info: DirInfo, specifier: str, wanted: int) -> Hit | None:
        """Look for what the importer's own package exports under its name."""
        manifest = self._probe.enclosing_manifest(info)
        if not isinstance(manifest, PackageJson) or not is_given(manifest.fields.get("exports")):
            return None
        # Here alone a trailing slash counts for nothing.
        name, subpath = split_package(specifier.rstrip("/"))
        if name != manifest.name:
            return None
        self._probe.note(f"self-reference to {manifest.path}")
        root = self._probe.package_root(info, manifest).path
        if self._settings.allows_js and "/node_modules/" not in f"{info.path}/":
            return self.exported(manifest, root, subpath, wanted)
        return self.exported(manifest, root, subpath, wanted & TYPES) or self.exported(
            manifest, root, subpath, wanted & ~TYPES
        )

    def _in_type_roots(self, specifier: str) -> Hit | None:
        for root in self._settings.type_roots or ():
            hit = self.at(_in_root(root, specifier), DECLARATION, is_esm=self._settings.is_esm)
            if hit is not None:
                return hit
        return None

    # -- type reference directives -------------------------------------------------------------------------------

    def directive(self, info: DirInfo, name: str) -> Hit | None:
        """Look for declarations by name (`resolveTypeReferenceDirective`): in the type roots, then as a package."""
        is_esm, given = self._settings.is_esm, self._settings.type_roots
        for root in _default_roots(self._settings, info) if given is None else given:
            path = _in_root(root, name)
            hit = None if given is None else self._file(path, DECLARATION, is_esm=is_esm)
            hit = hit or self.directory(path.rstrip("/"), self.manifest(path.rstrip("/")), DECLARATION, is_esm=is_esm)
            if hit is not None:
                return hit
        return self._anywhere(info, name, DECLARATION)


def _default_roots(settings: TypeSettings, info: DirInfo) -> list[str]:
    start = info.path if settings.config_path is None else parent_of(settings.config_path)
    return [join(directory, "node_modules/@types") for directory in ancestors(start)]


def _in_root(root: str, name: str) -> str:
    return resolve_as_written(root, mangled(name) if root.endswith("/node_modules/@types") else name)


def mangled(specifier: str) -> str:
    """Give the name under which `@types` declares a package: `@scope/name` as `scope__name`."""
    return specifier[1:].replace("/", "__", 1) if specifier.startswith("@") and "/" in specifier else specifier


def _named_file(manifest: PackageJson, path: str, wanted: int) -> str | None:
    """Give the file that a manifest names for what is wanted: `typings` or `types`, else `main`."""
    fields: tuple[str, ...] = ("typings", "types") if wanted & DECLARATION else ()
    if wanted & (TYPESCRIPT | JAVASCRIPT | DECLARATION):
        fields = (*fields, "main")
    for field in fields:
        value = manifest.fields.get(field)
        if isinstance(value, str) and value:
            return resolve_as_written(path, value)
    return None
