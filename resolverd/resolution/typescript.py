"""Declaration look-ups: which file TypeScript takes an import for.

Source: `resolveModuleName` of TypeScript 5.9 and the four ways of `moduleResolution` that know packages
(`nodeModuleNameResolverWorker`). Sources and declarations come before JavaScript, `paths`, `baseUrl` and `rootDirs` of the
tsconfig before everything, and no way ends at a directory, a built-in module or a query: a specifier is a name.

What is found through `node_modules` is given by its real path, as TypeScript does; a relative import keeps the path that
it names.
"""

from __future__ import annotations

from collections.abc import Callable

from resolverd.manifests.exports import InvalidManifest
from resolverd.manifests.package_json import PackageJson
from resolverd.manifests.tsconfig import Tsconfig
from resolverd.paths import join, name_of, resolve_as_written
from resolverd.resolution.answer import Hit, failed
from resolverd.resolution.formats import file_format
from resolverd.resolution.options import ResolveOptions
from resolverd.resolution.probe import Probe
from resolverd.resolution.specifier import is_relative
from resolverd.resolution.type_exports import load_matched
from resolverd.resolution.type_files import TypeFiles
from resolverd.resolution.type_packages import TypePackages
from resolverd.resolution.type_settings import DECLARATION, TYPES, TypeSettings, type_settings
from resolverd.terms import Answer, Code, Kind, Status
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.virtual import as_virtual

_MAX_DEPTH = 16
"""`imports` that lead to `imports`."""


class TypeResolver:
    """Looks for declarations under one set of options and one kind of import."""

    __slots__ = ("_kind", "_known", "_options")

    def __init__(self, options: ResolveOptions, kind: Kind) -> None:
        self._options = options
        self._kind = kind
        self._known: tuple[Tsconfig | None, TypeSettings] | None = None

    def resolve(self, probe: Probe, info: DirInfo, specifier: str) -> Answer:
        """Look for what a specifier means to TypeScript as seen from a directory."""
        if not specifier or "\0" in specifier:
            return failed(Code.INVALID_MODULE_SPECIFIER, f"Invalid module specifier {specifier!r}")
        settings = self._settings(probe.tsconfig)
        probe.note(f"TypeScript, {settings.resolution}, conditions {', '.join(sorted(settings.conditions))}")
        question = _Question(probe, settings)
        is_directive = self._options.typescript is not None and self._options.typescript.directive
        hit = (
            question.directive(info, specifier) if is_directive else question.resolve(info, specifier, settings.wanted)
        )
        if hit is None:
            return failed(
                Code.MODULE_NOT_FOUND,
                f"Cannot find declarations or sources of '{specifier}' (moduleResolution {settings.resolution})",
            )
        is_external = question.is_external or "/node_modules/" in f"{hit.info.path}/"
        is_real = is_directive or (is_external and not _is_rooted(specifier))
        return _finish(probe, hit, is_real=is_real and not settings.preserves_symlinks)

    def _settings(self, tsconfig: Tsconfig | None) -> TypeSettings:
        if self._known is None or self._known[0] is not tsconfig:
            self._known = tsconfig, type_settings(self._options, self._kind, tsconfig)
        return self._known[1]


