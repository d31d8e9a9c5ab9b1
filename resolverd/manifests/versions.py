"""Version ranges as TypeScript reads them in `typesVersions` and `types@...` conditions (its `VersionRange`).

A range is alternatives (`||`) of comparators that must all hold; a hyphen, `~`, `^` and missing parts stand for two
comparators. A text that is no range is None, and its entry is passed over.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

TYPESCRIPT = (5, 9, 3)
"""The version that look-ups are made as."""

_PART = r"([x*0]|[1-9]\d*)"
_PARTIAL = re.compile(rf"{_PART}(?:\.{_PART}(?:\.{_PART}(?:-([a-z0-9-.]+))?(?:\+[a-z0-9-.]+)?)?)?", re.IGNORECASE)
_HYPHEN = re.compile(r"\s*([a-z0-9-+.*]+)\s+-\s+([a-z0-9-+.*]+)\s*", re.IGNORECASE)
_SIMPLE = re.compile(r"(<=|>=|[~^<>=])?\s*([a-z0-9-+.*]+)", re.IGNORECASE)
_MOST = 1000
"""Characters of a range; the key of a stranger's object may be any text."""

_Number = tuple[int, int, int, int]
"""A version that can be compared: the last is 0 before a release, 1 for it."""


class _Partial(NamedTuple):
    """A version with its last `3 - given` parts missing."""

    version: tuple[int, int, int]
    given: int
    is_release: bool

    @property
    def is_whole(self) -> bool:
        return self.given == len(self.version)

    @property
    def number(self) -> _Number:
        return (*self.version, int(self.is_release))

    def next(self, part: int) -> _Number:
        """Give the first version in which a part (0 is the major) is higher."""
        major, minor, patch = self.version
        return ((major + 1, 0, 0, 1), (major, minor + 1, 0, 1), (major, minor, patch + 1, 1))[part]


_Comparator = tuple[str, _Number]


@lru_cache(1024)
def is_in_range(text: str, version: tuple[int, int, int] = TYPESCRIPT) -> bool:
    """Tell whether a range holds for a version; False for what is no range."""
    alternatives = _parse(text) if len(text) <= _MOST else None
    if alternatives is None:
        return False
    number = (*version, 1)
    return not alternatives or any(all(_holds(number, *each) for each in comparators) for comparators in alternatives)


def _holds(number: _Number, operator: str, operand: _Number) -> bool:
    if operator == "<":
        return number < operand
    if operator == "<=":
        return number <= operand
    if operator == ">":
        return number > operand
    return number >= operand if operator == ">=" else number == operand


def _parse(text: str) -> list[list[_Comparator]] | None:
    alternatives: list[list[_Comparator]] = []
    for alternative in text.strip().split("||"):
        if not alternative:
            continue
        hyphen = _HYPHEN.fullmatch(alternative)
        parts = [hyphen.group(1, 2)] if hyphen else [_operands(simple) for simple in alternative.split()]
        comparators: list[_Comparator] = []
        for part in parts:
            read = None if part is None else (_between if hyphen else _compare)(*part)
            if read is None:
                return None
            comparators += read
        alternatives.append(comparators)
    return alternatives


def _operands(simple: str) -> tuple[str, str] | None:
    match = _SIMPLE.fullmatch(simple)
    return None if match is None else (match[1] or "=", match[2])


def _partial(text: str) -> _Partial | None:
    match = _PARTIAL.fullmatch(text)
    if match is None:
        return None
    numbers: list[int] = []
    for part in match.group(1, 2, 3):
        if part is None or part in "*xX":
            break
        numbers.append(int(part))
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return _Partial((major, minor, patch), len(numbers), match[4] is None)


def _between(left: str, right: str) -> list[_Comparator] | None:
    low, high = _partial(left), _partial(right)
    if low is None or high is None:
        return None
    comparators = [(">=", low.number)] if low.given else []
    if high.given:
        comparators.append(("<=", high.number) if high.is_whole else ("<", high.next(high.given - 1)))
    return comparators


def _compare(operator: str, text: str) -> list[_Comparator] | None:
    partial = _partial(text)
    if partial is None:
        return None
    if not partial.given:
        return [("<", (0, 0, 0, 1))] if operator in {"<", ">"} else []
    if operator in {"~", "^"}:
        return [(">=", partial.number), ("<", partial.next(_free_part(operator, partial)))]
    if partial.is_whole or operator in {"<", ">="}:
        return [(operator, partial.number)]
    after = partial.next(partial.given - 1)
    if operator == "=":
        return [(">=", partial.number), ("<", after)]
    return [("<" if operator == "<=" else ">=", after)]


def _free_part(operator: str, partial: _Partial) -> int:
    """The part that `~` or `^` holds below its next value."""
    major, minor, _ = partial.version
    if operator == "~":
        return 0 if partial.given == 1 else 1
    if major > 0 or partial.given == 1:
        return 0
    return 1 if minor > 0 or not partial.is_whole else 2
