"""The table of the oracles that a test run ends with."""

from __future__ import annotations

import msgspec
import pytest

from tests.endnotes import add

SECTION = "oracles"


class SuiteRow(msgspec.Struct, frozen=True):
    """How one suite came out on one view."""

    suite: str
    view: str
    cases: int
    right: int
    undisputed: int
    undisputed_right: int
    known: int


def record(config: pytest.Config, row: SuiteRow) -> None:
    """Put the row into the table that the run ends with."""
    add(config, SECTION, f"{'suite':<25}{'view':<8}{'cases':>6}{'right':>7}   {'undisputed':<14}known differences")
    add(config, SECTION, _line(row))


def _line(row: SuiteRow) -> str:
    part = f"{row.undisputed_right}/{row.undisputed}"
    return f"{row.suite:<25}{row.view:<8}{row.cases:>6}{row.right:>7}   {part:<14}{row.known}"
