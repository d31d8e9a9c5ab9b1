"""System calls that fail, each in turn, under a daemon that is asked: an explicit error or the right answer, and nothing kept.

strace makes them fail (`-e inject`): the first call of a kind after it attached, the second, and so on until there was none.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from resolverd.errors import RoutesError
from resolverd.terms import Answer, Code, Status
from resolverd_client import BlockingClient, ClientError, Question
from resolverd_client.table import AFTER
from tests.e2e.live import fresh, require
from tests.soak.daemon import RunningDaemon, running_daemon

IS_LONG = bool(os.environ.get("RESOLVERD_LONG"))
MOST = 60
"""Calls of one kind that a round of questions may need; more would be a mistake of ours."""

LOOKING = ("openat", "getdents64", "newfstatat", "readlink", "read", "inotify_add_watch", "poll")
LISTENING = ("poll", "ioctl", "read")
TALKING = ("accept4", "recvfrom", "sendto", "sendmsg")
"""The last with the descriptors of an answer table."""
ERRORS = ("EIO", "EACCES", "EMFILE", "ENOMEM", "EINTR") if IS_LONG else ("EIO", "EMFILE")

SPECIFIERS = ("./x", "a", "a/b", "@/x", "m", "l", "l/b", "nope", "./nope", "a/no")
ROUNDS = 1 + AFTER // len(SPECIFIERS)
"""So often a client has to ask all before it has an answer table."""

EXPLICIT = {Code.UNREADABLE, Code.INVALID_PACKAGE_CONFIG}


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> list[Question]:
    root = tmp_path_factory.mktemp("project").resolve()
    files = {
        "package.json": "{}",
        "tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}',
        "src/x.js": "",
        "node_modules/a/package.json": '{"exports": {".": "./i.js", "./b": "./b/c.js"}}',
        "node_modules/a/i.js": "",
        "node_modules/a/b/c.js": "",
        "node_modules/m/package.json": '{"main": "lib"}',
        "node_modules/m/lib/index.js": "",
        "pages/index.ts": "",
        "pages/blog/[slug].ts": "",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "node_modules/l").symlink_to("a")
    (root / "pages/linked").symlink_to("../src")
    return [Question(specifier, str(root / "src/app.js")) for specifier in SPECIFIERS]


@pytest.fixture(scope="module")
def daemon() -> Iterator[RunningDaemon]:
    require("strace", "-qq", "-o", os.devnull, "true")
    with running_daemon() as running:
        yield running


class Trace:
    """A strace that has attached, and lets one call fail."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def injected(self) -> str:
        """The call that failed; nothing when there was none."""
        return next((line for line in self._log.read_text().splitlines() if "(INJECTED)" in line), "")


@contextmanager
def failing(pid: int, call: str, error: str, number: int, log: Path) -> Iterator[Trace]:
    inject = f"inject={call}:error={error}:when={number}"
    command = ("strace", "-qq", "-f", "-p", str(pid), "-e", f"trace={call}", "-e", inject, "-o", log)
    with subprocess.Popen(command, stderr=subprocess.PIPE) as strace:
        while "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text():
            assert strace.poll() is None, strace.stderr and strace.stderr.read()
        try:
            yield Trace(log)
        finally:
            strace.send_signal(signal.SIGINT)
            strace.wait()


def is_alive(pid: int) -> bool:
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def ask(client: BlockingClient, questions: list[Question]) -> list[Answer]:
    return [client.resolve(asked.specifier, importer=asked.origin) for asked in questions]


ROUTES = ["/linked/x", "/", "/blog/[slug]"]


def routes(client: BlockingClient, questions: list[Question]) -> list[str]:
    """Ask for the pages beside the sources; or what is told of why there are none."""
    try:
        listed = client.routes(Path(questions[0].origin).parents[1] / "pages", reload=True)
    except RoutesError as error:
        return [str(error)]
    return [route.name for route in listed]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("call", LOOKING)
def test_what_cannot_be_looked_at_is_told_and_not_remembered(
    daemon: RunningDaemon, questions: list[Question], call: str, error: str, tmp_path: Path
) -> None:
    right = fresh(questions)
    for number in range(1, MOST):
        daemon.client.bust_all()
        with failing(daemon.pid, call, error, number, tmp_path / "log") as trace:
            answers, listed = ask(daemon.client, questions), routes(daemon.client, questions)
        assert listed == ROUTES or "cannot be read" in listed[0], (listed, trace.injected())
        for asked, answer, expected in zip(questions, answers, right, strict=True):
            told = answer.status is Status.FAILED and answer.error is not None and answer.error.code in EXPLICIT
            assert told or answer == expected, (asked.specifier, answer, trace.injected())
        assert ask(daemon.client, questions) == right, trace.injected()
        assert routes(daemon.client, questions) == ROUTES, trace.injected()
        if not trace.injected():
            break
    assert 1 < number < MOST


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("call", LISTENING)
def test_news_that_cannot_be_taken_in_while_nobody_asks_ends_no_daemon(
    daemon: RunningDaemon, questions: list[Question], call: str, error: str, tmp_path: Path
) -> None:
    late = Path(questions[0].origin).parent / "late.js"
    asked = [*questions, Question("./late", questions[0].origin)]
    ask(daemon.client, asked)
    with failing(daemon.pid, call, error, 1, tmp_path / "log") as trace:
        late.touch()
        while not trace.injected():
            assert is_alive(daemon.pid)
    try:
        assert ask(daemon.client, asked) == fresh(asked)
    finally:
        late.unlink()


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("call", TALKING)
def test_a_conversation_that_fails_costs_nobody_else_anything(
    daemon: RunningDaemon, questions: list[Question], call: str, error: str, tmp_path: Path
) -> None:
    right = fresh(questions)
    for number in range(1, MOST if IS_LONG else 4):
        # Told by an error of the client's, or answered right.
        with (
            failing(daemon.pid, call, error, number, tmp_path / "log") as trace,
            suppress(ClientError),
            BlockingClient(daemon.client.socket) as client,
        ):
            assert ask(client, questions * ROUNDS) == right * ROUNDS
        with BlockingClient(daemon.client.socket) as another:
            assert ask(another, questions) == right
        if not trace.injected():
            break
    assert number > 1
