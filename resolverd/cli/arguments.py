"""The command line's grammar. Nothing here imports what a command does, so that `--help` and mistakes are quick."""

from __future__ import annotations

import argparse
from typing import TypeAlias

from resolverd import __version__

_KINDS = ("import", "require", "style")

_EPILOG = """\
exit codes:
  0 resolved or done      1 not resolved        2 wrong usage or options
  3 no daemon             4 refused, broke off  130 interrupted
environment:
  RESOLVERD_SOCKET        where the daemon listens
  RESOLVERD_NO_AUTOSTART  do not start a daemon when none answers
  RESOLVERD_PEERS         a directory with resolvers for explain --compare
  RESOLVERD=off           step aside: ask no daemon at all
"""

# argparse gives the type of add_subparsers() no public name.
_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
_Options: TypeAlias = "argparse.ArgumentParser | argparse._MutuallyExclusiveGroup"  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def parser() -> argparse.ArgumentParser:
    """Make the parser of the whole command line; `command` in its result names the command."""
    top = argparse.ArgumentParser(
        prog="resolverd",
        description="Which file does this import mean? One resident daemon answers for every tool.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"resolverd {__version__}")
    top.add_argument("--socket", metavar="PATH", help="where the daemon listens")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_questions(commands)
    _add_tsconfig(commands)
    _add_routes(commands)
    _add_busts(commands)
    _add_daemon(commands)
    _add_telling(commands)
    return top


def _command(commands: _Commands, name: str, summary: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:], allow_abbrev=False)
    # Suppressed when absent, or it would undo a --socket that stands before the command.
    command.add_argument("--socket", metavar="PATH", default=argparse.SUPPRESS, help="where the daemon listens")
    return command


def _add_json(command: _Options) -> None:
    command.add_argument("--json", action="store_true", help="one JSON object on one line")


def _add_batch(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--batch", metavar="FILE", nargs="?", const="-", help="JSON lines in (- is stdin), JSON lines out"
    )


def _add_origin(command: argparse.ArgumentParser) -> None:
    command.add_argument("--from", dest="origin", metavar="PATH", help="the importing file, or a directory")


def _add_questions(commands: _Commands) -> None:
    resolve = _command(commands, "resolve", "print the file that an import means")
    explain = _command(commands, "explain", "show every step of one resolve")
    for command in (resolve, explain):
        command.add_argument("specifier", metavar="SPECIFIER", nargs="?" if command is resolve else None)
        _add_origin(command)
        command.add_argument("--kind", choices=_KINDS, default="import", help="how it is imported (default: import)")
        command.add_argument("--types", action="store_true", help="look for type declarations")
        command.add_argument("--profile", metavar="NAME", help="a named set of options (see `resolverd profiles`)")
        command.add_argument(
            "--options", metavar="FILE", help="a JSON file of resolve options, enhanced-resolve's names"
        )
        command.add_argument("--no-daemon", action="store_true", help="the same engine, inside this process")
        _add_json(command)
    explain.add_argument(
        "--origins", action="store_true", help="also list what the answer is made from, and what of that was remembered"
    )
    explain.add_argument(
        "--compare",
        choices=("node", "oxc", "enhanced-resolve", "esbuild", "typescript"),
        help="ask another resolver too (the project's own, or one in the directory RESOLVERD_PEERS),"
        " and show the first step where they part",
    )
    _add_batch(resolve)


def _add_tsconfig(commands: _Commands) -> None:
    tsconfig = _command(commands, "tsconfig", "what a tsconfig comes to, and which one a file is under")
    actions = "show TSCONFIG, find FILE, owns TSCONFIG FILE, or paths TSCONFIG SPECIFIER"
    tsconfig.add_argument("action", nargs="?", choices=("show", "find", "owns", "paths"), help=actions)
    tsconfig.add_argument("operands", metavar="OPERAND", nargs="*")
    tsconfig.add_argument("--owning", action="store_true", help="find: the one that takes the file in")
    tsconfig.add_argument("--no-daemon", action="store_true", help="the same engine, inside this process")
    _add_batch(tsconfig)
    _add_json(tsconfig)


def _add_routes(commands: _Commands) -> None:
    routes = _command(commands, "routes", "list the routes of a directory of pages, or print the page for a URL")
    routes.add_argument("directory", metavar="DIR")
    routes.add_argument("url", metavar="URL", nargs="?", help="a path (/blog/hello?x=1) or a whole URL")
    routes.add_argument("--style", choices=("nextjs",), default="nextjs", help="how pages are named (default: nextjs)")
    routes.add_argument("--no-daemon", action="store_true", help="the same engine, inside this process")
    _add_json(routes)


def _add_busts(commands: _Commands) -> None:
    missing = _command(commands, "missing", "say that an answer could not be opened, so that it is looked at again")
    missing.add_argument("path", metavar="PATH", nargs="?")
    _add_batch(missing)
    _add_json(missing)
    bust = _command(commands, "bust", "void what is remembered, and print how much that was")
    bust.add_argument("paths", metavar="PATH", nargs="*", help="everything that depends on this file or directory")
    bust.add_argument("--specifier", metavar="S", help="the answers to one import (with --from)")
    _add_origin(bust)
    bust.add_argument("--all", action="store_true", help="everything")
    _add_json(bust)


def _add_daemon(commands: _Commands) -> None:
    _command(commands, "run", "run the daemon in the foreground")
    for name, summary in (
        ("start", "start the daemon in the background, unless it runs"),
        ("stop", "stop the daemon, if it runs"),
        ("restart", "stop the daemon, and start it as this version"),
        ("status", "say whether the daemon runs: 0 yes, 1 degraded, 3 no"),
    ):
        _add_json(_command(commands, name, summary))
    units = _command(commands, "systemd", "the units of your own daemon: started by its first client, kept by systemd")
    units.add_argument("action", choices=("install", "uninstall", "print"), help="put in place, take away, or show")


def _add_telling(commands: _Commands) -> None:
    stats = _command(commands, "stats", "show what the daemon holds and did")
    form = stats.add_mutually_exclusive_group()
    _add_json(form)
    form.add_argument("--prometheus", action="store_true", help="in Prometheus' text format")
    top = _command(commands, "top", "show what the daemon does, live")
    top.add_argument("--interval", type=_seconds, metavar="SECONDS", default=1.0, help="between two looks (default: 1)")
    top.add_argument("--count", type=_count, metavar="N", help="look so many times, then leave")
    _add_json(top)
    _add_json(_command(commands, "config", "show the settings in force, and where each comes from"))
    _add_json(
        _command(commands, "doctor", "check limits, watches, mounts, permissions and invariants, and say what to do")
    )
    profiles = _command(commands, "profiles", "show the profiles, or the options of one")
    profiles.add_argument("name", metavar="NAME", nargs="?")
    _add_json(profiles)
    completion = _command(commands, "completion", "print a shell's completion of this command")
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    lsp = _command(commands, "lsp", "a language server for imports, on standard input and output")
    # What clients of language servers like to say; there is no other way.
    lsp.add_argument("--stdio", action="store_true", help=argparse.SUPPRESS)
    _command(commands, "demo", "a guided tour on a small real workspace that it makes, changes and removes")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError
    return seconds


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count
