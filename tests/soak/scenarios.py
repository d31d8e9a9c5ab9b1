"""What is done again and again. A cycle ends where it began, so everything that is counted has to be back by then."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.soak.subjects import Subject
from tests.soak.trees import Furnishing, Question, page_questions, plant_large_project, plant_pages, write_manifests

MISSES_A_CYCLE = 25


class Scenario(NamedTuple):
    """`plant` furnishes an empty directory; `cycle` is given the number of the cycle."""

    name: str
    plant: Callable[[Path], None]
    cycle: Callable[[Subject, Path, int], None]


def misses(*, distinct: bool) -> Scenario:
    """Look for packages that are not there, beside a large package.json, each look-up a turn of its own."""

    def cycle(subject: Subject, root: Path, number: int) -> None:
        importer = str(root / "index.js")
        for nth in range(MISSES_A_CYCLE):
            name = f"missing-{number * MISSES_A_CYCLE + nth}" if distinct else "missing"
            assert subject.ask([Question(importer, name)]) == 0
        if distinct:
            # What a name means above the tree is kept when the tree is void, until it is collected.
            subject.bust_all()
        else:
            subject.bust_path(str(root))
        assert subject.ask([Question(importer, "./index")]) == 1

    return Scenario(f"misses, {'another name each' if distinct else 'one name'}", plant_large_project, cycle)


def busts(furnishing: Furnishing) -> Scenario:
    """Void a tree by its path, or everything, and ask it all again."""

    def cycle(subject: Subject, root: Path, number: int) -> None:
        if number % 2:
            subject.bust_all()
        else:
            subject.bust_path(str(root))
        assert subject.ask(page_questions(root)) == furnishing.found

    return Scenario(f"busts, {furnishing.name}", partial(plant_pages, furnishing), cycle)


def edits(furnishing: Furnishing) -> Scenario:
    """Change every manifest, there and back, and ask it all again after each."""

    def cycle(subject: Subject, root: Path, _number: int) -> None:
        for edition in (1, 0):
            write_manifests(furnishing, root, edition)
            subject.bust_path(str(root))
            assert subject.ask(page_questions(root)) == furnishing.found

    return Scenario(f"edits, {furnishing.name}", partial(plant_pages, furnishing), cycle)
