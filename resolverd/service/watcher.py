"""Listening for changes between questions.

The facts. Every question begins by draining the watcher (`Engine.begin_turn`), so freshness does not depend on this
task. A queue that overflows costs everything that is remembered. `npm install` queues ten thousand events in a second,
and what an engine call takes in of them, all clients wait for.

What we do. This task keeps the queue short while nobody asks. It takes in a part of it at a time, and between two parts
the others have their turn; a question that comes in between takes in the rest, at most what the kernel's queue holds.
"""

from __future__ import annotations

import logging

import trio

from resolverd.cache.engine import Engine
from resolverd.service.config import Settings
from resolverd.watch.inotify import Inotify

PART = 64 * 1024
"""Bytes of the queue between two turns of the others: 1,000 to 2,000 events of ordinary names."""

_log = logging.getLogger(__name__)


def open_watcher(settings: Settings) -> Inotify | None:
    """Make the watcher that the settings ask for; None where there is none to be had, which is logged."""
    if not settings.watch:
        return None
    try:
        watcher = Inotify(settings.max_watches or None)
    except OSError as error:
        _log.warning("nothing is watched: %s", error)
        return None
    if watcher.is_blind:
        _log.warning("nothing is watched yet: no inotify instance is to be had (sysctl fs.inotify.max_user_instances)")
    return watcher


async def listen(engine: Engine) -> None:
    """Drain whenever there is something to drain, until cancelled."""
    descriptor = engine.watch_descriptor
    while descriptor is not None:
        await trio.lowlevel.wait_readable(descriptor)
        engine.drain(PART)
