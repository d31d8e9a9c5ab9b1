"""One suite for both views: the memory view may stand for the disk only as far as it gives the same answers.

Modes hold nobody back who is root, so on disk the tests of EACCES run in a child with the uid dropped.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolverd.view.base import DirectoryView, EntryKind
from resolverd.view.disk import DiskView
from resolverd.view.memory import MemoryView

NOBODY = 65_534


class Ground(Protocol):
    """A tree to build and the view that looks at it."""

    root: str
    view: DirectoryView

    def write(self, path: str, data: bytes = b"") -> None: ...
    def mkdir(self, path: str) -> None: ...
    def symlink(self, path: str, target: str) -> None: ...
    def make_other(self, path: str) -> None: ...
    def chmod(self, path: str, mode: int) -> None: ...
    def remove(self, path: str) -> None: ...


class MemoryGround:
    def __init__(self) -> None:
        self.root = "/t/r"
        self._memory = MemoryView()
        self._memory.mkdir(self.root)
        self.view: DirectoryView = self._memory

    def write(self, path: str, data: bytes = b"") -> None:
        self._memory.write(f"{self.root}/{path}", data)

    def mkdir(self, path: str) -> None:
        self._memory.mkdir(f"{self.root}/{path}")

    def symlink(self, path: str, target: str) -> None:
        self._memory.symlink(f"{self.root}/{path}", target.replace("@", self.root))

    def make_other(self, path: str) -> None:
        self._memory.make_other(f"{self.root}/{path}")

    def chmod(self, path: str, mode: int) -> None:
        self._memory.chmod(f"{self.root}/{path}", mode)

    def remove(self, path: str) -> None:
        self._memory.remove(f"{self.root}/{path}")


class DiskGround:
    def __init__(self, root: Path) -> None:
        self.root = os.fspath(root)
        self._path = root
        self.view: DirectoryView = DiskView()

    def _parented(self, path: str) -> Path:
        target = self._path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def write(self, path: str, data: bytes = b"") -> None:
        self._parented(path).write_bytes(data)

    def mkdir(self, path: str) -> None:
        self._parented(path).mkdir(exist_ok=True)

    def symlink(self, path: str, target: str) -> None:
        self._parented(path).symlink_to(target.replace("@", self.root))

    def make_other(self, path: str) -> None:
        os.mkfifo(self._parented(path))

    def chmod(self, path: str, mode: int) -> None:
        (self._path / path).chmod(mode)

    def remove(self, path: str) -> None:
        target = self._path / path
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink()


@pytest.fixture(params=["memory", "disk"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    return MemoryGround() if request.param == "memory" else DiskGround(tmp_path)


def code_of(call: Callable[[], object]) -> int | None:
    try:
        call()
    except OSError as error:
        return error.errno
    return None


def as_ordinary_user(ground: Ground, check: Callable[[], bool]) -> bool:
    """Run a check without root's privileges, in a child; the memory view has none to drop."""
    if isinstance(ground, MemoryGround) or os.geteuid() != 0:
        return check()
    for directory in (Path(ground.root), *Path(ground.root).parents):
        if not directory.stat().st_mode & 0o001 and directory.stat().st_uid == 0:
            directory.chmod(directory.stat().st_mode | 0o011)
    pid = os.fork()
    if pid == 0:
        status = 2
        try:
            os.setresuid(NOBODY, NOBODY, NOBODY)
            status = 0 if check() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_directory_is_listed_with_kinds_and_links_not_followed(ground: Ground) -> None:
    ground.write("d/file")
    ground.mkdir("d/sub")
    ground.symlink("d/link", "sub")
    ground.symlink("d/dangling", "nowhere")
    ground.make_other("d/fifo")
    assert ground.view.list(f"{ground.root}/d") == {
        "file": EntryKind.FILE,
        "sub": EntryKind.DIRECTORY,
        "link": EntryKind.LINK,
        "dangling": EntryKind.LINK,
        "fifo": EntryKind.OTHER,
    }


def test_a_directory_is_reached_and_listed_through_links(ground: Ground) -> None:
    ground.write("real/deep/file", b"x")
    ground.symlink("one", "real")
    ground.symlink("two", "@/one/deep")
    assert ground.view.list(f"{ground.root}/two") == {"file": EntryKind.FILE}
    assert ground.view.read(f"{ground.root}/one/deep/file") == b"x"


def test_dots_in_a_links_target_go_up_from_where_it_really_is(ground: Ground) -> None:
    ground.write("top/x", b"x")
    ground.mkdir("top/a/b")
    ground.symlink("top/a/b/l", "../../x")
    ground.symlink("jump", "top/a/b")
    ground.symlink("far", "jump/../../x")
    ground.symlink("odd", "top/.//a/../x")
    for name in ("top/a/b/l", "far", "odd"):
        assert ground.view.read(f"{ground.root}/{name}") == b"x", name


