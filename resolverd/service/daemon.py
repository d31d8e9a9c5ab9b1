"""What all connections share: the engine, the settings, the counters, and how the daemon says it is."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable, Iterator

import resolverd
from resolverd.cache.engine import Engine
from resolverd.errors import InvariantError
from resolverd.service.config import Settings
from resolverd.service.patience import Patience
from resolverd.service.process import descriptor_limit, open_descriptors, resident_bytes
from resolverd.service.routing import Routers
from resolverd.service.subscriptions import Subscriptions
from resolverd.table.writer import TableWriter
from resolverd.terms import Answer
from resolverd.watch.inotify import Inotify
from resolverd.watch.remedies import blind_spots, told
from resolverd.wire.messages import Diagnosis, Health, ServiceStats

_NEARLY = 0.9
"""The share of a limit from which `health` tells of it."""

_PROJECTS = 50
"""The most projects that are told of."""

_log = logging.getLogger(__name__)


class Daemon:
    """One engine and those who ask it. `stop` ends the daemon in good order and may be called at any time."""

    def __init__(
        self, engine: Engine, settings: Settings, stop: Callable[[], None], patience: Patience | None = None
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.stop = stop
        self.patience = patience
        self.subscriptions = Subscriptions(engine, settings)
        self.routers = Routers(engine)
        self.connections = 0
        self.accepted = 0
        self.turned_away = 0
        self.requests = 0
        self.refused = 0
        self.stale = 0
        self.last_asked = -math.inf
        self._started = time.monotonic()

    def begin_turn(self, now: float) -> None:
        """Take note that somebody asks, and look at the disk anew: what was done before is in the answers."""
        self.last_asked = now
        self.engine.begin_turn()

    def idle_since(self, now: float) -> float:
        """When somebody asked last; who is subscribed asks all the time."""
        return now if self.subscriptions.count else self.last_asked

    def stats(self) -> ServiceStats:
        """Count what the daemon did, and what the process takes."""
        return ServiceStats(
            uptime=time.monotonic() - self._started,
            rss=resident_bytes(),
            descriptors=open_descriptors(),
            connections=self.connections,
            accepted=self.accepted,
            turned_away=self.turned_away,
            requests=self.requests,
            refused=self.refused,
            stale=self.stale,
            memory_limit=self.settings.memory_bytes,
            subscribed=self.subscriptions.count,
        )

    def open_table(self) -> tuple[TableWriter, list[int]] | None:
        """Give the answer table and descriptors to hand over: its memory, the witness and what that listens to.

        None where there can be no table: nothing is watched, or the processor promises too little.
        """
        watcher, publisher = self.engine.watcher, self.engine.publisher
        if not isinstance(watcher, Inotify) or watcher.is_blind or not publisher.is_possible():
            return None
        watcher.before_reading = publisher.raise_gate
        while True:
            witness = watcher.witness()
            # What was mounted after this turn's drain, and before the witness looked, is told to us alone.
            losses = self.engine.stats().losses
            self.engine.drain()
            if self.engine.stats().losses == losses:
                table = publisher.open()
                return table, [os.dup(table.descriptor), *witness]
            for descriptor in witness:
                os.close(descriptor)

    def largest_projects(self) -> tuple[tuple[str, int], ...]:
        """Count the answers remembered for each project, the largest first."""
        counts = self.engine.projects()
        return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_PROJECTS])

    def health(self, request: int) -> Health:
        """Tell how the daemon is, with what should be done about it."""
        stats = self.stats()
        return Health(
            id=request,
            version=resolverd.__version__,
            pid=os.getpid(),
            socket=self.settings.socket,
            uptime=stats.uptime,
            rss=stats.rss,
            connections=stats.connections,
            answers=self.engine.stats().answers,
            troubles=tuple(self._troubles(stats)),
        )

    def diagnosis(self, request: int) -> Diagnosis:
        """Hold every invariant of the engine; one that does not hold is a bug, and all that is remembered is void."""
        try:
            self.engine.check()
        except InvariantError as error:
            _log.exception("a bug: an invariant does not hold")
            self.engine.bust_all()
            return Diagnosis(request, str(error), self.engine.unwatched())
        return Diagnosis(request, None, self.engine.unwatched())

    def summary(self) -> str:
        """Tell in one line how the daemon is."""
        stats = self.stats()
        trouble = next(self._troubles(stats), None)
        told = f"{self.engine.stats().answers:,} answers, {stats.connections} connections, {stats.rss >> 20} MiB"
        return told if trouble is None else f"degraded: {trouble} ({told})"

    def _troubles(self, stats: ServiceStats) -> Iterator[str]:
        connections = self.settings.limits.connections
        if stats.connections >= connections * _NEARLY:
            yield (
                f"{stats.connections} of at most {connections} connections are open: "
                "close what is not used, or raise `connections` in config.toml"
            )
        if stats.descriptors >= descriptor_limit() * _NEARLY:
            yield (
                f"{stats.descriptors} of at most {descriptor_limit()} file descriptors are open: "
                "raise the limit (`open_files` in config.toml, `ulimit -n`, or `LimitNOFILE=` of the unit)"
            )
        if evicted := self.engine.stats().evictions:
            yield (
                f"{evicted:,} answers were given up to hold no more than {self.settings.memory_bytes >> 20} MiB, and have to be "
                "looked for again: raise `memory_bytes` in config.toml"
            )
        yield from self._blind_spots()
        for mount, seconds in self.patience.hanging() if self.patience is not None else ():
            yield (
                f"the file system at {mount.point} ({mount.kind}) has not answered for {seconds:.0f} s, and what is asked "
                f"there fails: bring its server back, or `umount -l {mount.point}`"
            )
        if self.stale:
            yield (
                f"{self.stale} fresh looks found that the cache was wrong: "
                "run `resolverd bust --all`, and please report it"
            )

    def _blind_spots(self) -> Iterator[str]:
        if self.engine.watch_descriptor is None:
            yield "nothing is watched: what was found is believed until it is busted (setting `watch`, or the log says why)"
            return
        count = self.engine.stats().unwatched
        if count:
            yield (
                f"{count} directories and manifests are not watched, and compared with the disk when asked for: "
                f"{'; '.join(map(told, blind_spots(self.engine.unwatched())))}"
            )

    def record_stale(self, specifier: str, origin: str, warm: Answer, fresh: Answer) -> None:
        """Take note that the cache gave what the disk does not say."""
        self.stale += 1
        _log.error("stale: %r from %r was remembered as %s and is %s", specifier, origin, warm, fresh)

    def distrust(self, request: str) -> None:
        """Log the exception being handled, which is a bug, and void all that it may have left half changed."""
        _log.exception("a bug: %s could not be answered", request)
        self.engine.bust_all()
