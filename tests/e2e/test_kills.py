"""The daemon killed at random moments, clients in the middle of their questions: each is answered right or told."""

from __future__ import annotations

import os
import random
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from resolverd.cli import launch
from resolverd_client import BlockingClient, ClientError, Question
from tests.e2e.command import Home, home
from tests.e2e.live import IS_LONG, fresh

ROUNDS = 200 if IS_LONG else 20
CLIENTS = 4
BATCH = 400


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    with home() as made:
        for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            monkeypatch.setenv(name, made.environment[name])
        yield made


# The clients that start a daemon are threads of the test, so that the daemons are its children, and not waited for.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_clients_are_answered_right_or_told_and_the_next_question_is_answered(
    user: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = [
        Question("./cart.js", user.importer),
        Question("palette", user.importer),
        Question("nope", user.importer),
    ]
    right = fresh(questions)
    over, moment, told = threading.Event(), threading.Semaphore(0), 0

    def ask_on() -> int:
        told = 0
        while not over.is_set():
            try:
                with BlockingClient(str(user.socket), dial=launch.dial_or_start) as client:
                    while not over.is_set():
                        answers = client.resolve_batch(questions * BATCH).answers
                        assert answers == right * BATCH
                        moment.release()
            except ClientError:
                told += 1
        return told

    chance, waits = random.Random(1), list[float]()
    with ThreadPoolExecutor(CLIENTS) as pool:
        asking = [pool.submit(ask_on) for _ in range(CLIENTS)]
        try:
            for _ in range(ROUNDS):
                for _ in range(chance.randint(1, 2 * CLIENTS)):
                    moment.acquire(timeout=60)
                waits.append(_kill_and_ask(user, questions[0], right[0].path))
        finally:
            over.set()
        told = sum(each.result() for each in asking)
    assert told
    with capsys.disabled():
        if IS_LONG:
            print(
                f"\n{ROUNDS} kills: answered again after {statistics.median(waits):.2f} s, at most {max(waits):.2f} s"
            )


def _kill_and_ask(user: Home, question: Question, path: str | None) -> float:
    """Kill the daemon that runs, and ask whichever there is then; the seconds until the answer."""
    os.kill(int(Path(f"{user.socket}.pid").read_bytes()), signal.SIGKILL)
    begun = time.monotonic()
    while True:
        try:
            with BlockingClient(str(user.socket), dial=launch.dial_or_start) as client:
                assert client.resolve(question.specifier, importer=question.origin).path == path
            return time.monotonic() - begun
        except ClientError:
            # It reached the one that was just dying.
            continue
