"""What all tests share: hypothesis draws the same examples each time, so that a red test is red again; and the endnotes."""

from __future__ import annotations

from typing import Any, Protocol

import pytest
from hypothesis import settings

from tests.endnotes import ENDNOTES, Endnotes, add

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


class _Worker(Protocol):
    """One of pytest-xdist's processes, as the process sees it that they report to."""

    config: pytest.Config
    workeroutput: dict[str, Any]  # Any: plain values of all sorts, its own among them


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["endnotes"] = session.config.stash.get(ENDNOTES, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: _Worker) -> None:
    said: Endnotes = getattr(node, "workeroutput", {}).get("endnotes", {})
    for section, lines in said.items():
        for line in lines:
            add(node.config, section, line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for section, lines in config.stash.get(ENDNOTES, {}).items():
        terminalreporter.section(section)
        for line in lines:
            terminalreporter.write_line(line)
