from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
from collections.abc import Iterator

import pytest

from resolverd.cache.engine import Engine
from resolverd.view.memory import MemoryView
from tests.e2e.command import Home, home


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


def test_top_tells_what_was_asked_and_from_which_project(user: Home) -> None:
    for _ in range(3):
        user.run("resolve", "./cart.js", "--from", user.importer)
    (line,) = user.run("top", "--json", "--count", "1").stdout.splitlines()
    moment = json.loads(line)
    assert moment["answers"] == 1
    assert moment["projects"] == {str(user.workspace): 1}
    assert moment["hit_rate"] is None
    assert len(user.run("top", "--json", "--count", "2", "--interval", "0.01").stdout.splitlines()) == 2
    assert b"project" in user.run("top").stdout


def shown(user: Home, *arguments: str, until: bytes = b"") -> tuple[int, bytes]:
    """Run a command on a terminal, interrupt it once it has shown something; its exit code and all that it showed."""
    ours, theirs = pty.openpty()
    with user.spawn(*arguments, terminal=theirs) as process:
        os.close(theirs)
        out = bytearray()
        is_interrupted = not until
        # Linux ends a terminal that nobody holds any more with EIO.
        with contextlib.suppress(OSError):
            while data := os.read(ours, 4096):
                out += data
                if not is_interrupted and until in out:
                    is_interrupted = True
                    process.send_signal(signal.SIGINT)
        os.close(ours)
        return process.wait(), bytes(out)


def test_top_on_a_terminal_shows_projects_of_any_name_and_leaves_the_screen_as_it_was(user: Home) -> None:
    project = user.workspace / "[/b]"
    project.mkdir(parents=True)
    (project / "package.json").write_text("{}")
    (project / "x.js").touch()
    assert user.run("resolve", "./x.js", "--from", str(project)).returncode == 0
    code, out = shown(user, "top", "--count", "2", "--interval", "0.01")
    assert code == 0
    assert b"[/b]" in out
    assert out.endswith(b"\x1b[?1049l")


def test_top_ends_with_an_interrupt(user: Home, interruptible: None) -> None:  # noqa: ARG001  for what it does
    code, out = shown(user, "top", until=b"watches")
    assert code == 130
    assert b"Traceback" not in out


def test_what_is_asked_in_an_installed_package_of_the_root_counts_for_the_root() -> None:
    view = MemoryView()
    view.write("/node_modules/a/b.js", "")
    engine = Engine(view)
    assert engine.resolve("./b.js", directory="/node_modules/a").path
    assert engine.projects() == {"/": 1}


@pytest.mark.parametrize("arguments", [("--interval", "0"), ("--count", "0"), ("--interval", "x")])
def test_top_refuses_what_makes_no_sense(user: Home, arguments: tuple[str, ...]) -> None:
    assert user.run("top", *arguments).returncode == 2
