from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolverd import __version__
from resolverd.cli import lifecycle
from tests.e2e.command import SECONDS, Home, home


@pytest.fixture
def user() -> Iterator[Home]:
    with home() as made:
        yield made


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What runs in the background of a script ignores interrupts, and so would its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _ended(pid: int) -> bool:
    """Whether a process has ended, be it that nobody has asked for its exit code yet."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], 0)[0])
    finally:
        os.close(process)


def test_a_question_starts_the_daemon_and_the_next_one_finds_it(user: Home) -> None:
    assert user.run("resolve", "fs", "--from", user.importer).stdout == b"node:fs\n"
    first = user.pid()
    assert user.run("resolve", "fs", "--from", user.importer).returncode == 0
    assert user.pid() == first


def test_clients_that_find_no_daemon_together_start_one(user: Home) -> None:
    clients = [user.spawn("resolve", "fs", "--from", user.importer) for _ in range(20)]
    for client in clients:
        with client:
            out, err = client.communicate(timeout=SECONDS)
            assert (client.returncode, out, err) == (0, b"node:fs\n", b"")
    assert user.json("stats")["service"]["accepted"] >= 20  # type: ignore[index]


def test_the_background_daemon_leaves_the_session_and_the_directory(user: Home) -> None:
    user.run("start")
    pid = user.pid()
    assert os.getsid(pid) == pid
    process = Path(f"/proc/{pid}")
    assert (process / "cwd").readlink() == Path("/")
    assert (process / "fd/0").readlink() == Path("/dev/null")
    assert (process / "fd/2").readlink() == user.log


def test_start_and_stop_may_be_repeated(user: Home) -> None:
    assert user.run("start").stdout.startswith(b"started")
    assert user.run("start").stdout.startswith(b"already running")
    pid = user.pid()
    assert user.json("stop") == {"stopped": True, "pid": pid}
    assert _ended(pid)
    assert not user.socket.exists()
    again = user.run("stop")
    assert (again.returncode, again.stdout) == (0, b"no daemon was running\n")


def test_restart_replaces_the_daemon(user: Home) -> None:
    user.run("start")
    before = user.pid()
    assert user.run("restart").stdout.startswith(b"started")
    assert _ended(before)
    assert user.pid() != before


def test_status_never_starts_a_daemon(user: Home) -> None:
    absent = user.run("status", "--json")
    assert (absent.returncode, json.loads(absent.stdout)["running"]) == (3, False)
    assert b"resolverd start" in user.run("status").stdout
    user.run("start")
    running = user.run("status", "--json")
    told = json.loads(running.stdout)
    assert (running.returncode, told["running"], told["version"], told["socket"]) == (
        0,
        True,
        __version__,
        str(user.socket),
    )


def test_status_of_a_degraded_daemon_is_1_and_says_why(user: Home) -> None:
    user.environment["RESOLVERD_CONNECTIONS"] = "1"
    user.run("start")
    degraded = user.run("status")
    assert degraded.returncode == 1
    assert b"degraded" in degraded.stdout
    assert b"connections" in degraded.stdout


def test_no_autostart_exits_3_and_says_how_to_start(user: Home) -> None:
    done = user.run("resolve", "fs", "--from", user.importer, RESOLVERD_NO_AUTOSTART="1")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"resolverd start" in done.stderr
    assert not user.socket.exists()
    assert user.run("start", RESOLVERD_NO_AUTOSTART="1").returncode == 0


@pytest.mark.parametrize("command", [("resolve", "fs", "--from", "."), ("start",), ("restart",), ("stats",)])
def test_off_makes_the_command_line_step_aside(user: Home, command: tuple[str, ...]) -> None:
    done = user.run(*command, RESOLVERD="off")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"RESOLVERD=off" in done.stderr
    assert not user.socket.exists()


def test_the_socket_may_be_given_before_or_after_the_command_or_by_the_environment(user: Home) -> None:
    own = str(user.root / "own")
    try:
        assert user.run("--socket", own, "resolve", "fs", "--from", ".").returncode == 0
        assert user.run("status", "--socket", "own").returncode == 0
        assert user.run("status", RESOLVERD_SOCKET=own).returncode == 0
        assert user.run("status").returncode == 3
    finally:
        user.run("stop", "--socket", own)


def test_a_daemon_that_cannot_start_is_reported_with_its_log(user: Home) -> None:
    (user.root / "config" / "resolverd").mkdir()
    (user.root / "config" / "resolverd" / "config.toml").write_text("idle_secs = 1\n")
    done = user.run("resolve", "fs", "--from", user.importer)
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"did not start" in done.stderr
    assert b"idle_secs" in done.stderr


def test_a_path_that_is_too_long_for_a_socket_is_told_as_such(user: Home) -> None:
    done = user.run("resolve", "fs", "--from", ".", "--socket", "/tmp/" + "x" * 200)
    assert done.returncode == 3
    assert b"at most 107 bytes" in done.stderr


def test_run_says_that_a_daemon_runs_already(user: Home) -> None:
    user.run("start")
    done = user.run("run")
    assert done.returncode == 3
    assert b"listens at" in done.stderr


def test_run_ends_in_good_order_on_sigterm(user: Home) -> None:
    with user.spawn("run") as daemon:
        while user.run("status").returncode:
            assert daemon.poll() is None
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(SECONDS) == 0
    assert not user.socket.exists()


def test_another_version_is_told_and_not_killed(user: Home) -> None:
    with user.other_daemon("resolverd.__version__ = '0.0.1'") as other:
        done = user.run("resolve", "fs", "--from", user.importer)
        assert (done.returncode, done.stdout) == (0, b"node:fs\n")
        for word in ("0.0.1", __version__, "resolverd restart"):
            assert word.encode() in done.stderr
        assert other.poll() is None
        assert user.json("restart")["version"] == __version__
        assert other.wait(SECONDS) == 0


def test_another_protocol_is_refused_and_restart_replaces_it(user: Home) -> None:
    with user.other_daemon("m.PROTOCOL = 99") as other:
        done = user.run("resolve", "fs", "--from", user.importer)
        assert (done.returncode, done.stdout) == (4, b"")
        assert b"resolverd restart" in done.stderr
        assert other.poll() is None
        assert user.run("restart").returncode == 0
        assert other.wait(SECONDS) == 0
    assert user.run("resolve", "fs", "--from", user.importer).returncode == 0


def test_a_pid_file_names_a_daemon_only_while_somebody_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "socket.pid"
    path.write_text(f"{os.getpid()}\n")
    assert lifecycle._pid_in_file(str(path)) is None
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert lifecycle._pid_in_file(str(path)) == os.getpid()


def test_who_breaks_off_is_told_with_4(user: Home) -> None:
    path = str(user.root / "rude")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        with user.spawn("resolve", "fs", "--from", ".", "--socket", path) as client:
            for _ in range(2):  # the plain way, then the one that tells
                listener.accept()[0].close()
            out, err = client.communicate(timeout=SECONDS)
    assert (client.returncode, out) == (4, b"")
    assert b"broke off" in err


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_exits_130_without_a_traceback(user: Home) -> None:
    user.run("start")
    with user.spawn("resolve", "--batch", "-") as client:
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(b"{}\n")
        client.stdin.flush()
        client.stdout.readline()
        client.send_signal(signal.SIGINT)
        assert client.wait(SECONDS) == 130
        assert client.stderr is not None
        assert client.stderr.read() == b""


def test_a_reader_that_leaves_ends_the_command_quietly(user: Home) -> None:
    user.run("start")
    with user.spawn("resolve", "--batch", "-") as client:
        assert client.stdin is not None
        assert client.stdout is not None
        assert client.stderr is not None
        client.stdout.close()
        client.stdin.write(b"{}\n")
        client.stdin.close()
        assert client.wait(SECONDS) == -signal.SIGPIPE
        assert client.stderr.read() == b""


def test_demo_tours_and_leaves_nothing(user: Home) -> None:
    (user.root / "tmp").mkdir()
    done = user.run("demo", TMPDIR=str(user.root / "tmp"))
    assert (done.returncode, done.stderr) == (0, b"")
    for word in (b"src/cart.ts", b"->  src/checkout.ts", b"->  ERR_MODULE_NOT_FOUND", b"next/index.mjs"):
        assert word in done.stdout
    assert b"\x1b" not in done.stdout
    assert list((user.root / "tmp").iterdir()) == []
    assert user.run("status").returncode == 3
