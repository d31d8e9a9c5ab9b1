"""Right through the table at the first question after an edit; `make soak` makes 200,000 with each client and on each ground."""

from __future__ import annotations

import os

import pytest

from tests.differential.install import Unavailable
from tests.property import table_stress

MEMORY = "/dev/shm"


@pytest.mark.parametrize("directory", [None, MEMORY], ids=["disk", "memory"])
def test_no_stale_answer_is_read_after_any_edit(directory: str | None) -> None:
    if directory is not None and not os.access(directory, os.W_OK):
        pytest.skip(f"{directory} cannot be written to")
    stale, hits = table_stress.play(10_000, directory, None)
    assert stale == 0
    assert hits > 1000


@pytest.mark.parametrize("stands", [False, True], ids=["calls", "stands"])
@pytest.mark.parametrize("directory", [None, MEMORY], ids=["disk", "memory"])
def test_no_stale_answer_is_read_by_the_javascript_client(directory: str | None, *, stands: bool) -> None:
    if directory is not None and not os.access(directory, os.W_OK):
        pytest.skip(f"{directory} cannot be written to")
    try:
        stale, hits = table_stress.play_in_node(5_000, directory, stands=stands)
    except Unavailable as why:
        pytest.skip(str(why))
    assert stale == 0
    assert hits > 1000


@pytest.mark.parametrize("stands", [False, True], ids=["calls", "stands"])
def test_a_javascript_client_that_does_not_look_what_is_pending_reads_stale_answers(*, stands: bool) -> None:
    try:
        stale, _ = table_stress.play_in_node(300_000, None, stands=stands, is_blind=True)
    except Unavailable as why:
        pytest.skip(str(why))
    assert stale


# Which of them loses the race is chance; `test_order` has those that are rarer, and `make faults` plays all.
SURE = ("the reader does not ask what is pending", "the daemon has no gate", "the daemon forgets nothing")


@pytest.mark.parametrize("fault", SURE)
def test_with_a_step_left_out_stale_answers_are_read(fault: str) -> None:
    stale, _ = table_stress.play(300_000, None, fault)
    assert stale
