"""What a test run says at its end of oracles that are not there."""

from __future__ import annotations

import pytest

from tests.conformance import oracles, staleness
from tests.conformance.summary import SECTION
from tests.endnotes import add


def pytest_collection_finish(session: pytest.Session) -> None:
    for absence in filter(None, (oracles.absence(), staleness.absence())):
        add(session.config, SECTION, f"skipped: {absence}")
