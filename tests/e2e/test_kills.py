"""The daemon killed at random moments, clients in the middle of their questions: each is answered right or told."""

from __future__ import annotations

import os
import random
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from resolverd.cli import launch
from resolverd_client import BlockingClient, ClientError, Question
from tests.e2e.command import Home, home
from tests.e2e.live import IS_LONG, fresh

ROUNDS = 200 if IS_LONG else 20
RESTARTS = 20 if IS_LONG else 2
CLIENTS = 4
BATCH = 400


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    with home() as made:
        for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            monkeypatch.setenv(name, made.environment[name])
        yield made


class Crowd:
    """Clients that ask without end, and hold every answer against what is right."""

    def __init__(self, user: Home) -> None:
        self.questions = [Question(specifier, user.importer) for specifier in ("./cart.js", "palette", "nope")]
        self.right = fresh(self.questions)
        self._socket = str(user.socket)
        self._over, self._answered = threading.Event(), threading.Semaphore(0)

    @contextmanager
    def asking(self) -> Iterator[list[Future[int]]]:
        """Have them ask; the results are how many errors each was told."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            asking = [pool.submit(self._ask_on) for _ in range(CLIENTS)]
            try:
                yield asking
            finally:
                self._over.set()

    def await_answers(self, count: int) -> None:
        """Wait for so many batches to be answered, which leaves them in the middle of others."""
        for _ in range(count):
            assert self._answered.acquire(timeout=60)

    def _ask_on(self) -> int:
        told = 0
        while not self._over.is_set():
            try:
                with BlockingClient(self._socket, dial=launch.dial_or_start) as client:
                    while not self._over.is_set():
                        assert client.resolve_batch(self.questions * BATCH).answers == self.right * BATCH
                        self._answered.release()
            except ClientError:
                told += 1
        return told


# The clients that start a daemon are threads of the test, so that the daemons are its children, and not waited for.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_clients_are_answered_right_or_told_and_the_next_question_is_answered(
    user: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd = Crowd(user)
    chance, waits = random.Random(1), list[float]()
    with crowd.asking() as asking:
        for _ in range(ROUNDS):
            crowd.await_answers(chance.randint(1, 2 * CLIENTS))
            waits.append(_kill_and_ask(user, crowd.questions[0], crowd.right[0].path))
    assert sum(each.result() for each in asking)
    with capsys.disabled():
        if IS_LONG:
            print(
                f"\n{ROUNDS} kills: answered again after {statistics.median(waits):.2f} s, at most {max(waits):.2f} s"
            )


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_clients_in_the_middle_of_their_questions_outlive_a_restart(user: Home) -> None:
    crowd = Crowd(user)
    with crowd.asking() as asking:
        for _ in range(RESTARTS):
            crowd.await_answers(2 * CLIENTS)
            before = user.pid()
            assert user.run("restart").returncode == 0
            assert user.pid() != before
        crowd.await_answers(2 * CLIENTS)
    # Who was in the middle is answered, or told; and asks the next daemon.
    assert [each.exception() for each in asking] == [None] * CLIENTS


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
