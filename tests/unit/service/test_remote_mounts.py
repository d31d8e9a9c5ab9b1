"""Looks at file systems that may hang: in a thread of the mount's own, with a deadline."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator

import pytest

from resolverd.service.remote import RemoteView
from resolverd.view.base import EntryKind
from resolverd.view.memory import MemoryView
from resolverd.watch.mounts import MountTable

LOCAL = "22 1 0:20 / / rw - ext4 /dev/sda1 rw\n"
NFS = "30 22 0:25 / /net rw - nfs4 server:/x rw\n"


class Held(MemoryView):
    """A view that can be held back, and says who looks."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.lookers: list[str] = []

    def list(self, path: str) -> dict[str, EntryKind]:
        self.lookers.append(threading.current_thread().name)
        self.goes_on.wait()
        return super().list(path)


class Table:
    """The mount table of the moment."""

    def __init__(self) -> None:
        self.now = MountTable(LOCAL + NFS)

    def __call__(self) -> MountTable:
        return self.now


@pytest.fixture
def held() -> Iterator[Held]:
    view = Held()
    view.write("/net/p/x.js", "x")
    view.write("/home/x.js", "x")
    yield view
    view.goes_on.set()


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def view(held: Held, table: Table) -> Iterator[RemoteView]:
    made = RemoteView(held, table)
    yield made
    table.now = MountTable(LOCAL)
    made.remote_at("/")


def test_local_paths_are_looked_at_by_who_asks_and_others_by_their_mounts_thread(view: RemoteView, held: Held) -> None:
    assert view.list("/home") == {"x.js": EntryKind.FILE}
    assert view.list("/net/p") == {"x.js": EntryKind.FILE}
    assert view.list("/net") == {"p": EntryKind.DIRECTORY}
    assert held.lookers == [threading.current_thread().name, "resolverd-mount", "resolverd-mount"]
    assert (view.read("/net/p/x.js"), view.open("/net/p/x.js").read()) == (b"x", b"x")


def test_errors_are_those_of_the_look(view: RemoteView) -> None:
    with pytest.raises(OSError, match="/net/gone") as caught:
        view.kind("/net/gone")
    assert caught.value.errno == errno.ENOENT


def test_a_bug_in_a_look_comes_back_and_leaves_the_thread_alive(view: RemoteView) -> None:
    remote = view.remote_at("/net")
    assert remote is not None
    with pytest.raises(ZeroDivisionError):
        remote.look(lambda: 1 // 0)
    assert remote.look(lambda: 1) == 1


def test_a_mount_that_is_late_is_not_looked_at_again_until_it_is_back(view: RemoteView, held: Held) -> None:
    held.goes_on.clear()
    for _ in range(20):
        with pytest.raises(OSError, match=r"the file system at /net \(nfs4\) does not answer") as caught:
            view.list("/net/p")
        assert caught.value.errno == errno.ETIMEDOUT
    assert len(held.lookers) == 1
    assert [mount.point for mount, _ in view.hanging()] == ["/net"]
    assert view.kind("/home") is EntryKind.DIRECTORY
    held.goes_on.set()
    while list(view.hanging()):
        pass
    assert view.list("/net/p") == {"x.js": EntryKind.FILE}


def test_a_probe_does_not_wait_and_tells_when_it_is_answered(view: RemoteView, held: Held) -> None:
    remote = view.remote_at("/net/p")
    assert remote is not None
    held.goes_on.clear()
    told = threading.Event()
    call = view.probe(remote, told.set)
    assert not remote.is_silent
    remote.give_up(call)
    assert remote.is_silent
    held.goes_on.set()
    assert told.wait(60)
    assert not remote.is_silent


def test_a_local_file_system_inside_a_remote_one_is_reached_through_it(view: RemoteView, table: Table) -> None:
    table.now = MountTable(LOCAL + NFS + "31 30 0:26 / /net/local rw - tmpfs tmpfs rw\n")
    remote = view.remote_at("/net/local/x")
    assert remote is not None
    assert remote.mount.point == "/net"


def test_the_thread_of_what_is_unmounted_ends_and_another_mount_there_is_another(
    view: RemoteView, table: Table
) -> None:
    others = threading.enumerate()
    view.list("/net")
    (before,) = set(threading.enumerate()) - set(others)
    first = view.remote_at("/net")
    table.now = MountTable(LOCAL + NFS.replace("30 22", "40 22"))
    assert view.remote_at("/net") is not first
    before.join(60)
    assert not before.is_alive()
