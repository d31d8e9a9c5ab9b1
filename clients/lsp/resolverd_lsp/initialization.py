"""What an editor may say to the server when it starts it (`initializationOptions`)."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Feature(StrEnum):
    """What the server does; `only` chooses among them."""

    DIAGNOSTICS = "diagnostics"
    LINKS = "links"
    EXPLAIN = "explain"
    DEFINITION = "definition"
    REFERENCES = "references"
    COMPLETION = "completion"
    ACTIONS = "actions"
    RENAME = "rename"


class Initialization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`profile` is a shipped profile or one of `resolverd.toml`. `only` leaves the rest to another server, as TypeScript's."""

    profile: str | None = None
    only: frozenset[Feature] = frozenset(Feature)


class _Live(msgspec.Struct, frozen=True):
    profile: str | None = None


class Configuration(msgspec.Struct, frozen=True):
    """What may change later (`workspace/didChangeConfiguration`): of the editor's settings our section, of that the profile."""

    resolverd: _Live | None = None


def read_initialization(sent: object) -> tuple[Initialization, str | None]:
    """Read what was sent; for what cannot be read, the defaults and what is wrong with it."""
    try:
        return msgspec.convert({} if sent is None else sent, Initialization), None
    except msgspec.ValidationError as error:
        return Initialization(), f"initializationOptions: {error}"
