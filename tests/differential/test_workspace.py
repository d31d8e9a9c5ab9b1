"""The imports of about 30 widely used packages: resolverd, oxc-resolver, enhanced-resolve and Node, asked alike."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from resolverd.resolution.profiles import named_profile
from tests.differential.conftest import Report
from tests.differential.option_sets import OPTION_SETS, OptionSet
from tests.differential.resolvers import FAILED, ask_daemon, ask_engine, ask_enhanced, ask_oxc
from tests.differential.rows import Questions
from tests.differential.tools import describe, parted, share_alike
from tests.soak.daemon import RunningDaemon


class Asked(NamedTuple):
    """One option set, our outcomes under it and the peers'."""

    option_set: OptionSet
    ours: list[str]
    oxc: list[str]
    enhanced: list[str]


@pytest.fixture(scope="module", params=OPTION_SETS, ids=lambda option_set: option_set.name)
def asked(questions: Questions, request: pytest.FixtureRequest) -> Asked:
    option_set: OptionSet = request.param
    ours = ask_engine(questions, option_set.profile())
    return Asked(option_set, ours, ask_oxc(questions, option_set), ask_enhanced(questions, option_set))


def test_the_workspace_asks_enough(questions: Questions) -> None:
    assert len(questions.rows) == len(set(questions.rows)) >= 20_000


def test_the_engine_answers_as_the_peers_do(questions: Questions, asked: Asked, report: Report) -> None:
    ours = asked.ours
    with_oxc, with_enhanced = share_alike(ours, asked.oxc), share_alike(ours, asked.enhanced)
    report.add(
        f"{asked.option_set.name:<9}{len(ours):>7} rows   as oxc-resolver {with_oxc:9.4%}   "
        f"as enhanced-resolve {with_enhanced:9.4%}   not resolved {ours.count(FAILED)}"
    )
    for theirs in (asked.oxc, asked.enhanced):
        found = parted(asked.option_set.name, questions.rows, ours, theirs)
        assert not found, describe(found)


def test_the_daemon_answers_as_the_engine_does(questions: Questions, asked: Asked, daemon: RunningDaemon) -> None:
    for _ in ("cold", "warm"):
        outcomes = ask_daemon(questions, asked.option_set, daemon.client)
        parted = [each for each in zip(questions.rows, outcomes, asked.ours, strict=True) if each[1] != each[2]]
        assert not parted


def test_the_node_profile_finds_what_node_finds(questions: Questions, node_outcomes: list[str], report: Report) -> None:
    ours = ask_engine(questions, named_profile("node"))
    asked = zip(questions.rows, ours, node_outcomes, strict=True)
    found = [(row, mine, node) for row, mine, node in asked if node != FAILED]
    wrong = [(row, mine, node) for row, mine, node in found if mine != node]
    report.add(
        f"{'Node':<9}{len(found):>7} rows that Node itself resolves to a file or a built-in module; the profile `node` parts from it in {len(wrong)}"
    )
    assert not wrong
