"""What was ever found, and a fixed number of mutants; `make fuzz` goes on from there."""

from __future__ import annotations

from itertools import islice
from typing import get_args

import pytest

from resolverd.wire.codec import decode_request
from resolverd.wire.messages import Request
from tests.fuzz import live
from tests.fuzz.mutations import mutants, seeds
from tests.fuzz.subjects import SUBJECTS

COUNTS = {
    "package_json": 10_000,
    "tsconfig": 10_000,
    "pnp": 10_000,
    "decoder": 50_000,
    "frames": 8000,
    "resolve": 150,
    "routes": 3000,
}


def test_every_kind_of_request_is_among_the_seeds() -> None:
    assert {type(decode_request(seed)) for seed in seeds("decoder")} == set(get_args(Request))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_nothing_that_was_ever_found_is_found_again(subject: str) -> None:
    for data in seeds(subject):
        SUBJECTS[subject](data)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_mutants_find_nothing(subject: str) -> None:
    for data in islice(mutants(subject), COUNTS[subject]):
        try:
            SUBJECTS[subject](data)
        except Exception as error:
            raise AssertionError(f"{subject} {data!r}") from error


def test_a_neighbour_is_served_and_nothing_is_left_behind() -> None:
    assert live.play(2000) > 2000
