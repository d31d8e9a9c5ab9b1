"""Who is let in, how many, and how all are sent home."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from resolverd.service.process import set_descriptor_limit
from resolverd.service.server import OVERFLOW_UID, may_connect, peer_uid
from resolverd.wire.codec import decode_reply
from resolverd.wire.framing import Framer
from resolverd.wire.messages import Limits, Ping, Pong, RefusalCode, Refused, Shutdown, Stopping
from tests.unit.service.clients import Service
from tests.unit.service.conftest import Serve
from tests.unit.service.test_connection import answers_of, batch


@pytest.fixture
def descriptors() -> Iterator[None]:
    """Leave the limit of descriptors as it was."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


# -- how many ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("descriptors")
async def test_a_thousand_connections_are_served(serve: Serve) -> None:
    set_descriptor_limit(0)
    service = serve(connections=1000)
    clients = [await service.greeted() for _ in range(1000)]
    assert all([await client.is_served() for client in clients])
    late = await service.connect()
    assert "1000" in (await late.is_refused(RefusalCode.BUSY)).message
    assert await late.receive() is None
    assert await clients[500].is_served()


async def test_a_place_that_was_left_can_be_taken(serve: Serve) -> None:
    service = serve(connections=2)
    stays, leaves = await service.greeted(), await service.greeted()
    await leaves.stream.aclose()
    while service.daemon.connections > 1:
        assert await stays.is_served()
    assert await (await service.greeted()).is_served()
    assert (service.daemon.accepted, service.daemon.turned_away) == (3, 0)


async def refusal_on(sock: trio.socket.SocketType) -> str:
    (payload,) = Framer().receive(await sock.recv(1000))
    refused = decode_reply(payload)
    assert isinstance(refused, Refused)
    return refused.code


@contextlib.contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Use up every descriptor that the process may have."""
    highest = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    fillers: list[int] = []
    try:
        with contextlib.suppress(OSError):
            while True:
                fillers.append(os.dup(0))
        yield
    finally:
        for filler in fillers:
            os.close(filler)


@pytest.mark.usefixtures("descriptors")
async def test_without_descriptors_clients_are_told_and_others_are_served(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    service = serve()
    neighbour = await service.greeted()
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(trio.socket.socket(socket.AF_UNIX)) for _ in range(5)]
        with no_descriptor_left():
            for sock in sockets:
                await sock.connect(service.path)
                assert await refusal_on(sock) == RefusalCode.BUSY
                assert await sock.recv(1) == b""
            assert await neighbour.is_served()
    assert await (await service.greeted()).is_served()
    assert service.daemon.turned_away == 5
    assert [record.message.partition(",")[0] for record in caplog.records] == [
        "connections cannot be accepted",
        "connections can be accepted again",
    ]


# -- who ---------------------------------------------------------------------------------------------------------------


def test_the_peer_s_user_is_the_one_who_connected() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_uid(ours) == os.geteuid()


@pytest.mark.parametrize(
    ("peer", "own", "let_in"),
    [(1000, 1000, True), (0, 0, True), (1001, 1000, False), (0, 1000, False), (OVERFLOW_UID, OVERFLOW_UID, False)],
)
def test_only_our_own_user_is_let_in(peer: int, own: int, let_in: bool) -> None:
    assert may_connect(peer, own) is let_in


def reply_to_user(uid: int, path: str) -> bytes:
    """What a process of another user is told that connects."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            os.setuid(uid)
            client.connect(path)
            os.write(writer, client.recv(4096))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        return told.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
async def test_another_user_is_told_and_sent_away() -> None:
    with tempfile.TemporaryDirectory() as directory:
        service = Service(Path(directory), Limits())
        os.chmod(directory, 0o755)  # noqa: PTH101  pathlib's is for synchronous functions
        os.chmod(service.path, 0o666)  # noqa: PTH101  as above
        async with trio.open_nursery() as nursery:
            nursery.start_soon(service.serve)
            (payload,) = Framer().receive(await trio.to_thread.run_sync(reply_to_user, 12345, service.path))
            nursery.cancel_scope.cancel()
        service.close()
    refused = decode_reply(payload)
    assert isinstance(refused, Refused)
    assert refused.code == RefusalCode.FOREIGN_USER
    assert "12345" in refused.message


# -- the end -----------------------------------------------------------------------------------------------------------


async def test_whoever_asks_for_it_is_told_that_the_daemon_stops(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    assert await client.ask(Shutdown(1)) == [Stopping(1)]
    assert await client.receive() is None
    await service.ended.wait()


async def test_what_was_sent_before_the_stop_is_answered(serve: Serve) -> None:
    service = serve()
    clients = [await service.greeted() for _ in range(5)]
    for client in clients:
        await client.send(batch(2000), Ping(3))
    service.server.stop()
    for client in clients:
        assert len(await answers_of(client)) == 2000
        assert [await client.receive(), await client.receive()] == [Pong(3), None]
    await service.ended.wait()


async def test_a_batch_that_was_begun_is_finished_before_the_end(serve: Serve) -> None:
    service = serve(unread_bytes=1000)
    client = await service.greeted()
    await client.send(batch(20_000))
    first = await client.receive()
    service.server.stop()
    assert first is not None
    assert len(await answers_of(client)) < 20_000
    assert await client.receive() is None
    await service.ended.wait()


async def test_idle_clients_do_not_hold_up_the_stop(serve: Serve) -> None:
    service = serve(stop_seconds=1000)
    clients = [await service.connect(), await service.greeted()]
    service.server.stop()
    with trio.fail_after(20):
        await service.ended.wait()
    assert [await client.receive() for client in clients] == [None, None]


async def test_a_client_that_does_not_read_holds_up_the_stop_no_longer_than_it_may(serve: Serve) -> None:
    service = serve(stop_seconds=0.1, unread_bytes=1000)
    client = await service.greeted()
    await client.send(batch(20_000))
    await client.receive()
    service.server.stop()
    with trio.fail_after(20):
        await service.ended.wait()


async def test_after_the_stop_nobody_is_let_in(serve: Serve) -> None:
    service = serve()
    service.server.stop()
    await service.ended.wait()
    with pytest.raises(OSError):
        await service.connect()


# -- bugs --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "is_bug"), [(AssertionError("a bug"), True), (OSError(5, "Input/output error"), False)]
)
async def test_what_fails_outside_of_a_request_ends_that_connection_alone(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: Exception, is_bug: bool
) -> None:
    service = serve()
    client, neighbour = await service.greeted(), await service.greeted()

    def broken(_: float) -> None:
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(service.daemon, "begin_turn", broken)
        await client.send(Ping(1))
        assert await client.receive() is None
    assert await neighbour.is_served()
    assert "a connection broke off" in caplog.text
    assert ("Traceback" in caplog.text) == is_bug
