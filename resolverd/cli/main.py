"""The command `resolverd`: arguments in, exit code out. The plain question first, which needs no more than this."""

from __future__ import annotations

import sys

from resolverd.cli import shortcut


def main(argv: list[str] | None = None) -> int:
    """Run one command and give its exit code (INTERFACE.md: 0, 1, 2, 3, 4, 130)."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        line = shortcut.resolve(arguments)
        if line is not None and _is_written(line):
            return 0
    except KeyboardInterrupt:
        return 130
    from resolverd.cli import dispatch  # noqa: PLC0415  60 ms that the plain question does without

    return dispatch.run(arguments)


def _is_written(line: bytes) -> bool:
    """Write the answer; not when the reader has left, which the usual way knows how to end with."""
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        return False
    return True
