"""The project's own cases, on both views, cold, and warm in both orders."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolverd.cache.engine import Engine
from tests.conformance import features
from tests.conformance.features import Feature
from tests.conformance.grounds import DiskGround, Ground, MemoryGround, plant
from tests.conformance.questions import ask, ask_cold


@pytest.fixture(params=["memory", "disk"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    return MemoryGround("/own/tree") if request.param == "memory" else DiskGround(tmp_path / "tree")


@pytest.fixture(params=features.names())
def feature(request: pytest.FixtureRequest, ground: Ground) -> Feature:
    loaded = features.load(request.param)
    plant(ground, loaded.entries(ground.root))
    return loaded


def test_every_case_is_answered_as_expected(feature: Feature, ground: Ground) -> None:
    wrong: list[str] = []
    for case in feature.cases:
        complaints = features.complaints(case, ask_cold(ground.view, feature.question(case, ground.root)), ground.root)
        if complaints:
            wrong.append("\n      ".join([f"{case.name} ({case.ask!r})", *complaints]))
    assert not wrong, "\n  ".join([f"{len(wrong)} of {len(feature.cases)}:", *wrong])


def test_one_engine_answers_every_case_as_a_new_one_does(feature: Feature, ground: Ground) -> None:
    engine = Engine(ground.view)
    for cases in (feature.cases, feature.cases[::-1]):
        for case in cases:
            question = feature.question(case, ground.root)
            assert ask(engine, question) == ask_cold(ground.view, question), case.name
    engine.check()


def test_every_case_says_what_no_other_of_its_feature_says() -> None:
    for name in features.names():
        sentences = [case.name for case in features.load(name).cases]
        assert len(sentences) == len(set(sentences)), name
