"""The mount table: on which file systems the kernel tells of changes, and on which it cannot.

Somebody else's machine changes a network file system, and a FUSE server its backing store, without this kernel's
knowing; what the kernel makes up itself (/proc, /sys) comes and goes without an event. What lies there is not to be
believed on the word of inotify. Source: proc_pid_mountinfo(5), inotify(7).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from resolverd.paths import is_inside

_REMOTE = "9p afs autofs ceph cifs coda glusterfs lustre ncpfs nfs nfs4 smb3 smbfs virtiofs"
_MADE_UP = "cgroup cgroup2 debugfs devpts proc securityfs sysfs tracefs"
_MAY_HANG = frozenset(_REMOTE.split())
_BLIND = _MAY_HANG | frozenset(_MADE_UP.split())
_POINT = 4
"""The field of a line that is the mount point."""

_ESCAPE = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """A mounted file system. `number` tells it from another that is mounted at the same point later."""

    point: str
    kind: str
    number: str


class MountTable:
    """Mount points with their types, innermost first. `remote` are those that may hang."""

    __slots__ = ("_blind", "_inside_blind", "_mounts", "remote")

    def __init__(self, mountinfo: str) -> None:
        mounts: list[Mount] = []
        for line in mountinfo.splitlines():
            head, _, tail = line.partition(" - ")
            fields = head.split(" ")
            if len(fields) > _POINT and tail:
                mounts.append(Mount(_unescape(fields[_POINT]), tail.split(" ", 1)[0], fields[0]))
        # Of two mounts at one point the later one is seen; sorting is stable.
        mounts.reverse()
        self._mounts = sorted(mounts, key=lambda mount: -len(mount.point))
        self._blind = frozenset(mount.point for mount in self._mounts if _is_blind(mount.kind))
        self._inside_blind = tuple(f"{point.rstrip('/')}/" for point in self._blind)
        # systemd has an automounter for binfmt_misc below /proc: no project is there.
        self.remote = tuple(
            mount for mount in self._mounts if _may_hang(mount.kind) and not is_inside(mount.point, "/proc")
        )

    def type_of(self, path: str) -> str | None:
        """Give the type of the file system that holds a real path."""
        return next((mount.kind for mount in self._mounts if is_inside(path, mount.point)), None)

    def is_told(self, path: str) -> bool:
        """Tell whether this kernel hears of every change at a real path."""
        # Asked for each watch: most paths are inside none of the few.
        if path not in self._blind and not path.startswith(self._inside_blind):
            return True
        return not _is_blind(self.type_of(path) or "")

    def remote_at(self, path: str) -> Mount | None:
        """Give the innermost mount on the way to a path that may hang; also where a local one lies inside of it."""
        return next((mount for mount in self.remote if is_inside(path, mount.point)), None)


def _is_blind(kind: str) -> bool:
    return kind in _BLIND or kind.startswith("fuse")


def _may_hang(kind: str) -> bool:
    return kind in _MAY_HANG or kind.startswith("fuse")


def read_mounts() -> MountTable:
    """Read the mount table of this process. Raises `OSError`."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123  no pathlib here
        return MountTable(file.read())


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), text)
