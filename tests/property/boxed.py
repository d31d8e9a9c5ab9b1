"""Grounds to run something on; those on disk in a process of its own, which is boxed before it edits anything."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeAlias

import trio

from resolverd.cache.engine import Engine
from resolverd.service.config import Settings
from resolverd.service.run import serve
from resolverd.watch.inotify import Inotify
from resolverd_client import BlockingClient
from tests.property import box
from tests.property.grounds import BySocket, Ground, InMemory, OnDisk

Run: TypeAlias = Callable[[Ground], int]
"""What is done on a ground; returns an exit code."""

_SOCKET = "/run/socket"
_WATCHES = 1 << 16
_SILENCE = 60.0


def in_memory(run: Run, watches: int | None = None) -> int:
    """Run on a tree in memory, in this process."""
    return run(InMemory(watches))


def on_disk(run: Run, watches: int | None = None) -> int:
    """Run on a tree on disk, watched with inotify."""
    with box.directory() as root:
        return in_box(root, lambda watcher: run(OnDisk(watcher)), watches)


def by_socket(run: Run, watches: int | None = None) -> int:
    """Run on a tree on disk, beside a daemon in the same box."""

    def ask(_watcher: Inotify) -> int:
        with BlockingClient(_SOCKET, deadline=_SILENCE) as client:
            return run(BySocket(client))

    with box.directory() as root, _daemon(root, watches) as has_started:
        return in_box(root, ask) if has_started else box.REFUSED


def in_box(root: Path, run: Callable[[Inotify], int], watches: int | None = None, *, as_root: bool = False) -> int:
    """Run in a child that is boxed, with a watcher; its exit code."""
    return wait(fork(lambda: _enter_and_run(root, run, watches, as_root=as_root)))


def in_boxes(count: int, run: Callable[[int, Inotify], int], parent: str | None, *, as_root: bool = False) -> int:
    """Run so many at once, each in a box of its own, below `parent`; the highest exit code."""
    with contextlib.ExitStack() as boxes:

        def begin(number: int) -> int:
            root = boxes.enter_context(box.directory(parent))
            return fork(lambda: _enter_and_run(root, lambda watcher: run(number, watcher), None, as_root=as_root))

        return max([wait(pid) for pid in [begin(number) for number in range(count)]])


def _enter_and_run(root: Path, run: Callable[[Inotify], int], watches: int | None, *, as_root: bool) -> int:
    # Made outside: the box has no /proc.
    watcher = Inotify(_WATCHES if watches is None else watches)
    try:
        box.enter(root, as_root=as_root)
    except box.UnboxedError as error:
        print(f"refused, because there is no box to edit in: {error}", flush=True)
        return box.REFUSED
    return run(watcher)


@contextlib.contextmanager
def _daemon(root: Path, watches: int | None) -> Generator[bool]:
    """A daemon in the box; whether it listens."""
    reader, writer = os.pipe()
    pid = fork(lambda: in_daemon(root, watches, writer))
    os.close(writer)
    try:
        yield bool(os.read(reader, 1))
    finally:
        os.close(reader)
        os.kill(pid, signal.SIGTERM)
        wait(pid)


def in_daemon(root: Path, watches: int | None, ready: int) -> int:
    """Be a daemon in the box until told to stop."""

    def run(watcher: Inotify) -> int:
        settings = Settings(socket=_SOCKET, idle_seconds=0)
        trio.run(_serve, settings, Engine(watcher=watcher), ready)
        return 0

    return _enter_and_run(root, run, watches, as_root=False)


async def _serve(settings: Settings, engine: Engine, ready: int) -> None:
    async with trio.open_nursery() as nursery:
        await nursery.start(serve, settings, engine)
        os.write(ready, b".")


def fork(run: Callable[[], int]) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = run()
    except BaseException:  # noqa: BLE001  a child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait(pid: int) -> int:
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


GROUNDS: dict[str, Callable[[Run, int | None], int]] = {"memory": in_memory, "disk": on_disk, "socket": by_socket}
