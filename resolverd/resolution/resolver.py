"""The resolver: which step comes first. `_described` is the algorithm, a screen long; the steps are next door.

It follows enhanced-resolve's pipeline for bundlers and Node's two algorithms (`require` of CommonJS modules,
ESM_RESOLVE) where a mode says "node"; ARCHITECTURE.md tells where they part.
"""

from __future__ import annotations

from resolverd.manifests.exports import InvalidManifest
from resolverd.manifests.package_json import PackageJson
from resolverd.paths import join, normal, parent_of
from resolverd.resolution.answer import IGNORED, Hit, Outcome, failed, is_failure
from resolverd.resolution.files import Files, invalid_config
from resolverd.resolution.formats import builtin_name, file_format, is_known_builtin, states_format
from resolverd.resolution.mode import Mode
from resolverd.resolution.modules import Hierarchies
from resolverd.resolution.packages import Packages
from resolverd.resolution.probe import Probe
from resolverd.resolution.remaps import Remaps
from resolverd.resolution.request import Request
from resolverd.resolution.specifier import (
    InvalidSpecifier,
    Specifier,
    as_url,
    is_relative,
    is_remote,
    parse_plainly,
    parse_specifier,
)
from resolverd.terms import Answer, Code, Look, Status
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.scopes import is_beyond_node_modules
from resolverd.tree.virtual import as_virtual

_MAX_DEPTH = 64
"""Remappings that lead to remappings; more than this many is a circle."""
_MAX_REMAPPINGS = 1000
"""Remappings in one question: a circle with two ways on at each turn would end after 2 ** 64 of them."""


