"""The fence: what is told, in which order, and that nothing is left open. Events are queued before a call returns."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from resolverd.watch.base import NOTHING
from resolverd.watch.events import Change, Happening
from resolverd.watch.inotify import Inotify


@pytest.fixture
def inotify() -> Iterator[Inotify]:
    inotify = Inotify()
    yield inotify
    inotify.check()
    inotify.close()


def names(inotify: Inotify) -> dict[str, Happening]:
    drained = inotify.drain()
    assert not drained.lost
    return {change.name: change.happening for change in drained.changes}


def test_an_empty_queue_is_drained_at_once(inotify: Inotify) -> None:
    assert inotify.drain() == NOTHING


def test_what_happens_to_names_is_told_folded(inotify: Inotify, tmp_path: Path) -> None:
    (tmp_path / "old").touch()
    assert inotify.watch_directory(os.fspath(tmp_path))
    (tmp_path / "new").touch()
    (tmp_path / "old").rename(tmp_path / "moved")
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir").chmod(0o700)
    told = names(inotify)
    assert told["new"] & Happening.PRESENCE
    assert told["old"] == Happening.PRESENCE
    assert told["moved"] == Happening.PRESENCE
    assert told["dir"] == Happening.PRESENCE | Happening.MODE
    assert inotify.drain() == NOTHING


def test_reading_and_writing_a_file_tells_nothing_of_its_directory(inotify: Inotify, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a")
    inotify.watch_directory(os.fspath(tmp_path))
    (tmp_path / "file").write_bytes(b"b")
    assert (tmp_path / "file").read_bytes() == b"b"
    list(tmp_path.iterdir())
    assert inotify.drain() == NOTHING


def test_a_watched_file_tells_what_is_written_through_any_link(inotify: Inotify, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "package.json").write_bytes(b"{}")
    (tmp_path / "store").hardlink_to(tmp_path / "a" / "package.json")
    inotify.watch_file(f"{tmp_path}/a/package.json")
    (tmp_path / "store").write_bytes(b"{} ")
    (change,) = inotify.drain().changes
    assert (change.directory, change.name) == (f"{tmp_path}/a", "package.json")
    assert change.happening & Happening.CONTENT


def test_one_inode_under_two_paths_tells_of_both(inotify: Inotify, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"{}")
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    inotify.watch_file(f"{tmp_path}/one")
    inotify.watch_file(f"{tmp_path}/two")
    assert len(inotify) == 1
    with (tmp_path / "one").open("ab") as file:
        file.write(b" ")
    assert set(names(inotify)) == {"one", "two"}
    inotify.unwatch(f"{tmp_path}/one")
    with (tmp_path / "one").open("ab") as file:
        file.write(b" ")
    assert set(names(inotify)) == {"two"}


def test_a_directory_that_goes_is_told_and_its_watch_is_gone(inotify: Inotify, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    inotify.watch_directory(f"{tmp_path}/d")
    (tmp_path / "d").rmdir()
    assert inotify.drain().changes == (Change(f"{tmp_path}/d", "", Happening.SELF),)
    assert len(inotify) == 0


def test_a_directory_that_moves_is_told(inotify: Inotify, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    inotify.watch_directory(f"{tmp_path}/d")
    (tmp_path / "d").rename(tmp_path / "e")
    assert inotify.drain().changes == (Change(f"{tmp_path}/d", "", Happening.SELF),)


def test_events_of_an_unwatched_directory_mean_nothing(inotify: Inotify, tmp_path: Path) -> None:
    inotify.watch_directory(os.fspath(tmp_path))
    (tmp_path / "queued").touch()
    inotify.unwatch(os.fspath(tmp_path))
    (tmp_path / "later").touch()
    assert inotify.drain() == NOTHING


def test_names_that_are_not_utf_8(inotify: Inotify, tmp_path: Path) -> None:
    odd = os.fsdecode(b"\xff\xfe")
    (tmp_path / odd).mkdir()
    assert inotify.watch_directory(f"{tmp_path}/{odd}")
    (tmp_path / odd / odd).touch()
    (tmp_path / odd / "plain").touch()
    assert set(names(inotify)) == {odd, "plain"}


def test_a_name_of_many_events_is_one_change(inotify: Inotify, tmp_path: Path) -> None:
    inotify.watch_directory(os.fspath(tmp_path))
    for _ in range(500):
        (tmp_path / "x").touch()
        (tmp_path / "x").unlink()
    assert len(inotify.drain().changes) == 1


def test_what_is_no_directory_cannot_be_watched_as_one(inotify: Inotify, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not inotify.watch_directory(f"{tmp_path}/file")
    assert not inotify.watch_directory(f"{tmp_path}/gone")
    assert not inotify.watch_file(f"{tmp_path}/gone")
    assert len(inotify) == 0


def test_beyond_its_budget_it_watches_no_more(tmp_path: Path) -> None:
    inotify = Inotify(budget=2)
    directories = [tmp_path / str(number) for number in range(3)]
    for directory in directories:
        directory.mkdir()
    assert [inotify.watch_directory(os.fspath(directory)) for directory in directories] == [True, True, False]
    inotify.unwatch(os.fspath(directories[0]))
    assert inotify.watch_directory(os.fspath(directories[2]))
    inotify.close()


def test_an_overflow_is_told_and_renewing_begins_again(tmp_path: Path) -> None:
    inotify = Inotify()
    inotify.watch_directory(os.fspath(tmp_path))
    events = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text()) + 10
    paths = [tmp_path / "a", tmp_path / "b"]
    for number in range(events // 2 + 1):
        # Two names in turn: the kernel folds an event into an equal one before it.
        path = paths[number % 2]
        path.touch()
        path.unlink()
    assert inotify.drain().lost
    inotify.renew()
    assert len(inotify) == 0
    assert inotify.drain() == NOTHING
    assert inotify.watch_directory(os.fspath(tmp_path))
    (tmp_path / "c").touch()
    assert set(names(inotify)) == {"c"}
    inotify.close()


def test_no_descriptor_is_left_open_or_inherited(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        inotify = Inotify()
        inotify.watch_directory(os.fspath(tmp_path))
        inotify.renew()
        assert not os.get_inheritable(inotify._instance)
        assert not os.get_blocking(inotify._instance)
        inotify.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_core_does_not_import_pyinotify() -> None:
    code = "import resolverd.watch.events, resolverd.watch.registry, resolverd.watch.mounts, sys; assert 'pyinotify' not in sys.modules"
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", code]) == 0


def test_a_part_of_the_queue_is_its_oldest_events_and_the_rest_stays(inotify: Inotify, tmp_path: Path) -> None:
    inotify.watch_directory(os.fspath(tmp_path))
    for number in range(100):
        (tmp_path / f"{number:03}").touch()
    waiting = select.poll()
    waiting.register(inotify.descriptor, select.POLLIN)
    told: list[str] = []
    while waiting.poll(0):
        changes = inotify.drain(1024).changes
        assert 0 < len(changes) <= 1024 // 32
        told += [change.name for change in changes]
    assert told == [f"{number:03}" for number in range(100)]


def test_a_whole_drain_takes_in_what_a_part_left(inotify: Inotify, tmp_path: Path) -> None:
    inotify.watch_directory(os.fspath(tmp_path))
    for number in range(100):
        (tmp_path / f"{number:03}").touch()
    assert len(inotify.drain(320).changes) == 10
    assert len(inotify.drain().changes) == 90


def test_more_than_is_worth_taking_in_at_once_is_a_loss_and_by_parts_is_none(inotify: Inotify, tmp_path: Path) -> None:
    inotify.watch_directory(os.fspath(tmp_path))
    for number in range(8000):
        (tmp_path / f"{number:0250}").touch()
    assert len(inotify.drain(64 * 1024).changes) <= 64 * 4
    assert inotify.drain().lost
    while changes := inotify.drain(64 * 1024).changes:
        assert len(changes) <= 64 * 4


def close_underneath(inotify: Inotify) -> None:
    os.close(inotify._instance)


def replace_underneath(inotify: Inotify) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, inotify._instance)
    os.close(null)


@pytest.mark.parametrize("lose", [close_underneath, replace_underneath])
def test_a_lost_instance_is_told_and_replaced(lose: Callable[[Inotify], None], tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    inotify = Inotify()
    waiting = inotify.descriptor
    inotify.watch_directory(os.fspath(tmp_path))
    lose(inotify)
    assert inotify.drain().lost
    inotify.renew()
    assert inotify.watch_directory(os.fspath(tmp_path))
    (tmp_path / "seen").touch()
    assert inotify.descriptor == waiting
    assert select.select([waiting], [], [], 0)[0]
    assert set(names(inotify)) == {"seen"}
    inotify.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_without_an_instance_nothing_is_watched_until_there_is_one(tmp_path: Path) -> None:
    inotify = Inotify()
    inotify.watch_directory(os.fspath(tmp_path))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (inotify._instance, hard))
    try:
        inotify.renew()
        assert inotify.is_blind
        assert not inotify.watch_directory(os.fspath(tmp_path))
        assert not inotify.drain().lost
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    # What was looked at meanwhile is not watched: it has to be looked at again.
    assert inotify.drain().lost
    inotify.renew()
    assert inotify.watch_directory(os.fspath(tmp_path))
    (tmp_path / "seen").touch()
    assert set(names(inotify)) == {"seen"}
    inotify.close()


class OutOfMemory:
    """A `poll`, an `epoll` or a file whose calls the kernel refuses."""

    def __call__(self, *_: object) -> NoReturn:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    poll = register = __call__


def test_a_poll_that_fails_is_a_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(Inotify()) as inotify:
        inotify.watch_directory(os.fspath(tmp_path))
        (tmp_path / "unseen").touch()
        monkeypatch.setattr(inotify, "_poll", OutOfMemory())
        assert inotify.drain().lost
        inotify.renew()
        assert inotify.drain() == NOTHING


def test_a_mount_table_that_cannot_be_read_is_a_loss_until_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(Inotify()) as inotify:
        monkeypatch.setattr(inotify, "_poll", OutOfMemory())
        monkeypatch.setattr(inotify, "_read_mounts", OutOfMemory())
        for _ in range(3):
            assert inotify.drain().lost
            inotify.renew()
        monkeypatch.undo()
        assert inotify.drain().lost
        inotify.renew()
        assert inotify.drain() == NOTHING


def test_an_instance_that_cannot_be_waited_for_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with contextlib.closing(Inotify()) as inotify:
        with monkeypatch.context() as patched:
            patched.setattr(inotify, "_waiting", OutOfMemory())
            inotify.renew()
            assert inotify.is_blind
            assert inotify.drain() == NOTHING
        assert inotify.drain().lost
        assert not inotify.is_blind
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_directory_put_in_the_place_of_a_watched_one_is_watched_anew(inotify: Inotify, tmp_path: Path) -> None:
    for name in ("here", "other"):
        (tmp_path / name).mkdir()
    place = f"{tmp_path}/here"
    inotify.watch_directory(place)
    (tmp_path / "here").rename(tmp_path / "away")
    (tmp_path / "other").rename(tmp_path / "here")
    inotify.watch_directory(place)
    assert len(inotify) == 1
    inotify.drain()
    (tmp_path / "away" / "unseen").touch()
    (tmp_path / "here" / "seen").touch()
    assert set(names(inotify)) == {"seen"}


def test_renewing_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    inotify = Inotify()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen", refuse)
    inotify.renew()
    assert not inotify.is_blind
    inotify.close()


DYING = """
import os, resource, socket, sys
from resolverd.watch.inotify import Inotify

resource.setrlimit(resource.RLIMIT_NOFILE, (4_000, 4_000))
inotify = Inotify()
assert inotify.watch_directory(sys.argv[1])
with socket.socket(fileno=0) as parent:
    socket.send_fds(parent, [b"."], inotify.witness())
    for _ in range(3_500):
        os.eventfd(0)
    parent.send(b".")
    parent.recv(1)
"""


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 4_000, reason="fewer descriptors may be open")
def test_who_is_being_killed_misses_nothing_between_giving_up_its_descriptors_and_their_end(tmp_path: Path) -> None:
    """Thousands of descriptors above it end before the witness's pipe does, which makes that moment long."""
    ours, theirs = socket.socketpair()
    with ours, theirs, subprocess.Popen([sys.executable, "-c", DYING, tmp_path], stdin=theirs) as dying:
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 3)
        assert ours.recv(1)
        dying.kill()
        while any(Path(f"/proc/{dying.pid}/fd").iterdir()):
            pass
        (tmp_path / "new").touch()
        with select.epoll.fromfd(descriptors[0]) as witness:
            assert witness.poll(0)
    for descriptor in descriptors[1:]:
        os.close(descriptor)
