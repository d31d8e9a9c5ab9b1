"""The suite of tsconfigs on both views, by engines that were never asked and by one that was."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from resolverd.cache.engine import Engine
from tests.conformance import configs, oracles
from tests.conformance.grounds import DiskGround, Ground, MemoryGround, plant
from tests.conformance.summary import SuiteRow, record

if absence := oracles.absence():
    pytest.skip(absence, allow_module_level=True)

NAME = "tsconfig"


@pytest.fixture(scope="module", params=["memory", "disk"])
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    made = MemoryGround("/oracle/tsconfig") if request.param == "memory" else _on_disk(tmp_path_factory)
    plant(made, configs.load().tree)
    return made


def _on_disk(factory: pytest.TempPathFactory) -> Ground:
    return DiskGround(Path(factory.mktemp(NAME)))


def test_tsconfigs_are_as_the_field_has_them(ground: Ground, request: pytest.FixtureRequest) -> None:
    suite = configs.load()
    warm = Engine(ground.view, is_told=True)
    known, wrong, lines = oracles.known_ids(NAME), set[str](), list[str]()
    for case in suite.cases:
        right = configs.expected(case, ground.root)
        cold = configs.ask(Engine(ground.view), case, ground.root, suite.options)
        assert configs.ask(warm, case, ground.root, suite.options) == cold, case.id
        if cold != right:
            wrong.add(case.id)
            lines.append(f"{case.id}: expected {right}, got {cold}")
    warm.check()
    _record(request.config, ground, wrong)
    assert wrong == known, "\n".join(lines)


def test_the_order_of_questions_changes_no_answer(ground: Ground) -> None:
    suite = configs.load()
    engine = Engine(ground.view, is_told=True)
    in_order = {case.id: configs.ask(engine, case, ground.root, suite.options) for case in suite.cases}
    shuffled = list(suite.cases)
    random.Random(NAME).shuffle(shuffled)
    engine.bust_all()
    assert {case.id: configs.ask(engine, case, ground.root, suite.options) for case in shuffled} == in_order
    engine.check()


def _record(config: pytest.Config, ground: Ground, wrong: set[str]) -> None:
    cases = configs.load().cases
    undisputed = {case.id for case in cases if case.undisputed}
    view = "memory" if isinstance(ground, MemoryGround) else "disk"
    right, known = len(cases) - len(wrong), len(oracles.known_ids(NAME))
    row = SuiteRow(NAME, view, len(cases), right, len(undisputed), len(undisputed - wrong), known)
    record(config, row)
