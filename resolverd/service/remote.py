"""Looking at file systems that may never answer: network and FUSE mounts, each behind a thread and a deadline.

The facts. A FUSE or network file system that stops answering holds every system call on it, for ever, and there is no
way to take the call back: the thread is gone until the server answers, dies, or is unmounted. Only a path says
beforehand what a call may touch, and links lead anywhere.

What we do. Each mount that may hang (`MountTable.remote`) gets a thread of its own, which makes all calls on it, one at a
time; whoever looks waits `DEADLINE` for the result. A call that is late makes its mount *silent*: every look there fails at
once, with ETIMEDOUT, until the call is back. So a mount holds the caller up once, not once a look, and never takes more
than one thread. What failed so is not remembered by anybody (`tree.looking`). Local paths are looked at as ever.
"""

from __future__ import annotations

import errno
import io
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Event, Thread
from typing import BinaryIO, Generic, TypeVar, cast

from resolverd.view.base import MANIFEST_LIMIT, DirectoryView, EntryKind, Stamp
from resolverd.watch.mounts import Mount, MountTable

DEADLINE = 0.5
"""Seconds that one look may take: everybody waits for so long, once, when a mount falls silent in mid-answer."""

ARCHIVE_LIMIT = 64 * 1024 * 1024
"""The largest archive that is read from such a mount: it is read whole."""

_Result = TypeVar("_Result")


class Call(Generic[_Result]):
    """A call that a mount's thread makes, and what came of it; `then` is called in that thread."""

    __slots__ = ("_call", "_error", "_results", "_then", "begun", "done")

    def __init__(self, call: Callable[[], _Result], then: Callable[[], None] | None = None) -> None:
        self._call = call
        self._then = then
        self._results: list[_Result] = []
        self._error: Exception | None = None
        self.begun = time.monotonic()
        self.done = Event()

    def make(self) -> None:
        """Call, and keep what comes of it."""
        try:
            self._results.append(self._call())
        except Exception as error:  # noqa: BLE001  it is raised again where somebody waits
            self._error = error
        self.done.set()
        if self._then is not None:
            self._then()

    def result(self) -> _Result:
        """Give what the call gave; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._results[0]


class RemoteMount:
    """A mount that may hang, and the thread that looks at it."""

    __slots__ = ("_calls", "_late", "mount")

    def __init__(self, mount: Mount) -> None:
        self.mount = mount
        self._calls: SimpleQueue[Call[object] | None] = SimpleQueue()
        self._late: Call[object] | None = None
        # A thread that never comes back must not hold the process.
        Thread(target=self._work, name="resolverd-mount", daemon=True).start()

    @property
    def is_silent(self) -> bool:
        """Whether a call on it is late."""
        return self.silent_for() is not None

    def silent_for(self) -> float | None:
        """Give for how many seconds a call that is late has not come back; None where none is out."""
        late = self._late
        return None if late is None or late.done.is_set() else time.monotonic() - late.begun

    def look(self, call: Callable[[], _Result]) -> _Result:
        """Make a call on the mount. Raises what the call raises, and `OSError` (ETIMEDOUT) when it takes too long."""
        if self.is_silent:
            raise self._timeout()
        made = Call(call)
        self.begin(made)
        if not made.done.wait(DEADLINE):
            self.give_up(made)
            raise self._timeout()
        return made.result()

    def begin(self, call: Call[_Result]) -> None:
        """Have a call made, without waiting for it."""
        self._calls.put(cast("Call[object]", call))

    def give_up(self, call: Call[_Result]) -> None:
        """Say that a call is late."""
        if not self.is_silent:
            self._late = cast("Call[object]", call)

    def leave(self) -> None:
        """Let the thread end when it can."""
        self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call.make()

    def _timeout(self) -> OSError:
        return OSError(errno.ETIMEDOUT, f"the file system at {self.mount.point} ({self.mount.kind}) does not answer")


class RemoteView:
    """A `DirectoryView` over another. `mounts` gives the mount table of the moment."""

    __slots__ = ("_known", "_remote", "_view", "mounts")

    def __init__(self, view: DirectoryView, mounts: Callable[[], MountTable]) -> None:
        self._view = view
        self.mounts = mounts
        self._known: MountTable | None = None
        self._remote: dict[Mount, RemoteMount] = {}

    def remote_at(self, path: str) -> RemoteMount | None:
        """Give the mount on the way to a path that may hang."""
        table = self.mounts()
        if table is not self._known:
            self._forget_unmounted(table)
        mount = table.remote_at(path) if table.remote else None
        if mount is None:
            return None
        remote = self._remote.get(mount)
        if remote is None:
            remote = self._remote[mount] = RemoteMount(mount)
        return remote

    def _forget_unmounted(self, table: MountTable) -> None:
        self._known = table
        for mount in self._remote.keys() - set(table.remote):
            self._remote.pop(mount).leave()

    def silent(self) -> frozenset[RemoteMount]:
        """Give the mounts that do not answer."""
        return frozenset(remote for remote in self._remote.values() if remote.is_silent)

    def hanging(self) -> Iterator[tuple[Mount, float]]:
        """Give the mounts that do not answer, each with the seconds for which it has not."""
        for remote in self._remote.values():
            if (silent := remote.silent_for()) is not None:
                yield remote.mount, silent

    def probe(self, remote: RemoteMount, then: Callable[[], None]) -> Call[dict[str, EntryKind]]:
        """Begin to ask a mount for its names, without waiting."""
        call = Call(lambda: self._view.list(remote.mount.point), then)
        remote.begin(call)
        return call

    def _look(self, path: str, call: Callable[[], _Result]) -> _Result:
        remote = self.remote_at(path)
        return call() if remote is None else remote.look(call)

    # -- DirectoryView -----------------------------------------------------------------------------------------------

    def list(self, path: str) -> dict[str, EntryKind]:
        """As the view below."""
        return self._look(path, lambda: self._view.list(path))

    def kind(self, path: str) -> EntryKind:
        """As the view below."""
        return self._look(path, lambda: self._view.kind(path))

    def read(self, path: str, limit: int = MANIFEST_LIMIT) -> bytes:
        """As the view below."""
        return self._look(path, lambda: self._view.read(path, limit))

    def read_link(self, path: str) -> str:
        """As the view below."""
        return self._look(path, lambda: self._view.read_link(path))

    def stamp(self, path: str) -> Stamp:
        """As the view below."""
        return self._look(path, lambda: self._view.stamp(path))

    def open(self, path: str) -> BinaryIO:
        """As the view below; from a mount that may hang the file is read whole, as reading on would have no deadline."""
        remote = self.remote_at(path)
        if remote is None:
            return self._view.open(path)
        return io.BytesIO(remote.look(lambda: self._view.read(path, ARCHIVE_LIMIT)))
