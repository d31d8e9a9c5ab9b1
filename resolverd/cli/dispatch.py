"""Every command, by name: arguments in, exit code out.

Each command lives in a module of its own that is imported when it is asked for, so that `resolverd resolve` pays for
nothing else: no trio, no rich, no engine.
"""

from __future__ import annotations

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import cast

from resolverd.cli.arguments import parser
from resolverd.cli.display import keep_odd_bytes, note
from resolverd.cli.exits import Exit, UsageError
from resolverd.errors import OptionsError, ResolverdError, RoutesError
from resolverd.wire.messages import RefusalCode
from resolverd_client.errors import DaemonRefused, DaemonUnavailable

_HOMES = {
    "resolve": "resolving",
    "explain": "resolving",
    "missing": "busting",
    "bust": "busting",
    "tsconfig": "tsconfigs",
    "routes": "routing",
    "run": "lifecycle",
    "start": "lifecycle",
    "stop": "lifecycle",
    "restart": "lifecycle",
    "status": "lifecycle",
    "systemd": "systemd",
    "top": "top",
    "stats": "telling",
    "config": "telling",
    "profiles": "telling",
    "doctor": "doctor",
    "completion": "completion",
    "lsp": "lsp",
    "demo": "demo",
}
"""The module of each command; the command is the function of its name."""


def run(argv: Sequence[str]) -> int:
    """Run one command and give its exit code (INTERFACE.md: 0, 1, 2, 3, 4, 130)."""
    keep_odd_bytes()
    try:
        code = _run(parser().parse_args(argv))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return _die_of_broken_pipe()
    except ResolverdError as error:
        note(str(error))
        return _exit_of(error)
    except SystemExit as leaving:  # argparse: --help, --version, a mistake
        return leaving.code if isinstance(leaving.code, int) else Exit.DONE
    return code


def _run(arguments: Namespace) -> int:
    home = import_module(f"resolverd.cli.{_HOMES[arguments.command]}")
    return cast("Callable[[Namespace], int]", getattr(home, arguments.command))(arguments)


def _exit_of(error: ResolverdError) -> Exit:
    match error:
        case DaemonUnavailable():
            return Exit.NO_DAEMON
        case UsageError() | OptionsError() | RoutesError() | DaemonRefused(code=RefusalCode.INVALID_REQUEST):
            return Exit.USAGE
        case _:
            return Exit.REFUSED


def _die_of_broken_pipe() -> int:
    """End as every Unix command does whose reader has left (`resolverd … | head -1`)."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    raise AssertionError("SIGPIPE ends the process")
