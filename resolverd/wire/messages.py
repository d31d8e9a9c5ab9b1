"""Every message of the wire: one struct each, told apart by the number that comes first.

Field order is the protocol's (`clients/PROTOCOL.md`, normative): fields are only ever appended, with defaults, and a
tag is never used twice. Requests have the tags 1 to 63, replies 64 to 127, each one byte of MessagePack.
`id` is the client's own number for a request, 1 to 2**53 - 1; 0 in a reply means "no request in particular".
Text that is not UTF-8 travels as MessagePack `bin` (`wire.codec`); in these structs it is `str` with surrogate escapes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from resolverd.terms import (
    Answer,
    Busted,
    Dependencies,
    EngineStats,
    Explanation,
    Kind,
    Route,
    RouteMatch,
    TsconfigQuestion,
    TsconfigReport,
    Unwatched,
)

PROTOCOL = 1
"""The version of the protocol that this code speaks."""

RequestId = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]

NO_REQUEST = 0
"""The id of a reply that answers no request in particular."""


class RefusalCode(StrEnum):
    """Why a request was refused; after those of `CLOSING` the daemon ends the connection."""

    MALFORMED = "malformed"
    FRAME_TOO_LARGE = "frame-too-large"
    UNSUPPORTED_PROTOCOL = "unsupported-protocol"
    HELLO_FIRST = "hello-first"
    TOO_SLOW = "too-slow"
    BUSY = "busy"
    FOREIGN_USER = "foreign-user"
    INVALID_REQUEST = "invalid-request"
    UNSUPPORTED_REQUEST = "unsupported-request"
    UNKNOWN_PROFILE = "unknown-profile"
    INVALID_OPTIONS = "invalid-options"
    LIMIT_REACHED = "limit-reached"
    NO_TABLE = "no-table"
    INVALID_ROUTES = "invalid-routes"
    INTERNAL = "internal"


CLOSING = frozenset(
    {
        RefusalCode.MALFORMED,
        RefusalCode.FRAME_TOO_LARGE,
        RefusalCode.UNSUPPORTED_PROTOCOL,
        RefusalCode.HELLO_FIRST,
        RefusalCode.TOO_SLOW,
        RefusalCode.BUSY,
        RefusalCode.FOREIGN_USER,
    }
)


class Limits(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What the daemon holds every client to; told in `Welcome`. Sizes in bytes, times in seconds."""

    request_bytes: int = 64 * 1024
    """The payload of a request; `OpenProfile`, `ResolveMany`, `ResolveJson`, `Subscribe` and `BustPaths` may have `batch_bytes`."""
    batch_bytes: int = 1024 * 1024
    """A megabyte can be a million values, which take up to a second to read: everybody else waits for so long."""
    batch_specifiers: int = 65_536
    """Specifiers in one `ResolveMany`, `ResolveJson` or `Subscribe`, paths in one `BustPaths`."""
    nesting: int = 32
    """Arrays and objects within one another in `OpenProfile.options`."""
    profiles: int = 64
    """Different profiles that one connection may open."""
    unread_bytes: int = 1024 * 1024
    """Replies that may wait for a client to read them before the daemon stops reading its requests."""
    connections: int = 1024
    frame_seconds: float = 10.0
    """From a frame's first byte to its last, and from connecting to the end of `Hello`."""
    write_seconds: float = 30.0
    """How long replies may wait for a client to read them."""
    subscribed: int = 65_536
    """Answers that one connection may be subscribed to; all together one for each 4 KiB of `memory_bytes`."""


