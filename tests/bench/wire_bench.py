"""The wire beside a bare asyncio echo server, in one run: `python -m tests.bench.wire_bench`.

The same requests go to both over a Unix socket from the same blocking client; the echo server gives back the bytes it
got and decodes nothing. What counts is the ratio: absolute numbers are the machine's.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from resolverd.service.config import load
from resolverd.service.run import run
from resolverd.wire.codec import decode_reply, encode_message
from resolverd.wire.framing import Framer
from resolverd.wire.messages import PROTOCOL, Hello, OpenProfile, Request, Resolve, ResolvedMany, ResolveMany

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
def _connected(serve: Callable[[str], None], path: str) -> Iterator[socket.socket]:
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
    """One request, one reply, `SINGLE` times: requests a second."""
    framer = Framer()
    frames = [encode_message(_question(project, number)) for number in range(1, SINGLE + 1)]
    started = time.perf_counter()
    for frame in frames:
        _exchange(client, framer, frame, 1)
    return SINGLE / (time.perf_counter() - started)


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
    requests: list[Request] = [Hello(PROTOCOL, "wire_bench", "0"), OpenProfile(1)]
    _exchange(client, Framer(), b"".join(map(encode_message, requests)), 2)


def _project(directory: str) -> Path:
    project = Path(directory, "project")
    (project / "src").mkdir(parents=True)
    (project / "package.json").write_text('{"name": "p", "type": "module"}')
    for number in range(200):
        (project / "src" / f"m{number}.js").touch()
    return project


def _median(bench: Bench, client: socket.socket, project: Path) -> float:
    bench(client, project)
    return statistics.median(bench(client, project) for _ in range(REPEATS))


def main() -> None:
    """Print a line for each way of asking."""
    with (
        tempfile.TemporaryDirectory() as directory,
        _connected(_serve_daemon, f"{directory}/daemon") as daemon,
        _connected(_serve_echo, f"{directory}/echo") as echo,
    ):
        project = _project(directory)
        _greet(daemon)
        for bench in (single, pipelined):
            ours, theirs = _median(bench, daemon, project), _median(bench, echo, project)
            sys.stdout.write(
                f"{bench.__name__:10} {ours:9,.0f}/s   echo {theirs:9,.0f}/s   ratio {ours / theirs:.2f}\n"
            )
        sys.stdout.write(f"{'batched':10} {_median(batched, daemon, project):9,.0f}/s\n")


if __name__ == "__main__":
    main()
