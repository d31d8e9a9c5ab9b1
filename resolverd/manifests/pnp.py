"""Yarn's Plug'n'Play data: which package every path belongs to, and what each package may import.

Source: Yarn's Plug'n'Play specification (yarnpkg.com/advanced/pnp-spec), and Yarn's own runtime where the page is
silent. The data is JSON: in `.pnp.data.json`, or inside `.pnp.cjs`, where it is looked for as text, since running a
stranger's program is no way to read it. Three forms of the latter are in use:

    const RAW_RUNTIME_STATE = '{...}';                    Yarn 4: a string, its lines joined by backslashes
    hydrateRuntimeState(JSON.parse('{...}'), ...)         Yarn 3
    hydrateRuntimeState({...}, ...)                       Yarn 2 and 3: an object literal that is also JSON
"""

from __future__ import annotations

import json
import re
from typing import cast

import msgspec

from resolverd.manifests.patterns import Exhausted, Pattern
from resolverd.paths import ancestors, resolve

PNP_LIMIT = 64 * 1024 * 1024
"""The most bytes of a `.pnp.cjs` or `.pnp.data.json`: a large monorepo's has five to twenty million."""

Locator = tuple[str | None, str | None]
"""A package: its ident and its reference; both None for the top level."""

Reference = str | tuple[str, str] | None
"""What a dependency leads to: a reference, an alias (ident, reference), or None for a peer that nobody provides."""

TOP_LEVEL: Locator = (None, None)

_MOST_OWNED = 20_000
"""Directories whose owners are remembered."""


class InvalidPnp(msgspec.Struct, frozen=True, gc=False):
    """Plug'n'Play data that cannot be used, with the reason."""

    path: str
    message: str


class PnpPackage(msgspec.Struct, frozen=True):
    """One package: the directory that it lies in (absolute, no trailing slash), and what it may import."""

    locator: Locator
    location: str
    dependencies: dict[str, Reference]


class _Package(msgspec.Struct, frozen=True, rename="camel"):
    package_location: str
    package_dependencies: tuple[tuple[str, Reference], ...] = ()
    discard_from_lookup: bool = False


class _TreeRoot(msgspec.Struct, frozen=True):
    name: str
    reference: str


class _State(msgspec.Struct, frozen=True, rename="camel"):
    """The data as it is written. Nothing else of it concerns resolution."""

    package_registry_data: tuple[tuple[str | None, tuple[tuple[str | None, _Package], ...]], ...]
    dependency_tree_roots: tuple[_TreeRoot, ...] = ()
    enable_top_level_fallback: bool = False
    ignore_pattern_data: str | None = None
    fallback_pool: tuple[tuple[str, Reference], ...] = ()
    fallback_exclusion_list: tuple[tuple[str | None, tuple[str | None, ...]], ...] = ()


class PnpManifest:
    """The data of one project. `path` is its `.pnp.cjs`; every location is relative to `directory`."""

    __slots__ = (
        "_excluded",
        "_falls_back",
        "_ignored",
        "_owned",
        "_owners",
        "_packages",
        "_pool",
        "directory",
        "path",
        "roots",
    )

    def __init__(self, state: _State, path: str, directory: str) -> None:
        self.path = path
        self.directory = directory
        self.roots = frozenset((root.name, root.reference) for root in state.dependency_tree_roots)
        self._ignored = None if state.ignore_pattern_data is None else Pattern(state.ignore_pattern_data)
        self._falls_back = state.enable_top_level_fallback
        self._pool = dict(state.fallback_pool)
        self._excluded = {(ident, each) for ident, references in state.fallback_exclusion_list for each in references}
        self._packages: dict[Locator, PnpPackage] = {}
        self._owners: dict[str, Locator] = {}
        self._owned: dict[str, PnpPackage | None] = {}
        for ident, references in state.package_registry_data:
            for reference, package in references:
                self._register((ident, reference), package)

    def _register(self, locator: Locator, package: _Package) -> None:
        location = resolve(self.directory, package.package_location)
        self._packages[locator] = PnpPackage(locator, location, dict(package.package_dependencies))
        # Of several packages in one place (the top level and its workspace) Yarn's runtime takes the last.
        if not package.discard_from_lookup:
            self._owners[location] = locator

    def package(self, locator: Locator) -> PnpPackage | None:
        """GET_PACKAGE."""
        return self._packages.get(locator)

    def owner(self, directory: str) -> PnpPackage | None:
        """FIND_LOCATOR: the package whose location is the longest prefix of a directory; None if Yarn manages none."""
        if directory not in self._owned:
            if len(self._owned) >= _MOST_OWNED:
                self._owned.clear()
            self._owned[directory] = None if self._is_ignored(directory) else self._find_owner(directory)
        return self._owned[directory]

    def _find_owner(self, directory: str) -> PnpPackage | None:
        for above in ancestors(directory):
            locator = self._owners.get(above)
            if locator is not None:
                return self._packages[locator]
        return None

    def _is_ignored(self, directory: str) -> bool:
        """FIND_LOCATOR, step 3, for a file in a directory: who imports is known by directory, and patterns are of files."""
        if self._ignored is None or not f"{directory}/".startswith(f"{self.directory.rstrip('/')}/"):
            return False
        file = f"{directory}/index.js"[len(self.directory.rstrip("/")) + 1 :].lstrip("/")
        try:
            return self._ignored.matches(file)
        except Exhausted:
            return False

    def reference(self, package: PnpPackage, ident: str) -> tuple[Reference, bool]:
        """RESOLVE_TO_UNQUALIFIED, steps 8 and 9: what a package means by an ident, and whether it is declared at all."""
        own = package.dependencies.get(ident)
        if own is None and self._falls_back and package.locator not in self._excluded:
            own = self._fallback(ident)
        return own, own is not None or ident in package.dependencies

    def _fallback(self, ident: str) -> Reference:
        """RESOLVE_VIA_FALLBACK: the top level's own dependencies, then the pool."""
        top_level = self._packages.get(TOP_LEVEL)
        found = None if top_level is None else top_level.dependencies.get(ident)
        return self._pool.get(ident) if found is None else found

    def dependency(self, ident: str, reference: str | tuple[str, str]) -> PnpPackage | None:
        """RESOLVE_TO_UNQUALIFIED, steps 12 and 13: the package behind a reference or an alias."""
        return self.package((ident, reference) if isinstance(reference, str) else reference)

    def locate(self, directory: str, ident: str) -> PnpPackage | None:
        """RESOLVE_TO_UNQUALIFIED, without the path in the package and without a reason; None if there is no such package."""
        owner = self.owner(directory)
        reference = None if owner is None else self.reference(owner, ident)[0]
        return None if reference is None else self.dependency(ident, reference)

    def dependents_without(self, package: PnpPackage, ident: str) -> list[PnpPackage]:
        """List the packages that import a package and do not provide its peer themselves."""
        name, reference = package.locator
        return [
            other
            for other in self._packages.values()
            if name is not None
            and other.locator not in (TOP_LEVEL, package.locator)
            and other.dependencies.get(name) in (reference, package.locator)
            and other.dependencies.get(ident) is None
        ]


