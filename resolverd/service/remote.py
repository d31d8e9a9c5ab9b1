"""Looking at file systems that may never answer: network and FUSE mounts, each behind a worker thread and a deadline.

The facts. A system call on a mount whose server is gone does not return, and cannot be interrupted; in the loop it would
stop the answers to everybody. What such a mount holds cannot be watched either, so it is looked at whenever somebody asks.

What we do. Whatever lies on such a mount is read by that mount's own thread, one look at a time, and taken in by the loop,
which waits no longer than `DEADLINE`. Once: until the thread comes back every further look there fails at once, and says
why; what is made of such a failure is remembered by nobody. So a mount that hangs costs everybody else one such pause.
"""

from __future__ import annotations

import errno
import io
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

from resolverd.view.base import MANIFEST_LIMIT, DirectoryView, EntryKind, Stamp
from resolverd.watch.mounts import MountTable

DEADLINE = 0.5
"""Seconds that the loop waits for one look."""

ARCHIVE_LIMIT = 256 * 1024 * 1024
"""The most bytes of an archive there: it is read whole, since each look into it might hang."""

_Seen = TypeVar("_Seen")


class RemoteView:
    """A view that looks past others' slowness. `mounts` gives the mount table as it is now."""

    __slots__ = ("_mounts", "_view", "_workers")

    def __init__(self, view: DirectoryView, mounts: Callable[[], MountTable]) -> None:
        self._view = view
        self._mounts = mounts
        self._workers: dict[str, _Worker] = {}

    def hanging(self) -> Iterator[tuple[str, float]]:
        """Give the mount points that do not answer, each with the seconds for which it has not."""
        for point, worker in self._workers.items():
            if (silent := worker.silent_for()) is not None:
                yield point, silent

    def list(self, path: str) -> dict[str, EntryKind]:
        """See `DirectoryView`."""
        return self._look(path, lambda: self._view.list(path))

    def kind(self, path: str) -> EntryKind:
        """See `DirectoryView`."""
        return self._look(path, lambda: self._view.kind(path))

    def read(self, path: str, limit: int = MANIFEST_LIMIT) -> bytes:
        """See `DirectoryView`."""
        return self._look(path, lambda: self._view.read(path, limit))

    def read_link(self, path: str) -> str:
        """See `DirectoryView`."""
        return self._look(path, lambda: self._view.read_link(path))

    def stamp(self, path: str) -> Stamp:
        """See `DirectoryView`."""
        return self._look(path, lambda: self._view.stamp(path))

    def open(self, path: str) -> BinaryIO:
        """See `DirectoryView`; what lies on such a mount is read whole."""
        if self._mounts().remote_point(path) is None:
            return self._view.open(path)
        return io.BytesIO(self.read(path, ARCHIVE_LIMIT))

    def _look(self, path: str, look: Callable[[], _Seen]) -> _Seen:
        point = self._mounts().remote_point(path)
        if point is None:
            return look()
        worker = self._workers.get(point)
        if worker is None:
            worker = self._workers[point] = _Worker()
        try:
            return worker.run(look)
        except TimeoutError:
            message = f"the file system at {point} did not answer within {DEADLINE:g} s"
            raise OSError(errno.ETIMEDOUT, message, path) from None


class _Look:
    """One look, which `is_over` when it has come back."""

    __slots__ = ("_error", "_look", "begun", "is_over")

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._error: OSError | None = None
        self.begun = time.monotonic()
        self.is_over = threading.Event()

    def take(self) -> None:
        """Look, in the worker's thread."""
        try:
            self._look()
        except OSError as error:
            self._error = error
        finally:
            self.is_over.set()

    def raise_error(self) -> None:
        """Raise what the look raised."""
        if self._error is not None:
            raise self._error


class _Worker:
    """The thread of one mount. It is nobody's to wait for: a process may end while it hangs."""

    __slots__ = ("_last", "_looks")

    def __init__(self) -> None:
        self._looks: queue.SimpleQueue[_Look] = queue.SimpleQueue()
        self._last: _Look | None = None
        threading.Thread(target=self._take_all, name="resolverd-mount", daemon=True).start()

    def _take_all(self) -> None:
        while True:
            self._looks.get().take()

    def silent_for(self) -> float | None:
        """Give for how long a look that was given up has not come back; None where none is out."""
        last = self._last
        return None if last is None or last.is_over.is_set() else time.monotonic() - last.begun

    def run(self, look: Callable[[], _Seen]) -> _Seen:
        """Look, in the thread. Raises `OSError` as the look does, `TimeoutError` when it does not come back."""
        if self.silent_for() is not None:
            raise TimeoutError
        seen: list[_Seen] = []
        taken = self._last = _Look(lambda: seen.append(look()))
        self._looks.put(taken)
        if not taken.is_over.wait(DEADLINE):
            raise TimeoutError
        taken.raise_error()
        return seen[0]
