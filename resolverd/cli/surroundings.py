"""What lies around the daemon: the directory of its socket, and the file systems and modes of the project asked about."""

from __future__ import annotations

import ctypes
import os
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from resolverd.cli.findings import Finding, Level
from resolverd.paths import ancestors
from resolverd.terms import Blindness, Unwatched
from resolverd.watch.mounts import read_mounts
from resolverd.watch.remedies import blind_spots
from resolverd.wire.address import runtime_directory

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH

PATIENCE = 5.0
"""Seconds that a file system may take to say what it is."""

_MAGIC = {
    0x6969: "nfs",
    0x517B: "smbfs",
    0xFF534D42: "cifs",
    0xFE534D42: "smb3",
    0x65735546: "fuse",
    0x01021997: "9p",
    0x00C36400: "ceph",
    0x5346414F: "afs",
    0x73757245: "coda",
    0x0BD00BD0: "lustre",
}
"""Types in statfs(2) of file systems that change without this kernel's knowing."""


_Result = TypeVar("_Result")


# -- the socket --------------------------------------------------------------------------------------------------------


def check_socket(socket: str, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Hold the socket and its directory to what keeps other users out."""
    directory = os.path.dirname(socket)  # noqa: PTH120  text, as the socket is
    try:
        status = os.lstat(directory)
    except FileNotFoundError:
        yield Finding("runtime directory", Level.WELL, f"{directory} is made when the daemon starts")
        return
    except OSError as error:
        yield Finding("runtime directory", Level.FAULT, str(error), "set XDG_RUNTIME_DIR, or give --socket")
        return
    yield _runtime_directory(directory, status, is_default=directory == runtime_directory(environ, os.getuid()))
    try:
        yield _socket_file(socket, os.lstat(socket))
    except FileNotFoundError:
        return


def _runtime_directory(path: str, status: os.stat_result, *, is_default: bool) -> Finding:
    name, mode = "runtime directory", stat.S_IMODE(status.st_mode)
    if not stat.S_ISDIR(status.st_mode):
        return Finding(name, Level.FAULT, f"{path} is no directory", f"remove {path}")
    if mode & stat.S_ISVTX and status.st_uid in {0, os.geteuid()}:
        return Finding(name, Level.WELL, f"{path} is shared, and nobody can replace a file of another there")
    if status.st_uid not in {0, os.geteuid()}:
        message = f"{path} belongs to user {status.st_uid}, who could stand in for your daemon"
        return Finding(name, Level.FAULT, message, f"remove {path}, or give another path with --socket")
    if mode & _OTHERS_WRITE or (is_default and mode & _OTHERS):
        level = Level.FAULT if mode & _OTHERS_WRITE else Level.WARNING
        return Finding(name, level, f"{path} is open to others ({mode:04o})", f"chmod 700 {path}")
    return Finding(name, Level.WELL, f"{path} is yours alone ({mode:04o})")


def _socket_file(path: str, status: os.stat_result) -> Finding:
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISSOCK(status.st_mode):
        return Finding("socket", Level.FAULT, f"{path} is no socket, and no daemon can listen there", f"remove {path}")
    if mode & _OTHERS:
        message = f"{path} lets others connect ({mode:04o}); the daemon refuses them, one by one"
        return Finding("socket", Level.WARNING, message, f"chmod 600 {path}")
    return Finding("socket", Level.WELL, f"{path} is yours alone ({mode:04o})")


# -- the project -------------------------------------------------------------------------------------------------------


def check_place(directory: str) -> Iterator[Finding]:
    """Tell whether changes in a directory, and of all that is above it, can be told of. It waits for no server."""
    mounts = read_mounts()
    # First as the path stands: following it might never come back.
    remote = mounts.remote_at(directory)
    if remote is not None:
        yield from _spots(Unwatched(directory, Blindness.FILE_SYSTEM, remote.kind))
        return
    real = _in_time(lambda: str(Path(directory).resolve()))
    if real is None:
        message = f"{directory} leads to a file system that does not answer"
        yield Finding("place", Level.FAULT, message, "bring its server back, or unmount it (`umount -l`)")
    elif mounts.is_told(real):
        yield from _check_local(real, mounts.type_of(real) or "")
    else:
        yield from _spots(Unwatched(real, Blindness.FILE_SYSTEM, mounts.type_of(real) or ""))


def _check_local(real: str, kind: str) -> Iterator[Finding]:
    magic = file_system_type(real)
    if magic in _MAGIC:
        # What is mounted stands in the mount table; what is behind it (an automounter, a stacked file system) need not.
        yield from _spots(Unwatched(real, Blindness.FILE_SYSTEM, _MAGIC[magic]))
        return
    shut = [path for path in ancestors(real) if not os.access(path, os.R_OK | os.X_OK, effective_ids=True)]
    yield from _spots(*(Unwatched(path, Blindness.PERMISSION) for path in shut))
    if not shut:
        yield Finding("place", Level.WELL, f"{real} can be watched ({kind})")
    if kind == "overlay":
        message = f"{real} is on an overlay: a change made in its lower directories themselves is told to nobody"
        yield Finding("place", Level.NOTE, message, "make changes through the overlay, or `resolverd bust` them")


def _spots(*places: Unwatched) -> Iterator[Finding]:
    for spot in blind_spots(places):
        yield Finding("place", Level.WARNING, f"cannot be watched: {spot.message}", spot.remedy)


def file_system_type(path: str) -> int | None:
    """Ask the file system itself what it is (statfs(2), `f_type`); None where it does not answer."""
    return _in_time(lambda: _statfs(path)) or None


def _in_time(look: Callable[[], _Result]) -> _Result | None:
    """Look at what may never answer; None when it does not."""
    found: list[_Result] = []
    looker = threading.Thread(target=lambda: found.append(look()), daemon=True)
    looker.start()
    looker.join(PATIENCE)
    return found[0] if found else None


def _statfs(path: str) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    # `struct statfs` begins with the type, a long; it has 120 bytes, and room is left.
    buffer = ctypes.create_string_buffer(256)
    if libc.statfs(os.fsencode(path), buffer) != 0:
        return 0
    return ctypes.c_long.from_buffer(buffer).value & 0xFFFFFFFF
