"""Where a tree of a test stands: in memory or on disk, behind one interface, so that both views get the same edits."""

from __future__ import annotations

import base64
import io
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from resolverd.paths import ancestors
from resolverd.view.base import DirectoryView
from resolverd.view.disk import DiskView
from resolverd.view.memory import MemoryView

ROOT = "{ROOT}"


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One name of a tree, in the suites' own format; `path` is relative to the root."""

    path: str
    kind: Literal["file", "dir", "symlink", "zip"] = "file"
    content: str = ""
    content_b64: str | None = None
    template: bool = False
    target: str = ""
    entries: tuple[tuple[str, str], ...] = ()


class Ground(Protocol):
    """A place for one tree. Paths are absolute; parents are made as needed."""

    @property
    def root(self) -> str: ...
    @property
    def view(self) -> DirectoryView: ...
    def write(self, path: str, content: bytes) -> None: ...
    def make_directory(self, path: str) -> None: ...
    def link(self, path: str, target: str) -> None: ...
    def remove(self, path: str) -> None: ...
    def remove_directory(self, path: str) -> None: ...


class MemoryGround:
    """A tree in a view of its own, below `root`."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.view: MemoryView = MemoryView()
        self.view.mkdir(root)

    def write(self, path: str, content: bytes) -> None:
        self.view.write(path, content)

    def make_directory(self, path: str) -> None:
        self.view.mkdir(path)

    def link(self, path: str, target: str) -> None:
        self.view.symlink(path, target)

    def remove(self, path: str) -> None:
        self.view.remove(path)

    def remove_directory(self, path: str) -> None:
        self.view.remove(path)


class DiskGround:
    """A tree on disk, away from foreign manifests, which would change what is found."""

    def __init__(self, root: Path) -> None:
        self.root = str(root.resolve())
        self.view: DirectoryView = DiskView()
        Path(self.root).mkdir(parents=True, exist_ok=True)
        foreign = foreign_manifest(self.root)
        assert foreign is None, f"{foreign} would change the answers below {self.root}: set TMPDIR to another place"

    def write(self, path: str, content: bytes) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content)

    def make_directory(self, path: str) -> None:
        Path(path).mkdir(parents=True, exist_ok=True)

    def link(self, path: str, target: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).symlink_to(target)

    def remove(self, path: str) -> None:
        Path(path).unlink()

    def remove_directory(self, path: str) -> None:
        Path(path).rmdir()

    def clear(self) -> None:
        shutil.rmtree(self.root)


def foreign_manifest(root: str) -> str | None:
    """Find what a walk upwards from `root` would meet outside of the tree."""
    for directory in ancestors(root)[1:]:
        for name in ("package.json", "tsconfig.json", "jsconfig.json", "node_modules"):
            if Path(directory, name).exists():
                return f"{directory}/{name}"
    return None


def plant(ground: Ground, entries: Iterable[Entry]) -> None:
    """Write a tree; links last, so that nothing is ever written through one."""
    for entry in sorted(entries, key=lambda entry: entry.kind == "symlink"):
        path = f"{ground.root}/{entry.path}"
        if entry.kind == "symlink":
            ground.link(path, entry.target.replace(ROOT, ground.root))
        elif entry.kind == "dir":
            ground.make_directory(path)
        else:
            ground.write(path, _content(entry, ground.root))


def _content(entry: Entry, root: str) -> bytes:
    if entry.kind == "zip":
        return _archive(entry.entries)
    if entry.content_b64 is not None:
        return base64.b64decode(entry.content_b64)
    text = entry.content.replace(ROOT, root) if entry.template else entry.content
    return text.encode("utf-8", "surrogateescape")


def _archive(members: Sequence[tuple[str, str]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()