class _Question:
    """One look-up under way. `is_external` says that it went through packages to its end."""

    __slots__ = ("_depth", "_files", "_packages", "_probe", "_settings", "is_external")

    def __init__(self, probe: Probe, settings: TypeSettings) -> None:
        self._probe = probe
        self._settings = settings
        self._files = TypeFiles(probe, settings)
        self._packages = TypePackages(probe, settings, self._files)
        self._depth = 0
        self.is_external = False

    def resolve(self, info: DirInfo, specifier: str, wanted: int) -> Hit | None:
        """Node10 looks for types everywhere before it looks for JavaScript at all."""
        if self._settings.resolution != "node10":
            return self._resolve(info, specifier, wanted)
        hit = self._resolve(info, specifier, wanted & TYPES) if wanted & TYPES else None
        return hit or (self._resolve(info, specifier, wanted & ~TYPES) if wanted & ~TYPES else None)

    def directive(self, info: DirInfo, name: str) -> Hit | None:
        """Look for what a type reference directive names."""
        if _is_rooted(name):
            return self._at(resolve_as_written(info.path, name), DECLARATION)
        return self._packages.directive(info, name)

    def _resolve(self, info: DirInfo, specifier: str, wanted: int) -> Hit | None:
        """The order of the steps (`tryResolve`)."""
        hit = self._by_tsconfig(info, specifier, wanted)
        if hit is not None:
            return hit
        if _is_rooted(specifier):
            slash = "/" if name_of(specifier) in {".", ".."} else ""
            return self._at(resolve_as_written(info.path, specifier) + slash, wanted)
        if self._settings.uses_imports and specifier.startswith("#"):
            hit = self._imported(info, specifier, wanted)
        if hit is None and self._settings.uses_self_names:
            hit = self._packages.self_reference(info, specifier, wanted)
        if hit is not None or ":" in specifier:
            return hit
        self.is_external = True
        return self._packages.package(info, specifier, wanted)

    # -- tsconfig ------------------------------------------------------------------------------------------------

    def _by_tsconfig(self, info: DirInfo, specifier: str, wanted: int) -> Hit | None:
        """`paths`; where no pattern of theirs matches `baseUrl`, or for a relative specifier `rootDirs`."""
        paths = self._settings.paths
        matches = () if paths is None or is_relative(specifier) else paths.matches(specifier)
        if matches:
            return self._packages.first_match("/", matches, lambda path: self._at(path, wanted))
        if _is_rooted(specifier):
            return self._first(
                self._root_dirs(resolve_as_written(info.path, specifier)), lambda path: self._at(path, wanted)
            )
        base = self._settings.base_url
        return None if base is None else self._at(resolve_as_written(base, specifier), wanted)

    def _first(self, candidates: tuple[str, ...], look: Callable[[str], Hit | None]) -> Hit | None:
        for candidate in candidates:
            self._probe.note(f"tsconfig offers {candidate}")
            hit = look(candidate)
            if hit is not None:
                return hit
        return None

    def _at(self, path: str, wanted: int) -> Hit | None:
        return self._packages.at(path, wanted, is_esm=self._settings.is_esm)

    def _root_dirs(self, path: str) -> tuple[str, ...]:
        roots = self._settings.root_dirs
        own = max((root for root in roots if path.startswith(f"{root.rstrip('/')}/")), key=len, default=None)
        if own is None:
            return ()
        suffix = path[len(own.rstrip("/")) + 1 :]
        return (path, *(resolve_as_written(root, suffix) for root in roots if root != own))

    # -- imports -------------------------------------------------------------------------------------------------

    def _imported(self, info: DirInfo, specifier: str, wanted: int) -> Hit | None:
        """Take a `#name` through the `imports` of the enclosing package."""
        manifest = self._probe.enclosing_manifest(info)
        table = manifest.fields.get("imports") if isinstance(manifest, PackageJson) else None
        if not isinstance(manifest, PackageJson) or not isinstance(table, dict) or specifier.startswith("#/"):
            return None
        root = self._probe.package_root(info, manifest)
        self._probe.note(f"imports of {manifest.path}")

        def load(target: str) -> Hit | None:
            if target.startswith("./"):
                return self._packages.target(root.path, target, wanted)
            if target.startswith(("../", "/")) or self._depth >= _MAX_DEPTH:
                return None
            self._depth += 1
            hit = self.resolve(root, target, wanted)
            self._depth -= 1
            return hit

        return load_matched(table, specifier, self._settings.conditions, load)


def _is_rooted(specifier: str) -> bool:
    return specifier.startswith("/") or is_relative(specifier)


def _finish(probe: Probe, hit: Hit, *, is_real: bool) -> Answer:
    """Make a hit an answer: its path, real where TypeScript has it so, its format and its package."""
    info = hit.info
    if is_real:
        directory, name = probe.real_location(info, hit.name) if hit.is_link else (info.real_path, hit.name)
    else:
        directory, name = info.path, hit.name
    home = info if directory == info.path else probe.directory(directory)
    manifest = None if home is None else probe.enclosing_manifest(home)
    scope = None if isinstance(manifest, InvalidManifest) else manifest
    path = join(directory, name)
    shown = as_virtual(info.virtual, path) if info.virtual and is_real else path
    return Answer(
        Status.FOUND, shown, format=file_format(name, scope), package_json=None if scope is None else scope.path
    )
