"""What the cache needs of a watcher: four calls, so that tests may stand in for the kernel."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from resolverd.terms import Unwatched
from resolverd.watch.events import Change


class Drained(NamedTuple):
    """What happened since the last drain, folded to one change a name. `lost`: more happened than is told."""

    changes: tuple[Change, ...]
    lost: bool


NOTHING = Drained((), lost=False)


class Watcher(Protocol):
    """Tells of changes. Paths are real; whatever a process finished before `drain` is called is in what it gives."""

    @property
    def descriptor(self) -> int:
        """The file descriptor that becomes readable when there is something to drain; the same for life."""
        ...

    def __len__(self) -> int:
        """Count the watches held."""
        ...

    def watch_directory(self, path: str) -> bool:
        """Watch the names of a directory; whether every change of them will be told."""
        ...

    def watch_file(self, path: str) -> bool:
        """Watch the content of a file; whether every change of it will be told."""
        ...

    def blindness(self, path: str) -> Unwatched:
        """Say why a path that was not to be watched is not."""
        ...

    def unwatch(self, path: str) -> None:
        """Stop watching a path."""
        ...

    def drain(self, most: int | None = None) -> Drained:
        """Take what happened since the last drain, without waiting; with `most`, about so many bytes of it."""
        ...

    def renew(self) -> None:
        """Begin again with no watches and nothing queued, after a loss."""
        ...
