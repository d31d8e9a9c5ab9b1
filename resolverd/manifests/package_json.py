"""package.json as resolution needs it: typed fields, the rest as it was written and parsed when it is asked for.

A wrong-typed field is dropped with a note, never raised: a manifest is the input of a stranger, and Node, too, ignores
a `main` that is a number.
"""

from __future__ import annotations

from typing import Literal, cast

import bracex
from wcmatch import glob

from resolverd.manifests.exports import InvalidManifest, SubpathTable, parse_exports, parse_imports
from resolverd.manifests.jsonc import JsonError, JsonValue, parse_json
from resolverd.paths import parent_of

FieldPath = str | tuple[str, ...]
"""A field by name, or by the path to it through nested objects."""

AliasMap = dict[str, str | Literal[False]]

_GLOB = glob.GLOBSTAR | glob.DOTGLOB | glob.FORCEUNIX
_MOST_BRACES = 200
"""How many patterns one brace pattern may stand for; a hostile one stands for billions."""

_MOST_OPENED = 40
"""Braces opened in one pattern: bracex calls itself four deep for each."""

_MOST_STARS = 3
"""Stars in one part of a pattern, and parts that are `**`: a regular expression tries all ways to share a name among
them, so that twenty stars in a stranger's package.json would stop the daemon."""


class PackageJson:
    """One parsed package.json. `fields` is the object as written; tables are parsed once, when asked for."""

    __slots__ = (
        "_exports",
        "_globs",
        "_imports",
        "_maps",
        "directory",
        "fields",
        "name",
        "notes",
        "path",
        "side_effects",
        "type",
        "version",
    )

    def __init__(self, fields: dict[str, JsonValue], path: str) -> None:
        notes: list[str] = []
        self.path = path
        self.directory = parent_of(path)
        self.fields = fields
        self.name = _string(fields, "name", notes)
        self.version = _string(fields, "version", notes)
        self.type = _module_type(fields, notes)
        self.side_effects = _side_effects(fields, notes)
        _note_wrong_types(fields, notes)
        self.notes = tuple(notes)
        self._exports: dict[FieldPath, SubpathTable | InvalidManifest | None] = {}
        self._imports: dict[FieldPath, SubpathTable | InvalidManifest | None] = {}
        self._maps: dict[FieldPath, AliasMap | None] = {}
        self._globs: glob.WcMatcher[str] | None = None

    def field(self, path: FieldPath) -> JsonValue:
        """Give a field's value; None where there is none."""
        if isinstance(path, str):
            return self.fields.get(path)
        value: JsonValue = self.fields
        for name in path:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    def main(self, path: FieldPath) -> str | None:
        """Give a main field, if it is a string."""
        value = self.field(path)
        return value if isinstance(value, str) else None

    def alias_map(self, path: FieldPath) -> AliasMap | None:
        """Give a browser map: names and `./paths` to what stands for them, False for nothing."""
        if path not in self._maps:
            value = self.field(path)
            self._maps[path] = _alias_map(value) if isinstance(value, dict) else None
        return self._maps[path]

    def exports(self, path: FieldPath) -> SubpathTable | InvalidManifest | None:
        """Give the table of an exports field; None where there is none, or null (to Node, too, that is none)."""
        if path not in self._exports:
            value = self.field(path)
            is_given = bool(value) or isinstance(value, dict | list)
            self._exports[path] = parse_exports(value, self.path) if is_given else None
        return self._exports[path]

    def imports(self, path: FieldPath) -> SubpathTable | InvalidManifest | None:
        """Give the table of an imports field; None where there is none."""
        if path not in self._imports:
            self._imports[path] = parse_imports(self.field(path), self.path)
        return self._imports[path]

    def has_side_effects(self, relative_path: str) -> bool | None:
        """Tell whether a file of the package has side effects (webpack's `sideEffects`); None if it does not say."""
        if not isinstance(self.side_effects, tuple):
            return self.side_effects
        if self._globs is None:
            self._globs = glob.compile([_anchored(p) for p in _expanded(self.side_effects)], flags=_GLOB, limit=0)
        return self._globs.match(relative_path)


def parse_package_json(data: bytes, path: str) -> PackageJson | InvalidManifest:
    """Parse a package.json; what is no JSON object is an `InvalidManifest`."""
    try:
        fields = parse_json(data)
    except JsonError as error:
        return InvalidManifest(path, str(error))
    if not isinstance(fields, dict):
        return InvalidManifest(path, "it is no JSON object")
    return PackageJson(fields, path)


def _string(fields: dict[str, JsonValue], name: str, notes: list[str]) -> str | None:
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value
    notes.append(f'"{name}" is not a string')
    return None


def _module_type(fields: dict[str, JsonValue], notes: list[str]) -> Literal["module", "commonjs"] | None:
    value = fields.get("type")
    if value == "module":
        return "module"
    if value == "commonjs":
        return "commonjs"
    if value is not None:
        notes.append('"type" is neither "module" nor "commonjs"')
    return None


def _side_effects(fields: dict[str, JsonValue], notes: list[str]) -> bool | tuple[str, ...] | None:
    value = fields.get("sideEffects")
    if value is None or isinstance(value, bool):
        return value
    patterns = [value] if isinstance(value, str) else value
    if isinstance(patterns, list) and all(isinstance(pattern, str) for pattern in patterns):
        return tuple(cast("list[str]", patterns))
    notes.append('"sideEffects" is neither a boolean nor a list of patterns')
    return None


def _note_wrong_types(fields: dict[str, JsonValue], notes: list[str]) -> None:
    if not isinstance(fields.get("main", ""), str):
        notes.append('"main" is not a string')
    if not isinstance(fields.get("imports", {}), dict):
        notes.append('"imports" is not an object')
    if not isinstance(fields.get("exports", ""), str | dict | list | None):
        notes.append('"exports" is neither a target nor an object')


def _alias_map(value: dict[str, JsonValue]) -> AliasMap:
    kept: AliasMap = {}
    for key, target in value.items():
        if isinstance(target, str):
            kept[key] = target
        elif target is False:
            kept[key] = False
    return kept


def _expanded(patterns: tuple[str, ...]) -> list[str]:
    """Expand braces; where a pattern is beyond reason, every file counts as having side effects."""
    if any(pattern.count("{") > _MOST_OPENED for pattern in patterns):
        return ["**"]
    try:
        expanded = [each for pattern in patterns for each in bracex.expand(pattern, limit=_MOST_BRACES)]
    except bracex.ExpansionLimitException:
        return ["**"]
    return ["**" if _is_excessive(pattern) else pattern for pattern in expanded]


def _is_excessive(pattern: str) -> bool:
    parts = pattern.split("/")
    return parts.count("**") > _MOST_STARS or any(part.count("*") > _MOST_STARS for part in parts)


def _anchored(pattern: str) -> str:
    """A pattern without a slash means that name anywhere in the package (webpack)."""
    pattern = pattern.removeprefix("./").removeprefix("/")
    return pattern if "/" in pattern else f"**/{pattern}"
