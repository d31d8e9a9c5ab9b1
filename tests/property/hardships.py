"""What random edits do not meet: a queue that overflows, watches whose directories are gone, places without a watch.

Each gives what was wrong, nothing if all held. They edit only what they name themselves, below a directory of their own.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from resolverd.cache.engine import Engine
from resolverd.terms import Kind
from resolverd.view.base import EntryKind
from resolverd.watch.inotify import Inotify
from tests.conformance import edits
from tests.property.grounds import Asked
from tests.property.oracle import ask_fresh, happenings, kind_of, looked_at, mutate, plant
from tests.property.scenes import SCENES, Mutation, Scene
from tests.property.worlds import Edit, Question

_NODE = 0
_PLACES = 40
_NAMES = ("x.js", "y.js", "z.js")
_BUDGETS = (0, 3, 6)
_PLENTY = 1 << 16
_PROJECTS = 8


def overflow(watcher: Inotify, root: Path) -> Iterator[str]:
    """Change half of what was asked while nobody drains, after more events than the queue holds; then ask all of it."""
    for number in range(_PLACES):
        (root / f"d{number}").mkdir(parents=True)
        _write_manifest(root / f"d{number}", _NAMES[0])
    asked = Asked(Engine(watcher=watcher))
    questions = [
        Question(_NODE, Kind.REQUIRE, f"{root}/d{number}", specifier)
        for number in range(_PLACES)
        for specifier in (*(f"./{name}" for name in _NAMES), "self")
    ]
    asked.ask(questions)
    for turn in range(3):
        _flood(root / "d0")
        for number in range(turn, _PLACES, 2):
            place = root / f"d{number}"
            _toggle(place / _NAMES[number % len(_NAMES)])
            _write_manifest(place, _NAMES[turn])
        answers, fresh = asked.ask(questions), Asked(Engine()).ask(questions)
        pairs = zip(questions, answers, fresh, strict=True)
        yield from (f"turn {turn}: {asked}" for asked, mine, other in pairs if mine != other)
    asked.engine.check()


def _flood(directory: Path) -> None:
    """More events than the queue holds, of two names in turn: an event equal to the one before it is not queued."""
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    paths = directory / "one", directory / "two"
    for number in range(most // 2 + 10):
        paths[number % 2].touch()
        paths[number % 2].unlink()


def _toggle(path: Path) -> None:
    if path.exists():
        path.unlink()
    else:
        path.touch()


def _write_manifest(directory: Path, target: str) -> None:
    (directory / "package.json").write_text(json.dumps({"name": "self", "exports": f"./{target}"}))


# -- growth --------------------------------------------------------------------------------------------------------


def growth(watcher: Inotify, root: Path) -> Iterator[str]:
    """Make, ask about and take away a project, each time another one; as many watches are left as after the first."""
    (root / "away").mkdir(parents=True)
    asked = Asked(Engine(watcher=watcher))
    for name, take_away in _WAYS.items():
        before: int | None = None
        for number in range(_PROJECTS):
            project = root / f"{name} {number}"
            _plant_and_ask(asked, project)
            take_away(project, root / "away" / project.name)
            asked.ask([Question(_NODE, Kind.REQUIRE, str(project), "pkg")])
            asked.engine.check()
            watcher.check()
            now, held = len(watcher), kernel_watches(watcher)
            if now != held:
                yield f"{name}: {now} watches, and the kernel holds {held}"
            if before is not None and now != before:
                yield f"{name}: {before} watches became {now}"
            before = now


def _plant_and_ask(asked: Asked, project: Path) -> None:
    package = project / "node_modules" / "pkg"
    (package / "lib").mkdir(parents=True)
    (package / "package.json").write_text('{"name": "pkg", "main": "./lib"}')
    (package / "lib" / "index.js").touch()
    asked.ask(
        [Question(_NODE, Kind.REQUIRE, str(project), "pkg"), Question(_NODE, Kind.REQUIRE, str(package), "./lib")]
    )


def _rename_away(project: Path, away: Path) -> None:
    project.rename(away)


def _rename_parts_away(project: Path, away: Path) -> None:
    package = project / "node_modules" / "pkg"
    (package / "lib").rename(f"{away} lib")
    (package / "package.json").rename(f"{away} manifest")
    shutil.rmtree(project)


def _replace_parts(project: Path, away: Path) -> None:
    package = project / "node_modules" / "pkg"
    (package / "package.json").rename(f"{away} manifest")
    (package / "package.json").touch()
    package.rename(f"{away} package")
    package.symlink_to(f"{away} package")
    project.rename(away)


_WAYS: dict[str, Callable[[Path, Path], None]] = {
    "removed": lambda project, _: shutil.rmtree(project),
    "renamed away": _rename_away,
    "parts renamed away": _rename_parts_away,
    "parts replaced": _replace_parts,
}


def kernel_watches(watcher: Inotify) -> int:
    """Count the watches that the kernel holds for an instance (proc_pid_fdinfo(5))."""
    return Path(f"/proc/self/fdinfo/{watcher._instance}").read_text().count("inotify wd:")


# -- places without a watch ----------------------------------------------------------------------------------------


def unwatchable(watcher: Inotify, share: int = 1) -> Iterator[str]:
    """Let everything happen to what is looked at where not all can be watched; in the box, as an ordinary user.

    For want of watches, or because a directory may be searched and not read. Every `share`-th case is played.
    """
    number = itertools.count()
    for scene in SCENES:
        plant(scene)
        all_that_happens = happenings(scene)
        directories = [path for path in looked_at(scene) if kind_of(path) is EntryKind.DIRECTORY]
        ways = [(budget, ()) for budget in _BUDGETS] + [(_PLENTY, (("mode", path, "311"),)) for path in directories]
        for (budget, closing), mutation in itertools.product(ways, all_that_happens):
            if next(number) % share == 0:
                watcher._budget = budget
                yield from _asked_again(watcher, scene, closing, mutation)


def _asked_again(watcher: Inotify, scene: Scene, closing: tuple[Edit, ...], mutation: Mutation) -> Iterator[str]:
    plant(scene)
    edits.make(closing, "")
    asked = Asked(Engine(watcher=watcher))
    asked.ask([scene.question])
    mutate(mutation)
    (answer,) = asked.ask([scene.question])
    asked.engine.check()
    if answer != ask_fresh(scene):
        place = closing[0][1] if closing else f"with {watcher._budget} watches"
        yield f"{scene.name}, {place}: {mutation.name} {mutation.path}"
    asked.engine.bust_all()
