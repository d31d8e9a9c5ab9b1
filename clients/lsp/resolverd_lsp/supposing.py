"""What imports will mean once files have moved: asked before they do, of an engine in this process.

The facts. An editor wants the edits first and moves the files then, and the daemon knows the disk as it is. Whether a specifier
still leads to the same file afterwards (by its alias, its exports, its extension) only the whole algorithm can tell.

What we do. The daemon's engine runs here, on a view of the disk in which the files have moved already and the manifests have
been edited. It lives for one request.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from resolverd.cache.engine import Engine
from resolverd.cache.modes import MAX_PROFILES
from resolverd.paths import ancestors, name_of, parent_of
from resolverd.service.open_profiles import OpenProfiles
from resolverd.terms import Answer
from resolverd.view.base import MANIFEST_LIMIT, DirectoryView, EntryKind, Stamp
from resolverd.view.disk import DiskView
from resolverd.wire.messages import Limits, OpenProfile
from resolverd_client import Question
from resolverd_lsp.moves import Move, origin


class Supposition:
    """Answers questions as if files had moved, and others had the contents that are given by their new paths."""

    def __init__(self, moves: Sequence[Move], contents: Mapping[str, bytes]) -> None:
        self._engine = Engine(MovedView(DiskView(), moves, contents))
        self._profiles = OpenProfiles(self._engine, Limits(profiles=MAX_PROFILES))

    def answer(self, asked: Question) -> Answer:
        """Answer one question. Raises `OptionsError`."""
        options = None if asked.options is None else dict(asked.options)
        number = self._profiles.open(OpenProfile(1, asked.profile, options, asked.project))
        mode = self._profiles.mode(number, asked.kind, asked.types)
        ask = self._engine.answer_from if asked.is_file else self._engine.answer
        return ask(mode, asked.origin, asked.specifier)


class MovedView:
    """A `DirectoryView` of another one in which files have moved. It is asked by real paths, as the engine asks."""

    def __init__(self, beneath: DirectoryView, moves: Sequence[Move], contents: Mapping[str, bytes]) -> None:
        self._beneath = beneath
        self._moves = moves
        self._contents = contents
        # What stands at new places: the moved itself, and the directories on the way to it, which may be new too.
        self._made: dict[str, dict[str, EntryKind]] = {}
        for old, new in moves:
            for above in ancestors(new)[1:-1]:
                self._made.setdefault(parent_of(above), {}).setdefault(name_of(above), EntryKind.DIRECTORY)
            self._made.setdefault(parent_of(new), {})[name_of(new)] = beneath.kind(old)

    def list(self, path: str) -> dict[str, EntryKind]:
        """List a directory, without what moved away and with what came."""
        made = self._made.get(path, {})
        source = origin(path, self._moves)
        try:
            names = {} if source is None else dict(self._beneath.list(source))
        except FileNotFoundError:
            names = {}
        if not names and not made:
            return self._beneath.list(self._source(path))
        gone = {name_of(move.old) for move in self._moves if parent_of(move.old) == source}
        return {name: kind for name, kind in names.items() if name not in gone} | made

    def kind(self, path: str) -> EntryKind:
        """Tell what a path is."""
        made = self._made.get(parent_of(path), {}).get(name_of(path))
        return self._beneath.kind(self._source(path)) if made is None else made

    def read(self, path: str, limit: int = MANIFEST_LIMIT) -> bytes:
        """Read a file."""
        content = self._contents.get(path)
        return self._beneath.read(self._source(path), limit) if content is None else content

    def read_link(self, path: str) -> str:
        """Read a link: as it is written, wherever it is now."""
        return self._beneath.read_link(self._source(path))

    def stamp(self, path: str) -> Stamp:
        """Tell files apart."""
        return self._beneath.stamp(self._source(path))

    def open(self, path: str) -> BinaryIO:
        """Open a file."""
        return self._beneath.open(self._source(path))

    def _source(self, path: str) -> str:
        source = origin(path, self._moves)
        if source is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return source
