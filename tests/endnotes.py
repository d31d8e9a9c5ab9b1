"""What a run says at its end: lines by section, gathered from all the processes that the tests ran in."""

from __future__ import annotations

import pytest

Endnotes = dict[str, list[str]]

ENDNOTES: pytest.StashKey[Endnotes] = pytest.StashKey()


def add(config: pytest.Config, section: str, line: str) -> None:
    """Have this run's end say the line, once."""
    lines = config.stash.setdefault(ENDNOTES, {}).setdefault(section, [])
    if line not in lines:
        lines.append(line)
