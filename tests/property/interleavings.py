"""Every step of a cold resolve, and everything that another process may do right before or right after it.

Random edits come between questions; this is what may come within one. The paths are those that an engine looks at that
remembers nothing, lists nothing and is watched by nobody, so that what the watched engine forgets to note is among them.
The mutation is made in the midst of the watched engine's first look; then it is asked again, the tree is put back as it
was, and it is asked once more: each time its answer has to be that of an engine which never looked before.

`python -m tests.property.interleavings` plays all of them; `--share 20` every twentieth. Exit code 77: no box to be had.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from resolverd.cache.engine import Engine
from resolverd.errors import InvariantError
from resolverd.terms import Answer
from resolverd.view.base import MANIFEST_LIMIT, EntryKind
from resolverd.view.disk import DiskView
from resolverd.watch.inotify import Inotify
from tests.conformance import edits
from tests.property import box
from tests.property.boxed import in_boxes
from tests.property.grounds import Asked, remove
from tests.property.scenes import SCENES, SPARE, Mutation, Scene, mutations

_T = TypeVar("_T")

_MOST_TOLD = 20


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


class Moment(NamedTuple):
    """Right before or right after a step of a resolve."""

    step: int
    is_after: bool


class Interrupted(DiskView):
    """The disk to an engine in whose midst something happens, once."""

    __slots__ = ("_happen", "_moment", "steps")

    def __init__(self, moment: Moment | None = None, happen: Callable[[], None] = lambda: None) -> None:
        self._moment = moment
        self._happen = happen
        self.steps = 0

    def _look(self, look: Callable[[], _T]) -> _T:
        step = self.steps
        self.steps += 1
        if self._moment == (step, False):
            self._happen()
        try:
            return look()
        finally:
            if self._moment == (step, True):
                self._happen()

    def list(self, path: str) -> dict[str, EntryKind]:
        return self._look(lambda: DiskView.list(self, path))

    def kind(self, path: str) -> EntryKind:
        return self._look(lambda: DiskView.kind(self, path))

    def read(self, path: str, limit: int = MANIFEST_LIMIT) -> bytes:
        return self._look(lambda: DiskView.read(self, path, limit))

    def read_link(self, path: str) -> str:
        return self._look(lambda: DiskView.read_link(self, path))


class Case(NamedTuple):
    """One interleaving."""

    scene: Scene
    moment: Moment
    mutation: Mutation

    def __str__(self) -> str:
        when = "after" if self.moment.is_after else "before"
        return f"{self.scene.name}: {self.mutation.name} {self.mutation.path} {when} step {self.moment.step}"


def plant(scene: Scene) -> None:
    """Make the tree of a scene, and nothing else."""
    Path("/").chmod(0o755)
    for path in Path("/").iterdir():
        if path.name not in {"dev", "run"}:
            remove(path)
    edits.make((*SPARE, *scene.tree), "")


def cases(scene: Scene) -> Iterator[Case]:
    """Give every interleaving of a scene, whose tree is planted."""
    oracle, plain = Oracle(), Interrupted()
    asked_by_name, asked_plainly = (Asked(Engine(view)).ask([scene.question])[0] for view in (oracle, plain))
    assert (asked_by_name.status, asked_by_name.path) == (asked_plainly.status, asked_plainly.path)
    moments = [Moment(step, is_after) for step in range(plain.steps) for is_after in (False, True)]
    happenings = [each for path in oracle.paths for each in mutations(path, _kind(path))]
    for moment, mutation in itertools.product(moments, happenings):
        yield Case(scene, moment, mutation)


def _kind(path: str) -> EntryKind | None:
    try:
        return DiskView().kind(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def play(case: Case, watcher: Inotify, pristine: Answer) -> list[str]:
    """Play one interleaving in its scene's tree, which is planted anew after it; what went wrong."""
    scene, _, mutation = case
    view = Interrupted(case.moment, lambda: _mutate(mutation))
    asked = Asked(Engine(view, watcher=watcher))
    asked.ask([scene.question])
    if view.steps <= case.moment.step:
        return [f"{case}: the step never came"]
    wrong = _differences(case, "then", asked, _ask_fresh(scene))
    plant(scene)
    wrong += _differences(case, "put back", asked, pristine)
    asked.engine.bust_all()
    if len(watcher):
        wrong.append(f"{case}: {len(watcher)} watches are left of nothing")
        watcher.renew()
    return wrong


def _mutate(mutation: Mutation) -> None:
    with contextlib.suppress(OSError):
        edits.make(mutation.edits, "")


def _ask_fresh(scene: Scene) -> Answer:
    return Asked(Engine()).ask([scene.question])[0]


def _differences(case: Case, when: str, asked: Asked, expected: Answer) -> list[str]:
    try:
        (answer,) = asked.ask([case.scene.question])
        asked.engine.check()
    except InvariantError as error:
        return [f"{case}: {error}"]
    return [] if answer == expected else [f"{case}: {when}\n  warm {answer}\n  cold {expected}"]


class Part(NamedTuple):
    """Every `share`-th interleaving of each scene, from the `first`."""

    first: int = 0
    share: int = 1


def play_part(part: Part, watcher: Inotify) -> tuple[int, list[str]]:
    """Play a part of all interleavings: how many, and what went wrong."""
    played = 0
    wrong: list[str] = []
    for scene in SCENES:
        plant(scene)
        pristine = _ask_fresh(scene)
        for case in list(cases(scene))[part.first :: part.share]:
            wrong += play(case, watcher, pristine)
            played += 1
    return played, wrong


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.property.interleavings", description=__doc__)
    parser.add_argument("--share", type=int, default=1, help="play every so manieth")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="at once, each a part of them")
    parser.add_argument("--as-root", action="store_true", help="stay root, whom modes do not hold back")
    arguments = parser.parse_args()

    def run(number: int, watcher: Inotify) -> int:
        begun = time.monotonic()
        part = Part(number * arguments.share, arguments.processes * arguments.share)
        played, wrong = play_part(part, watcher)
        tally = f"{played:,} interleavings in {time.monotonic() - begun:.0f} s, {len(wrong)} stale"
        print("\n".join([*wrong[:_MOST_TOLD], tally]), flush=True)
        return bool(wrong)

    sys.exit(in_boxes(arguments.processes, run, box.fast_parent(), as_root=arguments.as_root))


if __name__ == "__main__":
    main()
