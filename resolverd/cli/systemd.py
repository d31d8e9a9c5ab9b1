"""`systemd`: the units of the user's own daemon, put in place, taken away or shown."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import resolverd
from resolverd.cli.asking import CLIENT, socket_of
from resolverd.cli.display import note, say
from resolverd.cli.exits import Exit, UsageError
from resolverd.cli.lifecycle import stop_daemon
from resolverd_client.blocking import BlockingClient

UNITS = ("resolverd.socket", "resolverd.service")

_SYSTEMCTL_SECONDS = 30.0
_PACKAGED = "ExecStart=/usr/bin/resolverd run\n"
"""What the units of a distribution start; those put in place here start the very installation that was asked."""


def systemd(arguments: Namespace) -> int:
    """Do what the action says with the user units."""
    match arguments.action:
        case "install":
            return _install(arguments)
        case "uninstall":
            return _uninstall()
        case _:
            say("\n".join(f"# {directory() / name}\n{unit(name)}" for name in UNITS).rstrip())
            return Exit.DONE


def directory() -> Path:
    """Where systemd looks for the user's own units (systemd.unit(5))."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".config") / "systemd/user"


def unit(name: str) -> str:
    """Give the text of a unit that starts this installation."""
    return _template(name).replace(_PACKAGED, f"ExecStart={_quoted(sys.executable)} -P -m resolverd run\n")


def _template(name: str) -> str:
    """Read the unit as it is shipped: in the package, or in the checkout that it runs from."""
    package = Path(resolverd.__file__).parent
    for home in (package / "systemd", package.parent / "systemd"):
        if (home / name).is_file():
            return (home / name).read_text()
    raise UsageError(f"this installation has no {name}; install resolverd anew, or take the unit from its sources")


def _quoted(word: str) -> str:
    """Quote a word of a command line (systemd.service(5), "Command lines")."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if set(escaped) & set(" \t'\"\\;") else escaped


def _install(arguments: Namespace) -> int:
    default = _default_socket()
    if socket_of(arguments) not in {None, default}:
        raise UsageError(f"the user unit listens at {default}, where every client looks: leave --socket away")
    directory().mkdir(parents=True, exist_ok=True)
    for name in UNITS:
        (directory() / name).write_text(unit(name))
        say(str(directory() / name))
    # A daemon that runs already would be left at a socket that nobody can find any more.
    with BlockingClient(default, name=CLIENT) as client:
        stop_daemon(client)
    return _told(("daemon-reload",), ("enable", "--now", "resolverd.socket"))


def _uninstall() -> int:
    there = [name for name in UNITS if (directory() / name).exists()]
    if not there:
        say("no unit of ours is installed")
        return Exit.DONE
    told = _told(("disable", "--now", *there))
    for name in there:
        (directory() / name).unlink()
        say(str(directory() / name))
    return max(told, _told(("daemon-reload",)))


def _default_socket() -> str:
    """Give the path in resolverd.socket: `%t` is the runtime directory."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if not runtime.startswith("/"):
        raise UsageError("XDG_RUNTIME_DIR is not set, so no session of systemd's is here to install units for")
    return f"{runtime.rstrip('/')}/resolverd/socket"


def _told(*commands: tuple[str, ...]) -> Exit:
    """Tell the user's systemd; where it cannot be told, say what to run in a session in which it can."""
    for command in commands:
        try:
            # Whichever systemctl the user has; our own words, and no shell.
            subprocess.run(("systemctl", "--user", *command), check=True, timeout=_SYSTEMCTL_SECONDS)  # noqa: S603, S607
        except (OSError, subprocess.SubprocessError) as error:
            rest = " && ".join(f"systemctl --user {' '.join(each)}" for each in commands[commands.index(command) :])
            note(f"{error}; in a session of yours: {rest}")
            return Exit.REFUSED
    return Exit.DONE
