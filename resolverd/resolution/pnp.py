"""Plug'n'Play: where a package lies that an importer names, by its project's manifest (RESOLVE_TO_UNQUALIFIED).

The manifest answers for every directory that it owns, whether or not there is a `node_modules`; what it refuses is
refused. A directory that it does not own, or ignores, is resolved as if there were none.
"""

from __future__ import annotations

from resolverd.manifests.pnp import InvalidPnp, PnpManifest, PnpPackage
from resolverd.resolution.answer import failed
from resolverd.resolution.formats import is_known_builtin
from resolverd.terms import Answer, Code
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.pnp import Pnp
from resolverd.tree.virtual import as_virtual

API = "pnpapi"
"""The specifier of Yarn's own runtime interface, which is the manifest itself."""

Located = PnpPackage | Answer | None
"""The package meant, why there is none, or None where the manifest has no say."""


def locate_package(manifest: Pnp, info: DirInfo, ident: str) -> Located:
    """RESOLVE_TO_UNQUALIFIED, steps 5 to 13, without the path inside of the package."""
    if isinstance(manifest, InvalidPnp):
        return failed(Code.INVALID_PACKAGE_CONFIG, f"Invalid Plug'n'Play data {manifest.path}: {manifest.message}")
    importer = _owner(manifest, info)
    if importer is None:
        return None
    reference, is_declared = manifest.reference(importer, ident)
    if reference is None:
        refuse = _missing_peer if is_declared else _undeclared
        return failed(Code.MODULE_NOT_FOUND, refuse(manifest, importer, ident))
    package = manifest.dependency(ident, reference)
    if package is None:
        return failed(
            Code.INVALID_PACKAGE_CONFIG,
            f"Invalid Plug'n'Play data {manifest.path}: it names '{ident}' ({_shown(reference)}) and does not describe it",
        )
    return package


def _owner(manifest: PnpManifest, info: DirInfo) -> PnpPackage | None:
    """FIND_LOCATOR, by the importer's real path, which for an instance is its virtual one; then as it was asked for."""
    path = as_virtual(info.virtual, info.real_path) if info.virtual else info.real_path
    owner = manifest.owner(path)
    return manifest.owner(info.path) if owner is None and info.path != path else owner


def _undeclared(manifest: PnpManifest, importer: PnpPackage, ident: str) -> str:
    """Say what Yarn says (UNDECLARED_DEPENDENCY), and where to declare it."""
    ambiguous = "this makes the import ambiguous and unsound"
    builtin = ""
    if is_known_builtin(ident):
        builtin = " (it is a built-in module of Node, but the options do not ask for those)"
    if _is_application(manifest, importer):
        return (
            f"Your application tried to access '{ident}'{builtin}, but it isn't declared in your dependencies; "
            f"{ambiguous}: add it to {importer.location}/package.json and run yarn install"
        )
    return (
        f"{importer.locator[0]} tried to access '{ident}'{builtin}, but it isn't declared in its dependencies; "
        f"{ambiguous} ({_named(importer)} in {manifest.path}): declare it by packageExtensions in .yarnrc.yml"
    )


def _missing_peer(manifest: PnpManifest, importer: PnpPackage, ident: str) -> str:
    """Say what Yarn says (MISSING_PEER_DEPENDENCY), and who should provide it."""
    if _is_application(manifest, importer):
        return (
            f"Your application tried to access '{ident}' (a peer dependency); this isn't allowed as there is no "
            f"ancestor to satisfy the requirement: add it to the devDependencies of {importer.location}/package.json"
        )
    who = manifest.dependents_without(importer, ident)
    is_yours = bool(who) and all(_is_application(manifest, each) for each in who)
    provider = "your application" if is_yours else "its ancestors"
    breaking = f" ({', '.join(_named(each) for each in who[:3])} should)" if who else ""
    return (
        f"{importer.locator[0]} tried to access '{ident}' (a peer dependency) but it isn't provided by {provider}"
        f"{breaking}; this makes the import ambiguous and unsound"
    )


def not_installed(package: PnpPackage) -> Answer:
    """Make the failure for a package that the manifest has and the disk has not."""
    return failed(
        Code.MODULE_NOT_FOUND,
        f"{_named(package)} is missing from disk, expected at {package.location}: run yarn install",
    )


def _is_application(manifest: PnpManifest, package: PnpPackage) -> bool:
    return package.locator[0] is None or package.locator in manifest.roots


def _named(package: PnpPackage) -> str:
    ident, reference = package.locator
    return "the top level" if ident is None else f"{ident}@{reference}"


def _shown(reference: str | tuple[str, str]) -> str:
    return reference if isinstance(reference, str) else "@".join(reference)
