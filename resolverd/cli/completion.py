"""`completion`: what a shell has to know to complete this command's line."""

from __future__ import annotations

import argparse
from argparse import Namespace
from typing import cast

import shtab

from resolverd.cli.arguments import parser
from resolverd.cli.display import say
from resolverd.cli.exits import Exit

_PATHS = {"PATH": shtab.FILE, "FILE": shtab.FILE}
"""What completes an operand, by the name that the help has for it."""


def completion(arguments: Namespace) -> int:
    """Print it; the user's shell reads it once."""
    grammar = parser()
    _name_paths(grammar)
    say(shtab.complete(grammar, shell=arguments.shell))
    return Exit.DONE


def _name_paths(grammar: argparse.ArgumentParser) -> None:
    for action in grammar._actions:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  argparse lists them nowhere else
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  as above
            for command in cast("dict[str, argparse.ArgumentParser]", action.choices).values():  # pyright: ignore[reportUnknownMemberType]  as above
                _name_paths(command)
        elif action.metavar in _PATHS:
            action.complete = _PATHS[action.metavar]  # pyright: ignore[reportAttributeAccessIssue]  shtab's way
