"""Ten thousand clients at once, and more at a time than may wait."""

from __future__ import annotations

import os
import resource
import signal
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from resolverd.wire.codec import encode_message
from resolverd.wire.messages import PROTOCOL, Hello
from resolverd_client import BlockingClient
from tests.e2e.live import IS_LONG, Live, live
from tests.soak.subjects import open_files_of

OURS = 500
"""Descriptors that the test and the daemon have for everything else."""

EACH_BYTES = 8 * 1024
HELLO = encode_message(Hello(PROTOCOL, "one of many", "0"))


def _many() -> int:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return min(10_000, hard - OURS) if hard != resource.RLIM_INFINITY else 10_000


@pytest.fixture
def descriptors() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def daemon() -> Iterator[Live]:
    with live(RESOLVERD_CONNECTIONS="12000") as running:
        yield running


def _connect(path: str) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.sendall(HELLO)
    return client


@pytest.mark.usefixtures("descriptors")
def test_ten_thousand_cost_little_and_leave_nothing(daemon: Live, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.client.resolve("x", directory="/")
    quiet = _p99(daemon.client) if IS_LONG else 0.0
    before, descriptors = daemon.client.stats().service.rss, open_files_of(daemon.pid)
    count = _many()
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(_connect(daemon.client.socket))) for _ in range(count)]
        assert all(client.recv(4096) for client in clients)
        daemon.await_connections(count + 1)
        each = (daemon.client.stats().service.rss - before) / count
        assert each < EACH_BYTES
        crowded = _p99(daemon.client) if IS_LONG else 0.0
    daemon.await_connections(1)
    assert open_files_of(daemon.pid) == descriptors
    if IS_LONG:
        assert crowded < 2 * quiet
        with capsys.disabled():
            print(
                f"\n{count} connections: {each:.0f} bytes each; another client's p99 {crowded / quiet:.2f} x of without"
            )


def _p99(client: BlockingClient) -> float:
    """Give the median of the 99th percentiles of some hundreds of questions, in seconds."""
    return statistics.median(_p99_once(client) for _ in range(9))


def _p99_once(client: BlockingClient) -> float:
    taken: list[float] = []
    for _ in range(500):
        begun = time.perf_counter()
        client.resolve("x", directory="/")
        taken.append(time.perf_counter() - begun)
    return statistics.quantiles(taken, n=100)[98]


def test_who_finds_the_queue_full_is_told_at_once_and_all_in_it_are_served(daemon: Live) -> None:
    os.kill(daemon.pid, signal.SIGSTOP)
    turned_away, waiting = 0, list[socket.socket]()
    try:
        with ExitStack() as stack:
            while not turned_away:
                client = stack.enter_context(closing(socket.socket(socket.AF_UNIX)))
                client.setblocking(False)
                try:
                    client.connect(daemon.client.socket)
                except BlockingIOError:
                    turned_away += 1
                else:
                    waiting.append(client)
            os.kill(daemon.pid, signal.SIGCONT)
            for client in waiting:
                client.setblocking(True)
                client.sendall(HELLO)
            assert all(client.recv(4096) for client in waiting)
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    daemon.await_connections(1)