def test_kind_does_not_follow_the_last_link(ground: Ground) -> None:
    ground.write("d/file")
    ground.symlink("link", "d/file")
    ground.symlink("d/up", "..")
    assert ground.view.kind(f"{ground.root}/link") is EntryKind.LINK
    assert ground.view.kind(f"{ground.root}/d/up/d/file") is EntryKind.FILE
    assert ground.view.kind(f"{ground.root}/d") is EntryKind.DIRECTORY
    assert ground.view.read_link(f"{ground.root}/link") == "d/file"


def test_what_is_no_link_cannot_be_read_as_one(ground: Ground) -> None:
    ground.write("file")
    assert code_of(lambda: ground.view.read_link(f"{ground.root}/file")) == errno.EINVAL


def test_absence(ground: Ground) -> None:
    ground.symlink("dangling", "nowhere")
    for path in ("gone", "gone/deeper", "dangling"):
        full = f"{ground.root}/{path}"
        assert code_of(lambda full=full: ground.view.read(full)) == errno.ENOENT, path
        assert code_of(lambda full=full: ground.view.list(full)) == errno.ENOENT, path
    assert code_of(lambda: ground.view.kind(f"{ground.root}/gone")) == errno.ENOENT


def test_a_file_used_as_a_directory(ground: Ground) -> None:
    ground.write("file")
    ground.symlink("link", "file/")
    assert code_of(lambda: ground.view.list(f"{ground.root}/file")) == errno.ENOTDIR
    assert code_of(lambda: ground.view.kind(f"{ground.root}/file/x")) == errno.ENOTDIR
    assert code_of(lambda: ground.view.read(f"{ground.root}/link")) == errno.ENOTDIR


def test_a_directory_used_as_a_file(ground: Ground) -> None:
    ground.mkdir("d")
    assert code_of(lambda: ground.view.read(f"{ground.root}/d")) == errno.EISDIR


def test_link_loops(ground: Ground) -> None:
    ground.symlink("self", "self")
    ground.symlink("ping", "pong")
    ground.symlink("pong", "ping")
    for name in ("self", "ping"):
        full = f"{ground.root}/{name}"
        assert code_of(lambda full=full: ground.view.read(full)) == errno.ELOOP
        assert code_of(lambda full=full: ground.view.list(f"{full}/x")) == errno.ELOOP
        assert ground.view.kind(full) is EntryKind.LINK


def test_forty_links_are_followed_and_one_more_is_not(ground: Ground) -> None:
    ground.write("l0", b"x")
    for number in range(1, 42):
        ground.symlink(f"l{number}", f"l{number - 1}")
    assert ground.view.read(f"{ground.root}/l40") == b"x"
    assert code_of(lambda: ground.view.read(f"{ground.root}/l41")) == errno.ELOOP


def test_names_that_are_not_utf_8(ground: Ground) -> None:
    name = os.fsdecode(b"\xff\xfe")
    ground.write(f"d/{name}", b"x")
    assert ground.view.list(f"{ground.root}/d") == {name: EntryKind.FILE}
    assert ground.view.read(f"{ground.root}/d/{name}") == b"x"
    ground.symlink("link", f"d/{name}")
    assert ground.view.read_link(f"{ground.root}/link") == f"d/{name}"


def test_a_name_that_vanishes_between_list_and_read(ground: Ground) -> None:
    ground.write("d/file")
    assert "file" in ground.view.list(f"{ground.root}/d")
    ground.remove("d/file")
    assert code_of(lambda: ground.view.read(f"{ground.root}/d/file")) == errno.ENOENT
    assert ground.view.list(f"{ground.root}/d") == {}


def test_what_is_no_regular_file_is_refused_at_once(ground: Ground) -> None:
    ground.make_other("fifo")
    ground.symlink("link", "fifo")
    for name in ("fifo", "link"):
        full = f"{ground.root}/{name}"
        assert code_of(lambda full=full: ground.view.read(full)) == errno.EINVAL


def test_a_fifo_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    opened = threading.Event()

    def wait_for_a_reader() -> None:
        with (tmp_path / "fifo").open("wb"):
            opened.set()

    writer = threading.Thread(target=wait_for_a_reader, daemon=True)
    writer.start()
    assert code_of(lambda: DiskView().read(f"{tmp_path}/fifo")) == errno.EINVAL
    assert not opened.is_set()
    with (tmp_path / "fifo").open("rb"):
        writer.join()


def test_a_socket_is_never_opened(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(tmp_path / "s"))
        assert code_of(lambda: DiskView().read(f"{tmp_path}/s")) == errno.EINVAL
        assert DiskView().kind(f"{tmp_path}/s") is EntryKind.OTHER


def test_files_over_the_limit_are_refused(ground: Ground) -> None:
    ground.write("file", b"x" * 11)
    assert ground.view.read(f"{ground.root}/file", 11) == b"x" * 11
    assert code_of(lambda: ground.view.read(f"{ground.root}/file", 10)) == errno.EFBIG


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"x" * 10)
    really_open = os.open

    def open_and_grow(path: str, flags: int) -> int:
        descriptor = really_open(path, flags)
        real = os.fstat

        def grow_after(fd: int) -> os.stat_result:
            status = real(fd)
            (tmp_path / "file").write_bytes(b"x" * 20)
            return status

        monkeypatch.setattr("resolverd.view.disk.os.fstat", grow_after)
        return descriptor

    monkeypatch.setattr("resolverd.view.disk.os.open", open_and_grow)
    assert code_of(lambda: DiskView().read(f"{tmp_path}/file", 10)) == errno.EFBIG


