"""Where what is logged goes: lines with a time, or what the journal wants to have (sd-daemon(3)).

The journal knows when a line came and from whom, and takes the number in front of it for its priority, so that
`journalctl --priority=warning` and what watches it can tell. `JOURNAL_STREAM` says which file the journal reads; who starts us
with it in the environment may have led our output elsewhere.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping

_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
"""syslog(3)'s numbers."""


def begin_logging(level: str) -> None:
    """Log to the standard error from now on."""
    handler = logging.StreamHandler(sys.stderr)
    is_journal = is_read_by_journal(os.environ, sys.stderr.fileno())
    handler.setFormatter(JournalFormatter() if is_journal else logging.Formatter(_LINE))
    logging.basicConfig(level=level.upper(), handlers=[handler])


def is_read_by_journal(environ: Mapping[str, str], descriptor: int) -> bool:
    """Tell whether the journal reads what is written to a descriptor."""
    status = os.fstat(descriptor)
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


class JournalFormatter(logging.Formatter):
    """Each line, a traceback's too, with its priority."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the lines of one record."""
        priority = _PRIORITIES.get(record.levelno, _PRIORITIES[logging.INFO])
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


_LINE = "%(asctime)s resolverd[%(process)d] %(levelname)s %(message)s"
