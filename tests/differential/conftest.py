"""The questions and the peers' outcomes, asked for once; the table of shares at the end of a run."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.differential.install import Unavailable
from tests.differential.resolvers import ask_node
from tests.differential.rows import Questions, load_questions
from tests.endnotes import add
from tests.soak.daemon import RunningDaemon, running_daemon


class Report:
    """Lines that the run ends with."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def add(self, line: str) -> None:
        add(self._config, "the imports of a real workspace", line)


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    return Report(pytestconfig)


@pytest.fixture(scope="session")
def questions(report: Report) -> Questions:
    try:
        return load_questions()
    except Unavailable as why:
        report.add(f"skipped: {why}")
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def node_outcomes(questions: Questions) -> list[str]:
    return ask_node(questions)


@pytest.fixture(scope="session")
def daemon() -> Generator[RunningDaemon]:
    with running_daemon() as running:
        yield running
