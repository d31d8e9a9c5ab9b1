"""`exports` and `imports` of a package.json as parsed trees: what matches a subpath, and where its target may lead.

Source: Node.js API, "Resolution Algorithm Specification": PACKAGE_EXPORTS_RESOLVE, PACKAGE_IMPORTS_EXPORTS_RESOLVE and
PATTERN_KEY_COMPARE. Selecting a target by conditions is `resolution/targets.py`.
"""

from __future__ import annotations

from bisect import bisect_right

import msgspec

from resolverd.manifests.jsonc import JsonValue

_LAST_INDEX = "4294967294"
"""The last array index of JavaScript, 2**32 - 2."""


class InvalidManifest(msgspec.Struct, frozen=True):
    """A manifest, or a field of one, that cannot be used at all."""

    path: str
    message: str


class PathTarget(msgspec.Struct, frozen=True, gc=False):
    """A string: a path in the package, or for `imports` also a package."""

    value: str


class ConditionTargets(msgspec.Struct, frozen=True):
    """An object: targets by condition, in the object's order."""

    entries: tuple[tuple[str, Target], ...]


class FallbackTargets(msgspec.Struct, frozen=True):
    """An array: the first valid one counts."""

    options: tuple[Target, ...]


class NullTarget(msgspec.Struct, frozen=True, gc=False):
    """`null`: excluded on purpose."""


class WrongTarget(msgspec.Struct, frozen=True, gc=False):
    """A value that is no target; `is_config_error` where the specification calls the whole config invalid."""

    message: str
    is_config_error: bool = False


Target = PathTarget | ConditionTargets | FallbackTargets | NullTarget | WrongTarget


class Match(msgspec.Struct, frozen=True):
    """A key that matches a subpath. `star` is what stood for `*`, or what follows a trailing-slash key."""

    key: str
    target: Target
    star: str | None = None
    is_pattern: bool = False


class _Pattern(msgspec.Struct, frozen=True):
    """A key with a `*`, or (`is_folder`) one that ends in a slash."""

    key: str
    prefix: str
    suffix: str
    target: Target
    is_folder: bool

    def match(self, subpath: str) -> Match | None:
        if self.is_folder:
            return Match(self.key, self.target, subpath[len(self.prefix) :])
        if len(subpath) < len(self.key) or not subpath.endswith(self.suffix):
            return None
        star = subpath[len(self.prefix) : len(subpath) - len(self.suffix)]
        return Match(self.key, self.target, star, is_pattern=True)


class SubpathTable:
    """The keys of `exports` or `imports`.

    Patterns are found by prefix: the prefixes that a subpath can begin with are looked up by length, longest first, so
    that a table of thousands of patterns costs as many look-ups as it has different prefix lengths.
    """

    __slots__ = ("_lengths", "_patterns", "exact")

    def __init__(self, fields: dict[str, JsonValue]) -> None:
        self.exact: dict[str, Target] = {}
        self._patterns: dict[str, list[_Pattern]] = {}
        for key, value in fields.items():
            stars = key.count("*")
            if stars == 0 and not key.endswith("/"):
                self.exact[key] = parse_target(value)
            elif stars <= 1:
                # More than one star is no pattern, and cannot be matched exactly either.
                self._add(key, parse_target(value), is_folder=stars == 0)
        for patterns in self._patterns.values():
            patterns.sort(key=_pattern_order)
        self._lengths = sorted({len(prefix) for prefix in self._patterns})

    def keys(self) -> list[str]:
        """List the keys that can match."""
        return [*self.exact, *(pattern.key for patterns in self._patterns.values() for pattern in patterns)]

    def _add(self, key: str, target: Target, *, is_folder: bool) -> None:
        prefix, _, suffix = key.partition("*")
        self._patterns.setdefault(prefix, []).append(_Pattern(key, prefix, suffix, target, is_folder))

    def match(self, subpath: str, *, folders: bool) -> Match | None:
        """PACKAGE_IMPORTS_EXPORTS_RESOLVE, steps 1 to 3; trailing-slash keys take part where `folders` is on."""
        target = self.exact.get(subpath)
        if target is not None and "*" not in subpath:
            return Match(subpath, target)
        # PATTERN_KEY_COMPARE: longer prefixes first. A folder's base ends before its last character's successor, so of
        # equal prefixes the pattern, whose base includes the star, comes first (see `_pattern_order`).
        for length in reversed(self._lengths[: bisect_right(self._lengths, len(subpath) - 1)]):
            for pattern in self._patterns.get(subpath[:length], ()):
                if pattern.is_folder and not folders:
                    continue
                match = pattern.match(subpath)
                if match is not None:
                    return match
        return None


def _pattern_order(pattern: _Pattern) -> tuple[bool, int]:
    """PATTERN_KEY_COMPARE among keys of one prefix: stars before folders, longer before shorter."""
    return (pattern.is_folder, -len(pattern.key))


def parse_target(value: JsonValue) -> Target:
    """Parse a target. Deep nesting was refused by the JSON parser long before it could matter here."""
    if isinstance(value, str):
        return PathTarget(value)
    if value is None:
        return NullTarget()
    if isinstance(value, list):
        return FallbackTargets(tuple(parse_target(option) for option in value))
    if isinstance(value, dict):
        if any(_is_index(key) for key in value):
            return WrongTarget('"exports" conditions cannot have numeric keys', is_config_error=True)
        return ConditionTargets(tuple((key, parse_target(target)) for key, target in value.items()))
    return WrongTarget(f"{msgspec.json.encode(value).decode()} is no target")


def _is_index(key: str) -> bool:
    """Tell whether JavaScript takes a key for an array index, which would be ordered before all others."""
    if not (key.isascii() and key.isdigit()) or len(key) > len(_LAST_INDEX):
        return False
    return key == "0" or (not key.startswith("0") and int(key) <= int(_LAST_INDEX))


def parse_exports(value: JsonValue, path: str) -> SubpathTable | InvalidManifest:
    """Parse `exports`; a target, an array or conditions alone stand for `{".": ...}` (PACKAGE_EXPORTS_RESOLVE, 1 to 3)."""
    if isinstance(value, dict):
        dotted = sum(key.startswith(".") for key in value)
        if 0 < dotted < len(value):
            return InvalidManifest(
                path,
                "\"exports\" cannot contain some keys starting with '.' and some not:"
                " the keys are either subpaths or conditions",
            )
        if dotted == len(value):
            return _guarded(value, path)
    return _guarded({".": value}, path)


def parse_imports(value: JsonValue, path: str) -> SubpathTable | InvalidManifest | None:
    """Parse `imports`; anything but an object counts as absent."""
    return _guarded(value, path) if isinstance(value, dict) else None


def _guarded(fields: dict[str, JsonValue], path: str) -> SubpathTable | InvalidManifest:
    try:
        return SubpathTable(fields)
    except RecursionError:
        return InvalidManifest(path, "targets are nested too deeply")
