"""`top`: what the daemon does, live: a screen on a terminal, one line of JSON a second for a script."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from resolverd.cli.asking import open_client
from resolverd.cli.display import console, duration, is_terminal, print_json, print_pairs, size
from resolverd.cli.exits import Exit

if TYPE_CHECKING:
    from rich.console import RenderableType

    from resolverd.wire.messages import Stats
    from resolverd_client import BlockingClient


class Moment(msgspec.Struct, frozen=True):
    """What is so now, and what happened since the moment before (a second of `seconds`)."""

    uptime: float
    memory: int
    connections: int
    answers: int
    slots: int
    watches: int
    unwatched: int
    subscribed: int
    asked: int
    hit_rate: float | None
    events: int
    voided: int
    busts: int
    seconds: float
    projects: dict[str, int]


def top(arguments: Namespace) -> int:
    """Show what the daemon does until interrupted, or as often as was asked for."""
    with open_client(arguments) as client:
        moments = _moments(client, arguments.interval, arguments.count)
        if arguments.json:
            for moment in moments:
                print_json(moment)
                sys.stdout.flush()
        elif is_terminal(sys.stdout):
            _show(moments)
        else:
            print_pairs(_rows(next(moments)))
    return Exit.DONE


def _moments(client: BlockingClient, interval: float, most: int | None) -> Iterator[Moment]:
    before, then = client.stats(), time.monotonic()
    for number in count(1):
        stats, now = client.stats(), time.monotonic()
        yield _moment(stats, before, now - then, client.projects())
        if number == most:
            return
        before, then = stats, now
        time.sleep(interval)


def _moment(stats: Stats, before: Stats, seconds: float, projects: dict[str, int]) -> Moment:
    engine, past, service = stats.engine, before.engine, stats.service
    hits, misses = engine.hits - past.hits, engine.misses - past.misses
    return Moment(
        uptime=service.uptime,
        memory=service.rss,
        connections=service.connections,
        answers=engine.answers,
        slots=engine.directory_slots + engine.package_slots + engine.tsconfig_slots,
        watches=engine.watched,
        unwatched=engine.unwatched,
        subscribed=service.subscribed,
        asked=hits + misses,
        hit_rate=hits / (hits + misses) if hits + misses else None,
        events=engine.events - past.events,
        voided=engine.voided - past.voided,
        busts=engine.busts - past.busts,
        seconds=seconds,
        projects=projects,
    )


def _rows(moment: Moment) -> list[tuple[str, str]]:
    """Give the names and values that a person reads."""
    rate = "" if moment.hit_rate is None else f", {moment.hit_rate:.1%} remembered"
    per_second = max(moment.seconds, 1e-9)
    return [
        ("uptime", duration(moment.uptime)),
        ("memory", size(moment.memory)),
        ("connections", f"{moment.connections:,} ({moment.subscribed:,} answers subscribed to)"),
        ("asked", f"{moment.asked / per_second:,.0f} a second{rate}"),
        ("answers", f"{moment.answers:,} in {moment.slots:,} slots"),
        ("watches", f"{moment.watches:,}" + (f", {moment.unwatched:,} places unwatched" if moment.unwatched else "")),
        (
            "events",
            f"{moment.events / per_second:,.0f} a second, {moment.voided:,} answers voided, {moment.busts:,} busts",
        ),
        *(("project", f"{answers:>9,}  {path}") for path, answers in moment.projects.items()),
    ]


def _show(moments: Iterator[Moment]) -> None:
    from rich.live import Live  # noqa: PLC0415  100 ms, for a terminal only

    with Live(console=console(sys.stdout), auto_refresh=False, screen=True) as live:
        for moment in moments:
            live.update(_table(moment, live.console.height), refresh=True)


def _table(moment: Moment, height: int) -> RenderableType:
    from rich.table import Table  # noqa: PLC0415  as above
    from rich.text import Text  # noqa: PLC0415  as above

    table = Table.grid(padding=(0, 2))
    for name, value in _rows(moment)[: height - 1]:
        # Text and no markup: a path may have brackets.
        table.add_row(Text(name, "bold"), Text(value))
    return table
