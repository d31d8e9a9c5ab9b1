"""Packages: bare specifiers, self-reference, `exports` and `imports` (PACKAGE_RESOLVE and what it calls)."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from resolverd.arena.edges import VOLATILE
from resolverd.manifests.exports import InvalidManifest, Match, SubpathTable
from resolverd.manifests.package_json import PackageJson
from resolverd.manifests.pnp import PnpPackage
from resolverd.manifests.targets import Blank, Refused, Selected, select_target
from resolverd.paths import is_inside, join, name_of, parent_of, resolve, split_package
from resolverd.resolution.answer import Hit, Outcome, failed
from resolverd.resolution.files import Files, invalid_config
from resolverd.resolution.mode import Mode
from resolverd.resolution.modules import Hierarchies, ModuleDirs
from resolverd.resolution.options import FieldPath
from resolverd.resolution.pnp import API, locate_package, not_installed
from resolverd.resolution.probe import Probe
from resolverd.resolution.request import Request
from resolverd.resolution.specifier import InvalidSpecifier, is_package_name, parse_specifier
from resolverd.terms import Answer, Code, Look
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.pnp import CODE, Pnp
from resolverd.tree.scopes import is_beyond_node_modules

Finish = Callable[[Probe, Hit], Answer]
ResolveInner = Callable[[Probe, DirInfo, str, Request], Outcome]

_HIERARCHY = "node_modules"
"""The entry of `modules` that Plug'n'Play replaces."""

_MOST_KEYS = 24
"""Keys of `exports` that an explanation lists where none matches."""

_ENCODED_SEPARATOR = re.compile("%2f|%5c", re.IGNORECASE)


class Packages:
    """Finds packages under one mode. `number` is the mode's, under which outcomes are remembered."""

    __slots__ = ("_files", "_finish", "_hierarchies", "_inner", "_mode", "_number")

    def __init__(
        self, mode: Mode, number: int, files: Files, hierarchies: Hierarchies, finish: Finish, inner: ResolveInner
    ) -> None:
        self._mode = mode
        self._number = number
        self._files = files
        self._hierarchies = hierarchies
        self._finish = finish
        self._inner = inner

    # -- bare specifiers -----------------------------------------------------------------------------------------

    def bare(self, probe: Probe, request: Request) -> Outcome:
        """PACKAGE_RESOLVE: self-reference, then the module directories."""
        name, subpath = split_package(request.path)
        if self._mode.is_node_import and not is_package_name(name):
            return failed(Code.INVALID_MODULE_SPECIFIER, f"'{request.path}' is not a valid package name")
        outcome = self.self_reference(probe, request, name, subpath)
        if outcome is not None:
            return outcome
        located = None
        if self._mode.options.pnp and (pnp := probe.pnp) is not None:
            if request.path == API and (runtime := _runtime_interface(probe, pnp, request)) is not None:
                return runtime
            located = locate_package(pnp, request.info, name)
            probe.note(
                f"Plug'n'Play manifest {pnp.path}" + (", which does not own the importer" if located is None else "")
            )
        for group in self._mode.module_groups:
            if located is None or _HIERARCHY not in group:
                outcome = self._in_group(probe, group, request, name, subpath)
            else:
                outcome = self._in_managed_group(probe, located, group, request, name, subpath)
            if outcome is not None:
                return outcome
        return (
            located if isinstance(located, Answer) else failed(Code.MODULE_NOT_FOUND, f"Cannot find package '{name}'")
        )

    def _in_managed_group(
        self,
        probe: Probe,
        located: PnpPackage | Answer,
        group: tuple[str, ...],
        request: Request,
        name: str,
        subpath: str,
    ) -> Outcome:
        """Take the package that Plug'n'Play located, instead of looking for it in `node_modules`.

        Other names of the group go first, as they do for enhanced-resolve.
        """
        others = tuple(each for each in group if each != _HIERARCHY)
        outcome = self._in_group(probe, others, request, name, subpath) if others else None
        if outcome is not None or isinstance(located, Answer):
            return outcome
        package = probe.directory(located.location)
        if package is None:
            return not_installed(located)
        probe.note(f"Plug'n'Play: '{name}' is {located.location}", Look.CHOSEN, located.location)
        outcome = self._in_package(probe, package, request, subpath)
        return outcome or failed(Code.MODULE_NOT_FOUND, f"Cannot find '{request.path}' in package {located.location}")

    def _in_package(self, probe: Probe, package: DirInfo, request: Request, subpath: str) -> Outcome:
        """Look into a package by its exports, or without if it has none."""
        manifest = self._files.manifest(probe, package)
        if isinstance(manifest, InvalidManifest):
            return invalid_config(manifest)
        outcome = None if manifest is None else self.exports(probe, package, manifest, request, subpath)
        return outcome or self._legacy(probe, package, request, subpath)

    def _in_group(self, probe: Probe, group: tuple[str, ...], request: Request, name: str, subpath: str) -> Outcome:
        if group[0].startswith("/"):
            root = probe.directory(group[0])
            return None if root is None else self._in_modules(probe, root, request, name, subpath)
        dirs = self._hierarchies.visible(probe, request.info, group, is_node=self._mode.is_node)
        if self._mode.restrictions or probe.steps is not None or not _is_plain(request):
            return self._search(probe, dirs, request, name, subpath)
        return self._remembered(probe, dirs, request, name, subpath)

    def _remembered(self, probe: Probe, dirs: ModuleDirs, request: Request, name: str, subpath: str) -> Outcome:
        """Search once for all importers that see the same module directories."""
        key = (self._number, request.path)
        known = dirs.outcomes.get(key)
        if known is not None:
            outcome, node = known
            probe.trace.append(node)
            return outcome
        outer, probe.trace = probe.trace, []
        outcome = self._search(probe, dirs, request, name, subpath)
        if isinstance(outcome, Hit):
            outcome = self._finish(probe, outcome)
        own, probe.trace = probe.trace, outer
        if VOLATILE in own or not dirs.node:
            probe.trace.extend(own)
        else:
            probe.trace.append(self._hierarchies.keep(dirs, key, outcome, own))
        return outcome

    def _search(self, probe: Probe, dirs: ModuleDirs, request: Request, name: str, subpath: str) -> Outcome:
        if probe.steps is not None:
            seen = ", ".join(each.path for each in dirs.directories)
            probe.note(f"module directories seen from {request.info.path}: {seen or 'none'}")
        for modules in dirs.directories:
            outcome = self._in_modules(probe, modules, request, name, subpath)
            if outcome is not None:
                return outcome
        is_joined = "/../" in f"{subpath}/" and not self._mode.is_node
        return self._joined(probe, dirs, request, name, subpath) if is_joined else None

    def _joined(self, probe: Probe, dirs: ModuleDirs, request: Request, name: str, subpath: str) -> Outcome:
        """Where no package is called `x`, `x/../..` leads out of the module directory as text, as for oxc-resolver."""
        paths = [join(modules.path, name) for modules in dirs.directories]
        if any(probe.directory(path) is not None for path in paths):
            return None
        ends = [resolve(path, subpath) for path in paths]
        outside = [end for end, modules in zip(ends, dirs.directories, strict=True) if not is_inside(end, modules.path)]
        outcomes = (self._files.at_path(probe, end, request) for end in outside)
        return next((outcome for outcome in outcomes if outcome is not None), None)

    def _in_modules(self, probe: Probe, modules: DirInfo, request: Request, name: str, subpath: str) -> Outcome:
        """Look for a package in one module directory: its exports, a file of its name, its directory."""
        path = join(modules.path, name) if "/" not in name and name not in {"..", "."} else resolve(modules.path, name)
        package = probe.directory(path)
        manifest = None if package is None else self._files.manifest(probe, package)
        if package is not None:
            probe.note(f"package directory {path}", Look.CHOSEN, path)
            if isinstance(manifest, InvalidManifest):
                return invalid_config(manifest)
            if manifest is not None:
                outcome = self.exports(probe, package, manifest, request, subpath)
                if outcome is not None:
                    return outcome
        if subpath == "." and not self._mode.is_node_import:
            outcome = self._single_file(probe, path, request)
            if outcome is not None:
                return outcome
        if package is None:
            # LOAD_NODE_MODULES joins `x/../y` as text before anything is looked at; ESM and bundlers look for `x`.
            is_joined = self._mode.is_node_require and "/../" in f"{subpath}/"
            return self._files.at_path(probe, resolve(path, subpath), request) if is_joined else None
        outcome = self._legacy(probe, package, request, subpath)
        if outcome is None and self._mode.is_node_import:
            # PACKAGE_RESOLVE, step 11: the first folder of the name is the package, whatever it lacks.
            return failed(Code.MODULE_NOT_FOUND, f"Cannot find '{request.path}' in package {package.path}")
        return outcome

    def _single_file(self, probe: Probe, path: str, request: Request) -> Outcome:
        if request.is_directory or self._mode.options.resolve_to_context:
            return None
        info = probe.directory(parent_of(path))
        return None if info is None else self._files.file(probe, info, name_of(path), _loosely(request))

    def _legacy(self, probe: Probe, package: DirInfo, request: Request, subpath: str) -> Outcome:
        """Look into a package without exports."""
        if subpath == "." and request.is_directory and self._mode.is_node_import:
            # PACKAGE_RESOLVE, step 11.6: `x/` is the URL of the directory.
            return failed(Code.UNSUPPORTED_DIR_IMPORT, f"Directory import '{package.path}/' is not supported")
        if subpath == ".":
            return self._files.directory(probe, package, _loosely(request))
        return self._files.at_path(probe, resolve(package.path, subpath), request)

    def self_reference(self, probe: Probe, request: Request, name: str, subpath: str) -> Outcome:
        """PACKAGE_SELF_RESOLVE: a package may import itself by its name through its exports."""
        manifest = probe.enclosing_manifest(request.info)
        if not isinstance(manifest, PackageJson) or manifest.name != name:
            if probe.steps is not None and isinstance(manifest, PackageJson):
                probe.note(f"no self-reference: {manifest.path} has the name {manifest.name!r}")
            return None
        if self._mode.is_node and self._is_beyond(manifest, request):
            return None
        root = probe.package_root(request.info, manifest)
        probe.note(f"self-reference to {manifest.path}")
        return self.exports(probe, root, manifest, request, subpath)

    @staticmethod
    def _is_beyond(manifest: PackageJson, request: Request) -> bool:
        return is_beyond_node_modules(manifest.directory, f"{request.info.real_path}/")

    # -- exports -------------------------------------------------------------------------------------------------

    def exports(self, probe: Probe, package: DirInfo, manifest: PackageJson, request: Request, subpath: str) -> Outcome:
        """PACKAGE_EXPORTS_RESOLVE; None if the package has no exports."""
        for field in self._mode.options.exports_fields:
            table = manifest.exports(field)
            if table is None:
                continue
            if isinstance(table, InvalidManifest):
                return invalid_config(table)
            if self._mode.options.manifest_exported and subpath == "./package.json":
                return None
            if request.is_directory:
                subpath += "/"
                if not self._mode.is_node:
                    return self._not_exported(subpath, manifest)
            return self._export(probe, package, manifest, request, table, subpath)
        if probe.steps is not None:
            probe.note(f"{manifest.path} has no {_fields(self._mode.options.exports_fields)}")
        return None

    def _export(
        self,
        probe: Probe,
        package: DirInfo,
        manifest: PackageJson,
        request: Request,
        table: SubpathTable,
        subpath: str,
    ) -> Outcome:
        match = table.match(subpath, folders=not self._mode.is_node)
        if match is None:
            _note_keys(probe, "exports", table, subpath)
            return self._not_exported(subpath, manifest)
        _note_match(probe, "exports", match, subpath)
        note = None if probe.steps is None else probe.note
        selection = select_target(match, self._mode.conditions, is_imports=False, note=note)
        if isinstance(selection, Refused):
            return _refused(selection, request.path, manifest)
        if isinstance(selection, Blank):
            probe.note(f'"{match.key}" has no target for the conditions {sorted(self._mode.conditions)}')
            return self._not_exported(subpath, manifest)
        probe.note(
            f'exports "{match.key}" selects {selection.value}', Look.CHOSEN, resolve(package.path, selection.value)
        )
        return self._target(probe, package, manifest, request, selection, match, is_written=self._aliases_exports)

    @property
    def _aliases_exports(self) -> bool:
        return self._mode.options.extension_alias_for_exports

    def _target(
        self,
        probe: Probe,
        package: DirInfo,
        manifest: PackageJson,
        request: Request,
        selection: Selected,
        match: Match | None,
        *,
        is_written: bool,
    ) -> Outcome:
        """Take the file of a target that lies in the package."""
        is_exact = match is None or match.star is None
        mode = self._mode
        is_complete = mode.completes_no_exact_target if is_exact else mode.completes_no_target
        target = self._parse_target(selection.value)
        if target is None:
            return failed(
                Code.INVALID_MODULE_SPECIFIER, f"target {selection.value} in {manifest.path} has an encoded separator"
            )
        path, query, fragment = target
        inner = Request(
            request.info,
            path,
            query or request.query,
            fragment or request.fragment,
            is_directory=False,
            fully_specified=request.fully_specified or is_complete,
            depth=request.depth,
            is_remapped=self._mode.options.remap_targets,
        )
        absolute = resolve(package.path, path)
        info = probe.directory(parent_of(absolute))
        outcome = None
        if info is not None:
            name = name_of(absolute)
            is_written = is_written or self._mode.excludes_extension(name)
            outcome = self._files.file(probe, info, name, inner, is_written=is_written)
            if outcome is None and not inner.fully_specified:
                outcome = self._files.at_path(probe, absolute, inner)
        elif mode.remaps_files:
            # What the package's browser map names need not be there.
            outcome = self._files.at_path(probe, absolute, inner)
        if outcome is not None:
            return outcome
        message = f"Cannot find '{absolute}', which {manifest.path} gives for '{request.path}'"
        is_directory = self._mode.is_node_import and probe.directory(absolute) is not None
        return failed(Code.UNSUPPORTED_DIR_IMPORT if is_directory else Code.MODULE_NOT_FOUND, message)

    def _parse_target(self, value: str) -> tuple[str, str, str] | None:
        """Split a target: bundlers see a query and a fragment in it, Node a URL to be decoded."""
        parsed = parse_specifier(value)
        if isinstance(parsed, InvalidSpecifier):
            return None
        path = parsed.path
        if self._mode.is_node:
            if _ENCODED_SEPARATOR.search(path):
                return None
            path = unquote(path, errors="surrogateescape")
        return path, parsed.query, parsed.fragment

    def _not_exported(self, subpath: str, manifest: PackageJson) -> Answer:
        what = 'No "exports" main is' if subpath == "." else f"Package subpath '{subpath}' is not"
        conditions = ", ".join(self._mode.options.condition_names) or "default"
        message = f'{what} defined by "exports" in {manifest.path} under the conditions {conditions}'
        return failed(Code.PACKAGE_PATH_NOT_EXPORTED, message)

    # -- imports -------------------------------------------------------------------------------------------------

    def imports(self, probe: Probe, request: Request) -> Outcome:
        """PACKAGE_IMPORTS_RESOLVE: `#name`, by the enclosing package's imports."""
        if request.path == "#" or (self._mode.is_node and request.path.startswith("#/")):
            return failed(
                Code.INVALID_MODULE_SPECIFIER, f"'{request.path}' is not a valid internal imports specifier name"
            )
        manifest = probe.enclosing_manifest(request.info)
        if isinstance(manifest, InvalidManifest):
            return invalid_config(manifest)
        if manifest is not None and self._mode.is_node and self._is_beyond(manifest, request):
            manifest = None
        table = None if manifest is None else self._imports_table(manifest)
        if manifest is None or table is None:
            if self._mode.is_node_require:
                # LOAD_PACKAGE_IMPORTS, step 3: without imports, CommonJS goes on to look for a package of that name.
                return self.bare(probe, request)
            where = "outside of any package" if manifest is None else f'as {manifest.path} has no "imports"'
            return failed(Code.PACKAGE_IMPORT_NOT_DEFINED, f"Package import '{request.path}' is not defined, {where}")
        if isinstance(table, InvalidManifest):
            return invalid_config(table)
        return self._import(probe, manifest, table, request)

    def _imports_table(self, manifest: PackageJson) -> SubpathTable | InvalidManifest | None:
        for field in self._mode.options.imports_fields:
            table = manifest.imports(field)
            if table is not None:
                return table
        return None

    def _import(self, probe: Probe, manifest: PackageJson, table: SubpathTable, request: Request) -> Outcome:
        match = None if request.is_directory else table.match(request.path, folders=not self._mode.is_node)
        note = None if probe.steps is None else probe.note
        if match is None:
            _note_keys(probe, "imports", table, request.path)
        else:
            _note_match(probe, "imports", match, request.path)
        selection = None if match is None else select_target(match, self._mode.conditions, is_imports=True, note=note)
        if isinstance(selection, Refused):
            return _refused(selection, request.path, manifest)
        if selection is None or isinstance(selection, Blank):
            message = f"Package import specifier '{request.path}' is not defined in {manifest.path}"
            return failed(Code.PACKAGE_IMPORT_NOT_DEFINED, message)
        root = probe.package_root(request.info, manifest)
        path = resolve(root.path, selection.value) if selection.value.startswith("./") else None
        chosen = None if path is None else Look.CHOSEN
        probe.note(f"imports {request.path!r} selects {selection.value} ({manifest.path})", chosen, path)
        if selection.value.startswith("./"):
            return self._target(probe, root, manifest, request, selection, match, is_written=True)
        inner = Request(
            root,
            request.path,
            request.query,
            request.fragment,
            is_directory=False,
            # Node resolves the target by PACKAGE_RESOLVE, whoever asks: nothing in a package is completed.
            fully_specified=self._mode.is_node,
            depth=request.depth,
            allows_internal=False,
        )
        return self._inner(probe, root, selection.value, inner)


