"""The wire beside a bare asyncio echo server, in one run.

The same requests go to both over a Unix socket from the same blocking client; the echo server gives back the bytes it
got and decodes nothing. What counts is the ratio: absolute numbers are the machine's.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

from resolverd.service.config import load
from resolverd.service.run import run
from resolverd.wire.codec import decode_reply, encode_message
from resolverd.wire.framing import Framer
from resolverd.wire.messages import PROTOCOL, Hello, OpenProfile, Request, Resolve, ResolvedMany, ResolveMany
from tests.bench.ground import Ground

SINGLE = 5_000
PIPELINED = 20_000
WINDOW = 500
BATCHED = 20_000
REPEATS = 5

Bench = Callable[[socket.socket, Path], float]


class _Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


def _serve_echo(path: str) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_unix_server(_Echo, path)
        await server.serve_forever()

    asyncio.run(serve())


def _serve_daemon(path: str) -> None:
    run(load({}, {"socket": path}).settings)


@contextlib.contextmanager
def _connected(serve: Callable[[str], None], path: str) -> Generator[socket.socket]:
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(path,))
    server.start()
    try:
        with socket.socket(socket.AF_UNIX) as client:
            while True:
                try:
                    client.connect(path)
                except (FileNotFoundError, ConnectionRefusedError):
                    time.sleep(0.02)
                else:
                    break
            yield client
    finally:
        server.terminate()
        server.join()


def _exchange(client: socket.socket, framer: Framer, data: bytes, replies: int) -> list[bytes]:
    """Send frames, and wait for as many."""
    client.sendall(data)
    got: list[bytes] = []
    while len(got) < replies:
        got += framer.receive(client.recv(1 << 18))
    return got


def _question(project: Path, number: int) -> Resolve:
    return Resolve(number, 0, f"./m{number % 200}.js", f"{project}/src/main.js")


def single(client: socket.socket, project: Path) -> float:
    """One request, one reply, `SINGLE` times: requests a second, of the median round trip."""
    framer = Framer()
    frames = [encode_message(_question(project, number)) for number in range(1, SINGLE + 1)]
    trips: list[float] = []
    for frame in frames:
        started = time.perf_counter()
        _exchange(client, framer, frame, 1)
        trips.append(time.perf_counter() - started)
    return 1 / statistics.median(trips)


def pipelined(client: socket.socket, project: Path) -> float:
    """`WINDOW` requests in one write, then all their replies: requests a second."""
    framer = Framer()
    frames = [encode_message(_question(project, number)) for number in range(1, PIPELINED + 1)]
    windows = [b"".join(frames[start : start + WINDOW]) for start in range(0, PIPELINED, WINDOW)]
    started = time.perf_counter()
    for window in windows:
        _exchange(client, framer, window, WINDOW)
    return PIPELINED / (time.perf_counter() - started)


def batched(client: socket.socket, project: Path) -> float:
    """`BATCHED` specifiers of 200 importers in one request, its parts decoded: specifiers a second."""
    specifiers = [f"./m{number}.js" for number in range(BATCHED // 200)]
    groups = [(f"{project}/src/f{number}.js", True, specifiers) for number in range(200)]
    framer = Framer()
    started = time.perf_counter()
    client.sendall(encode_message(ResolveMany(1, 0, groups)))
    answers = 0
    while answers < BATCHED:
        for payload in framer.receive(client.recv(1 << 18)):
            reply = decode_reply(payload)
            assert isinstance(reply, ResolvedMany)
            answers += len(reply.answers)
    return BATCHED / (time.perf_counter() - started)


def _greet(client: socket.socket) -> None:
    requests: list[Request] = [Hello(PROTOCOL, "round_trips", "0"), OpenProfile(1)]
    _exchange(client, Framer(), b"".join(map(encode_message, requests)), 2)


def _project(directory: str) -> Path:
    project = Path(directory, "project")
    (project / "src").mkdir(parents=True)
    (project / "package.json").write_text('{"name": "p", "type": "module"}')
    for number in range(200):
        (project / "src" / f"m{number}.js").touch()
    return project


Measured = dict[str, list[tuple[float, float]]]
"""By way of asking, a pair (the daemon's, the echo server's) a second for each round."""


def measure(_ground: Ground) -> Measured:
    with (
        tempfile.TemporaryDirectory() as directory,
        _connected(_serve_daemon, f"{directory}/daemon") as daemon,
        _connected(_serve_echo, f"{directory}/echo") as echo,
    ):
        project = _project(directory)
        _greet(daemon)
        for bench in (single, pipelined, batched):
            bench(daemon, project)
        # Nothing but itself compares with a batch: the echo server would give one frame back.
        return {
            "single": [(single(daemon, project), single(echo, project)) for _ in range(REPEATS)],
            "pipelined": [(pipelined(daemon, project), pipelined(echo, project)) for _ in range(REPEATS)],
            "batched": [(batched(daemon, project), single(echo, project)) for _ in range(REPEATS)],
        }


def report(measured: Measured) -> str:
    def middles(name: str) -> tuple[float, float, float]:
        rounds = measured[name]
        ours, theirs = (statistics.median(pair[place] for pair in rounds) for place in (0, 1))
        return ours, theirs, statistics.median(one / other for one, other in rounds)

    (one, echo, ratio), (windowed, echoed, share), (batch, _, _) = map(middles, ("single", "pipelined", "batched"))
    return (
        f"{_HEAD}"
        f"| one request, one reply: p50 of a round trip | {1e6 / one:.0f} µs | {1e6 / echo:.0f} µs | {1 / ratio:.2f} times as long |\n"
        f"| `{WINDOW}` requests in flight | {windowed:,.0f}/s | {echoed:,.0f}/s | {share:.2f} times as many |\n"
        f"| one batch of {BATCHED:,} specifiers | {batch:,.0f}/s | | |\n"
    )


_HEAD = """\
The same frames from the same blocking Python client over a Unix socket: the daemon decodes, drains inotify, answers warm and encodes;
the echo server gives the bytes back. Medians of the rounds, by turns in one run.

| | daemon | bare asyncio echo | |
|---|--:|--:|--:|
"""
