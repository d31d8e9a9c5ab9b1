from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolverd.errors import ResolverdError
from resolverd.wire import messages
from resolverd.wire.codec import encode_message
from resolverd_client import (
    BlockingClient,
    ClientError,
    ConnectionLost,
    DaemonRefused,
    DaemonUnavailable,
    DeadlineExceeded,
    transport,
)


@pytest.fixture
def path() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="rd-") as directory:
        yield f"{directory}/socket"


@pytest.fixture
def listener(path: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path)
        made.listen()
        yield made


def test_every_exception_is_a_client_error() -> None:
    for kind in (DaemonUnavailable, DaemonRefused, DeadlineExceeded, ConnectionLost):
        assert issubclass(kind, ClientError)
    assert issubclass(ClientError, ResolverdError)


def test_no_daemon_is_told_with_the_way_to_start_one(path: str) -> None:
    with pytest.raises(DaemonUnavailable, match="resolverd start"):
        BlockingClient(path).stats()


def test_a_socket_that_nobody_listens_at_any_more_is_no_daemon(path: str, listener: socket.socket) -> None:
    listener.close()
    with pytest.raises(DaemonUnavailable):
        BlockingClient(path).stats()


def test_a_path_that_no_socket_can_have_is_told_as_such() -> None:
    with pytest.raises(DaemonUnavailable, match="at most 107 bytes"):
        BlockingClient("/" + "x" * 200).stats()


@pytest.mark.usefixtures("listener")
def test_a_daemon_that_says_nothing_is_given_up_at_the_deadline(path: str) -> None:
    with BlockingClient(path, deadline=0.05) as client, pytest.raises(DeadlineExceeded, match=r"0\.05 s"):
        client.stats()


def test_a_daemon_that_breaks_off_twice_is_told(path: str, listener: socket.socket) -> None:
    welcome = encode_message(messages.Welcome(messages.PROTOCOL, "0", 1, messages.Limits()))
    with BlockingClient(path, deadline=5) as client:
        # A connection has been greeted before the client asks anything on it.
        started = subprocess.Popen([sys.executable, "-c", _RUDE, welcome.hex()], stdin=listener.fileno())
        try:
            with pytest.raises(ConnectionLost, match="broke off"):
                client.stats()
        finally:
            started.wait(30)


_RUDE = """
import socket, sys
listener = socket.socket(fileno=0)
connection, _ = listener.accept()
connection.sendall(bytes.fromhex(sys.argv[1]))
connection.recv(1)
connection.close()
"""


def test_what_the_daemon_says_before_it_breaks_off_is_what_is_raised(path: str, listener: socket.socket) -> None:
    program = (
        "import socket, sys; c, _ = socket.socket(fileno=0).accept(); c.sendall(bytes.fromhex(sys.argv[1])); c.close()"
    )
    busy = encode_message(messages.Refused(messages.NO_REQUEST, messages.RefusalCode.BUSY, "too many connections"))
    started = subprocess.Popen([sys.executable, "-c", program, busy.hex()], stdin=listener.fileno())
    try:
        with BlockingClient(path) as client, pytest.raises(DaemonRefused, match="too many connections") as refused:
            client.stats()
    finally:
        started.wait(30)
    assert refused.value.code == messages.RefusalCode.BUSY


def test_a_daemon_of_another_user_is_not_asked(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        # The kernel remembers who began to listen. Root is let be: it may be systemd.
        own = os.geteuid()
        os.seteuid(own or 4242)
        listener.listen()
        os.seteuid(own)
        monkeypatch.setattr(transport.os, "getuid", lambda: 4243)
        with pytest.raises(DaemonRefused, match="not to you"):
            BlockingClient(path).stats()


def test_the_socket_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLVERD_SOCKET", "/a/socket")
    assert BlockingClient().socket == "/a/socket"
    monkeypatch.delenv("RESOLVERD_SOCKET")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1")
    assert BlockingClient().socket == "/run/user/1/resolverd/socket"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert BlockingClient().socket == f"/tmp/resolverd-{os.getuid()}/socket"


def test_the_blocking_client_imports_no_trio() -> None:
    program = (
        "import sys, resolverd_client; resolverd_client.BlockingClient; print(*{'trio', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"\n"


def test_the_client_looks_at_the_wire_and_the_terms_alone() -> None:
    home = Path(transport.__file__).parent
    allowed = (
        "resolverd.wire",
        "resolverd.table",
        "resolverd.terms",
        "resolverd.errors",
        "resolverd.paths",
        "resolverd import __version__",
    )
    for file in home.glob("*.py"):
        for line in file.read_text().splitlines():
            if line.startswith(("from resolverd.", "from resolverd ", "import resolverd")):
                assert line.split(" ", 1)[1].startswith(allowed), f"{file.name}: {line}"
