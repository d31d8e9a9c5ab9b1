"""The table of the oracles that a test run ends with."""

from __future__ import annotations

import msgspec
import pytest


class SuiteRow(msgspec.Struct, frozen=True):
    """How one suite came out on one view."""

    suite: str
    view: str
    cases: int
    right: int
    undisputed: int
    undisputed_right: int
    known: int


ROWS: pytest.StashKey[list[SuiteRow]] = pytest.StashKey()


def table(rows: list[SuiteRow]) -> list[str]:
    head = f"{'suite':<25}{'view':<8}{'cases':>6}{'right':>7}   {'undisputed':<14}known differences"
    return [head, *(_line(row) for row in rows)]


def _line(row: SuiteRow) -> str:
    part = f"{row.undisputed_right}/{row.undisputed}"
    return f"{row.suite:<25}{row.view:<8}{row.cases:>6}{row.right:>7}   {part:<14}{row.known}"
