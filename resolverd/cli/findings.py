"""What `doctor` finds: one fact each, how bad it is, and what to do about it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """How bad a finding is. A note is what is so, and cannot be helped or need not be."""

    WELL = "ok"
    NOTE = "note"
    WARNING = "warning"
    FAULT = "fault"


class Finding(msgspec.Struct, frozen=True):
    """One fact, of the check that found it; `remedy` is empty where there is nothing to do."""

    check: str
    level: Level
    message: str
    remedy: str = ""

    @property
    def wants_action(self) -> bool:
        """Whether something is to be done."""
        return self.level in {Level.WARNING, Level.FAULT}
