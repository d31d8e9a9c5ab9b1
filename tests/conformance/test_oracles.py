"""Every suite of the oracles, on both views, cold and warm. Skipped, with one line, where the oracles are not there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from resolverd.cache.engine import Engine
from resolverd.terms import EngineStats
from tests.conformance import oracles
from tests.conformance.grounds import DiskGround, Ground, MemoryGround, plant
from tests.conformance.oracles import SUITES, Algorithm, Replies, Suite
from tests.conformance.summary import SuiteRow, record

if absence := oracles.absence():
    pytest.skip(absence, allow_module_level=True)

REQUIRED = 0.97
"""The least part of the undisputed cases (no peer dissents) that must be right, of each suite."""

VIEWS = ("memory", "disk")


class Field:
    """A suite standing on one ground, with its cold replies, which the warm ones are held against."""

    def __init__(self, name: str, ground: Ground) -> None:
        self.suite: Suite = oracles.load(name)
        self.algorithm: Algorithm = SUITES[name]
        self.ground = ground
        plant(ground, self.suite.tree)
        self.cold: dict[str, Replies] = oracles.ask_all_cold(self.suite, ground, self.algorithm)


@pytest.fixture(scope="module", params=[(suite, view) for suite in SUITES for view in VIEWS], ids="-".join)
def field(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    name, view = request.param
    if view == "memory":
        yield Field(name, MemoryGround(f"/oracle/{name}"))
        return
    ground = DiskGround(Path(tmp_path_factory.mktemp(name)))
    yield Field(name, ground)
    ground.clear()


def test_cold_answers_are_right_but_for_the_known_differences(field: Field, request: pytest.FixtureRequest) -> None:
    name = field.suite.suite
    known = oracles.known_ids(name)
    wrong = oracles.wrong_ids(field.cold)
    _record(field, request.config, wrong)
    unlisted = [oracles.line(case, field.cold[case.id]) for case in field.suite.cases if case.id in wrong - known]
    assert not unlisted, _listing(f"wrong and not in known_differences.toml ({name})", unlisted)
    stale = sorted(known - wrong)
    assert not stale, _listing(f"in known_differences.toml and right ({name}): take them out", stale)


def test_undisputed_cases_are_right(field: Field) -> None:
    wrong = oracles.wrong_ids(field.cold)
    undisputed = [case.id for case in field.suite.cases if case.undisputed]
    right = [case_id for case_id in undisputed if case_id not in wrong]
    assert len(right) >= REQUIRED * len(undisputed), f"{len(right)} of {len(undisputed)}"


@pytest.mark.parametrize("field", [("node", "memory"), ("list-exports", "memory")], indirect=True, ids="-".join)
def test_undisputed_answers_of_node_are_the_bundlers_too(field: Field) -> None:
    replies = oracles.ask_all_cold(field.suite, field.ground, "bundler")
    undisputed = {case.id for case in field.suite.cases if case.undisputed}
    wrong = sorted(oracles.wrong_ids(replies) & undisputed)
    assert len(wrong) <= (1 - REQUIRED) * len(undisputed), _listing("wrong with the bundler's algorithm", wrong)


def test_warm_equals_cold_in_order_and_shuffled(field: Field) -> None:
    engine = Engine(field.ground.view, is_told=True)
    for order in (None, None, random.Random(field.suite.suite)):
        warm = oracles.ask_all_warm(field.suite, field.ground, field.algorithm, engine, order=order)
        other = [case_id for case_id, replies in field.cold.items() if warm[case_id] != replies]
        assert not other, _listing("warm is not cold", [_pair(field, warm, case_id) for case_id in other])
    engine.check()


def test_edits_and_their_undoing_leave_the_same_slots(field: Field) -> None:
    edited = [case for case in field.suite.cases if case.steps]
    if not edited:
        pytest.skip("no case of this suite edits its tree")
    grown: list[str] = []
    for case in edited:
        engine = Engine(field.ground.view, is_told=True)
        counts: list[EngineStats] = []
        # The first round may look in places where the question alone never led; the second finds all of them known.
        for _ in range(2):
            list(oracles.play(case, field.ground, field.algorithm, engine))
            counts.append(_held(engine))
        engine.check()
        if counts[0] != counts[1]:
            grown.append(f"{case.id}: {counts[0]} then {counts[1]}")
    assert not grown, _listing("not back to the same counts", grown)


def _held(engine: Engine) -> EngineStats:
    """What the engine holds, without its counters of what it did."""
    did = ("epoch", "hits", "misses", "busts", "retries", "evictions", "voided")
    return msgspec.structs.replace(engine.stats(), **dict.fromkeys(did, 0))


def _record(field: Field, config: pytest.Config, wrong: frozenset[str]) -> None:
    undisputed = [case.id for case in field.suite.cases if case.undisputed]
    record(
        config,
        SuiteRow(
            suite=field.suite.suite,
            view="memory" if isinstance(field.ground, MemoryGround) else "disk",
            cases=len(field.suite.cases),
            right=len(field.suite.cases) - len(wrong),
            undisputed=len(undisputed),
            undisputed_right=len([case_id for case_id in undisputed if case_id not in wrong]),
            known=len(oracles.known_ids(field.suite.suite)),
        ),
    )


def _pair(field: Field, warm: dict[str, Replies], case_id: str) -> str:
    for cold, reply in zip(field.cold[case_id], warm[case_id], strict=True):
        if cold != reply:
            return f"{case_id}\n    cold {cold.answer}\n    warm {reply.answer}"
    return case_id


def _listing(title: str, lines: list[str]) -> str:
    return "\n  ".join([f"{title}: {len(lines)}", *lines])
