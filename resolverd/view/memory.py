"""A file system in memory, for tests that need thousands of trees: it walks paths, follows links and refuses as Linux does.

Modes are those of an ordinary user who owns everything: a directory is listed with `r`, and names in it are reached
with `x`. The shared suite in `tests/unit/view/` holds it to the disk's behaviour.
"""

from __future__ import annotations

import errno
import io
import os
from itertools import count
from typing import BinaryIO

from resolverd.paths import name_of, normal, parent_of
from resolverd.view.base import MANIFEST_LIMIT, EntryKind, Stamp

_MAX_LINKS = 40
_NAME_MAX = 255
_PATH_MAX = 4095
_READ = 0o400
_SEARCH = 0o100


class Node:
    """One file, directory (`entries`), link (`target`) or other thing. `serial` is a file's inode: no two have had the same."""

    __slots__ = ("data", "entries", "kind", "mode", "serial", "target")

    def __init__(self, kind: EntryKind, data: bytes = b"", target: str = "") -> None:
        self.kind = kind
        self.data = data
        self.target = target
        self.entries: dict[str, Node] = {}
        self.mode = 0o755 if kind is EntryKind.DIRECTORY else 0o644
        self.serial = 0


class MemoryView:
    """A tree that tests build and edit. Editing creates missing parents where that is said, and follows no last link."""

    __slots__ = ("_root", "_serials")

    def __init__(self) -> None:
        self._root = Node(EntryKind.DIRECTORY)
        self._serials = count(1)

    # -- the view ------------------------------------------------------------------------------------------------

    def list(self, path: str) -> dict[str, EntryKind]:
        """List a directory."""
        node = self._walk(path)
        if node.kind is not EntryKind.DIRECTORY:
            raise _error(errno.ENOTDIR, path)
        if not node.mode & _READ:
            raise _error(errno.EACCES, path)
        return {name: entry.kind for name, entry in node.entries.items()}

    def kind(self, path: str) -> EntryKind:
        """Tell what a path is, a last link not followed."""
        return self._walk(path, follow=False).kind

    def read(self, path: str, limit: int = MANIFEST_LIMIT) -> bytes:
        """Read a file."""
        data = self._readable(path).data
        if len(data) > limit:
            raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", path)
        return data

    def read_link(self, path: str) -> str:
        """Read a link."""
        node = self._walk(path, follow=False)
        if node.kind is not EntryKind.LINK:
            raise _error(errno.EINVAL, path)
        return node.target

    def stamp(self, path: str) -> Stamp:
        """Tell files apart by when they were written; nothing here is written in place."""
        node = self._regular(path)
        return node.serial, len(node.data), 0, 0

    def open(self, path: str) -> BinaryIO:
        """Open a file."""
        return io.BytesIO(self._readable(path).data)

    def _regular(self, path: str) -> Node:
        node = self._walk(path)
        if node.kind is EntryKind.DIRECTORY:
            raise _error(errno.EISDIR, path)
        if node.kind is not EntryKind.FILE:
            raise OSError(errno.EINVAL, "it is no regular file", path)
        return node

    def _readable(self, path: str) -> Node:
        node = self._regular(path)
        if not node.mode & _READ:
            raise _error(errno.EACCES, path)
        return node

    def _walk(self, path: str, *, follow: bool = True) -> Node:
        """Walk as the kernel does (path_resolution(7)); `follow` says whether a last link is followed."""
        if "\0" in path:
            raise OSError(errno.EINVAL, "a path cannot have a NUL in it", path)
        if len(os.fsencode(path)) > _PATH_MAX:
            raise _error(errno.ENAMETOOLONG, path)
        # The directories from the root to where the walk is: `..` takes the last one off.
        trail = [self._root]
        pending = path.split("/")[::-1]
        links = 0
        while pending:
            part = pending.pop()
            here = trail[-1]
            if here.kind is not EntryKind.DIRECTORY:
                raise _error(errno.ENOTDIR, path)
            if part == "":
                continue
            if not here.mode & _SEARCH:
                raise _error(errno.EACCES, path)
            if part == ".":
                continue
            if part == "..":
                trail = trail[:-1] or trail
                continue
            node = _entry(here, part, path)
            if node.kind is not EntryKind.LINK or not (pending or follow):
                trail.append(node)
                continue
            links += 1
            if links > _MAX_LINKS:
                raise _error(errno.ELOOP, path)
            if node.target.startswith("/"):
                trail = [self._root]
            pending.extend(node.target.split("/")[::-1])
        return trail[-1]

    # -- editing -------------------------------------------------------------------------------------------------

    def write(self, path: str, data: bytes | str = b"") -> None:
        """Create or replace a file, with its missing parents. Raises `OSError` where a directory is in the way."""
        content = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        node = Node(EntryKind.FILE, content)
        node.serial = next(self._serials)
        self._put(path, node)

    def symlink(self, path: str, target: str) -> None:
        """Create or replace a link, with its missing parents."""
        self._put(path, Node(EntryKind.LINK, target=target))

    def make_other(self, path: str) -> None:
        """Create something that is neither file nor directory, as a FIFO or a socket."""
        self._put(path, Node(EntryKind.OTHER))

    def mkdir(self, path: str) -> None:
        """Create a directory with its missing parents; one that is there stays."""
        self._directory(path)

    def remove(self, path: str) -> None:
        """Remove a name and all that is below it."""
        self.kind(path)
        del self._directory(parent_of(path)).entries[name_of(path)]

    def rename(self, source: str, target: str) -> None:
        """Move a name, over whatever stood there."""
        self.kind(source)
        holder = self._directory(parent_of(target))
        holder.entries[name_of(target)] = self._directory(parent_of(source)).entries.pop(name_of(source))

    def chmod(self, path: str, mode: int) -> None:
        """Change a mode; the owner's bits count."""
        holder = self._directory(parent_of(path))
        (holder.entries[name_of(path)] if path != "/" else self._root).mode = mode

    def _put(self, path: str, node: Node) -> None:
        entries = self._directory(parent_of(path)).entries
        there = entries.get(name_of(path))
        if there is not None and there.kind is EntryKind.DIRECTORY:
            raise _error(errno.EISDIR, path)
        entries[name_of(path)] = node

    def _directory(self, path: str) -> Node:
        """Give a directory to edit, made where it is missing; modes do not hold the editor back."""
        node = self._root
        for part in normal(path).split("/")[1:]:
            if not part:
                continue
            node = node.entries.setdefault(part, Node(EntryKind.DIRECTORY))
            if node.kind is not EntryKind.DIRECTORY:
                raise _error(errno.ENOTDIR, path)
        return node


def _entry(directory: Node, name: str, path: str) -> Node:
    if len(os.fsencode(name)) > _NAME_MAX:
        raise _error(errno.ENAMETOOLONG, path)
    node = directory.entries.get(name)
    if node is None:
        raise _error(errno.ENOENT, path)
    return node


def _error(code: int, path: str) -> OSError:
    return OSError(code, os.strerror(code), path)
