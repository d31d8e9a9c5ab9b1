"""The daemon's settings: where each comes from, and which one is in force.

A flag comes before the environment, the environment before `config.toml`, the file before the default. The socket is
no setting of the file: every client, in whatever language, has to find it without reading TOML.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, cast

import msgspec

from resolverd.cache.engine import DEFAULT_LIMIT
from resolverd.cache.publisher import TABLE_BYTES
from resolverd.errors import ResolverdError
from resolverd.service.sdnotify import is_handed_over
from resolverd.wire.address import socket_path
from resolverd.wire.messages import Limits

LogLevel = Literal["debug", "info", "warning", "error"]


class ConfigError(ResolverdError):
    """A setting that is unknown or cannot be used; the message says which and where it was given."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a daemon runs with. A daemon that nobody asks for `idle_seconds` leaves; 0, as under systemd, means that it stays."""

    socket: str
    idle_seconds: Annotated[float, msgspec.Meta(ge=0)] = 30 * 60.0
    memory_bytes: Annotated[int, msgspec.Meta(ge=1024 * 1024)] = DEFAULT_LIMIT
    """What the caches may hold (estimated) before the oldest answers are given up."""
    table_bytes: Annotated[int, msgspec.Meta(ge=1024 * 1024, le=1024 * 1024 * 1024)] = TABLE_BYTES
    """The size of an answer table; one that is full is given up for the next."""
    watch: bool = True
    """Whether to watch what was looked at; without, what is found is believed until it is busted."""
    max_watches: Annotated[int, msgspec.Meta(ge=0)] = 0
    """The most inotify watches to hold; 0 means three quarters of what the kernel lets a user have."""
    open_files: Annotated[int, msgspec.Meta(ge=0)] = 0
    """The most file descriptors to have open; 0 means as many as the system lets a process have."""
    metrics_file: Annotated[str, msgspec.Meta(pattern="^(/.*)?$")] = ""
    """Where the counters are kept written for Prometheus (node_exporter's textfile collector); empty: nowhere."""
    metrics_seconds: Annotated[float, msgspec.Meta(ge=1)] = 15.0
    """Between two times that they are written."""
    log_level: LogLevel = "warning"
    stop_seconds: Annotated[float, msgspec.Meta(ge=0)] = 5.0
    """How long a daemon that was told to stop goes on answering what it was sent before."""
    limits: Limits = Limits()


class Setting(NamedTuple):
    """One setting in force: the source is `default`, a file's path, a variable's name or a flag."""

    name: str
    value: str | int | float
    source: str


_SOCKET = "socket"
_OWN_NAMES = tuple(name for name in Settings.__struct_fields__ if name not in {_SOCKET, "limits"})
_LIMIT_NAMES = Limits.__struct_fields__
NAMES = (*_OWN_NAMES, *_LIMIT_NAMES)
"""The names that `config.toml` and, as `RESOLVERD_<NAME>`, the environment may set."""


class Configuration(msgspec.Struct, frozen=True):
    """The settings in force, and the source of each that is not a default."""

    settings: Settings
    sources: dict[str, str]

    def rows(self) -> list[Setting]:
        """Every setting in force, in the order of the documentation."""
        settings = self.settings
        values = {name: getattr(settings, name) for name in (_SOCKET, *_OWN_NAMES)}
        values |= {name: getattr(settings.limits, name) for name in _LIMIT_NAMES}
        return [Setting(name, value, self.sources.get(name, "default")) for name, value in values.items()]


def config_path(environ: Mapping[str, str]) -> str:
    """Where the user's `config.toml` is looked for (XDG base directories)."""
    base = environ.get("XDG_CONFIG_HOME", "")
    if not base.startswith("/"):
        base = f"{environ.get('HOME', '')}/.config"
    return f"{base.rstrip('/')}/resolverd/config.toml"


def load(environ: Mapping[str, str], flags: Mapping[str, object] | None = None) -> Configuration:
    """Read the settings from all their sources. Raises `ConfigError`.

    `flags` are settings by name, from the command line; None among them means that the flag was not given.
    """
    file = config_path(environ)
    given: dict[str, tuple[object, str]] = {name: (value, file) for name, value in _read_file(file).items()}
    given |= _from_environment(environ)
    for name, value in (flags or {}).items():
        if value is not None:
            given[name] = (value, f"--{name.replace('_', '-')}")
    if is_handed_over(environ, os.getpid()):
        given.setdefault("idle_seconds", (0, "systemd, which is told by its unit when to stop"))
    given.setdefault(_SOCKET, (socket_path(environ, os.getuid()), "default"))
    return Configuration(_settings(given), {name: source for name, (_, source) in given.items()})


def _read_file(path: str) -> dict[str, object]:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    try:
        table = cast("dict[str, object]", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from None
    for name in table:
        if name not in NAMES:
            raise ConfigError(f"{path}: unknown setting {name!r}{_nearest(name, NAMES)}")
    return table


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    variables = {name: f"RESOLVERD_{name.upper()}" for name in (_SOCKET, *NAMES)}
    return {name: (environ[variable], variable) for name, variable in variables.items() if environ.get(variable)}


def _nearest(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, names, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _settings(given: Mapping[str, tuple[object, str]]) -> Settings:
    values = {name: _value(name, value, source) for name, (value, source) in given.items()}
    limits = {name: values.pop(name) for name in _LIMIT_NAMES if name in values}
    # The values are of their fields' types: `_value` converted each to its own.
    return Settings(**values, limits=Limits(**limits))  # type: ignore[arg-type]


def _value(name: str, value: object, source: str) -> object:
    """One value in its setting's type; the environment and flags bring text."""
    try:
        return msgspec.convert(value, _TYPES[name], strict=not isinstance(value, str))
    except msgspec.ValidationError as error:
        raise ConfigError(f"{source}: {name} cannot be {value!r}: {error}") from None
    except KeyError:
        raise ConfigError(f"{source}: unknown setting {name!r}{_nearest(name, NAMES)}") from None


def _types() -> Mapping[str, object]:
    own = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    # Every limit has to let something through.
    limits = {field.name: Annotated[field.type, msgspec.Meta(gt=0)] for field in msgspec.structs.fields(Limits)}
    return own | limits


_TYPES = _types()