def test_nul_in_a_path(ground: Ground) -> None:
    path = f"{ground.root}/a\0b"
    for call in (ground.view.list, ground.view.kind, ground.view.read, ground.view.read_link):
        assert code_of(lambda call=call: call(path)) == errno.EINVAL


def test_paths_and_names_over_the_systems_limits(ground: Ground) -> None:
    for path in (f"{ground.root}/{'d/' * 2_500}x", f"{ground.root}/{'n' * 300}"):
        for call in (ground.view.list, ground.view.kind, ground.view.read, ground.view.read_link):
            assert code_of(lambda call=call, path=path: call(path)) == errno.ENAMETOOLONG


def test_a_directory_of_10000_entries(ground: Ground) -> None:
    for number in range(10_000):
        ground.write(f"d/{number}")
    assert len(ground.view.list(f"{ground.root}/d")) == 10_000


def test_a_directory_that_can_be_searched_but_not_read(ground: Ground) -> None:
    ground.write("d/file", b"x")
    ground.chmod("d", 0o311)

    def check() -> bool:
        listed = code_of(lambda: ground.view.list(f"{ground.root}/d"))
        return listed == errno.EACCES and ground.view.read(f"{ground.root}/d/file") == b"x"

    assert as_ordinary_user(ground, check)


def test_a_directory_that_cannot_be_searched(ground: Ground) -> None:
    ground.write("d/file", b"x")
    ground.chmod("d", 0o644)

    def check() -> bool:
        return (
            ground.view.list(f"{ground.root}/d") == {"file": EntryKind.FILE}
            and code_of(lambda: ground.view.kind(f"{ground.root}/d/file")) == errno.EACCES
            and code_of(lambda: ground.view.kind(f"{ground.root}/d/.")) == errno.EACCES
            and code_of(lambda: ground.view.read(f"{ground.root}/d/file")) == errno.EACCES
        )

    assert as_ordinary_user(ground, check)


def test_a_file_that_cannot_be_read(ground: Ground) -> None:
    ground.write("file", b"x")
    ground.chmod("file", 0o000)
    assert as_ordinary_user(ground, lambda: code_of(lambda: ground.view.read(f"{ground.root}/file")) == errno.EACCES)


names = st.sampled_from(["a", "b", "c"])
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
link_texts = st.sampled_from(["a", "b", "../a", "..", ".", "a/b", "@/b", "@/a/b/c", "./b/", "a/../b", "gone", "@"])
steps = st.one_of(
    st.tuples(st.just("write"), paths),
    st.tuples(st.just("mkdir"), paths),
    st.tuples(st.just("link"), paths, link_texts),
)


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[], DiskGround]:
    counter = iter(range(1_000_000))

    def make() -> DiskGround:
        # A level of its own: a link to `..` shows the parent, which has to be alike in both views.
        root = tmp_path / str(next(counter)) / "r"
        root.mkdir(parents=True)
        return DiskGround(root)

    return make


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(steps, max_size=8))
def test_the_two_views_agree_on_random_trees(fresh: Callable[[], DiskGround], plan: list[tuple[str, ...]]) -> None:
    disk, memory = fresh(), MemoryGround()
    for kind, path, *text in plan:
        # Built plainly, without following links: only what both can make is made.
        if any(_is_blocked(memory, "/".join(path.split("/")[:depth])) for depth in range(1, path.count("/") + 1)):
            continue
        if code_of(lambda path=path: memory.view.kind(f"{memory.root}/{path}")) is None:
            continue
        for ground in (disk, memory):
            _build(ground, kind, path, text)
    for depth in range(1, 4):
        for path in _all_paths(depth):
            for method in ("list", "kind", "read", "read_link"):
                on_disk = _outcome(disk, method, path)
                assert _outcome(memory, method, path) == on_disk, (method, path)


def _is_blocked(ground: Ground, path: str) -> bool:
    try:
        return ground.view.kind(f"{ground.root}/{path}") is not EntryKind.DIRECTORY
    except FileNotFoundError:
        return False


def _build(ground: Ground, kind: str, path: str, text: list[str]) -> None:
    if kind == "write":
        ground.write(path, path.encode())
    elif kind == "mkdir":
        ground.mkdir(path)
    else:
        ground.symlink(path, text[0])


def _all_paths(depth: int) -> list[str]:
    if depth == 0:
        return [""]
    return [f"{head}/{name}".lstrip("/") for head in _all_paths(depth - 1) for name in "abc"]


def _outcome(ground: Ground, method: str, path: str) -> object:
    try:
        value = getattr(ground.view, method)(f"{ground.root}/{path}")
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return value.replace(ground.root, "@") if isinstance(value, str) else value
