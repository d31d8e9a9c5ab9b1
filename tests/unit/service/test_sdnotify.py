"""What systemd hands over and is told (sd_listen_fds(3), sd_notify(3))."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trio
import trio.testing

from resolverd.service.claim import AlreadyRunningError, ClaimError, claim
from resolverd.service.config import load
from resolverd.service.sdnotify import Notifier, handed_over, is_handed_over


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.bind(str(tmp_path / "socket"))
        made.listen()
        yield made


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.setblocking(False)
        yield made


def taken(descriptor: int, count: str = "1") -> socket.socket:
    # A descriptor of its own: the socket made from it closes it.
    return handed_over({"LISTEN_FDS": count}, os.dup(descriptor))


def test_the_listening_socket_is_taken_as_it_is(listener: socket.socket) -> None:
    with taken(listener.fileno()) as ours:
        assert ours.getsockname() == listener.getsockname()
        assert not ours.getblocking()
        assert not ours.get_inheritable()


def test_what_is_meant_for_another_process_is_left_alone() -> None:
    assert is_handed_over({"LISTEN_PID": "7", "LISTEN_FDS": "1"}, 7)
    assert not is_handed_over({"LISTEN_PID": "7", "LISTEN_FDS": "1"}, 8)
    assert not is_handed_over({"LISTEN_PID": "7"}, 7)
    assert not is_handed_over({}, 7)


def test_other_things_handed_over_are_refused(systemd: socket.socket) -> None:
    with pytest.raises(ClaimError, match="2 sockets were handed over"):
        taken(systemd.fileno(), "2")
    with pytest.raises(ClaimError, match="no listening Unix stream socket"):
        taken(systemd.fileno())
    with Path(os.devnull).open() as file, pytest.raises(ClaimError, match="is no socket"):
        taken(file.fileno())


def test_with_a_socket_of_systemds_idleness_ends_nobody_who_was_not_told_so() -> None:
    environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "HOME": "/nowhere"}
    assert load(environ).settings.idle_seconds == 0
    assert load(environ | {"RESOLVERD_IDLE_SECONDS": "60"}).settings.idle_seconds == 60
    assert load({"HOME": "/nowhere"}).settings.idle_seconds > 0


def test_a_path_where_systemd_listens_is_not_taken_from_it(listener: socket.socket) -> None:
    path = listener.getsockname()
    Path(path).parent.chmod(0o700)
    with pytest.raises(AlreadyRunningError), claim(path):
        pass
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(path)


def test_systemd_is_told(systemd: socket.socket) -> None:
    with closing(Notifier({"NOTIFY_SOCKET": systemd.getsockname()})) as notifier:
        notifier.tell("READY=1", "STATUS=well")
    assert systemd.recv(100) == b"READY=1\nSTATUS=well"


def test_an_abstract_address_is_understood() -> None:
    name = f"@resolverd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{name[1:]}")
        with closing(Notifier({"NOTIFY_SOCKET": name})) as notifier:
            notifier.tell("READY=1")
        assert systemd.recv(100) == b"READY=1"


def test_nobody_is_told_where_nobody_asked_or_nobody_listens(tmp_path: Path) -> None:
    for environ in ({}, {"NOTIFY_SOCKET": str(tmp_path / "gone")}):
        with closing(Notifier(environ)) as notifier:
            notifier.tell("READY=1")


def test_a_daemon_without_a_descriptor_left_is_heard_by_the_watchdog(systemd: socket.socket) -> None:
    with closing(Notifier({"NOTIFY_SOCKET": systemd.getsockname()})) as notifier:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            notifier.tell("WATCHDOG=1")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert systemd.recv(100) == b"WATCHDOG=1"


async def test_the_watchdog_is_fed_twice_in_its_time(
    systemd: socket.socket, autojump_clock: trio.testing.MockClock
) -> None:
    environ = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "4000000"}
    with closing(Notifier(environ)) as notifier, trio.move_on_after(3.5):
        await notifier.beat(lambda: "well")
    assert [systemd.recv(100) for _ in range(2)] == [b"WATCHDOG=1\nSTATUS=well"] * 2
    with pytest.raises(BlockingIOError):
        systemd.recv(100)
    assert autojump_clock.current_time() == 3.5
