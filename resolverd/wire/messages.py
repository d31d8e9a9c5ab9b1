"""The messages of the protocol. clients/PROTOCOL.md is normative; field order is the wire's.

Each is a MessagePack array that begins with its tag; a request's id comes next. Fields are only ever appended, with
defaults, so that an older peer may leave them out and a newer one is still understood.
"""

from __future__ import annotations

import msgspec

from resolverd.terms import Answer, Busted, EngineStats, Explanation, Kind

PROTOCOL = 1
"""Rises when a message changes in a way that an older peer would misunderstand."""


class Message(msgspec.Struct, array_like=True, frozen=True, gc=False, tag=True):
    """The root of all messages."""


# -- requests ------------------------------------------------------------------------------------------------------


class Hello(Message, tag="hello"):
    """The first message of a connection; it has no id."""

    protocol: int
    client: str
    version: str
    features: tuple[str, ...] = ()


class OpenProfile(Message, tag="profile"):
    """Open a profile by name, from options (enhanced-resolve's names), or options on top of a named profile."""

    id: int
    name: str | None = None
    options: dict[str, object] | None = None


class Resolve(Message, tag="resolve"):
    """Resolve one specifier. `origin` is the importing file, or (`is_file` off) a directory; absolute."""

    id: int
    profile: int
    kind: Kind
    origin: str
    is_file: bool
    specifier: str
    types: bool = False
    fresh: bool = False


class Group(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Specifiers of one origin."""

    origin: str
    is_file: bool
    specifiers: list[str]


class ResolveMany(Message, tag="resolve_many"):
    """Resolve many specifiers, grouped by origin."""

    id: int
    profile: int
    kind: Kind
    groups: list[Group]
    types: bool = False


class Explain(Message, tag="explain"):
    """Resolve one specifier and tell every step."""

    id: int
    profile: int
    kind: Kind
    origin: str
    is_file: bool
    specifier: str
    types: bool = False


class Missing(Message, tag="missing"):
    """Say that answers could not be opened (the ENOENT retry)."""

    id: int
    paths: list[str]


class Bust(Message, tag="bust"):
    """Void what depends on paths, the answers to one question, or everything."""

    id: int
    paths: list[str] = []
    origin: str | None = None
    is_file: bool = False
    specifier: str | None = None
    everything: bool = False


class Stats(Message, tag="stats"):
    """Ask for counters."""

    id: int


class Status(Message, tag="status"):
    """Ask how the daemon is."""

    id: int


class Ping(Message, tag="ping"):
    """Ask for nothing but an answer."""

    id: int


class Shutdown(Message, tag="shutdown"):
    """Ask the daemon to stop in good order."""

    id: int


Request = Hello | OpenProfile | Resolve | ResolveMany | Explain | Missing | Bust | Stats | Status | Ping | Shutdown


# -- replies -------------------------------------------------------------------------------------------------------


class Limits(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What the daemon holds a client to: bytes of a request, bytes of a batch, profiles of a connection."""

    request_bytes: int
    batch_bytes: int
    profiles: int


class Welcome(Message, tag="welcome"):
    """The answer to `Hello`."""

    protocol: int
    version: str
    pid: int
    limits: Limits


class ProfileOpened(Message, tag="profile_opened"):
    """The number of a profile, good for this connection."""

    id: int
    profile: int


class Answered(Message, tag="answered"):
    """One answer; `fresh` is what the disk says, where that was asked for."""

    id: int
    answer: Answer
    fresh: Answer | None = None


class AnsweredMany(Message, tag="answered_many"):
    """Answers, grouped as they were asked for."""

    id: int
    groups: list[list[Answer]]


class Explained(Message, tag="explained"):
    """An explanation."""

    id: int
    explanation: Explanation


class Voided(Message, tag="voided"):
    """How much a bust, or word of missing answers, voided."""

    id: int
    busted: Busted


class ProcessStats(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The daemon's process: seconds of life, resident bytes, open descriptors, connections, requests, bytes at most."""

    uptime: float = 0.0
    rss: int = 0
    descriptors: int = 0
    connections: int = 0
    requests: int = 0
    memory_limit: int = 0
    memory_estimate: int = 0


class Counted(Message, tag="counted"):
    """The answer to `Stats`."""

    id: int
    engine: EngineStats
    process: ProcessStats


class Health(Message, tag="health"):
    """The answer to `Status`; `degraded` are reasons, each with what to do. None: all is well."""

    id: int
    version: str
    pid: int
    socket: str
    process: ProcessStats
    degraded: tuple[str, ...] = ()


class Pong(Message, tag="pong"):
    """The answer to `Ping`."""

    id: int


class Stopping(Message, tag="stopping"):
    """The answer to `Shutdown`; the connection closes when everything before was answered."""

    id: int


class Refused(Message, tag="refused"):
    """A request that could not be done, or (id None) bytes that are no request.

    Codes: `protocol` (the connection closes), `hello` (closes), `version` (closes), `busy` (closes), `request`,
    `options`, `limit`, `internal`.
    """

    id: int | None
    code: str
    message: str


Reply = (
    Welcome
    | ProfileOpened
    | Answered
    | AnsweredMany
    | Explained
    | Voided
    | Counted
    | Health
    | Pong
    | Stopping
    | Refused
)