class Resolver:
    """Resolves under one mode; `number` is the mode's in its engine."""

    __slots__ = ("_files", "_mode", "_packages", "_remaps")

    def __init__(self, mode: Mode, number: int, hierarchies: Hierarchies) -> None:
        self._mode = mode
        self._remaps = Remaps(mode, self._inner)
        self._files = Files(mode, self._remaps.file, self._directory_exports)
        self._packages = Packages(mode, number, self._files, hierarchies, self._finish, self._inner)

    def resolve(self, probe: Probe, info: DirInfo, specifier: str) -> Answer:
        """Resolve a specifier as seen from a directory."""
        parsed = parse_plainly(specifier) if self._mode.is_node_require else parse_specifier(specifier)
        if self._mode.is_node_import and isinstance(parsed, Specifier):
            parsed = as_url(parsed)
        if isinstance(parsed, InvalidSpecifier):
            return failed(Code.INVALID_MODULE_SPECIFIER, f"Invalid module specifier {specifier!r}: {parsed.message}")
        if "\0" in parsed.path:
            return failed(Code.INVALID_MODULE_SPECIFIER, f"Invalid module specifier {specifier!r}: it has a NUL in it")
        request = Request(
            info,
            parsed.path,
            parsed.query,
            parsed.fragment,
            is_directory=parsed.is_directory,
            fully_specified=self._mode.options.fully_specified,
        )
        if parsed.fragment or self._mode.fallbacks:
            outcome = self._with_fragment(probe, request)
        else:
            outcome = self._described(probe, request)
        if isinstance(outcome, Hit):
            return self._finish(probe, outcome)
        if probe.restricted is not None and (outcome is None or is_failure(outcome)):
            return failed(Code.RESTRICTED, f"'{specifier}' is '{probe.restricted}', outside of the restrictions")
        if outcome is None:
            return failed(Code.MODULE_NOT_FOUND, f"Cannot find module '{specifier}'")
        return outcome

    def _with_fragment(self, probe: Probe, request: Request) -> Outcome:
        """`./some#thing` may be a file of that name or a fragment: both are tried (not by Node)."""
        if request.fragment and not request.query and not self._mode.is_node:
            whole = Request(
                request.info,
                request.path + ("/" if request.is_directory else "") + request.fragment.rstrip("/"),
                "",
                "",
                is_directory=request.fragment.endswith("/"),
                fully_specified=request.fully_specified,
                depth=request.depth,
                allows_internal=request.allows_internal,
            )
            outcome = self._with_fallback(probe, whole)
            if outcome is not None and not is_failure(outcome):
                return outcome
        return self._with_fallback(probe, request)

    def _with_fallback(self, probe: Probe, request: Request) -> Outcome:
        outcome = self._described(probe, request)
        if self._mode.fallbacks and (outcome is None or is_failure(outcome)):
            return self._remaps.fallback(probe, request) or outcome
        return outcome

    def _described(self, probe: Probe, request: Request) -> Outcome:
        """The order of the steps."""
        path = request.path
        if self._mode.remaps_files or probe.tsconfig is not None:
            outcome = self._remapped(probe, request)
            if outcome is not None:
                return outcome
        if self._mode.options.ignore_urls and is_remote(path):
            return IGNORED
        if is_relative(path):
            return self._files.relative(probe, request)
        if path.startswith("/"):
            return self._absolute(probe, request)
        if path.startswith("#") and request.allows_internal:
            return self._packages.subpaths.imports(probe, request)
        if self._mode.options.prefer_relative:
            outcome = self._files.at_path(probe, join(request.info.path, path), request)
            if outcome is not None and not is_failure(outcome):
                return outcome
        if self._mode.options.builtin_modules and not request.is_directory:
            outcome = self._builtin(probe, request)
            if outcome is not None:
                return outcome
        if self._mode.is_node_import and is_remote(path):
            return self._remote(path)
        return self._packages.bare(probe, request)

    def _remote(self, path: str) -> Outcome:
        """Of the URLs that no file system answers, Node loads `data:` alone."""
        if path.startswith("data:"):
            return IGNORED
        scheme = path.partition(":")[0]
        return failed(Code.UNSUPPORTED_URL_SCHEME, f"'{path}': the scheme '{scheme}:' is not supported")

    def _remapped(self, probe: Probe, request: Request) -> Outcome:
        """What stands before the algorithm: alias, then tsconfig paths, then browser maps."""
        outcome = self._remaps.alias(probe, request)
        if outcome is None and probe.tsconfig is not None:
            outcome = self._remaps.tsconfig_paths(probe, request, self._files)
        if outcome is None and self._mode.options.alias_fields:
            outcome = self._remaps.alias_fields(probe, request)
        return outcome

    def _absolute(self, probe: Probe, request: Request) -> Outcome:
        options, path = self._mode.options, normal(request.path)
        if options.prefer_absolute or not options.roots:
            outcome = self._files.at_path(probe, path, request)
            if outcome is not None or not options.roots:
                return outcome
        for root in options.roots:
            probe.note(f"root {root}")
            outcome = self._files.at_path(probe, normal(root + path), request)
            if outcome is not None and not is_failure(outcome):
                return outcome
        return None if options.prefer_absolute else self._files.at_path(probe, path, request)

    def _builtin(self, probe: Probe, request: Request) -> Answer | None:
        name = builtin_name(request.path)
        if name is None:
            return None
        if self._mode.is_node_require and not is_known_builtin(name):
            return failed(Code.UNKNOWN_BUILTIN, f"No such built-in module: {name}")
        probe.note(f"{name} is a built-in module, which comes before any package of the name")
        return Answer(Status.BUILTIN, builtin=name)

    def _inner(self, probe: Probe, info: DirInfo, text: str, request: Request) -> Outcome:
        """Resolve what a remapping of `request` led to."""
        probe.remappings += 1
        if request.depth >= _MAX_DEPTH or probe.remappings > _MAX_REMAPPINGS:
            return failed(Code.RECURSION, f"Remappings of '{request.path}' lead back to themselves")
        parsed = parse_specifier(text)
        if isinstance(parsed, InvalidSpecifier):
            return failed(Code.INVALID_MODULE_SPECIFIER, f"Invalid module specifier {text!r}: {parsed.message}")
        inner = Request(
            info,
            parsed.path,
            parsed.query or request.query,
            parsed.fragment or request.fragment,
            is_directory=parsed.is_directory,
            fully_specified=self._mode.is_node and request.fully_specified,
            depth=request.depth + 1,
            allows_internal=request.allows_internal,
        )
        probe.depth += 1
        outcome = self._with_fragment(probe, inner)
        probe.depth -= 1
        return outcome

    def _directory_exports(self, probe: Probe, info: DirInfo, manifest: PackageJson, request: Request) -> Outcome:
        return self._packages.subpaths.exports(probe, info, manifest, request, ".")

    # -- the end -------------------------------------------------------------------------------------------------

    def _finish(self, probe: Probe, hit: Hit) -> Answer:
        """Make a hit an answer: real path, restrictions, format, package and side effects."""
        options = self._mode.options
        if options.symlinks:
            directory, name = probe.real_location(hit.info, hit.name) if hit.is_link else (hit.info.real_path, hit.name)
        else:
            directory, name = hit.info.path, hit.name
        path = join(directory, name) if name else directory
        if probe.steps is not None and path != join(hit.info.path, hit.name):
            probe.note(f"real path {path}", Look.FOUND, path)
        home = hit.info if directory == hit.info.path else probe.directory(directory)
        manifest = None if home is None else probe.enclosing_manifest(home)
        if isinstance(manifest, InvalidManifest) and not self._mode.is_node:
            return invalid_config(manifest)
        shown = as_virtual(hit.info.virtual, path) if hit.info.virtual and options.symlinks else path
        scope = manifest if isinstance(manifest, PackageJson) else None
        if scope is not None and self._mode.is_node and is_beyond_node_modules(scope.directory, path):
            scope = None
        told, package = file_format(name, scope) if name else None, scope
        if options.oxc_results:
            told = told if states_format(name, scope) else None
            package = None if scope is None else _outermost(probe, scope, path)
        return Answer(
            Status.FOUND,
            shown,
            hit.query,
            hit.fragment,
            None,
            told,
            None if package is None else package.path,
            None if package is None else package.has_side_effects(path[len(package.directory.rstrip("/")) + 1 :]),
        )


def _outermost(probe: Probe, scope: PackageJson, path: str) -> PackageJson:
    """The manifest of the package that holds a file below `node_modules` (oxc-resolver, find_package_json_for_a_package)."""
    while "/node_modules/" in path:
        info = probe.directory(parent_of(scope.directory))
        outer = None if info is None else probe.enclosing_manifest(info)
        if not isinstance(outer, PackageJson) or is_beyond_node_modules(outer.directory, path):
            break
        scope = outer
    return scope
