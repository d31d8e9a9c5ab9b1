"""A file system that stops answering: its questions fail with a reason, and nobody else waits for it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from resolverd.terms import Answer, Code, Status
from resolverd_client import BlockingClient, Question
from tests.e2e.fuse_server import FuseServer, fuse
from tests.e2e.live import Live, live
from tests.soak.daemon import ROOT

CHECK = """
import sys
from resolverd.cli import surroundings
surroundings.PATIENCE = 0.1
for place in sys.argv[1:]:
    (found,) = surroundings.check_place(place)
    print(found.level, found.message, flush=True)
"""

FILES = {
    "src/x.js": b"",
    "node_modules/far/package.json": b'{"main": "main.js"}',
    "node_modules/far/main.js": b"",
}


@pytest.fixture
def project() -> Iterator[Path]:
    """A local project with a place for a mount, and links into it."""
    with tempfile.TemporaryDirectory(prefix="rd-") as scratch:
        root = Path(scratch).resolve()
        for name in ("src", "node_modules/near", "mnt"):
            (root / name).mkdir(parents=True)
        (root / "node_modules/near/index.js").touch()
        (root / "node_modules/far").symlink_to(root / "mnt/node_modules/far")
        yield root


@pytest.fixture
def server(project: Path) -> Iterator[FuseServer]:
    with fuse(project / "mnt", FILES) as mounted:
        yield mounted


@pytest.fixture
def daemon(server: FuseServer) -> Iterator[Live]:
    with live(*server.inside) as started:
        yield started
        server.go_on()  # a process ends when what it asked is answered


@pytest.fixture
def beside(daemon: Live) -> Iterator[BlockingClient]:
    """Another connection to the same daemon."""
    with BlockingClient(daemon.client.socket, deadline=60) as client:
        yield client


def ask(client: BlockingClient, specifier: str, importer: Path) -> Answer:
    return client.resolve(specifier, importer=importer)


def begin(pool: ThreadPoolExecutor, client: BlockingClient, specifier: str, importer: Path) -> Future[Answer]:
    return pool.submit(ask, client, specifier, importer)


def assert_silent(answer: Answer, server: FuseServer) -> None:
    assert (answer.status, answer.error and answer.error.code) == (Status.FAILED, Code.UNREADABLE)
    assert answer.error is not None
    assert f"the file system at {server.point} (fuse) does not answer" in answer.error.message


def test_the_mount_of_a_test_is_no_loss_to_the_tests_beside_it(server: FuseServer) -> None:
    assert str(server.point) not in Path("/proc/self/mountinfo").read_text(encoding="utf-8")


def test_a_mount_that_answers_is_resolved_in(daemon: Live, server: FuseServer, project: Path) -> None:
    inside = server.point / "src/a.js"
    assert ask(daemon.client, "./x.js", inside).path == f"{server.point}/src/x.js"
    assert ask(daemon.client, "far", inside).path == f"{server.point}/node_modules/far/main.js"
    assert ask(daemon.client, "far", project / "src/a.js").path == f"{server.point}/node_modules/far/main.js"


def test_others_are_answered_while_a_mount_hangs_and_it_is_resolved_in_again_when_it_is_back(
    daemon: Live, beside: BlockingClient, server: FuseServer, project: Path
) -> None:
    inside, outside = server.point / "src/a.js", project / "src/a.js"
    beside.greet()
    with ThreadPoolExecutor(1) as pool:
        server.hold_back()
        waiting = begin(pool, daemon.client, "./x.js", inside)
        server.await_question()
        for _ in range(100):
            assert ask(beside, "near", outside).path == f"{project}/node_modules/near/index.js"
            beside.bust(outside)
        assert not waiting.done()
        assert_silent(waiting.result(), server)
    assert_silent(ask(beside, "./x.js", inside), server)
    assert any("umount -l" in trouble for trouble in beside.status().troubles)
    server.go_on()
    while ask(beside, "./x.js", inside).path is None:
        pass
    assert ask(daemon.client, "far", inside).path == f"{server.point}/node_modules/far/main.js"
    assert not any("umount -l" in trouble for trouble in beside.status().troubles)


def test_a_link_into_a_mount_that_hangs_fails_and_what_was_known_of_it_is_not_believed(
    daemon: Live, server: FuseServer, project: Path
) -> None:
    outside = project / "src/a.js"
    assert ask(daemon.client, "far", outside).status is Status.FOUND
    server.hold_back()
    assert_silent(ask(daemon.client, "far", outside), server)
    assert ask(daemon.client, "near", outside).status is Status.FOUND
    server.go_on()
    while ask(daemon.client, "far", outside).path is None:
        pass


def test_a_mount_that_is_slow_is_waited_for_where_a_link_leads_there_too(
    daemon: Live, beside: BlockingClient, server: FuseServer, project: Path
) -> None:
    beside.greet()
    with ThreadPoolExecutor(1) as pool:
        server.hold_back()
        waiting = begin(pool, daemon.client, "far", project / "src/a.js")
        while not any("umount -l" in trouble for trouble in beside.status().troubles):
            pass  # the engine has given up its look
        server.go_on()
        assert waiting.result().path == f"{server.point}/node_modules/far/main.js"


def test_many_who_ask_about_a_mount_that_hangs_are_all_told_and_take_one_thread(
    daemon: Live, server: FuseServer
) -> None:
    before = threads_of(daemon.pid)
    server.hold_back()
    questions = [Question("./x.js", str(server.point / "src" / f"{number}.js")) for number in range(50)]

    def ask_all() -> list[Answer]:
        with BlockingClient(daemon.client.socket, deadline=60) as client:
            return client.resolve_many(questions)

    with ThreadPoolExecutor(4) as pool:
        replies = [each.result() for each in [pool.submit(ask_all) for _ in range(4)]]
    for answer in (answer for answers in replies for answer in answers):
        assert_silent(answer, server)
    assert threads_of(daemon.pid) == before + 1


def test_doctor_tells_of_a_place_that_hangs_and_does_not_wait_for_it(server: FuseServer, project: Path) -> None:
    (project / "there").symlink_to(server.point / "src")
    server.hold_back()
    command = (*server.inside, sys.executable, "-c", CHECK, server.point / "src", project / "there")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as doctor:
        assert doctor.stdout is not None
        there, by_link = doctor.stdout.readline(), doctor.stdout.readline()
        server.go_on()
    assert there.startswith("warning")
    assert "fuse changes without this kernel's knowing" in there
    assert by_link.startswith("fault")
    assert "does not answer" in by_link


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