class _Message(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What all messages are: immutable arrays, never part of a cycle."""


# -- requests ----------------------------------------------------------------------------------------------------------


class Hello(_Message, frozen=True, tag=1):
    """The first message of a connection; `Welcome` or `Refused` follows. Other requests may be sent right behind it."""

    protocol: int
    client: str
    version: str
    features: tuple[str, ...] = ()


class OpenProfile(_Message, frozen=True, tag=2):
    """Ask for the number of a set of options: a profile by name, options alone, or options on top of a profile.

    `options` has enhanced-resolve's names. Numbers belong to the connection: the first different profile that it opens
    is 0, the next 1; opening an equal one again gives its number again. A profile that does not ship is looked for in
    the nearest `resolverd.toml` above `directory`, an absolute path.
    """

    id: RequestId
    profile: str | None = None
    options: dict[str, object] | None = None
    directory: str | None = None


class Resolve(_Message, frozen=True, tag=3):
    """Ask what one specifier means. `origin` is the importing file, or (`is_file` false) a directory; absolute.

    `fresh` asks the disk, past every cache, and compares.
    """

    id: RequestId
    profile: int
    specifier: str
    origin: str
    is_file: bool = True
    kind: Kind = Kind.IMPORT
    types: bool = False
    fresh: bool = False


Group = tuple[str, bool, list[str]]
"""Specifiers that share an importer: origin, whether that is a file, specifiers."""


class ResolveMany(_Message, frozen=True, tag=4):
    """Ask what many specifiers mean, grouped by where they are imported from."""

    id: RequestId
    profile: int
    groups: list[Group]
    kind: Kind = Kind.IMPORT
    types: bool = False
    fresh: bool = False


class Missing(_Message, frozen=True, tag=5):
    """Tell that an answer's path could not be opened: the ENOENT retry."""

    id: RequestId
    path: str


class Explain(_Message, frozen=True, tag=6):
    """Ask for every step of one resolve."""

    id: RequestId
    profile: int
    specifier: str
    origin: str
    is_file: bool = True
    kind: Kind = Kind.IMPORT
    types: bool = False


class BustPaths(_Message, frozen=True, tag=7):
    """Void everything that depends on any of these absolute paths."""

    id: RequestId
    paths: tuple[str, ...]


class BustSpecifier(_Message, frozen=True, tag=8):
    """Void the answers to one question, for every profile and kind."""

    id: RequestId
    specifier: str
    origin: str
    is_file: bool = True


class BustAll(_Message, frozen=True, tag=9):
    """Void everything."""

    id: RequestId


class AskStats(_Message, frozen=True, tag=10):
    """Ask for the counters."""

    id: RequestId


class AskStatus(_Message, frozen=True, tag=11):
    """Ask how the daemon is."""

    id: RequestId


class Ping(_Message, frozen=True, tag=12):
    """Ask for a sign of life."""

    id: RequestId


class Shutdown(_Message, frozen=True, tag=13):
    """Ask the daemon to answer what it was sent, and leave."""

    id: RequestId


class Subscribe(_Message, frozen=True, tag=14):
    """Ask as `ResolveMany` does, and be told from then on when one of the answers is no longer so.

    `ResolvedMany` comes as for a batch, then `Changed` under the same id as often as need be, until `Unsubscribe`,
    `AskAgain`, or the end of the connection.
    """

    id: RequestId
    profile: int
    groups: list[Group]
    kind: Kind = Kind.IMPORT
    types: bool = False


class Unsubscribe(_Message, frozen=True, tag=15):
    """End the subscription that was begun with the id `subscription`; one that is unknown is over already."""

    id: RequestId
    subscription: int


class Diagnose(_Message, frozen=True, tag=16):
    """Ask whether every invariant of what is remembered holds (0.3 s for 20,000 answers), and what cannot be watched."""

    id: RequestId


class AskTsconfig(_Message, frozen=True, tag=17):
    """Ask about tsconfigs: what one comes to, which one a file is under, whether it takes a file in."""

    id: RequestId
    question: TsconfigQuestion


class AskProjects(_Message, frozen=True, tag=18):
    """Ask where the answers that are remembered were asked from."""

    id: RequestId


class OpenTable(_Message, frozen=True, tag=19):
    """Ask for the answer table (ANSWER_TABLE.md). With the first byte of the reply come four descriptors (SCM_RIGHTS)."""

    id: RequestId


class Trace(_Message, frozen=True, tag=20):
    """Ask as `Resolve` does, and what the answer depends on: for tools that watch files by themselves."""

    id: RequestId
    profile: int
    specifier: str
    origin: str
    is_file: bool = True
    kind: Kind = Kind.IMPORT
    types: bool = False


class AskRoutes(_Message, frozen=True, tag=21):
    """Ask for the routes of a directory of pages, an absolute path; no `extensions`: those of Bun's router.

    They are the routes in force: what is wrong with the pages leaves them as they were. With `reload` it is a refusal.
    """

    id: RequestId
    directory: str
    extensions: tuple[str, ...] = ()
    reload: bool = False


class MatchRoute(_Message, frozen=True, tag=22):
    """Ask which page of a directory answers to a path or a URL; `origin` and `asset_prefix` are what `src` begins with."""

    id: RequestId
    directory: str
    url: str
    extensions: tuple[str, ...] = ()
    origin: str = ""
    asset_prefix: str = ""


class ResolveJson(_Message, frozen=True, tag=23):
    """Ask as `ResolveMany` does, in JSON: JavaScript reads and writes it many times as fast as MessagePack.

    `groups` is the JSON of an array of groups, as in `ResolveMany`.
    """

    id: RequestId
    profile: int
    groups: str
    kind: Kind = Kind.IMPORT
    types: bool = False


MAY_BE_LARGE = (OpenProfile, ResolveMany, Subscribe, BustPaths, ResolveJson)
"""The requests that are held to `Limits.batch_bytes`, and not to `request_bytes`."""

Request = (
    Hello
    | OpenProfile
    | Resolve
    | ResolveMany
    | Missing
    | Explain
    | BustPaths
    | BustSpecifier
    | BustAll
    | AskStats
    | AskStatus
    | Ping
    | Shutdown
    | Subscribe
    | Unsubscribe
    | Diagnose
    | AskTsconfig
    | AskProjects
    | OpenTable
    | Trace
    | AskRoutes
    | MatchRoute
    | ResolveJson
)


# -- replies -----------------------------------------------------------------------------------------------------------


class Welcome(_Message, frozen=True, tag=64):
    """The daemon's answer to `Hello`. `protocol` is the version spoken from here on."""

    protocol: int
    version: str
    pid: int
    limits: Limits
    features: tuple[str, ...] = ()


class Refused(_Message, frozen=True, tag=65):
    """A request that was not carried out. `code` is a `RefusalCode`, or one that came later; `message` is for people."""

    id: int
    code: str
    message: str


class ProfileOpened(_Message, frozen=True, tag=66):
    """The number of a profile on this connection.

    `modes` is what the answer table's keys begin with: for import, require and style, the number for questions from a
    directory, and the one for questions from a file outside of `node_modules` (-1: those of its directory).
    """

    id: int
    profile: int
    modes: tuple[tuple[int, int], ...] = ()


class Resolved(_Message, frozen=True, tag=67):
    """What one specifier means. `stale` is set when a `fresh` look found that the cache said otherwise: a bug."""

    id: int
    answer: Answer
    stale: Answer | None = None


class ResolvedMany(_Message, frozen=True, tag=68):
    """A part of the answers to `ResolveMany`: flat, in the order of the specifiers, the groups run together.

    Parts come in order, other requests' replies never between them; `done` marks the last.
    `stale` has, for a `fresh` batch, what the cache said instead, by the specifier's number in the whole batch.
    """

    id: int
    answers: list[Answer]
    done: bool
    stale: tuple[tuple[int, Answer], ...] = ()


class Voided(_Message, frozen=True, tag=69):
    """How much `Missing` or a bust made void."""

    id: int
    busted: Busted


class Explained(_Message, frozen=True, tag=70):
    """One resolve, step by step."""

    id: int
    explanation: Explanation


class ServiceStats(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Counts of the daemon's own. `uptime` in seconds, `rss` (resident memory) in bytes, `descriptors` open."""

    uptime: float
    rss: int
    descriptors: int
    connections: int
    accepted: int
    turned_away: int
    requests: int
    refused: int
    stale: int
    memory_limit: int
    subscribed: int = 0


class Stats(_Message, frozen=True, tag=71):
    """The counters of the engine and of the daemon."""

    id: int
    engine: EngineStats
    service: ServiceStats


class Health(_Message, frozen=True, tag=72):
    """How the daemon is. `troubles` are sentences for people, each with its remedy; none means all is well."""

    id: int
    version: str
    pid: int
    socket: str
    uptime: float
    rss: int
    connections: int
    answers: int
    troubles: tuple[str, ...] = ()


class Pong(_Message, frozen=True, tag=73):
    """A sign of life."""

    id: int


class Stopping(_Message, frozen=True, tag=74):
    """The daemon leaves; what was sent before the connection ends is still answered."""

    id: int


class Changed(_Message, frozen=True, tag=75):
    """Some answers of the subscription `id` are no longer so: the specifier's number in it, and the answer now."""

    id: int
    changes: tuple[tuple[int, Answer], ...]


class AskAgain(_Message, frozen=True, tag=76):
    """Every subscription of this connection is over, and what was held may be wrong: subscribe again. `id` is 0."""

    id: int = NO_REQUEST


class Unsubscribed(_Message, frozen=True, tag=77):
    """Nothing more comes of the subscription."""

    id: int


class Diagnosis(_Message, frozen=True, tag=78):
    """What `doctor` wants to know. `unwatched` has the topmost places only; `broken` says which invariant does not hold."""

    id: int
    broken: str | None
    unwatched: tuple[Unwatched, ...] = ()


class TsconfigTold(_Message, frozen=True, tag=79):
    """What there is to say to `AskTsconfig`."""

    id: int
    report: TsconfigReport


class Projects(_Message, frozen=True, tag=80):
    """Answers remembered, by the directory of the package.json that the asking file lies under; the largest first."""

    id: int
    answers: tuple[tuple[str, int], ...]


class TableOpened(_Message, frozen=True, tag=81):
    """The table of a generation; its descriptors came along: memory, witness, and the two that the witness listens to."""

    id: int
    generation: int
    size: int


class Traced(_Message, frozen=True, tag=82):
    """What one specifier means, and what that depends on."""

    id: int
    dependencies: Dependencies


class RoutesTold(_Message, frozen=True, tag=83):
    """A part of the routes, in their order; `done` marks the last."""

    id: int
    routes: tuple[Route, ...]
    done: bool


class RouteMatched(_Message, frozen=True, tag=84):
    """The page for a path, if there is one."""

    id: int
    match: RouteMatch | None = None


class ResolvedJson(_Message, frozen=True, tag=85):
    """A part of the answers to `ResolveJson`, as in `ResolvedMany`: the JSON of an array of objects (`wire/json_answers`).

    An answer with text that is not UTF-8 is null there: JSON has no way to say it, and `Resolve` has.
    """

    id: int
    answers: str
    done: bool


Reply = (
    Welcome
    | Refused
    | ProfileOpened
    | Resolved
    | ResolvedMany
    | Voided
    | Explained
    | Stats
    | Health
    | Pong
    | Stopping
    | Changed
    | AskAgain
    | Unsubscribed
    | Diagnosis
    | TsconfigTold
    | Projects
    | TableOpened
    | Traced
    | RoutesTold
    | RouteMatched
    | ResolvedJson
)
