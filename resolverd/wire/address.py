"""Where the daemon listens: the one rule that every client has to know before it can ask."""

from __future__ import annotations

from collections.abc import Mapping

from resolverd.paths import join

PATH_BYTES = 107
"""The longest path of a Unix socket on Linux (`sun_path` less its NUL)."""


def runtime_directory(environ: Mapping[str, str], uid: int) -> str:
    """The directory of the socket and the pid file; a runtime directory that is not absolute does not count (XDG)."""
    base = environ.get("XDG_RUNTIME_DIR", "")
    return join(base.rstrip("/"), "resolverd") if base.startswith("/") else f"/tmp/resolverd-{uid}"  # noqa: S108  checked on use


def socket_path(environ: Mapping[str, str], uid: int) -> str:
    """Where the daemon of a user listens, unless `--socket` says otherwise."""
    return environ.get("RESOLVERD_SOCKET") or join(runtime_directory(environ, uid), "socket")


def pid_path(socket: str) -> str:
    """The pid file of the daemon that listens at `socket`; the daemon holds a lock (flock) on it while it lives."""
    return f"{socket}.pid"
