"""What a test run says of the oracles at its end."""

from __future__ import annotations

import pytest

from tests.conformance import oracles, staleness
from tests.conformance.summary import ROWS, table


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for absence in filter(None, (oracles.absence(), staleness.absence())):
        terminalreporter.write_line(f"skipped: {absence}")
    if ROWS in config.stash:
        terminalreporter.section("oracles")
        for line in table(config.stash[ROWS]):
            terminalreporter.write_line(line)
