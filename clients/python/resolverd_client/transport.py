"""The daemon's socket: where it is, and that it is ours."""

from __future__ import annotations

import os
import socket
import struct

from resolverd.wire.address import PATH_BYTES, socket_path
from resolverd_client.errors import DaemonRefused, DaemonUnavailable

_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid
_TIMEOUT = struct.Struct("2l")  # struct timeval: seconds, microseconds

CONNECT_SECONDS = 5

RECEIVE_BYTES = 256 * 1024
"""How much one receive takes."""


def default_socket() -> str:
    """Where this user's daemon listens (`RESOLVERD_SOCKET`, else the runtime directory)."""
    return socket_path(os.environ, os.getuid())


def _check_peer(connection: socket.socket, path: str) -> None:
    """See who listens: in a shared directory anybody may. Root may read all that we do, and is systemd. Raises `DaemonRefused`."""
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(packed)
    if uid not in {os.getuid(), 0}:
        raise DaemonRefused("foreign-user", f"what listens at {path} belongs to user {uid}, not to you; remove it")


def connect(path: str) -> socket.socket:
    """Connect, and see that the daemon is ours; the socket does not block. Raises `DaemonUnavailable`."""
    if len(os.fsencode(path)) > PATH_BYTES or "\0" in path:
        raise DaemonUnavailable(f"{path!r} cannot be a socket: a socket's path has at most {PATH_BYTES} bytes")
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # A connect waits while the backlog is full, and a daemon that hangs never empties it.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEOUT.pack(CONNECT_SECONDS, 0))
        connection.connect(path)
        _check_peer(connection, path)
        connection.setblocking(False)
    except OSError as error:
        connection.close()
        message = f"no daemon answers at {path} ({error.strerror}); `resolverd start` starts one"
        raise DaemonUnavailable(message) from error
    except DaemonRefused:
        connection.close()
        raise
    return connection
