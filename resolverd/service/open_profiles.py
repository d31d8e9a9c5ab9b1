"""The profiles that one connection opened, under its own numbers.

A number of one connection says nothing on another, so a client that comes back after the daemon was replaced cannot ask
by accident with somebody else's options. They are given in order from 0, so a client may use one before it was told.
"""

from __future__ import annotations

from typing import cast

from resolverd.cache.engine import Engine
from resolverd.errors import LimitError, OptionsError
from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import DEFAULT_PROFILE, Profile, single
from resolverd.terms import Kind
from resolverd.wire.codec import as_text
from resolverd.wire.messages import Limits, OpenProfile


class OpenProfiles:
    """Numbers of profiles, and the engine's modes behind them."""

    __slots__ = ("_engine", "_limits", "_modes", "_numbers", "_profiles")

    def __init__(self, engine: Engine, limits: Limits) -> None:
        self._engine = engine
        self._limits = limits
        self._numbers: dict[Profile, int] = {}
        self._profiles: list[int] = []
        self._modes: dict[tuple[int, Kind, bool], int] = {}

    def open(self, request: OpenProfile) -> int:
        """Give the number of the profile that is described. Raises `OptionsError` and `LimitError`."""
        profile = self._described(request)
        number = self._numbers.get(profile)
        if number is None:
            if len(self._profiles) >= self._limits.profiles:
                raise LimitError(f"a connection may open at most {self._limits.profiles} different profiles")
            self._profiles.append(self._engine.open_profile(profile))
            number = self._numbers[profile] = len(self._profiles) - 1
        return number

    def table_modes(self, number: int) -> tuple[tuple[int, int], ...]:
        """Give what the answer table knows the kinds of a profile by: the mode from a directory, and from a file."""
        modes = (self._engine.mode(self._profiles[number], kind) for kind in (Kind.IMPORT, Kind.REQUIRE, Kind.STYLE))
        return tuple((mode, self._engine.mode_by_file(mode)) for mode in modes)

    def _described(self, request: OpenProfile) -> Profile:
        if request.directory is not None and not request.directory.startswith("/"):
            raise OptionsError(
                f"the directory of a profile has to be an absolute path, and {request.directory!r} is not"
            )
        if request.options is None:
            return self._engine.named_profile(request.profile or DEFAULT_PROFILE, request.directory)
        if _is_deeper(request.options, self._limits.nesting):
            raise LimitError(f"the options are nested more than {self._limits.nesting} deep")
        options = cast("dict[str, object]", as_text(request.options))
        if request.profile is None:
            return single("options", "", parse_options(options))
        base = self._engine.named_profile(request.profile, request.directory)
        by_kind = tuple((kind, parse_options(options, beneath)) for kind, beneath in base.by_kind)
        return Profile(f"{base.name} with options", "", by_kind)

    def mode(self, number: int, kind: Kind, types: bool) -> int:  # noqa: FBT001  the wire's own shape
        """Give the engine's mode. Raises `KeyError` for a number that was not given, and `OptionsError`."""
        key = (number, kind, types)
        mode = self._modes.get(key)
        if mode is None:
            if not 0 <= number < len(self._profiles):
                raise KeyError(number)
            mode = self._modes[key] = self._engine.mode(self._profiles[number], kind, types)
        return mode


def _is_deeper(value: object, depth: int) -> bool:
    """Whether more than `depth` arrays and objects are within one another."""
    if isinstance(value, dict):
        inner = list(cast("dict[object, object]", value).values())
    elif isinstance(value, list):
        inner = cast("list[object]", value)
    else:
        return False
    return depth == 0 or any(_is_deeper(item, depth - 1) for item in inner)
