"""Which watch descriptor stands for which paths.

The facts. A watch belongs to an inode: a directory that is mounted twice, and a manifest with two hard links, are one
descriptor under two paths, and adding the second must not lose the first. The kernel drops a watch by itself
(IN_IGNORED) when the inode goes. Numbers are not used again within one inotify instance's life, so an event of a dropped
descriptor that is still queued finds nothing here, and means nothing.
"""

from __future__ import annotations

from resolverd.errors import InvariantError


class Registry:
    """Paths by descriptor and descriptors by path."""

    __slots__ = ("_paths", "_wds")

    def __init__(self) -> None:
        self._wds: dict[str, int] = {}
        self._paths: dict[int, set[str]] = {}

    def __len__(self) -> int:
        return len(self._paths)

    def add(self, path: str, wd: int) -> int | None:
        """Note that a path is watched. Returns the descriptor that it had before and that nothing uses any more."""
        if self._wds.get(path) == wd:
            return None
        orphan = self.remove(path)
        self._wds[path] = wd
        self._paths.setdefault(wd, set()).add(path)
        return orphan

    def remove(self, path: str) -> int | None:
        """Forget a path. Returns its descriptor if no other path uses it."""
        wd = self._wds.pop(path, None)
        if wd is None:
            return None
        paths = self._paths[wd]
        paths.discard(path)
        if paths:
            return None
        del self._paths[wd]
        return wd

    def drop(self, wd: int) -> None:
        """Forget a descriptor that the kernel dropped."""
        for path in self._paths.pop(wd, ()):
            del self._wds[path]

    def paths(self, wd: int) -> tuple[str, ...]:
        """Give the paths of a descriptor; () if it is unknown."""
        return tuple(self._paths.get(wd, ()))

    def is_watched(self, path: str) -> bool:
        """Tell whether a path is watched."""
        return path in self._wds

    def check(self) -> None:
        """Hold both directions against each other. Raises `InvariantError`."""
        forward = {(path, wd) for path, wd in self._wds.items()}
        backward = {(path, wd) for wd, paths in self._paths.items() for path in paths}
        if forward != backward or not all(self._paths.values()):
            raise InvariantError(f"watches: paths and descriptors differ: {sorted(forward ^ backward)[:5]}")
