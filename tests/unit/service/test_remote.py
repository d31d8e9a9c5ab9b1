from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import named_profile
from resolverd.service import remote
from resolverd.service.remote import RemoteView
from resolverd.terms import Answer, Code, Kind
from resolverd.view.base import MANIFEST_LIMIT, EntryKind
from resolverd.view.memory import MemoryView
from resolverd.watch.mounts import MountTable

TABLE = MountTable(
    "22 1 0:20 / / rw - ext4 /dev/sda1 rw\n30 22 0:25 / /net rw - fuse.sshfs x rw\n31 22 0:26 / /other rw - nfs4 y rw\n"
)
PATIENCE = 60


class Hanging(MemoryView):
    """A view on which nothing under `/net` comes back while `is_alive` is not set."""

    def __init__(self) -> None:
        super().__init__()
        self.is_alive = threading.Event()
        self.is_alive.set()
        self.threads: set[str] = set()

    def _wait(self, path: str) -> None:
        self.threads.add(threading.current_thread().name)
        if path.startswith("/net"):
            assert self.is_alive.wait(PATIENCE)

    def list(self, path: str) -> dict[str, EntryKind]:
        self._wait(path)
        return super().list(path)

    def kind(self, path: str) -> EntryKind:
        self._wait(path)
        return super().kind(path)

    def read(self, path: str, limit: int = MANIFEST_LIMIT) -> bytes:
        self._wait(path)
        return super().read(path, limit)


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    monkeypatch.setattr(remote, "DEADLINE", 0.05)
    made = Hanging()
    for place in ("/net", "/other", "/home"):
        made.write(f"{place}/p/x.js")
        made.write(f"{place}/p/node_modules/dep/package.json", '{"main": "main.js"}')
        made.write(f"{place}/p/node_modules/dep/main.js")
    yield made
    made.is_alive.set()


class Asked:
    def __init__(self, view: Hanging) -> None:
        self.view = RemoteView(view, lambda: TABLE)
        self.engine = Engine(self.view)
        self._mode = self.engine.mode(self.engine.open_profile(named_profile("node")), Kind.REQUIRE)

    def ask(self, place: str, specifier: str = "dep") -> Answer:
        self.engine.begin_turn()
        answer = self.engine.answer(self._mode, f"{place}/p", specifier)
        self.engine.check()
        return answer


def test_what_is_far_away_is_read_by_a_thread_of_its_mount_and_what_is_near_by_the_loop(view: Hanging) -> None:
    asked = Asked(view)
    assert asked.ask("/home").path == "/home/p/node_modules/dep/main.js"
    assert view.threads == {"MainThread"}
    view.threads.clear()
    assert asked.ask("/net").path == "/net/p/node_modules/dep/main.js"
    assert "resolverd-mount" in view.threads


def test_a_mount_that_hangs_fails_what_is_asked_there_says_why_and_comes_back(view: Hanging) -> None:
    asked = Asked(view)
    assert asked.ask("/net").path
    view.is_alive.clear()
    for _ in range(3):
        error = asked.ask("/net").error
        assert error is not None
        assert error.code is Code.UNREADABLE
        assert "the file system at /net (fuse.sshfs) does not answer" in error.message
    assert [mount.point for mount, _ in asked.view.hanging()] == ["/net"]
    assert asked.ask("/other").path
    assert asked.ask("/home").path
    view.is_alive.set()
    while list(asked.view.hanging()):
        pass  # the thread comes back by itself
    assert asked.ask("/net").path == "/net/p/node_modules/dep/main.js"


def test_while_it_hangs_nobody_waits_a_second_time(view: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(view)
    view.is_alive.clear()
    assert asked.ask("/net").error
    monkeypatch.setattr(remote, "DEADLINE", PATIENCE)
    # Whoever waited now would wait for longer than a test may take.
    for number in range(1000):
        assert asked.ask("/net", f"dep{number}").error


def test_errors_come_through(view: Hanging) -> None:
    far = RemoteView(view, lambda: TABLE)
    with pytest.raises(FileNotFoundError):
        far.kind("/net/nothing")
    with pytest.raises(IsADirectoryError):
        far.read("/net/p")


def test_an_archive_far_away_is_read_whole(view: Hanging) -> None:
    view.write("/net/a.zip", b"PK")
    view.write("/home/a.zip", b"PK")
    for place in ("/net", "/home"):
        with RemoteView(view, lambda: TABLE).open(f"{place}/a.zip") as file:
            assert file.read() == b"PK"
