"""A scene's tree on disk, and every path that an engine looks at in it that remembers nothing and lists nothing.

What the watched engine forgets to note is among these paths: they are not taken from its own trace.
"""

from __future__ import annotations

import contextlib
import errno
import os

from resolverd.cache.engine import Engine
from resolverd.terms import Answer
from resolverd.view.base import MANIFEST_LIMIT, EntryKind
from resolverd.view.disk import DiskView
from tests.conformance import edits
from tests.property.grounds import Asked, clear_box
from tests.property.scenes import SPARE, Mutation, Scene, mutations


class Oracle(DiskView):
    """The disk to an engine that may list nothing: it has to look at each name, and each is noted."""

    __slots__ = ("paths",)

    def __init__(self) -> None:
        self.paths: dict[str, None] = {}

    def list(self, path: str) -> dict[str, EntryKind]:
        self.paths[path] = None
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), path)

    def kind(self, path: str) -> EntryKind:
        self.paths[path] = None
        return super().kind(path)

    def read(self, path: str, limit: int = MANIFEST_LIMIT) -> bytes:
        self.paths[path] = None
        return super().read(path, limit)

    def read_link(self, path: str) -> str:
        self.paths[path] = None
        return super().read_link(path)


def plant(scene: Scene) -> None:
    """Make the tree of a scene in the box that this process is in, and nothing else."""
    clear_box()
    edits.make((*SPARE, *scene.tree), "")


def ask_fresh(scene: Scene) -> Answer:
    """Ask an engine that never looked before."""
    return Asked(Engine()).ask([scene.question])[0]


def looked_at(scene: Scene) -> list[str]:
    """Give the paths that a cold resolve looks at, in order, each once; the scene's tree is planted."""
    oracle = Oracle()
    (answer,) = Asked(Engine(oracle)).ask([scene.question])
    plain = ask_fresh(scene)
    assert (answer.status, answer.path) == (plain.status, plain.path)
    return list(oracle.paths)


def happenings(scene: Scene) -> list[Mutation]:
    """Give everything that may happen to any of these paths."""
    return [mutation for path in looked_at(scene) for mutation in mutations(path, kind_of(path))]


def kind_of(path: str) -> EntryKind | None:
    """Tell what a path is, links not followed; None if it is not there."""
    try:
        return DiskView().kind(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def mutate(mutation: Mutation) -> None:
    """Let something happen; what cannot be done is not done, or by half."""
    with contextlib.suppress(OSError):
        edits.make(mutation.edits, "")
