"""A tree in memory that tells of its edits as inotify does: by inode, to those who watch, before the edit returns.

The facts (inotify(7), and what the kernel was seen to do). A watch belongs to an inode, whatever it is called by now. A
directory's watch tells of its names; its own removal, renaming and mode, and a file's writes, tell the inode's watches. A
name's mode tells the directory that holds it too. What is below a directory that moves is told nothing. A directory that
may not be read cannot be watched.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from resolverd.paths import is_inside, name_of, parent_of
from resolverd.terms import Blindness, Unwatched
from resolverd.view.base import EntryKind
from resolverd.view.memory import MemoryView, Node
from resolverd.watch.base import Drained
from resolverd.watch.events import Change, Happening

_READ = 0o400


class TellingView(MemoryView):
    """A memory view with the verbs of `tests.conformance.edits`, and the watcher of its edits."""

    __slots__ = ("watcher",)

    def __init__(self) -> None:
        super().__init__()
        self.watcher = MemoryWatcher(self)

    def edit(self, verb: str, path: str, *operands: str) -> None:
        """Carry out one edit. Raises `OSError` where it cannot be done; then it may be done by half."""
        getattr(self, f"_{verb}")(path, *operands)

    def node(self, path: str) -> Node:
        """Give what a path leads to, every link followed."""
        return self._walk(path)

    def is_linked(self, node: Node) -> bool:
        """Tell whether a node has a name yet."""
        return any(each is node for each in _below(self._root))

    # -- verbs ---------------------------------------------------------------------------------------------------

    def _write(self, path: str, text: str) -> None:
        holder = self._holder(path)
        there = holder.entries.get(name_of(path))
        if there is None:
            self._enter(path, Node(EntryKind.FILE, text.encode()))
        elif there.kind is EntryKind.FILE:
            there.data = text.encode()
            self.watcher.tell_inode(there, Happening.CONTENT)
        else:
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path)

    def _replace(self, path: str, text: str) -> None:
        self._enter(path, Node(EntryKind.FILE, text.encode()))

    def _link(self, path: str, target: str) -> None:
        self._enter(path, Node(EntryKind.LINK, target=target))

    _relink = _link

    def _hardlink(self, path: str, existing: str) -> None:
        node = self._walk(existing, follow=False)
        if node.kind is EntryKind.DIRECTORY:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM), existing)
        self._enter(path, node)
        self.watcher.tell_inode(node, Happening.MODE)

    def _remove(self, path: str) -> None:
        self.kind(path)
        self._leave(path)

    def _rename(self, path: str, to: str) -> None:
        node = self._walk(path, follow=False)
        if is_inside(to, path) or is_inside(path, to):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        holder = self._holder(to)
        self._move(path, node)
        self._put_in(holder, name_of(to), node)

    def _exchange(self, one: str, other: str) -> None:
        first, second = self._walk(one, follow=False), self._walk(other, follow=False)
        if is_inside(one, other) or is_inside(other, one):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), one)
        here, there = self._directory(parent_of(one)), self._directory(parent_of(other))
        self._move(one, first)
        self._move(other, second)
        self._put_in(here, name_of(one), second)
        self._put_in(there, name_of(other), first)

    def _mode(self, path: str, octal: str) -> None:
        node = self._walk(path)
        node.mode = int(octal, 8)
        self.watcher.tell_inode(node, Happening.MODE)
        for directory in _below(self._root):
            for name, each in directory.entries.items():
                if each is node:
                    self.watcher.tell_name(directory, name, Happening.MODE)

    # -- names ---------------------------------------------------------------------------------------------------

    def _holder(self, path: str) -> Node:
        """Give the directory of a path, with what is missing made, each told of."""
        parent = parent_of(path)
        if parent != path:
            holder = self._holder(parent)
            if parent != "/" and name_of(parent) not in holder.entries:
                self._put_in(holder, name_of(parent), Node(EntryKind.DIRECTORY))
        return self._directory(parent)

    def _enter(self, path: str, node: Node) -> None:
        holder = self._holder(path)
        there = holder.entries.get(name_of(path))
        if there is not None and there.kind is EntryKind.DIRECTORY:
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        self._put_in(holder, name_of(path), node)

    def _put_in(self, holder: Node, name: str, node: Node) -> None:
        replaced = holder.entries.get(name)
        holder.entries[name] = node
        self.watcher.tell_name(holder, name, Happening.PRESENCE)
        if replaced is not None and replaced is not node:
            self._tell_gone(replaced)

    def _move(self, path: str, node: Node) -> None:
        holder = self._directory(parent_of(path))
        del holder.entries[name_of(path)]
        self.watcher.tell_name(holder, name_of(path), Happening.PRESENCE)
        self.watcher.tell_inode(node, Happening.SELF)

    def _leave(self, path: str) -> None:
        holder = self._directory(parent_of(path))
        node = holder.entries.pop(name_of(path))
        self.watcher.tell_name(holder, name_of(path), Happening.PRESENCE)
        self._tell_gone(node)

    def _tell_gone(self, node: Node) -> None:
        for each in _below(node):
            for name in each.entries:
                self.watcher.tell_name(each, name, Happening.PRESENCE)
            if self.is_linked(each):
                self.watcher.tell_inode(each, Happening.MODE)
            else:
                self.watcher.tell_inode(each, Happening.SELF)
                self.watcher.drop(each)


def _below(node: Node) -> Iterator[Node]:
    yield node
    for each in node.entries.values():
        yield from _below(each)


class MemoryWatcher:
    """The watches of one tree in memory, at most `budget` of them."""

    __slots__ = ("_changes", "_paths", "_view", "_watched", "budget")

    descriptor = -1

    def __init__(self, view: TellingView) -> None:
        self._view = view
        self._watched: dict[str, Node] = {}
        self._paths: dict[Node, set[str]] = {}
        self._changes: dict[tuple[str, str], Happening] = {}
        self.budget = 1 << 30

    def __len__(self) -> int:
        return len(self._paths)

    def watch_directory(self, path: str) -> bool:
        return self._watch(path, is_directory=True)

    def watch_file(self, path: str) -> bool:
        return self._watch(path, is_directory=False)

    def blindness(self, path: str) -> Unwatched:
        return Unwatched(path, Blindness.LIMIT)

    def _watch(self, path: str, *, is_directory: bool) -> bool:
        if path not in self._watched and len(self) >= self.budget:
            return False
        try:
            node = self._view.node(path)
        except OSError:
            return False
        if not node.mode & _READ or (is_directory and node.kind is not EntryKind.DIRECTORY):
            return False
        self.unwatch(path)
        self._watched[path] = node
        self._paths.setdefault(node, set()).add(path)
        return True

    def unwatch(self, path: str) -> None:
        node = self._watched.pop(path, None)
        if node is not None:
            self._paths[node].discard(path)
            if not self._paths[node]:
                del self._paths[node]

    def drop(self, node: Node) -> None:
        """Let go of a node that has no name any more, as the kernel does."""
        for path in self._paths.pop(node, ()):
            del self._watched[path]

    def tell_name(self, directory: Node, name: str, what: Happening) -> None:
        """Tell who watches a directory of one of its names."""
        for path in self._paths.get(directory, ()):
            self._tell(path, name, what)

    def tell_inode(self, node: Node, what: Happening) -> None:
        """Tell who watches an inode of itself: its end under its own path, the rest under its name."""
        for path in self._paths.get(node, ()):
            if what is Happening.SELF:
                self._tell(path, "", what)
            else:
                self._tell(parent_of(path), name_of(path), what)

    def _tell(self, directory: str, name: str, what: Happening) -> None:
        key = (directory, name)
        self._changes[key] = self._changes.get(key, Happening(0)) | what

    def drain(self, most: int | None = None) -> Drained:
        """Give everything at once, however little is asked for."""
        del most
        changes, self._changes = self._changes, {}
        return Drained(tuple(Change(directory, name, what) for (directory, name), what in changes.items()), lost=False)

    def renew(self) -> None:
        """Begin again."""
        self._watched.clear()
        self._paths.clear()
        self._changes.clear()
