"""TypeScript, from npm, beside resolverd: the imports of a real workspace in each mode, and a solution with references."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import named_profile, single
from resolverd.terms import Kind, TsconfigOp, TsconfigQuestion
from resolverd_client.questions import Question
from tests.differential.conftest import Report
from tests.differential.install import Unavailable, build_solution, printed_once
from tests.differential.resolvers import FAILED, ask_engine, outcome_of
from tests.differential.rows import SCRIPTS, Questions
from tests.differential.tools import share_alike
from tests.soak.daemon import RunningDaemon

MODES = {"bundler": "esnext", "node16": "node16", "nodenext": "nodenext", "node10": "commonjs"}
"""Each `moduleResolution` with a `module` that goes with it."""


class Asked(NamedTuple):
    """One import of the solution: `outcome` is TypeScript's, `tsconfig` the project that its file is listed by."""

    importer: str
    specifier: str
    kind: str
    outcome: str
    tsconfig: str


class Solution(NamedTuple):
    """The solution, and what its projects import."""

    root: Path
    rows: list[Asked]


@pytest.fixture(scope="module")
def solution_root(report: Report) -> Path:
    try:
        return build_solution()
    except Unavailable as why:
        report.add(f"skipped: {why}")
        pytest.skip(str(why))


@pytest.fixture(scope="module")
def solution(solution_root: Path) -> Solution:
    done = subprocess.run(["node", SCRIPTS / "solution.mjs", solution_root], capture_output=True, check=True)
    return Solution(solution_root, msgspec.json.decode(done.stdout, type=list[Asked]))


def test_a_solution_resolves_as_typescript_resolves_it(solution: Solution, report: Report) -> None:
    engine = Engine()
    number = engine.open_profile(named_profile("typescript"))

    def ask_all() -> list[str]:
        engine.begin_turn()
        answers = [
            engine.answer_from(engine.mode(number, Kind(row.kind)), f"{solution.root}/{row.importer}", row.specifier)
            for row in solution.rows
        ]
        return [outcome_of(answer, str(solution.root)) for answer in answers]

    cold = ask_all()
    assert ask_all() == cold
    engine.check()
    assert [(row, ours) for row, ours in zip(solution.rows, cold, strict=True) if ours != row.outcome] == []
    assert len(cold) >= 30
    assert FAILED not in cold
    report.add(f"TypeScript solution {len(cold):>5} imports of its projects, all as TypeScript resolves them")


def test_a_file_is_under_the_project_that_lists_it(solution: Solution) -> None:
    engine = Engine()
    for importer, tsconfig in {(row.importer, row.tsconfig) for row in solution.rows}:
        question = TsconfigQuestion(TsconfigOp.FIND, file=f"{solution.root}/{importer}", owning=True)
        assert engine.tsconfig(question).tsconfig == f"{solution.root}/{tsconfig}"
        owns = TsconfigQuestion(TsconfigOp.OWNS, f"{solution.root}/{tsconfig}", f"{solution.root}/{importer}")
        assert engine.tsconfig(owns).owns


def test_the_daemon_says_the_same_to_types(solution: Solution, daemon: RunningDaemon) -> None:
    asked = [
        Question(row.specifier, f"{solution.root}/{row.importer}", True, Kind(row.kind), types=True)
        for row in solution.rows
    ]
    answers = daemon.client.resolve_many(asked)
    assert [outcome_of(answer, str(solution.root)) for answer in answers] == [row.outcome for row in solution.rows]


@pytest.mark.parametrize("resolution", MODES)
def test_the_imports_of_a_real_workspace(
    resolution: str, questions: Questions, solution_root: Path, report: Report
) -> None:
    compiler = {"moduleResolution": resolution, "module": MODES[resolution]}
    options = {"algorithm": "typescript", "typescript": {"compilerOptions": compiler}}
    ours = ask_engine(questions, single(resolution, "", parse_options(options)))
    theirs = _typescript_once(questions, solution_root, compiler)
    asked = zip(questions.rows, ours, theirs, strict=True)
    parted = [(row, mine, tool) for row, mine, tool in asked if mine != tool]
    report.add(
        f"TypeScript {resolution:<9}{len(ours):>7} rows   as the tool itself {share_alike(ours, theirs):9.4%}   "
        f"not resolved {ours.count(FAILED)}"
    )
    assert parted == []


def _typescript_once(questions: Questions, typescript: Path, compiler: dict[str, str]) -> list[str]:
    """Ask TypeScript, once (8 s for each mode)."""
    script, asked = SCRIPTS / "typescript.mjs", msgspec.json.encode(compiler, order="sorted")
    made_from = (typescript.name.encode(), script.read_bytes(), questions.path.read_bytes(), asked)
    command = ["node", script, typescript, questions.workspace, questions.path, asked.decode()]
    told = printed_once(questions.workspace, "typescript", command, *made_from)
    return msgspec.json.decode(told.read_bytes(), type=list[str])
