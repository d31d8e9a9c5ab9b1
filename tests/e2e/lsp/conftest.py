"""A user's home with a project in it, and an editor with the server beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.command import Home, home
from tests.e2e.editor import Editor, editor


@pytest.fixture(scope="module")
def shop() -> Iterator[Home]:
    with home() as made:
        yield made


@pytest.fixture(scope="module")
def opened(shop: Home) -> Iterator[Editor]:
    with editor(shop) as made:
        yield made
