"""`stats`, `config` and `profiles`: what the daemon holds, what it runs with, and what may be asked for."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import TYPE_CHECKING

import msgspec

from resolverd.cli.asking import open_client, socket_of
from resolverd.cli.display import duration, encode_json, print_json, print_pairs, say, size
from resolverd.cli.exits import Exit, UsageError
from resolverd.cli.places import path_of

if TYPE_CHECKING:
    from resolverd.resolution.profiles import Profile

_BYTES = frozenset({"rss", "memory_limit", "table_bytes"})


def stats(arguments: Namespace) -> int:
    """Print the counters of the engine and of the daemon."""
    with open_client(arguments) as client:
        counted = client.stats()
    if arguments.prometheus:
        from resolverd.service.metrics import exposition  # noqa: PLC0415  it brings the engine along

        say(exposition(counted.engine, counted.service).decode().rstrip("\n"))
        return Exit.DONE
    engine, service = msgspec.structs.asdict(counted.engine), msgspec.structs.asdict(counted.service)
    if arguments.json:
        print_json({"engine": engine, "service": service})
    else:
        print_pairs([*_told(service), *_told(engine)])
    return Exit.DONE


def _told(counters: dict[str, float]) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), _value(name, value)) for name, value in counters.items()]


def _value(name: str, value: float) -> str:
    if name in _BYTES:
        return size(value)
    return duration(value) if name == "uptime" else f"{value:,}"


def config(arguments: Namespace) -> int:
    """Print the settings that a daemon started now would have, and where each comes from."""
    from resolverd.service.config import ConfigError, load  # noqa: PLC0415  it brings the engine along

    try:
        rows = load(os.environ, {"socket": socket_of(arguments)}).rows()
    except ConfigError as error:
        raise UsageError(str(error)) from None
    if arguments.json:
        print_json({row.name: {"value": row.value, "source": row.source} for row in rows})
    else:
        print_pairs(rows)
    return Exit.DONE


def profiles(arguments: Namespace) -> int:
    """Print the profiles, or the options of one, by kind of import."""
    from resolverd.resolution.profiles import all_profiles  # noqa: PLC0415  a part of the engine
    from resolverd.resolution.project import find_profile, project_profiles  # noqa: PLC0415  as above
    from resolverd.view.disk import DiskView  # noqa: PLC0415  as above

    here = path_of(".")
    if arguments.name is not None:
        _print_profile(arguments, find_profile(DiskView(), arguments.name, here))
        return Exit.DONE
    listed = (*all_profiles(), *project_profiles(DiskView(), here))
    if arguments.json:
        print_json([_profile_fields(profile) for profile in listed])
    else:
        print_pairs((profile.name, profile.summary) for profile in listed)
    return Exit.DONE


def _profile_fields(profile: Profile) -> dict[str, object]:
    from resolverd.resolution.options import option_fields  # noqa: PLC0415  as above

    options = {kind.value: option_fields(options) for kind, options in profile.by_kind}
    return {
        "name": profile.name,
        "summary": profile.summary,
        "options": options,
        "sources": dict(profile.sources),
    }


def _print_profile(arguments: Namespace, profile: Profile) -> None:
    """Print each kind's options; for people, those that differ from enhanced-resolve's defaults."""
    from resolverd.resolution.options import ResolveOptions, option_fields  # noqa: PLC0415  as above

    if arguments.json:
        print_json(_profile_fields(profile))
        return
    defaults = option_fields(ResolveOptions())
    say(f"{profile.name}: {profile.summary}")
    for kind, options in profile.by_kind:
        say(f"\n--kind {kind}, where it differs from enhanced-resolve's defaults:")
        fields = option_fields(options).items()
        print_pairs((f"  {name}", encode_json(value).decode()) for name, value in fields if value != defaults[name])
    if profile.sources:
        say("\nwhere each default comes from:")
        print_pairs((f"  {name}", source) for name, source in profile.sources)
