"""A place that a random editor cannot leave: it follows the links to `../..` that it makes.

The process that enters has a directory for its root (chroot(2)) and no rights beyond an ordinary user's, for good. Who is
no root becomes one in a user namespace of its own for that, where the system allows it. What cannot be had is refused
before anything is edited, with a line that says why.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import tempfile
from collections.abc import Generator
from pathlib import Path

ORDINARY = 54_321
"""A user that owns nothing outside; not 65534, which the daemon takes for anybody."""
REFUSED = 77
"""The exit code of a process that did not edit anything because it could not be boxed."""

_TMPFS = "/dev/shm"
_CLONE_NEWUSER = 0x10000000
_CAPABILITY_VERSION_3 = 0x20080522


class UnboxedError(Exception):
    """There is no box to be had here; the message says why."""


@contextlib.contextmanager
def directory(parent: str | None = None) -> Generator[Path]:
    """A directory to make a box of, which is removed with all that is in it. Not to be used by who enters it."""
    with tempfile.TemporaryDirectory(prefix="box-", dir=parent, ignore_cleanup_errors=True) as made:
        yield Path(made)


def fast_parent() -> str | None:
    """Where a box takes no disk to edit: a tmpfs, if there is one."""
    return _TMPFS if os.access(_TMPFS, os.W_OK | os.X_OK) else None


def enter(root: Path, *, as_root: bool = False) -> None:
    """Make `root` this process's root directory, for good, and be an ordinary user in it.

    With `as_root`, stay root, for who edits only what it names itself. Raises `UnboxedError` before anything is changed.
    """
    is_root = os.geteuid() == 0
    if as_root and not is_root:
        raise UnboxedError("not root here")
    (root / "dev").mkdir(exist_ok=True)
    (root / "dev" / "null").touch()
    (root / "run").mkdir(exist_ok=True)
    if is_root and not as_root:
        for path in (root, root / "run"):
            os.chown(path, ORDINARY, ORDINARY)
    try:
        if not is_root:
            _become_root_of_nothing()
        os.chroot(root)
    except OSError as error:
        raise UnboxedError(f"no chroot, as root or in a user namespace: {error}") from error
    os.chdir("/")
    if as_root:
        return
    if is_root:
        os.setgroups([])
        os.setresgid(ORDINARY, ORDINARY, ORDINARY)
        os.setresuid(ORDINARY, ORDINARY, ORDINARY)
    else:
        _drop_capabilities()
    _make_sure()


def _become_root_of_nothing() -> None:
    """Get the right to chroot, and to nothing that this user could not do before."""
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(header, none):
        raise UnboxedError(f"capset: {os.strerror(ctypes.get_errno())}")


def _make_sure() -> None:
    """See for ourselves that there is no way out and no right left. Raises `UnboxedError`."""
    with contextlib.suppress(PermissionError):
        os.chroot("/")
        raise UnboxedError("the right to chroot is still there")
    if Path("/etc").exists() or os.geteuid() == 0:
        raise UnboxedError("this is not the box")
