"""Files and directories that move: from which path to which."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from resolverd.paths import is_inside, join


class Move(NamedTuple):
    """A file or a directory with all that is in it; both paths are absolute and normal."""

    old: str
    new: str


def moves_of(pairs: Iterable[tuple[str | None, str | None]]) -> list[Move]:
    """Give moves by real paths, as the daemon has them: of what is there, to where it is not."""
    real = [Move(_real(old), _real(new)) for old, new in pairs if old is not None and new is not None]
    return [move for move in real if move.old != move.new and os.path.lexists(move.old)]


def _real(path: str) -> str:
    """Give a path with the links above it followed; what stands at it is moved itself."""
    directory, name = os.path.split(os.path.normpath(path))
    return join(os.path.realpath(directory), name)


def moved(path: str, moves: Iterable[Move]) -> str:
    """Give where a path is afterwards; the innermost of several directories counts."""
    around = [move for move in moves if is_inside(path, move.old)]
    if not around:
        return path
    move = max(around, key=lambda each: len(each.old))
    return move.new + path[len(move.old) :]


def origin(path: str, moves: Sequence[Move]) -> str | None:
    """Give where a path was before; None for one from which something moved away."""
    back = moved(path, [Move(new, old) for old, new in moves])
    return None if back == path and moved(path, moves) != path else back
