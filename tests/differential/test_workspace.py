"""The imports of about 30 widely used packages: resolverd, oxc-resolver, enhanced-resolve and Node, asked alike."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from resolverd.resolution.profiles import named_profile
from tests.differential.conftest import Report
from tests.differential.differences import describe, differences, known_differences, share_alike
from tests.differential.option_sets import OPTION_SETS, OptionSet
from tests.differential.resolvers import FAILED, ask_engine, ask_enhanced, ask_oxc
from tests.differential.rows import Questions

ENOUGH = 0.999


class Asked(NamedTuple):
    """One option set and the peers' outcomes under it."""

    option_set: OptionSet
    oxc: list[str]
    enhanced: list[str]


@pytest.fixture(scope="module", params=OPTION_SETS, ids=lambda option_set: option_set.name)
def asked(questions: Questions, request: pytest.FixtureRequest) -> Asked:
    option_set: OptionSet = request.param
    return Asked(option_set, ask_oxc(questions, option_set), ask_enhanced(questions, option_set))


def test_the_workspace_asks_enough(questions: Questions) -> None:
    assert len(questions.rows) == len(set(questions.rows)) >= 20_000


def test_the_engine_answers_as_the_peers_do(
    questions: Questions, asked: Asked, node_outcomes: list[str], report: Report
) -> None:
    ours = ask_engine(questions, asked.option_set.profile())
    with_oxc, with_enhanced = share_alike(ours, asked.oxc), share_alike(ours, asked.enhanced)
    report.add(
        f"{asked.option_set.name:<9}{len(ours):>7} rows   as oxc-resolver {with_oxc:9.4%}   "
        f"as enhanced-resolve {with_enhanced:9.4%}   not resolved {ours.count(FAILED)}"
    )
    found = differences(asked.option_set.name, questions.rows, ours, asked.oxc, node_outcomes)
    known = known_differences(asked.option_set.name)
    unlisted = [difference for difference in found if not any(each.covers(difference) for each in known)]
    gone = [each for each in known if not any(map(each.covers, found))]
    assert not unlisted, f"not in differences.toml:\n{describe(unlisted)}"
    assert not gone, f"in differences.toml, and no longer so:\n{describe(gone)}"
    assert with_oxc >= ENOUGH
    assert with_enhanced >= ENOUGH


def test_the_node_profile_finds_what_node_finds(questions: Questions, node_outcomes: list[str], report: Report) -> None:
    ours = ask_engine(questions, named_profile("node"))
    asked = zip(questions.rows, ours, node_outcomes, strict=True)
    found = [(row, mine, node) for row, mine, node in asked if node != FAILED]
    wrong = [(row, mine, node) for row, mine, node in found if mine != node]
    report.add(
        f"{'node':<9}{len(found):>7} rows that Node itself resolves; the profile `node` parts from it in {len(wrong)}"
    )
    assert not wrong
