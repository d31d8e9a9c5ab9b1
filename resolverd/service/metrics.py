"""The counters as Prometheus reads them: text, in a file that another program collects. No port is opened for it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import trio
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from resolverd.service.daemon import Daemon
from resolverd.terms import EngineStats
from resolverd.wire.messages import ServiceStats

GAUGES = {
    "answers": "Answers that are remembered.",
    "directories": "Directories that are known.",
    "directory_slots": "Arena slots of directories, parked ones included.",
    "listings": "Directories whose names are remembered.",
    "packages": "package.json files that are remembered.",
    "package_slots": "Arena slots of package.json files.",
    "tsconfigs": "tsconfig.json files that are remembered.",
    "tsconfig_slots": "Arena slots of tsconfig.json files.",
    "facts": "Facts that answers are made from.",
    "edges": "Dependences of answers on facts.",
    "profiles": "Sets of options in use.",
    "watched": "Directories and manifests that are watched.",
    "unwatched": "Directories and manifests that are compared with the disk when asked for.",
    "published": "Answers in the answer table.",
    "table_bytes": "Bytes of the answer table that hold answers.",
    "uptime": "Seconds since the daemon began.",
    "rss": "Bytes of resident memory.",
    "descriptors": "File descriptors that are open.",
    "connections": "Clients that are connected.",
    "memory_limit": "Bytes that the caches may hold.",
    "subscribed": "Answers that clients are subscribed to.",
}
COUNTERS = {
    "epoch": "Times that something was voided.",
    "hits": "Questions answered from memory.",
    "misses": "Questions that took a look.",
    "busts": "Busts that clients asked for.",
    "retries": "Answers that could not be opened, and were looked at again.",
    "evictions": "Answers given up for memory.",
    "events": "Changes that the kernel told of.",
    "losses": "Times that the kernel lost changes, and everything was voided.",
    "voided": "Answers made void by a change, a bust or for memory.",
    "tables": "Answer tables made.",
    "accepted": "Connections accepted.",
    "turned_away": "Connections turned away for want of room.",
    "requests": "Requests.",
    "refused": "Requests refused.",
    "stale": "Answers of which a fresh look said otherwise: each is a bug.",
}
UNITS = {"uptime": "uptime_seconds", "rss": "resident_bytes", "memory_limit": "memory_limit_bytes"}

_log = logging.getLogger(__name__)


class _Counters(Collector):
    def __init__(self, *counted: EngineStats | ServiceStats) -> None:
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        for counted in self._counted:
            for name, value in msgspec.structs.asdict(counted).items():
                exposed = f"resolverd_{UNITS.get(name, name)}"
                if name in COUNTERS:
                    yield CounterMetricFamily(exposed, COUNTERS[name], value=value)
                else:
                    yield GaugeMetricFamily(exposed, GAUGES[name], value=value)


def exposition(engine: EngineStats, service: ServiceStats) -> bytes:
    """Tell the counters in Prometheus' text format, version 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_Counters(engine, service))
    return generate_latest(registry)


class MetricsFile:
    """A file that has the counters. Where it cannot be written, the log says so once, and the next time is tried."""

    __slots__ = ("_daemon", "_failure", "_path")

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._path = daemon.settings.metrics_file
        self._failure = ""

    async def keep_written(self) -> None:
        """Write it again and again, until cancelled."""
        while True:
            await self.write()
            await trio.sleep(self._daemon.settings.metrics_seconds)

    async def write(self) -> None:
        """Write it once, as it is now."""
        text = exposition(self._daemon.engine.stats(), self._daemon.stats())
        try:
            await trio.to_thread.run_sync(self._replace, text)
        except OSError as error:
            if str(error) != self._failure:
                self._failure = str(error)
                _log.warning("metrics_file: %s", error)
        else:
            self._failure = ""

    def _replace(self, text: bytes) -> None:
        """Put a text in the file's place as a whole: who collects it must not find half of it."""
        new = Path(f"{self._path}.{os.getpid()}")
        try:
            new.write_bytes(text)
            new.replace(self._path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
