"""A view through zip archives: what is in them, and what becomes of those that are no honest archives."""

from __future__ import annotations

import contextlib
import errno
import io
import random
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolverd.view import archive as archive_module
from resolverd.view import archives as archives_module
from resolverd.view.archives import ArchiveView
from resolverd.view.base import EntryKind
from resolverd.view.disk import DiskView
from resolverd.view.memory import MemoryView

MEMBERS = {"node_modules/a/package.json": b'{"name": "a"}', "node_modules/a/lib/x.js": b"x", "top": b""}


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def linking(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


class Ground:
    """A tree with archives in it, on either view."""

    def __init__(self, root: str, write: Callable[[str, bytes], None], view: ArchiveView) -> None:
        self.root = root
        self.write = write
        self.view = view

    def path(self, inner: str = "", name: str = "a.zip") -> str:
        return f"{self.root}/{name}/{inner}".rstrip("/")

    def code(self, call: Callable[[], object]) -> tuple[int | None, str]:
        with pytest.raises(OSError) as caught:
            call()
        return caught.value.errno, str(caught.value.strerror)


@pytest.fixture(params=["memory", "disk"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    if request.param == "disk":

        def write(path: str, data: bytes) -> None:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(data)

        return Ground(str(tmp_path), write, ArchiveView(DiskView()))
    memory = MemoryView()
    memory.mkdir("/t")
    return Ground("/t", lambda path, data: memory.write(f"/t/{path}", data), ArchiveView(memory))


def test_an_archive_is_listed_as_directories_are(ground: Ground) -> None:
    ground.write("a.zip", zipped(MEMBERS))
    assert ground.view.list(ground.path()) == {"node_modules": EntryKind.DIRECTORY, "top": EntryKind.FILE}
    assert ground.view.list(ground.path("node_modules/a")) == {
        "package.json": EntryKind.FILE,
        "lib": EntryKind.DIRECTORY,
    }
    assert ground.view.list(ground.root) == {"a.zip": EntryKind.FILE}


def test_a_listing_is_the_callers_own(ground: Ground) -> None:
    ground.write("a.zip", zipped(MEMBERS))
    ground.view.list(ground.path()).clear()
    assert len(ground.view.list(ground.path())) == 2


def test_kinds_and_contents_of_members(ground: Ground) -> None:
    ground.write("a.zip", zipped(MEMBERS))
    view = ground.view
    assert view.kind(ground.path()) is EntryKind.FILE
    assert view.kind(ground.path("node_modules")) is EntryKind.DIRECTORY
    assert view.kind(ground.path("node_modules/a/lib/x.js")) is EntryKind.FILE
    assert view.read(ground.path("node_modules/a/package.json")) == b'{"name": "a"}'
    assert view.read(ground.path("node_modules/a/lib/x.js")) == b"x"
    assert view.archive_of(ground.path("node_modules/gone")) == ground.path()
    assert view.archive_of(ground.root) is None


def test_directories_may_be_members_of_their_own(ground: Ground) -> None:
    ground.write(
        "a.zip", zipped({"node_modules/": b"", "node_modules/a/": b"", "node_modules/a/x": b"", "empty/": b""})
    )
    assert ground.view.list(ground.path("node_modules/a")) == {"x": EntryKind.FILE}
    assert ground.view.list(ground.path("empty")) == {}


def test_absence_inside_of_an_archive(ground: Ground) -> None:
    ground.write("a.zip", zipped(MEMBERS))
    view = ground.view
    assert ground.code(lambda: view.kind(ground.path("gone")))[0] == errno.ENOENT
    assert ground.code(lambda: view.list(ground.path("gone/deeper")))[0] == errno.ENOENT
    assert ground.code(lambda: view.read(ground.path("node_modules/gone")))[0] == errno.ENOENT
    assert ground.code(lambda: view.kind(ground.path("top/x")))[0] == errno.ENOTDIR
    assert ground.code(lambda: view.list(ground.path("top")))[0] == errno.ENOTDIR
    assert ground.code(lambda: view.read(ground.path("node_modules")))[0] == errno.EISDIR
    assert ground.code(lambda: view.read_link(ground.path("top")))[0] == errno.EINVAL
    assert ground.code(lambda: view.list(ground.path("", "gone.zip")))[0] == errno.ENOENT


def test_what_is_named_as_archives_are_and_is_none(ground: Ground) -> None:
    ground.write("dir.zip/inner.zip", zipped({"x": b"deep"}))
    ground.write("dir.zip/y", b"plain")
    ground.write("a.zipped/x", b"other")
    assert ground.view.read(ground.path("y", "dir.zip")) == b"plain"
    assert ground.view.read(ground.path("inner.zip/x", "dir.zip")) == b"deep"
    assert ground.view.read(ground.path("x", "a.zipped")) == b"other"
    assert ground.view.list(ground.path("", "dir.zip")).keys() == {"inner.zip", "y"}


def test_an_archive_in_an_archive_is_a_file(ground: Ground) -> None:
    ground.write("a.zip", zipped({"b.zip": zipped({"x": b""})}))
    assert ground.view.kind(ground.path("b.zip")) is EntryKind.FILE
    assert ground.code(lambda: ground.view.list(ground.path("b.zip")))[0] == errno.ENOTDIR


def test_a_link_is_read_and_not_followed(ground: Ground) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(linking("l"), "d/x")
        archive.writestr("d/x", "")
    ground.write("a.zip", buffer.getvalue())
    assert ground.view.kind(ground.path("l")) is EntryKind.LINK
    assert ground.view.read_link(ground.path("l")) == "d/x"


def test_a_replaced_archive_is_read_again(ground: Ground) -> None:
    ground.write("a.zip", zipped(MEMBERS))
    ground.view.list(ground.path())
    ground.write("a.zip", zipped({"other": b"", "more": b""}))
    assert ground.view.list(ground.path()).keys() == {"other", "more"}
    ground.write("a.zip", b"")
    assert ground.code(lambda: ground.view.list(ground.path()))[0] == errno.EBADMSG
    ground.write("a.zip", zipped(MEMBERS))
    assert ground.view.read(ground.path("node_modules/a/lib/x.js")) == b"x"


def test_members_over_the_limit_are_refused(ground: Ground) -> None:
    ground.write("a.zip", zipped({"package.json": b"x" * 11, "a/package.json": b"x" * 11}))
    for inner in ("package.json", "a/package.json"):
        assert ground.code(lambda inner=inner: ground.view.read(ground.path(inner), 10))[0] == errno.EFBIG
        assert len(ground.view.read(ground.path(inner), 11)) == 11


# -- strangers' archives -----------------------------------------------------------------------------------------------


def named(*names: str) -> bytes:
    """An archive whose members have names that zipfile would not write."""
    plain = {letter * len(name.encode()): name for letter, name in zip("QXYZ", names, strict=False)}
    data = zipped(dict.fromkeys(plain, b""), zipfile.ZIP_STORED)
    for written, name in plain.items():
        data = data.replace(written.encode(), name.encode())
    return data


def test_a_bomb_is_inflated_no_further_than_the_limit(ground: Ground) -> None:
    data = zipped({"node_modules/a/package.json": b" " * 50_000_000, "x/package.json": b"{}"})
    assert len(data) < 100_000
    ground.write("a.zip", data)
    code, message = ground.code(lambda: ground.view.read(ground.path("node_modules/a/package.json")))
    assert (code, "larger than" in message) == (errno.EFBIG, True)
    assert ground.view.read(ground.path("x/package.json")) == b"{}"


def test_a_bomb_that_lies_about_its_size_is_refused(ground: Ground) -> None:
    data = bytearray(zipped({"node_modules/a/package.json": b" " * 5_000_000}))
    # The size after inflation, in the local header and in the table.
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 100)
    ground.write("a.zip", bytes(data))
    code, message = ground.code(lambda: ground.view.read(ground.path("node_modules/a/package.json")))
    assert (code, "cannot be read from its archive" in message) == (errno.EINVAL, True)


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside", "a/../../b", "a//b", "./a", "a/./b", "..", "a/\0/b"])
def test_a_member_outside_of_the_archive_makes_it_unreadable(ground: Ground, name: str) -> None:
    ground.write("a.zip", named("fine", name))
    code, message = ground.code(lambda: ground.view.list(ground.path()))
    assert (code, "outside of it" in message) == (errno.EBADMSG, True), message


@pytest.mark.parametrize("names", [("a/x", "a/x"), ("a", "a/x"), ("a/x", "a")])
def test_a_name_that_is_there_twice_makes_an_archive_unreadable(ground: Ground, names: tuple[str, str]) -> None:
    buffer = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    ground.write("a.zip", buffer.getvalue())
    assert ground.code(lambda: ground.view.list(ground.path()))[0] == errno.EBADMSG


def test_an_encrypted_member_is_listed_and_not_read(ground: Ground) -> None:
    data = bytearray(zipped({"a/package.json": b"{}", "b/package.json": b"{}"}))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        struct.pack_into("<H", data, data.index(signature) + offset, 1)
    ground.write("a.zip", bytes(data))
    assert ground.view.list(ground.path()).keys() == {"a", "b"}
    code, message = ground.code(lambda: ground.view.read(ground.path("a/package.json")))
    assert (code, "encrypted" in message) == (errno.EINVAL, True)
    assert ground.view.read(ground.path("b/package.json")) == b"{}"


def test_another_compression_is_said_to_be_one(ground: Ground) -> None:
    ground.write("a.zip", zipped({"a/package.json": b"{}"}, zipfile.ZIP_LZMA))
    assert "compression method 14" in ground.code(lambda: ground.view.read(ground.path("a/package.json")))[1]


@pytest.mark.parametrize("cut", [0, 1, 21, 22, 100, -1, -10, -22, -60])
def test_a_truncated_archive_is_unreadable(ground: Ground, cut: int) -> None:
    ground.write("a.zip", zipped(MEMBERS)[:cut])
    code, message = ground.code(lambda: ground.view.list(ground.path()))
    assert (code, "no zip archive" in message) == (errno.EBADMSG, True)


def test_too_many_names_make_an_archive_unreadable(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MOST_NAMES", 10)
    ground.write("a.zip", zipped({"/".join("abcdefghijk"): b""}))
    assert ground.code(lambda: ground.view.list(ground.path())) == (
        errno.EFBIG,
        "it is an archive of more than 10 names",
    )


def test_too_long_a_table_makes_an_archive_unreadable(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "TABLE_LIMIT", 70_000)
    ground.write("a.zip", zipped({f"{index:0200}": b"" for index in range(300)}))
    assert ground.code(lambda: ground.view.list(ground.path()))[0] == errno.EFBIG


def test_an_archive_that_cannot_be_read_is_not_tried_again(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.write("a.zip", b"PK")
    ground.code(lambda: ground.view.list(ground.path()))
    monkeypatch.setattr(archives_module, "read_archive", lambda *_: pytest.fail("it was read once more"))
    assert ground.code(lambda: ground.view.list(ground.path()))[0] == errno.EBADMSG


def test_snapshots_are_given_up_oldest_first(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives_module, "KEPT_NAMES", 6)
    for index in range(5):
        ground.write(f"{index}.zip", zipped({"a": b"", "b": b""}))
        ground.view.list(ground.path("", f"{index}.zip"))
        ground.view.list(ground.path("", "0.zip"))
    assert [path[-5:] for path in ground.view._known] == ["3.zip", "4.zip", "0.zip"]
    assert ground.view._names == 6
    for path in list(ground.view._known):
        ground.view.forget(path)
    assert ground.view._names == 0


@given(st.randoms(use_true_random=False), st.integers(1, 8))
def test_damaged_bytes_raise_nothing_else(rng: random.Random, edits: int) -> None:
    data = bytearray(zipped(MEMBERS))
    for _ in range(edits):
        data[rng.randrange(len(data))] = rng.randrange(256)
    memory = MemoryView()
    memory.write("/a.zip", bytes(data))
    view = ArchiveView(memory)
    for path in ("/a.zip", "/a.zip/node_modules/a/package.json", "/a.zip/node_modules/a/lib/x.js"):
        for look in (view.list, view.kind, view.read, view.read_link):
            with contextlib.suppress(OSError):
                look(path)
