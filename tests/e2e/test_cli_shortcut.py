"""The plain `resolverd resolve`, by the short cut and by the usual way."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from resolverd import __version__
from resolverd.cli import shortcut
from resolverd.wire.codec import encode_message
from resolverd.wire.messages import Limits, ProfileOpened, Refused, Reply, Welcome
from tests.e2e.command import Home, home

_SHORT = """
import json, os, sys
from resolverd.cli import shortcut
line = shortcut.resolve(sys.argv[1:])
heavy = sorted({"msgspec", "argparse", "trio", "rich", "json.decoder"} & set(sys.modules) - {"json.decoder"})
print(json.dumps([None if line is None else os.fsdecode(line), heavy]))
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[Home]:
    with home() as made:
        made.run("start")
        yield made


def short(shop: Home, *arguments: str, **environment: str) -> str | None:
    line, heavy = json.loads(shop.run(*arguments, program=_SHORT, **environment).stdout)
    assert heavy == []
    return line


@pytest.mark.parametrize(
    "question",
    [
        ("palette",),
        ("palette", "--kind", "require"),
        ("fs",),
        ("#settings", "--profile", "browser"),
        ("fetcher", "--profile", "browser"),
    ],
)
def test_it_gives_what_the_usual_way_gives(shop: Home, question: tuple[str, ...]) -> None:
    plain = ("resolve", *question, "--from", shop.importer)
    usual = shop.run(*plain, "--no-daemon")
    assert usual.returncode == 0
    assert short(shop, *plain) == os.fsdecode(usual.stdout)


def test_a_name_that_is_not_utf8_goes_there_and_back(shop: Home) -> None:
    name = os.fsdecode(b"caf\xe9.js")
    (shop.workspace / "src" / name).touch()
    assert short(shop, "resolve", f"./{name}", "--from", shop.importer) == f"{shop.workspace}/src/{name}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("resolve", "palete", "--from", "."),  # a failure has more to say than one line
        ("resolve", "fetcher/pool.js", "--from", ".", "--profile", "browser"),  # ignored: so has this
        ("resolve", "palette", "--from", ".", "--profile", "bunder"),
        ("resolve", "palette", "--from", ".", "--kind", "dynamic"),
        ("resolve", "palette", "--from", ".", "--json"),
        ("resolve", "palette", "fetcher", "--from", "."),
        ("resolve", "palette", "--from"),
        ("resolve", "palette"),
        ("resolve", "--batch", "-"),
        ("explain", "palette", "--from", "."),
        (),
    ],
)
def test_what_is_not_plain_goes_the_usual_way(shop: Home, arguments: tuple[str, ...]) -> None:
    assert short(shop, *arguments) is None


def test_no_daemon_and_off_go_the_usual_way(shop: Home) -> None:
    plain = ("resolve", "palette", "--from", shop.importer)
    assert short(shop, *plain, "--socket", str(shop.root / "nobody")) is None
    assert short(shop, *plain, RESOLVERD="off") is None


_WELCOME = Welcome(1, __version__, 1, Limits())
_BAD = {
    "another version": (Welcome(1, "99.0", 1, Limits()), ProfileOpened(1, 0), Refused(2, "internal", "")),
    "a refusal": (Refused(0, "unsupported-protocol", ""),) * 3,
    "a refused question": (_WELCOME, ProfileOpened(1, 0), Refused(2, "internal", "")),
    "an end": (_WELCOME,),
}


@pytest.mark.parametrize(
    "replies", [*_BAD.values(), b"", struct.pack("<I", 2**32 - 1), b"\1\0\0\0\xc7" * 3, b"\1\0\0\0\1" * 3]
)
def test_a_daemon_that_speaks_otherwise_is_left_to_the_usual_way(
    shop: Home, replies: tuple[Reply, ...] | bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(shop.root / "other")
    sent = replies if isinstance(replies, bytes) else b"".join(map(encode_message, replies))
    monkeypatch.delenv("RESOLVERD", raising=False)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def serve() -> None:
            with listener.accept()[0] as client:
                client.recv(65536)
                client.sendall(sent)

        daemon = threading.Thread(target=serve)
        daemon.start()
        assert shortcut.resolve(["resolve", "a", "--from", "/", "--socket", path]) is None
        daemon.join()
    Path(path).unlink()


def test_numbers_of_every_size_are_passed_over() -> None:
    numbers = [0, 127, 128, 255, 65_535, 2**31, 2**40, -1, -100, -(2**40), 1.5]
    encoded = msgspec.msgpack.encode([*numbers, "end"])
    values, end = shortcut.unpack(encoded, 0)
    assert end == len(encoded)
    assert isinstance(values, list)
    assert values[-1] == "end"
