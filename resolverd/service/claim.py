"""The claim on a socket path: one daemon at most listens there.

The facts. A socket's file outlives its daemon, and tells nothing about whether anybody listens; binding over it fails,
and removing it first may remove another daemon's. A lock (flock) ends with its process, however that ends. A file may
be removed between being opened and being locked. In /tmp, names may be somebody else's.

What we do. Whoever holds the lock on `<socket>.pid` owns the path. The socket is bound beside it under another name,
made ours alone, and renamed into place when it listens: a client sees the old one, none, or one that answers. On the
way out both files go while the lock is still held.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import stat
from collections.abc import Generator
from pathlib import Path

from resolverd.errors import ResolverdError
from resolverd.wire.address import PATH_BYTES, pid_path

_BACKLOG = 1024
_BESIDE = ".new"


class ClaimError(ResolverdError):
    """The socket path cannot be used; the message says why."""


class AlreadyRunningError(ClaimError):
    """Another daemon listens there; `pid` is 0 where that is not known yet."""

    def __init__(self, path: str, pid: int) -> None:
        super().__init__(f"a daemon (pid {pid or 'not known yet'}) listens at {path}; `resolverd stop` ends it")
        self.pid = pid


@contextlib.contextmanager
def claim(path: str) -> Generator[socket.socket]:
    """Own a socket path: give the listening, non-blocking socket; at the end remove what was made. Raises `ClaimError`."""
    if len(os.fsencode(path + _BESIDE)) > PATH_BYTES:
        raise ClaimError(f"the path of a Unix socket may have {PATH_BYTES - len(_BESIDE)} bytes, and {path} has more")
    with contextlib.ExitStack() as stack:
        try:
            _check_directory(Path(path).parent)
            stack.enter_context(_locked(pid_path(path), path))
            listener = stack.enter_context(_listening(path))
        except OSError as error:
            raise ClaimError(f"no socket can be made at {path}: {error}") from error
        yield listener


def _check_directory(directory: Path) -> None:
    """Make the directory if it is missing; refuse one in which others can put things under our names."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
    status = directory.lstat()
    if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX and status.st_uid in {0, os.geteuid()}:
        return  # /tmp and its like: nobody can remove or replace a file of ours there
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise ClaimError(f"{directory} is not a directory of ours; remove it, or give another path with --socket")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ClaimError(f"others may write in {directory}: chmod 700 it, or give another path with --socket")


@contextlib.contextmanager
def _locked(path: str, socket_path: str) -> Generator[None]:
    descriptor = _lock(path, socket_path)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        # Still under the lock: nobody can have taken the name meanwhile, unless somebody had removed it.
        if is_same_file(path, os.fstat(descriptor)):
            Path(path).unlink(missing_ok=True)
        os.close(descriptor)


def _lock(path: str, socket_path: str) -> int:
    """Open and lock the pid file that has this name now."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_same_file(path, os.fstat(descriptor)):
                return descriptor
        except BlockingIOError:
            pid = os.read(descriptor, 32).strip()
            os.close(descriptor)
            raise AlreadyRunningError(socket_path, int(pid) if pid.isdigit() else 0) from None
        os.close(descriptor)


@contextlib.contextmanager
def _listening(path: str) -> Generator[socket.socket]:
    _check_replaceable(path)
    beside = Path(path + _BESIDE)
    beside.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.setblocking(False)
        listener.bind(str(beside))
        beside.chmod(0o600)
        listener.listen(_BACKLOG)
        ours = beside.rename(path).lstat()
        try:
            yield listener
        finally:
            if is_same_file(path, ours):
                Path(path).unlink(missing_ok=True)


def is_same_file(path: str, known: os.stat_result) -> bool:
    """Tell whether a path has the file that it had."""
    try:
        return os.path.samestat(os.lstat(path), known)
    except OSError:
        return False


def _check_replaceable(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise ClaimError(f"{path} exists and is no socket; nothing was changed")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.setblocking(False)
            if client.connect_ex(path) != errno.ECONNREFUSED:
                # Nobody holds the lock, and yet somebody listens: systemd does, for the daemon that it will start.
                raise AlreadyRunningError(path, 0)
