"""The specifiers of the workspace's files as they are on disk: each file is parsed once for each time that it was written.

The facts. Who imports a file can stand in any file, and most of them are open in no editor. Parsing costs a millisecond
or two a file; seeing that it was not written since costs one `stat`.

What we do. Nothing until somebody asks. Then the folders are walked, and what is new or was written is parsed, in a thread; one
whose request was cancelled reads its part to the end, so there is a lock. What the specifiers mean is not kept here: the daemon
answers for all of them at once, and is always right.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable

import msgspec

from resolverd_lsp.languages import language_of
from resolverd_lsp.source import Source
from resolverd_lsp.specifier import Specifier
from resolverd_lsp.text import Text
from resolverd_lsp.workspace import Stamp, sources, stamp_of

_LARGEST = 2 * 1024 * 1024
"""Bytes of a file that is still looked into: more is made by a machine, and nobody renames what it imports."""


class Indexed(msgspec.Struct, frozen=True):
    """A file as it was when it was read."""

    stamp: Stamp
    specifiers: tuple[Specifier, ...]


class Index:
    """What was read of each file, by absolute path."""

    __slots__ = ("_files", "_lock")

    def __init__(self) -> None:
        self._files: dict[str, Indexed] = {}
        self._lock = threading.Lock()

    def specifiers(self) -> dict[str, tuple[Specifier, ...]]:
        """Give the specifiers of each file that was read."""
        with self._lock:
            return {path: indexed.specifiers for path, indexed in self._files.items()}

    def outdated(self, roots: Iterable[str]) -> list[str]:
        """Walk the folders; the files to be read. What is no longer there is forgotten."""
        there = {path: stamp for root in roots for path, stamp in sources(root)}
        with self._lock:
            self._files = {path: known for path, known in self._files.items() if there.get(path) == known.stamp}
            return [path for path in there if path not in self._files]

    def read(self, paths: Iterable[str]) -> None:
        """Read files, and keep their specifiers; one that cannot be read has none."""
        for path in paths:
            self.look(path)

    def look(self, path: str) -> tuple[Text, tuple[Specifier, ...]]:
        """Give a file's text and the specifiers in just that text; nothing for one that cannot be read."""
        with self._lock:
            found, language = _read(path), language_of(path)
            if found is None or language is None:
                self._files.pop(path, None)
                return Text(""), ()
            stamp, text = found
            known = self._files.get(path)
            if known is None or known.stamp != stamp:
                known = self._files[path] = Indexed(stamp, tuple(Source(language, text).specifiers))
            return Text(text), known.specifiers


def _read(path: str) -> tuple[Stamp, str] | None:
    """Give a file's stamp and text, without the mark of its byte order, as editors have it."""
    try:
        with open(path, "rb") as file:
            stamp = stamp_of(os.fstat(file.fileno()))
            data = file.read(_LARGEST + 1)
    except OSError:
        return None
    return stamp, "" if len(data) > _LARGEST else data.decode("utf-8-sig", "replace")