def _fields(fields: tuple[FieldPath, ...]) -> str:
    return " or ".join(field if isinstance(field, str) else ".".join(field) for field in fields) or "exports to look at"


def _note_match(probe: Probe, field: str, match: Match, subpath: str) -> None:
    if probe.steps is not None and match.star is not None:
        probe.note(f'{field} "{match.key}" matches "{subpath}", the open part is "{match.star}"')


def _note_keys(probe: Probe, field: str, table: SubpathTable, subpath: str) -> None:
    """Tell which keys there are where none of them matches."""
    if probe.steps is not None:
        keys = table.keys()
        shown = ", ".join(f'"{key}"' for key in keys[:_MOST_KEYS]) + (", ..." if len(keys) > _MOST_KEYS else "")
        probe.note(f'no key of {field} matches "{subpath}": {shown or "there is none"}')


def _runtime_interface(probe: Probe, manifest: Pnp, request: Request) -> Outcome:
    """`pnpapi` is the manifest's own file, whatever is in it."""
    home = probe.directory(parent_of(manifest.path))
    name = name_of(manifest.path)
    return Hit(home, name, request.query, request.fragment) if home is not None and name == CODE else None


def _is_plain(request: Request) -> bool:
    """Tell whether the outcome of a request depends on nothing but its path."""
    return not (request.depth or request.query or request.fragment or request.is_directory)


def _loosely(request: Request) -> Request:
    """The same request, free to complete names: a package's root is never fully specified."""
    if not request.fully_specified:
        return request
    return Request(
        request.info,
        request.path,
        request.query,
        request.fragment,
        is_directory=request.is_directory,
        fully_specified=False,
        depth=request.depth,
    )


def _refused(refused: Refused, specifier: str, manifest: PackageJson) -> Answer:
    if refused.is_config:
        return failed(Code.INVALID_PACKAGE_CONFIG, f"Invalid package config {manifest.path}: {refused.message}")
    if refused.is_specifier:
        return failed(
            Code.INVALID_MODULE_SPECIFIER, f"Invalid module '{specifier}': {refused.message} ({manifest.path})"
        )
    return failed(Code.INVALID_PACKAGE_TARGET, f"Invalid package target: {refused.message} ({manifest.path})")
