"""A daemon under real changes: every answer is held against that of an engine which was never asked before."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import named_profile
from resolverd.terms import Answer, Kind
from resolverd_client import BlockingClient, Question
from tests.soak.daemon import running_daemon
from tests.soak.subjects import open_files_of

IS_LONG = bool(os.environ.get("RESOLVERD_LONG"))
"""Whether the storms have their full size (`make soak`)."""


NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount", "--propagation", "private")
"""What a command is run by that shall have mounts of its own."""


class Held(NamedTuple):
    """What must not grow."""

    watches: int
    descriptors: int
    connections: int


class Live:
    """A daemon with a connection to it."""

    def __init__(self, pid: int, client: BlockingClient) -> None:
        self.pid = pid
        self.client = client

    def held(self) -> Held:
        stats = self.client.stats()
        return Held(stats.engine.watched, open_files_of(self.pid), stats.service.connections)

    def await_connections(self, count: int) -> None:
        """Ask until the daemon has taken note of who left."""
        while self.held().connections != count:
            pass

    def losses(self) -> int:
        return self.client.stats().engine.losses

    def path(self, specifier: str, importer: object) -> str | None:
        """Ask one question, in this namespace or another: what the daemon remembers must be what it sees now."""
        asked = Question(specifier, str(importer), fresh=True)
        replies = self.client.resolve_batch([asked])
        assert not replies.stale
        return replies.answers[0].path


@contextmanager
def live(*prefix: str, **environment: str) -> Iterator[Live]:
    with running_daemon(*prefix, **environment) as daemon:
        yield Live(daemon.pid, daemon.client)


def fresh(questions: Iterable[Question]) -> list[Answer]:
    """The answers of an engine that was never asked before."""
    engine = Engine()
    mode = engine.mode(engine.open_profile(named_profile("bundler")), Kind.IMPORT)
    return [
        engine.answer_from(mode, asked.origin, asked.specifier)
        if asked.is_file
        else engine.answer(mode, asked.origin, asked.specifier)
        for asked in questions
    ]


def assert_right(client: BlockingClient, questions: list[Question]) -> int:
    """Ask all of it at once and hold each answer against a new engine's; how many were found."""
    answers = client.resolve_many(questions)
    wrong = [
        f"{asked.specifier!r} from {asked.origin}: {got} instead of {due}"
        for asked, got, due in zip(questions, answers, fresh(questions), strict=True)
        if gist(got) != gist(due)
    ]
    assert not wrong, "\n  ".join([f"{len(wrong)} of {len(questions)} wrong:", *wrong[:10]])
    return sum(answer.path is not None for answer in answers)


def gist(answer: Answer) -> tuple[object, ...]:
    """What an answer says, without the names that were tried: of a place that cannot be listed those are others."""
    return answer.status, answer.path, answer.package_json, answer.error and answer.error.code


def require(*command: str) -> None:
    """Skip the test where a command cannot be run: it needs what this machine does not allow."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip(f"there is no {command[0]}")
    if done.returncode:
        pytest.skip(f"`{' '.join(command)}` is not allowed here: {done.stderr.strip()}")
