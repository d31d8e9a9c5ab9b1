"""The modes of an engine: sets of options by small numbers, each with its resolver.

A *mode* is one set of options for one kind of import, a *profile* has one for each kind; equal profiles have one number, and
equal options share a mode. Neither is ever closed: that would leave numbers that mean nothing.
"""

from __future__ import annotations

import msgspec

from resolverd.cache.cached import AnswerTable
from resolverd.cache.origins import depends_on_file
from resolverd.errors import LimitError, OptionsError
from resolverd.paths import parent_of
from resolverd.resolution.mode import Mode
from resolverd.resolution.modules import Hierarchies
from resolverd.resolution.options import ResolveOptions
from resolverd.resolution.profiles import Profile
from resolverd.resolution.resolver import Resolver
from resolverd.resolution.typescript import TypeResolver
from resolverd.terms import Kind

MAX_PROFILES = 1024
"""Sets of options that one engine keeps."""

NONE = -1
"""The number of no mode."""


class OpenMode:
    """A mode that questions are asked in. Answers to files are kept in the mode `by_file`, `NONE` for where those to directories are."""

    __slots__ = ("by_file", "kind", "options", "resolver")

    def __init__(self, resolver: Resolver | TypeResolver, options: ResolveOptions, kind: Kind, by_file: int) -> None:
        self.resolver = resolver
        self.options = options
        self.kind = kind
        self.by_file = by_file


class Modes:
    """The profiles and modes that were opened. `tables` gets a table of answers for each mode."""

    __slots__ = ("_hierarchies", "_numbers", "_of_profiles", "_profiles", "_tables", "_types", "opened")

    def __init__(self, hierarchies: Hierarchies, tables: list[AnswerTable]) -> None:
        self._hierarchies = hierarchies
        self._tables = tables
        self._profiles: dict[Profile, int] = {}
        self._of_profiles: list[dict[Kind, int]] = []
        self._types: dict[tuple[int, Kind], int] = {}
        self._numbers: dict[tuple[ResolveOptions, Kind | None], int] = {}
        self.opened: list[OpenMode] = []
        """By number."""

    def __len__(self) -> int:
        """Count the profiles."""
        return len(self._profiles)

    def open_profile(self, profile: Profile) -> int:
        """Give the number of a profile; equal profiles have one. Raises `LimitError` when there are too many."""
        number = self._profiles.get(profile)
        if number is None:
            if len(self._profiles) >= MAX_PROFILES:
                raise LimitError(f"more than {MAX_PROFILES} different sets of options; reuse the ones that are open")
            number = self._profiles[profile] = len(self._of_profiles)
            self._of_profiles.append({kind: self._open(options, kind) for kind, options in profile.by_kind})
        return number

    def of(self, profile: int, kind: Kind, *, types: bool) -> int:
        """Give the number of a profile's mode for a kind of import, with `types` for declarations. Raises `OptionsError`."""
        if not 0 <= profile < len(self._of_profiles):
            raise OptionsError(f"no profile has the number {profile}; open one first")
        mode = self._of_profiles[profile][kind]
        if not types:
            return mode
        number = self._types.get((mode, kind))
        if number is None:
            options = msgspec.structs.replace(self.opened[mode].options, algorithm="typescript")
            number = self._types[mode, kind] = self._open(options, kind)
        return number

    def _open(self, options: ResolveOptions, kind: Kind) -> int:
        is_typescript = options.algorithm == "typescript"
        # Only to TypeScript the kind says more than the options do.
        key = options, kind if is_typescript else None
        number = self._numbers.get(key)
        if number is not None:
            return number
        number = self._numbers[key] = len(self.opened)
        resolver = TypeResolver(options, kind) if is_typescript else Resolver(Mode(options), number, self._hierarchies)
        if depends_on_file(options.tsconfig):
            # Answers to files have a table of their own: a file and a directory may have one path, one after the other.
            self._add(OpenMode(resolver, options, kind, number + 1))
            self._add(OpenMode(resolver, options, kind, number + 1))
        else:
            self._add(OpenMode(resolver, options, kind, NONE))
        return number

    def _add(self, mode: OpenMode) -> None:
        self.opened.append(mode)
        self._tables.append({})

    def origin(self, mode: int, importer: str) -> tuple[int, str]:
        """Give the mode and origin under which answers to a file are kept: those of its directory, unless a tsconfig tells."""
        by_file = self.opened[mode].by_file
        return (mode, parent_of(importer)) if by_file < 0 or "/node_modules/" in importer else (by_file, importer)

    def is_by_file(self, mode: int) -> bool:
        """Tell whether the origins of a mode are files."""
        return self.opened[mode].by_file == mode
