"""Directories that somebody reads as a whole: a file-system router wants every name, where a resolve asks about a few.

The facts. A listing is watched, or compared with the disk, for the names that were asked about; who read all of them has to
be told when any appears, goes, or becomes another kind of thing, and where a link among them leads elsewhere.

What we do. An observation is a derived node: made from the directory's record, the fact of all its names
(`Listings.names_of`) and its links. So it is void by the same walk as an answer is, and its observer is told once, in the
midst of a bust: it may only take note. What is void is read again by observing anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from resolverd.arena.edges import Trace
from resolverd.paths import join
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.dirtree import DirTree
from resolverd.view.base import EntryKind


class Observer(Protocol):
    """Who reads directories as a whole."""

    def changed(self, path: str, /) -> None:
        """What was read of a directory is void. Only to be noted; reading again is for later."""
        ...


class Observation:
    """What a directory held: `files` by name, each with its real path, and the names of `directories`, links followed.

    `real_path` is None where there is no directory. `trouble` says why it could not be looked at, "" if it could.
    `node` is 0 once it is void, and from the beginning where what was seen must not be believed later (`VOLATILE`);
    `is_sure` says whether every change will be told.
    """

    __slots__ = ("directories", "files", "is_sure", "node", "observer", "path", "real_path", "trouble")

    def __init__(self, path: str, observer: Observer) -> None:
        self.path = path
        self.observer: Observer | None = observer
        self.real_path: str | None = None
        self.files: dict[str, str] = {}
        self.directories: list[str] = []
        self.trouble = ""
        self.node = 0
        self.is_sure = False


class Observations:
    """The store of what is observed."""

    __slots__ = ("_tree",)

    def __init__(self, tree: DirTree) -> None:
        self._tree = tree

    def look(self, observation: Observation, trace: Trace) -> None:
        """Read a directory."""
        observation.real_path, observation.trouble = None, ""
        observation.files, observation.directories = {}, []
        info = self._tree.directory(observation.path, trace)
        if info is None:
            return
        names = self._tree.listings.names_of(info.listing, trace)
        observation.real_path = info.real_path
        if names is None:
            observation.trouble = f"{observation.path}: it cannot be listed"
            return
        for name, kind in tuple(names.items()):
            if kind is EntryKind.LINK:
                self._enter_link(observation, info, name, trace)
            elif kind is EntryKind.DIRECTORY:
                observation.directories.append(name)
            elif kind is EntryKind.FILE:
                observation.files[name] = join(info.real_path, name)

    def _enter_link(self, observation: Observation, info: DirInfo, name: str, trace: Trace) -> None:
        link = self._tree.link(info, name, trace)
        if link.kind is EntryKind.DIRECTORY:
            observation.directories.append(name)
        elif link.kind is EntryKind.FILE:
            observation.files[name] = join(link.directory, link.name)

    def void(self, key: object) -> Iterable[int]:
        """Tell the observer of a busted directory."""
        assert isinstance(key, Observation)
        key.node = 0
        if key.observer is not None:
            key.observer.changed(key.path)
        return ()

    def describe(self, key: object) -> str:
        """Say which directory."""
        assert isinstance(key, Observation)
        return f"all of {key.path}"
