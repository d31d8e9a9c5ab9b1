"""Every step of a cold resolve, and everything that another process may do right before or right after it.

Random edits come between questions; this is what may come within one. The paths are those that an engine looks at that
remembers nothing (`oracle`), so that what the watched engine forgets to note is among them.
The mutation is made in the midst of the watched engine's first look; then it is asked again, the tree is put back as it
was, and it is asked once more: each time its answer has to be that of an engine which never looked before.

`python -m tests.property.interleavings` plays all of them; `--share 20` every twentieth. Exit code 77: no box to be had.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from resolverd.cache.engine import Engine
from resolverd.errors import InvariantError
from resolverd.terms import Answer
from resolverd.view.base import MANIFEST_LIMIT, EntryKind
from resolverd.view.disk import DiskView
from resolverd.watch.inotify import Inotify
from tests.property import box
from tests.property.boxed import in_boxes
from tests.property.grounds import Asked
from tests.property.oracle import ask_fresh, happenings, mutate, plant
from tests.property.scenes import SCENES, Mutation, Scene

_T = TypeVar("_T")

_MOST_TOLD = 20


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


def cases(scene: Scene) -> Iterator[Case]:
    """Give every interleaving of a scene, whose tree is planted."""
    plain = Interrupted()
    Asked(Engine(plain)).ask([scene.question])
    moments = [Moment(step, is_after) for step in range(plain.steps) for is_after in (False, True)]
    for moment, mutation in itertools.product(moments, happenings(scene)):
        yield Case(scene, moment, mutation)


def play(case: Case, watcher: Inotify, pristine: Answer) -> list[str]:
    """Play one interleaving in its scene's tree, which is planted anew after it; what went wrong."""
    scene, _, mutation = case
    view = Interrupted(case.moment, lambda: mutate(mutation))
    asked = Asked(Engine(view, watcher=watcher))
    asked.ask([scene.question])
    if view.steps <= case.moment.step:
        return [f"{case}: the step never came"]
    wrong = _differences(case, "then", asked, ask_fresh(scene))
    plant(scene)
    wrong += _differences(case, "put back", asked, pristine)
    asked.engine.bust_all()
    if len(watcher):
        wrong.append(f"{case}: {len(watcher)} watches are left of nothing")
        watcher.renew()
    return wrong


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


def play_part(part: Part, watcher: Inotify) -> Iterator[list[str]]:
    """Play a part of all interleavings; for each, what went wrong."""
    for scene in SCENES:
        plant(scene)
        pristine = ask_fresh(scene)
        for case in list(cases(scene))[part.first :: part.share]:
            yield play(case, watcher, pristine)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.property.interleavings", description=__doc__)
    parser.add_argument("--share", type=int, default=1, help="play every so manieth")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="at once, each a part of them")
    parser.add_argument("--as-root", action="store_true", help="stay root, whom modes do not hold back")
    arguments = parser.parse_args()

    def run(number: int, watcher: Inotify) -> int:
        begun = time.monotonic()
        part = Part(number * arguments.share, arguments.processes * arguments.share)
        played = list(play_part(part, watcher))
        wrong = list(itertools.chain.from_iterable(played))
        tally = f"{len(played):,} interleavings in {time.monotonic() - begun:.0f} s, {len(wrong)} wrong"
        print("\n".join([*wrong[:_MOST_TOLD], tally]), flush=True)
        return bool(wrong)

    sys.exit(in_boxes(arguments.processes, run, box.fast_parent(), as_root=arguments.as_root))


if __name__ == "__main__":
    main()
