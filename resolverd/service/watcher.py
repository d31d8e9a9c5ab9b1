"""Listening for changes between questions.

Every question begins by draining the watcher (`Engine.begin_turn`), so freshness does not depend on this task. It keeps
the kernel's queue short while nobody asks: a queue that overflows costs everything that is remembered.
"""

from __future__ import annotations

import logging

import trio

from resolverd.cache.engine import Engine
from resolverd.service.config import Settings
from resolverd.watch.base import Watcher
from resolverd.watch.inotify import Inotify

_RENEWED_SECONDS = 60.0
"""How long to wait on one descriptor: a question may have renewed the watcher, and this one then stays silent."""

_log = logging.getLogger(__name__)


def open_watcher(settings: Settings) -> Watcher | None:
    """Make the watcher that the settings ask for; None where there is none to be had, which is logged."""
    if not settings.watch:
        return None
    try:
        return Inotify(settings.max_watches or None)
    except OSError as error:
        _log.warning("nothing is watched (%s): sysctl fs.inotify.max_user_instances may be too low", error)
        return None


async def listen(engine: Engine) -> None:
    """Drain whenever there is something to drain, until cancelled."""
    while (descriptor := engine.watch_descriptor) is not None:
        with trio.move_on_after(_RENEWED_SECONDS):
            await trio.lowlevel.wait_readable(descriptor)
        engine.drain()
