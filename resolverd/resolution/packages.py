"""Packages: bare specifiers and self-reference (PACKAGE_RESOLVE, PACKAGE_SELF_RESOLVE)."""

from __future__ import annotations

from collections.abc import Callable

from resolverd.arena.edges import VOLATILE
from resolverd.manifests.exports import InvalidManifest
from resolverd.manifests.package_json import PackageJson
from resolverd.manifests.pnp import PnpPackage
from resolverd.paths import is_inside, join, name_of, parent_of, resolve, split_package
from resolverd.resolution.answer import Hit, Outcome, failed
from resolverd.resolution.files import Files, invalid_config
from resolverd.resolution.mode import Mode
from resolverd.resolution.modules import Hierarchies, ModuleDirs
from resolverd.resolution.pnp import API, locate_package, not_installed
from resolverd.resolution.probe import Probe
from resolverd.resolution.request import Request
from resolverd.resolution.specifier import is_package_name
from resolverd.resolution.subpaths import ResolveInner, Subpaths, is_beyond
from resolverd.terms import Answer, Code, Look
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.pnp import CODE, Pnp

Finish = Callable[[Probe, Hit], Answer]

_HIERARCHY = "node_modules"
"""The entry of `modules` that Plug'n'Play replaces."""


class Packages:
    """Finds packages under one mode. `number` is the mode's, under which outcomes are remembered."""

    __slots__ = ("_files", "_finish", "_hierarchies", "_mode", "_number", "subpaths")

    def __init__(
        self, mode: Mode, number: int, files: Files, hierarchies: Hierarchies, finish: Finish, inner: ResolveInner
    ) -> None:
        self._mode = mode
        self._number = number
        self._files = files
        self._hierarchies = hierarchies
        self._finish = finish
        self.subpaths = Subpaths(mode, files, self.bare, inner)
        """What is inside of the packages."""

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
        outcome = None if manifest is None else self.subpaths.exports(probe, package, manifest, request, subpath)
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
                outcome = self.subpaths.exports(probe, package, manifest, request, subpath)
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
        if self._mode.is_node and is_beyond(manifest, request):
            return None
        root = probe.package_root(request.info, manifest)
        probe.note(f"self-reference to {manifest.path}")
        return self.subpaths.exports(probe, root, manifest, request, subpath)


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
