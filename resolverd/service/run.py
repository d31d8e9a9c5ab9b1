"""The daemon's life: claim the socket, serve, and leave when told to or when nobody asks any more."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Generator

import msgspec
import trio

import resolverd
from resolverd.cache.engine import Engine
from resolverd.service.claim import claim, is_same_file
from resolverd.service.config import Settings
from resolverd.service.daemon import Daemon
from resolverd.service.logs import begin_logging
from resolverd.service.patience import Patience
from resolverd.service.process import set_descriptor_limit
from resolverd.service.remote import RemoteView
from resolverd.service.sdnotify import Notifier, handed_over, is_handed_over
from resolverd.service.server import Server
from resolverd.service.watcher import listen, open_watcher
from resolverd.view.disk import DiskView
from resolverd.watch.mounts import read_mounts

_YOUNG = 50_000
"""New objects after which the collector looks at them."""

_LOOK_SECONDS = 30.0
"""Between two looks at whether the socket's file is still there."""

_log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Be the daemon, in the foreground, until the end. Raises `ClaimError` when the socket cannot be had."""
    begin_logging(settings.log_level)
    set_descriptor_limit(settings.open_files)
    _keep_survivors_out_of_collections()
    watcher = open_watcher(settings)
    still = read_mounts()
    # A watcher without a watch is false, and knows the mounts all the same.
    view = RemoteView(DiskView(), lambda: still if watcher is None else watcher.mounts)
    engine = Engine(view, limit=settings.memory_bytes, watcher=watcher, is_told=not settings.watch)
    engine.publisher.size = settings.table_bytes
    trio.run(serve, settings, engine, Patience(view))


async def serve(
    settings: Settings,
    engine: Engine,
    patience: Patience | None = None,
    *,
    task_status: trio.TaskStatus[Daemon] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve one engine at `settings.socket` until stopped by a signal, a request or idleness; then clean up."""
    # The second `settings` are the same, with the path that it is.
    with contextlib.closing(Notifier(os.environ)) as notifier, listening(settings) as (listener, settings):  # noqa: PLR1704
        server = Server(listener, engine, settings, patience)
        async with trio.open_nursery() as nursery:
            await nursery.start(_stop_on_signals, server.stop)
            nursery.start_soon(listen, engine)
            nursery.start_soon(notifier.beat, server.daemon.summary)
            nursery.start_soon(tell, server.daemon)
            nursery.start_soon(server.daemon.subscriptions.look_again)
            if settings.metrics_file:
                from resolverd.service.metrics import MetricsFile  # noqa: PLC0415  a library that few need

                nursery.start_soon(MetricsFile(server.daemon).keep_written)
            if not is_handed_over(os.environ, os.getpid()):
                nursery.start_soon(stop_when_lost, settings.socket, server.stop)
            if settings.idle_seconds:
                nursery.start_soon(stop_when_idle, server.daemon, settings.idle_seconds)
            _log.info("resolverd %s (pid %d) listens at %s", resolverd.__version__, os.getpid(), settings.socket)
            task_status.started(server.daemon)
            notifier.tell("READY=1")
            await server.serve(stopping=lambda: notifier.tell("STOPPING=1"))
            nursery.cancel_scope.cancel()
    _log.info("stopped")


@contextlib.contextmanager
def listening(settings: Settings) -> Generator[tuple[socket.socket, Settings]]:
    """Give the socket handed over, or else claim one, and the settings with its path. Raises `ClaimError`."""
    if is_handed_over(os.environ, os.getpid()):
        listener = handed_over(os.environ)
        yield listener, msgspec.structs.replace(settings, socket=listener.getsockname())
    else:
        with claim(settings.socket) as listener:
            yield listener, settings


async def tell(daemon: Daemon) -> None:
    """Tell those who hold answers when they change, until cancelled; parts of it between the turns of others."""
    while True:
        await daemon.subscriptions.wait_for_doubt()
        try:
            daemon.subscriptions.tell()
        except Exception:  # noqa: BLE001  a bug in one question; it must not end the daemon
            daemon.distrust("what somebody is subscribed to")


async def stop_when_idle(daemon: Daemon, seconds: float) -> None:
    """Stop a daemon that nobody has asked anything for that long; open connections alone do not hold it."""
    started = now = trio.current_time()
    while (leaves_at := max(daemon.idle_since(now), started) + seconds) > now:
        await trio.sleep_until(leaves_at)
        now = trio.current_time()
    _log.info("nobody asked for %g s", seconds)
    daemon.stop()


async def stop_when_lost(path: str, stop: Callable[[], None]) -> None:
    """Stop a daemon that no new client can find: somebody removed its socket's file, or put another there (systemd does)."""
    ours = os.lstat(path)
    while True:
        await trio.sleep(_LOOK_SECONDS)
        if not is_same_file(path, ours):
            _log.warning("%s is no longer the socket of this daemon, which leaves", path)
            stop()
            return


async def _stop_on_signals(stop: Callable[[], None], *, task_status: trio.TaskStatus[None]) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            stop()


def _keep_survivors_out_of_collections() -> None:
    """Freeze what a full collection has left over, now and after each.

    What the daemon remembers is many small objects that live long and are freed by their counts, never in cycles: a full
    collection of 41,000 of them takes 19 to 47 ms, finds nothing, and everybody waits. With Python's own thresholds the
    young ones would be looked through every 200 first looks, for a tenth of the CPU.
    """

    def freeze(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:  # noqa: PLR2004  the oldest (gc module)
            gc.freeze()

    gc.callbacks.append(freeze)
    gc.set_threshold(_YOUNG)
    gc.collect()
