"""What is inside of packages: `exports`, `imports`, and the files of their targets (PACKAGE_EXPORTS_RESOLVE, PACKAGE_IMPORTS_RESOLVE)."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from resolverd.manifests.exports import InvalidManifest, Match, SubpathTable
from resolverd.manifests.package_json import PackageJson
from resolverd.manifests.targets import Blank, Refused, Selected, select_target
from resolverd.paths import name_of, parent_of, resolve
from resolverd.resolution.answer import Outcome, failed
from resolverd.resolution.files import Files, invalid_config
from resolverd.resolution.mode import Mode
from resolverd.resolution.options import FieldPath
from resolverd.resolution.probe import Probe
from resolverd.resolution.request import Request
from resolverd.resolution.specifier import InvalidSpecifier, parse_specifier
from resolverd.terms import Answer, Code, Look
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.scopes import is_beyond_node_modules

ResolveBare = Callable[[Probe, Request], Outcome]
ResolveInner = Callable[[Probe, DirInfo, str, Request], Outcome]

_MOST_KEYS = 24
"""Keys of `exports` that an explanation lists where none matches."""

_ENCODED_SEPARATOR = re.compile("%2f|%5c", re.IGNORECASE)


class Subpaths:
    """Looks into packages under one mode. `bare` looks for a package, `inner` resolves what an import leads to."""

    __slots__ = ("_bare", "_files", "_inner", "_mode")

    def __init__(self, mode: Mode, files: Files, bare: ResolveBare, inner: ResolveInner) -> None:
        self._mode = mode
        self._files = files
        self._bare = bare
        self._inner = inner

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
        if manifest is not None and self._mode.is_node and is_beyond(manifest, request):
            manifest = None
        table = None if manifest is None else self._imports_table(manifest)
        if manifest is None or table is None:
            if self._mode.is_node_require:
                # LOAD_PACKAGE_IMPORTS, step 3: without imports, CommonJS goes on to look for a package of that name.
                return self._bare(probe, request)
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


def is_beyond(manifest: PackageJson, request: Request) -> bool:
    """Tell whether a package's manifest lies above a `node_modules` that the importer is in."""
    return is_beyond_node_modules(manifest.directory, f"{request.info.real_path}/")


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


def _refused(refused: Refused, specifier: str, manifest: PackageJson) -> Answer:
    if refused.is_config:
        return failed(Code.INVALID_PACKAGE_CONFIG, f"Invalid package config {manifest.path}: {refused.message}")
    if refused.is_specifier:
        return failed(
            Code.INVALID_MODULE_SPECIFIER, f"Invalid module '{specifier}': {refused.message} ({manifest.path})"
        )
    return failed(Code.INVALID_PACKAGE_TARGET, f"Invalid package target: {refused.message} ({manifest.path})")
