from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from resolverd.cache.engine import Engine
from resolverd.service.config import Settings
from resolverd.service.daemon import Daemon
from resolverd.service.metrics import COUNTERS, GAUGES, MetricsFile, exposition
from resolverd.terms import EngineStats
from resolverd.view.memory import MemoryView
from resolverd.wire.messages import ServiceStats


def values(text: str) -> dict[str, float]:
    return {sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples}


def daemon_with(path: Path) -> Daemon:
    settings = Settings(socket="/s", metrics_file=str(path))
    return Daemon(Engine(MemoryView(), is_told=True), settings, lambda: None)


def test_every_counter_is_told_with_what_it_counts() -> None:
    fields = EngineStats.__struct_fields__ + ServiceStats.__struct_fields__
    assert sorted(fields) == sorted([*GAUGES, *COUNTERS])
    daemon = daemon_with(Path("/m"))
    text = exposition(EngineStats(answers=7, hits=5), daemon.stats()).decode()
    told = values(text)
    assert len(told) == len(fields)
    assert told["resolverd_answers"] == 7
    assert told["resolverd_hits_total"] == 5
    assert told["resolverd_resident_bytes"] > 1e6
    assert "# TYPE resolverd_hits_total counter" in text


async def test_the_file_is_what_is_counted_now_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "resolverd.prom"
    daemon = daemon_with(path)
    metrics = MetricsFile(daemon)
    await metrics.write()
    daemon.requests = 3
    await metrics.write()
    assert values(path.read_text())["resolverd_requests_total"] == 3
    assert [each.name for each in os.scandir(tmp_path)] == [path.name]


async def test_a_file_that_cannot_be_written_is_told_once_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "later" / "resolverd.prom"
    metrics = MetricsFile(daemon_with(path))
    with caplog.at_level(logging.WARNING):
        await metrics.write()
        await metrics.write()
    assert len(caplog.messages) == 1
    assert str(path) in caplog.text
    path.parent.mkdir()
    await metrics.write()
    assert path.exists()
