"""Looking at the view, with errors turned into what they mean.

ENOENT and ENOTDIR mean that something is not there, which is a fact. Every other error means that nobody could look: a
*trouble*, which is noted for the message and puts `VOLATILE` into the trace, so that nothing made from it is remembered.
So does a race (a name that is gone between two looks).
"""

from __future__ import annotations

import errno

from resolverd.arena.edges import VOLATILE, Trace
from resolverd.view.archives import ArchiveView
from resolverd.view.base import MANIFEST_LIMIT, DirectoryView, EntryKind, Stamp

_ABSENCE = frozenset({errno.ENOENT, errno.ENOTDIR})
_NO_MANIFEST = frozenset({errno.EINVAL, errno.EFBIG})
"""Errors that say something lasting about a file: it is no regular one, or too large."""


class Looker:
    """A view, through archives, and the troubles met since they were last cleared."""

    __slots__ = ("troubles", "view")

    def __init__(self, view: DirectoryView) -> None:
        self.view = ArchiveView(view)
        self.troubles: list[str] = []

    def names(self, path: str, trace: Trace) -> dict[str, EntryKind] | None:
        """List a directory. None where that cannot be done: its names may still be looked at one by one."""
        try:
            return self.view.list(path)
        except OSError as error:
            if error.errno != errno.EACCES:
                self.note(path, error, trace)
            return None

    def kind_now(self, path: str, trace: Trace) -> EntryKind | None:
        """Tell what a path is, without remembering it."""
        trace.append(VOLATILE)
        return self.kind(path, trace)

    def kind(self, path: str, trace: Trace) -> EntryKind | None:
        """Tell what a path is, links not followed; None if it is not there."""
        try:
            return self.view.kind(path)
        except OSError as error:
            if error.errno not in _ABSENCE:
                self.note(path, error, trace)
            return None

    def link_text(self, path: str, trace: Trace) -> str | None:
        """Read where a link points; None if it is none any more."""
        try:
            return self.view.read_link(path)
        except OSError as error:
            self.note(path, error, trace)
            return None

    def read(self, path: str, trace: Trace, limit: int = MANIFEST_LIMIT) -> bytes | OSError:
        """Read a manifest; an error comes back as a value."""
        try:
            return self.view.read(path, limit)
        except OSError as error:
            if error.errno not in _NO_MANIFEST:
                self.note(path, error, trace)
            return error

    def stamp(self, path: str, trace: Trace) -> Stamp | None:
        """Give what an archive is known again by; None where that cannot be told."""
        try:
            return self.view.stamp(path)
        except OSError as error:
            self.note(path, error, trace)
            return None

    def note(self, path: str, error: OSError, trace: Trace) -> None:
        """Let nothing made from this look be remembered, and keep a trouble for the message."""
        trace.append(VOLATILE)
        if error.errno not in _ABSENCE:
            self.troubles.append(f"{path}: {error.strerror}")
