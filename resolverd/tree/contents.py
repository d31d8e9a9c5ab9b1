"""The contents of manifests: watched before they are read, and known again by a digest.

The facts. A manifest is edited in place, replaced by a rename, or written through a hard link elsewhere (pnpm's store),
which only the inode's own watch tells. It is often written with the same bytes. Several parsed values may come from one
file (a tsconfig that many others extend). That another file stands in its place now, only the directory's watch tells.

What we do. Whoever parses a file attaches the node of what it made. News of a file, or doubt about one that is not
watched, costs one read; only if the digest differs are the attached nodes busted. A replaced file is another inode, so
it is watched anew before it is read. A file that nothing is attached to is not watched, nor one whose directory is not. What is in an archive
changes with the archive alone, and falls with it (`listings`).
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from resolverd.arena.edges import EdgeIndex, Trace
from resolverd.errors import InvariantError
from resolverd.paths import parent_of
from resolverd.tree.listings import Listings
from resolverd.tree.looking import Looker
from resolverd.view.base import MANIFEST_LIMIT
from resolverd.watch.base import Watcher


class _File:
    __slots__ = ("checked", "digest", "is_watched", "limit", "nodes")

    def __init__(self, limit: int, *, is_watched: bool) -> None:
        self.limit = limit
        self.is_watched = is_watched
        self.digest = b""
        self.nodes: set[int] = set()
        self.checked = -1


class Contents:
    """Manifest files by real path. `unwatched` counts those whose changes nobody tells."""

    __slots__ = ("_edges", "_files", "_listings", "_looker", "_watcher", "unwatched")

    def __init__(self, looker: Looker, listings: Listings, edges: EdgeIndex, watcher: Watcher | None) -> None:
        self._looker = looker
        self._listings = listings
        self._edges = edges
        self._watcher = watcher
        self._files: dict[str, _File] = {}
        self.unwatched = 0

    def read(self, path: str, trace: Trace, limit: int = MANIFEST_LIMIT) -> tuple[bytes | OSError, bytes]:
        """Watch a file, then read it. Returns the bytes (or why not) and the digest to attach with."""
        file = self._files.get(path)
        if file is None:
            file = self._files[path] = _File(limit, is_watched=self._watch(path))
            self.unwatched += not file.is_watched
        file.checked = self._listings.turn
        data = self._looker.read(path, trace, limit)
        return data, digest_of(data)

    def _watch(self, path: str) -> bool:
        if self._watcher is None or not self._listings.is_told(parent_of(path)):
            return False
        return self._listings.is_archived(parent_of(path)) or self._watcher.watch_file(path)

    def attach(self, path: str, digest: bytes, node: int) -> None:
        """Bind a node to the content of a file that was just read."""
        file = self._files[path]
        file.digest = digest
        file.nodes.add(node)

    def detach(self, path: str, node: int) -> None:
        """Take a node from a file; a file without nodes is forgotten."""
        file = self._files.get(path)
        if file is not None:
            file.nodes.discard(node)
            self.release(path)

    def release(self, path: str) -> None:
        """Forget a file that was read and that nothing was attached to."""
        file = self._files.get(path)
        if file is None or file.nodes:
            return
        del self._files[path]
        self.unwatched -= not file.is_watched
        if self._watcher is not None:
            self._watcher.unwatch(path)

    def apply(self, path: str) -> None:
        """Take news of a file: read it again, and bust what was made from it if it differs."""
        file = self._files.get(path)
        if file is None:
            return
        # What was made from a watched file is believed: without the watch it is void.
        if not self._watch_again(path, file) or digest_of(self._looker.read(path, [], file.limit)) != file.digest:
            self.bust(path)

    def _watch_again(self, path: str, file: _File) -> bool:
        """Watch what is there now: another inode perhaps. Returns False if a watch was lost."""
        was_watched, file.is_watched = file.is_watched, self._watch(path)
        self.unwatched += was_watched - file.is_watched
        if file.is_watched or not was_watched:
            return True
        if self._watcher is not None:
            self._watcher.unwatch(path)
        return False

    def recheck(self, path: str, turn: int) -> None:
        """Compare a file that is not watched with the disk, at most once a turn."""
        file = self._files.get(path)
        if file is None or file.is_watched or file.checked == turn:
            return
        file.checked = turn
        if digest_of(self._looker.read(path, [], file.limit)) != file.digest:
            self.bust(path)

    def bust(self, path: str) -> None:
        """Void all that was made from a file, whatever its bytes."""
        file = self._files.get(path)
        for node in tuple(file.nodes) if file is not None else ():
            self._edges.bust(node)

    def is_told(self, path: str) -> bool:
        """Tell whether changes of a file will be told."""
        file = self._files.get(path)
        return file is not None and file.is_watched

    def topmost_unwatched(self) -> Iterator[str]:
        """Give the files that are not watched though their directories are."""
        for path, file in self._files.items():
            if not file.is_watched and self._listings.is_told(parent_of(path)):
                yield path

    def watches(self) -> int:
        """Count the files that are watched."""
        return sum(file.is_watched for file in self._files.values())

    def check(self) -> None:
        """Hold the invariants of the contents. Raises `InvariantError`."""
        if self.unwatched != len(self._files) - self.watches():
            raise InvariantError("contents: what is counted is not what is held")
        for path, file in self._files.items():
            if not file.nodes:
                raise InvariantError(f"contents: nothing was made from {path}")
            if file.is_watched and not self._listings.is_told(parent_of(path)):
                raise InvariantError(f"contents: {path} is believed, and its directory is not watched")

    def __len__(self) -> int:
        return len(self._files)


def digest_of(data: bytes | OSError) -> bytes:
    """Give what a content is known by; a file that cannot be read is known by the reason."""
    return blake2b(data, digest_size=16).digest() if isinstance(data, bytes) else b"%d" % (data.errno or 0)
