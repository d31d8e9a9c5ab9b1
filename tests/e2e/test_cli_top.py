from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.e2e.command import Home, home


@pytest.fixture
def user() -> Iterator[Home]:
    with home() as made:
        yield made


def test_top_tells_what_was_asked_and_from_which_project(user: Home) -> None:
    for _ in range(3):
        user.run("resolve", "./cart.js", "--from", user.importer)
    (line,) = user.run("top", "--json", "--count", "1").stdout.splitlines()
    moment = json.loads(line)
    assert moment["answers"] == 1
    assert moment["projects"] == {str(user.workspace): 1}
    assert moment["hit_rate"] is None
    assert len(user.run("top", "--json", "--count", "2", "--interval", "0.01").stdout.splitlines()) == 2
    assert b"project" in user.run("top").stdout


@pytest.mark.parametrize("arguments", [("--interval", "0"), ("--count", "0"), ("--interval", "x")])
def test_top_refuses_what_makes_no_sense(user: Home, arguments: tuple[str, ...]) -> None:
    assert user.run("top", *arguments).returncode == 2
