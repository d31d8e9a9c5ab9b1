"""PACKAGE_TARGET_RESOLVE: which target the conditions select, as a pure function of a parsed target tree.

Source: Node.js API, "Modules: Packages" and the ESM resolution algorithm specification. Nothing here looks at the disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

import msgspec

from resolverd.manifests.exports import (
    ConditionTargets,
    FallbackTargets,
    Match,
    NullTarget,
    PathTarget,
    Target,
    WrongTarget,
)


class Blank(Enum):
    """The two ways in which a target selects nothing."""

    NULL = "null"
    """Excluded on purpose: the search ends."""
    UNDEFINED = "undefined"
    """No condition matched: the search goes on."""


class Selected(msgspec.Struct, frozen=True, gc=False):
    """The chosen target with the pattern filled in: `./path` in the package, or (imports) a package specifier."""

    value: str


class Refused(msgspec.Struct, frozen=True, gc=False):
    """A target or a match that the specification forbids."""

    message: str
    is_specifier: bool = False
    is_config: bool = False


Selection = Selected | Refused | Blank

# Steps 1.2 and 1.3: segments that leave the package or reach into its dependencies, encoded or not.
_INVALID_SEGMENT = re.compile(
    r"(?:^|[/\\])(?:\.|%2e){1,2}(?=[/\\]|$)|(?:^|[/\\])node_modules(?=[/\\]|$)", re.IGNORECASE
)


Note = Callable[[str], None]
"""Takes a line of an explanation."""


def select_target(match: Match, conditions: frozenset[str], *, is_imports: bool, note: Note | None = None) -> Selection:
    """Resolve the target of a matched key under the conditions ("default" is always one)."""
    return _select(match.target, match, conditions, is_imports, note)


def _select(
    target: Target,
    match: Match,
    conditions: frozenset[str],
    is_imports: bool,  # noqa: FBT001  passed on as it came
    note: Note | None,
) -> Selection:
    if isinstance(target, PathTarget):
        return _fill(target.value, match, is_imports=is_imports)
    if isinstance(target, ConditionTargets):
        # 2.2: in object order, the first condition that holds and does not come to nothing.
        for condition, inner in target.entries:
            holds = condition == "default" or condition in conditions
            if note is not None:
                note(f"condition {condition!r} {'holds' if holds else 'does not hold'}")
            if holds:
                selection = _select(inner, match, conditions, is_imports, note)
                if selection is not Blank.UNDEFINED:
                    return selection
                if note is not None:
                    note(f"condition {condition!r} leads to no target")
        return Blank.UNDEFINED
    if isinstance(target, FallbackTargets):
        return _first_valid(target, match, conditions, is_imports, note)
    if isinstance(target, NullTarget):
        if note is not None:
            note("null: excluded on purpose")
        return Blank.NULL
    assert isinstance(target, WrongTarget)
    return Refused(f'{target.message} (for "{match.key}")', is_config=target.is_config_error)


def _first_valid(
    target: FallbackTargets,
    match: Match,
    conditions: frozenset[str],
    is_imports: bool,  # noqa: FBT001  passed on as it came
    note: Note | None,
) -> Selection:
    # 3: the first entry that is valid, whether or not its file exists; the last error or null otherwise.
    last: Selection = Blank.NULL
    for option in target.options:
        selection = _select(option, match, conditions, is_imports, note)
        if isinstance(selection, Selected):
            return selection
        if note is not None and isinstance(selection, Refused):
            note(f"passed over: {selection.message}")
        if isinstance(selection, Refused) and selection.is_specifier:
            return selection
        if selection is not Blank.UNDEFINED:
            last = selection
    return last


def _fill(value: str, match: Match, *, is_imports: bool) -> Selection:
    """1: a string target."""
    star = match.star
    if not value.startswith("./"):
        if not is_imports or value.startswith(("../", "/")) or value in {"", ".", ".."}:
            return Refused(_must_be_relative(value, match.key, is_imports=is_imports))
        return Selected(_substitute(value, match))
    if _INVALID_SEGMENT.search(value[2:]):
        return Refused(_must_stay_inside(value, match.key, is_imports=is_imports))
    if star is not None and _INVALID_SEGMENT.search(star):
        return Refused(f'request is not a valid match in pattern "{match.key}"', is_specifier=True)
    return Selected(_substitute(value, match))


def _substitute(value: str, match: Match) -> str:
    if match.star is None:
        return value
    return value.replace("*", match.star) if match.is_pattern else value + match.star


def _must_be_relative(value: str, key: str, *, is_imports: bool) -> str:
    field = "imports" if is_imports else "exports"
    return f'"{field}" target "{value}" defined for "{key}" must start with "./"'


def _must_stay_inside(value: str, key: str, *, is_imports: bool) -> str:
    field = "imports" if is_imports else "exports"
    return f'"{field}" target "{value}" defined for "{key}" must not leave the package or name node_modules'