def parse_pnp_data(data: bytes, path: str, directory: str) -> PnpManifest | InvalidPnp:
    """Parse the JSON of a `.pnp.data.json`. `path` is the manifest's, `directory` the project's."""
    try:
        return PnpManifest(msgspec.json.decode(data, type=_State), path, directory)
    except RecursionError:
        return InvalidPnp(path, "it is nested too deeply")
    except UnicodeDecodeError:
        return InvalidPnp(path, "it is not UTF-8")
    except msgspec.DecodeError as error:
        return InvalidPnp(path, f"it is no Plug'n'Play data: {error}")
    except ValueError as error:
        return InvalidPnp(path, f"its ignorePatternData cannot be used: {error}")


def parse_pnp_cjs(data: bytes, path: str, directory: str) -> PnpManifest | InvalidPnp | None:
    """Parse the data inside a `.pnp.cjs`; None if it has none and so leaves it to `.pnp.data.json`."""
    try:
        text = data.decode()
        payload = _payload(text)
    except UnicodeDecodeError:
        return InvalidPnp(path, "it is not UTF-8")
    except (RecursionError, ValueError) as error:
        return InvalidPnp(path, f"the data in it cannot be read: {error}")
    if payload is None:
        return None
    return parse_pnp_data(payload, path, directory)


# -- JavaScript as text ------------------------------------------------------------------------------------------------

_STRING = re.compile(
    r"""(?:\bRAW_RUNTIME_STATE\s*=\s*|\bhydrateRuntimeState\s*\(\s*JSON\s*\.\s*parse\s*\(\s*)(['"`])"""
)
_BODIES = {quote: re.compile(rf"((?:[^\\{quote}]++|\\.)*+){quote}", re.DOTALL) for quote in "'\"`"}
_OBJECT = re.compile(r"\bhydrateRuntimeState\s*\(\s*(?=\{)")
_ESCAPE = re.compile(r"\\(u\{[0-9A-Fa-f]{1,6}\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|\r\n|.)", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"} | dict.fromkeys(
    ["\n", "\r", "\r\n", "\u2028", "\u2029"], ""
)


def _payload(text: str) -> bytes | None:
    """Give the JSON inside a `.pnp.cjs`. Raises `ValueError` where it begins and does not end."""
    string = _STRING.search(text)
    if string is not None:
        body = _BODIES[string[1]].match(text, string.end())
        if body is None:
            raise ValueError("its string has no end")
        return _unescaped(body[1]).encode("utf-8", "surrogatepass")
    literal = _OBJECT.search(text)
    if literal is None:
        return None
    _, end = cast("tuple[object, int]", json.JSONDecoder().raw_decode(text, literal.end()))
    return text[literal.end() : end].encode()


def _unescaped(literal: str) -> str:
    """Give the value of a JavaScript string literal's body (ECMA-262, 12.9.4)."""
    # Nearly all escapes are joined lines, and a bare newline cannot stand in a string: no other reading is possible.
    joined = literal.replace("\\\n", "")
    return _ESCAPE.sub(_character, joined) if "\\" in joined else joined


def _character(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) > 1 and escape[0] in "ux":
        return chr(min(int(escape[1:].strip("{}"), 16), 0x10FFFF))
    return _PLAIN_ESCAPES.get(escape, escape)
