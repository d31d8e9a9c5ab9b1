"""The exit codes that scripts depend on (INTERFACE.md, "Command line"), and the error that means wrong usage."""

from __future__ import annotations

from enum import IntEnum

from resolverd.errors import ResolverdError


class Exit(IntEnum):
    """What a command ends with. `status` has readings of its own: 0 running, 1 degraded, 3 not running."""

    DONE = 0
    NOT_RESOLVED = 1
    USAGE = 2
    NO_DAEMON = 3
    REFUSED = 4
    INTERRUPTED = 130


class UsageError(ResolverdError):
    """Arguments that do not go together, or a file of theirs that cannot be used."""
