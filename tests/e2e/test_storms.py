"""More changes than the kernel's queue holds, and changes beside questions: nothing stale, nothing left behind.

`RESOLVERD_LONG=1` (`make soak`) gives the storms their full size.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

import pytest

from resolverd_client import BlockingClient, Question, table
from tests.e2e.live import IS_LONG, Live, assert_right, live

FILES = 20_000
DIRECTORIES = 100
ROUNDS = 10 if IS_LONG else 1
ASKED_OF = 1 if IS_LONG else 11
"""Every so manieth file has a key that is asked for; each directory has some."""

CLIENTS = 8
CHURN = 100_000 // CLIENTS if IS_LONG else 250


@pytest.fixture
def daemon() -> Iterator[Live]:
    with live() as started:
        yield started


def files(root: Path) -> list[Path]:
    each = FILES // DIRECTORIES
    return [root / f"d{number // each}" / f"f{number}.js" for number in range(FILES)]


def turn_over(paths: list[Path], parity: int) -> None:
    """Remove every other file and create the rest: one event for each."""
    for number, path in enumerate(paths):
        if number % 2 == parity:
            path.touch()
        else:
            path.unlink(missing_ok=True)


def stop(pid: int) -> None:
    """Stop a process, and see it stopped."""
    os.kill(pid, signal.SIGSTOP)
    assert os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1])


def test_nothing_is_stale_after_the_queue_overflowed(daemon: Live, tmp_path: Path) -> None:
    paths = files(tmp_path.resolve())
    for number in range(DIRECTORIES):
        (tmp_path / f"d{number}").mkdir()
    turn_over(paths, 0)
    keys = [Question(f"./{path.name}", str(path)) for path in paths[::ASKED_OF]]
    assert_right(daemon.client, keys)
    before = daemon.held()
    for round_ in range(1, ROUNDS + 1):
        stop(daemon.pid)
        turn_over(paths, round_ % 2)
        os.kill(daemon.pid, signal.SIGCONT)
        found = assert_right(daemon.client, keys)
        assert abs(found - len(keys) / 2) <= 1
        assert daemon.losses() == round_
        assert daemon.held() == before


def test_eight_clients_are_answered_right_while_files_come_and_go(daemon: Live, tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "kept.js").touch()
    importer = root / "app.js"
    daemon.client.resolve("./kept.js", importer=importer)
    # The clients will have the table made, which is held from then on.
    fetched = table.fetch(daemon.client.socket)
    assert fetched is not None
    fetched.close()
    daemon.await_connections(1)
    before = daemon.held()

    def churn(client_number: int) -> list[str]:
        wrong = []
        with BlockingClient(daemon.client.socket, deadline=60) as client:
            for number in range(CHURN):
                path = root / f"c{client_number}-{number}.js"
                path.touch()
                if number % 4 == 0 and client.resolve(f"./{path.name}", importer=importer).path != str(path):
                    wrong.append(f"{path.name} was not found")
                path.unlink()
                if number % 4 == 1 and client.resolve(f"./{path.name}", importer=importer).path is not None:
                    wrong.append(f"{path.name} was found")
        return wrong

    with ThreadPoolExecutor(CLIENTS) as pool:
        wrong = [complaint for complaints in pool.map(churn, range(CLIENTS)) for complaint in complaints]
    assert not wrong, f"{len(wrong)} wrong, such as {wrong[:3]}"
    daemon.await_connections(1)
    assert daemon.held() == before
    assert_right(daemon.client, [Question("./kept.js", str(importer)), Question("./c0-1.js", str(importer))])


STORM = """
import os, sys
print("begun", flush=True)
number = 0
while True:
    path = f"{sys.argv[1]}/s{number % 64}.js"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    os.unlink(path)
    number += 1
"""


def test_beside_a_storm_of_creates_and_unlinks_every_answer_is_right(
    daemon: Live, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path.resolve()
    asked = 2000 if IS_LONG else 200
    quiet = median(_p99_of_right_answers(daemon.client, root, asked) for _ in range(5))
    with subprocess.Popen((sys.executable, "-c", STORM, root), stdout=subprocess.PIPE) as storm:
        assert storm.stdout is not None
        assert storm.stdout.readline() == b"begun\n"
        stormy = median(_p99_of_right_answers(daemon.client, root, asked) for _ in range(5))
        storm.kill()
    if IS_LONG:
        with capsys.disabled():
            print(f"\nbeside a storm a client's p99 is {stormy / quiet:.1f} x of without")
        assert stormy < 20 * quiet


def _p99_of_right_answers(client: BlockingClient, root: Path, count: int) -> float:
    """Edit and ask so often; the 99th percentile of how long an answer took, in seconds."""
    path = root / "asked.js"
    taken: list[float] = []
    for number in range(count):
        if number % 2:
            path.unlink()
        else:
            path.touch()
        began = time.perf_counter()
        answer = client.resolve("./asked", importer=root / "app.js")
        taken.append(time.perf_counter() - began)
        assert (answer.path is not None) == path.exists()
    return quantiles(taken, n=100)[98]


ASKER = """
import socket, sys
from resolverd.terms import Kind
from resolverd.wire.codec import encode_message
from resolverd.wire.messages import PROTOCOL, Hello, OpenProfile, ResolveMany

names = [f"./not-there-{number}" for number in range(20_000)]
batch = ResolveMany(2, 0, [(sys.argv[2], True, names)], Kind.IMPORT)
with socket.socket(socket.AF_UNIX) as daemon:
    daemon.connect(sys.argv[1])
    daemon.sendall(b"".join(map(encode_message, (Hello(PROTOCOL, "", ""), OpenProfile(1, "node"), batch))))
    received = 0
    while received < 10_000:
        received += len(daemon.recv(1000))
    print("in the middle", flush=True)
    sys.stdin.read()
"""


def test_a_client_killed_in_the_middle_of_its_answers_leaves_nothing_behind(daemon: Live, tmp_path: Path) -> None:
    (tmp_path / "x.js").touch()
    importer = str(tmp_path.resolve() / "app.js")
    assert_right(daemon.client, [Question("./x.js", importer)])
    before = daemon.held()
    for _ in range(3):
        with subprocess.Popen(
            (sys.executable, "-c", ASKER, daemon.client.socket, importer), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as client:
            assert client.stdout is not None
            assert client.stdout.readline() == b"in the middle\n"
            assert daemon.held().connections == 2
            client.kill()
        daemon.await_connections(1)
        assert_right(daemon.client, [Question("./x.js", importer)])
    assert daemon.held() == before
