"""The words of the field that every layer shares: kinds of import, formats, statuses, codes, the answer."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """How the importer asks; it selects conditions and, in Node's algorithm, the rules."""

    IMPORT = "import"
    REQUIRE = "require"
    STYLE = "style"


class Status(StrEnum):
    """The four outcomes of a resolve."""

    FOUND = "found"
    BUILTIN = "builtin"
    IGNORED = "ignored"
    FAILED = "failed"


class Format(StrEnum):
    """Node's module formats (Node API, "Determining module system")."""

    MODULE = "module"
    COMMONJS = "commonjs"
    JSON = "json"
    WASM = "wasm"
    ADDON = "addon"


class Code(StrEnum):
    """Why a resolve failed: Node's own codes where Node has one, then ours."""

    MODULE_NOT_FOUND = "ERR_MODULE_NOT_FOUND"
    PACKAGE_PATH_NOT_EXPORTED = "ERR_PACKAGE_PATH_NOT_EXPORTED"
    PACKAGE_IMPORT_NOT_DEFINED = "ERR_PACKAGE_IMPORT_NOT_DEFINED"
    INVALID_PACKAGE_TARGET = "ERR_INVALID_PACKAGE_TARGET"
    INVALID_MODULE_SPECIFIER = "ERR_INVALID_MODULE_SPECIFIER"
    INVALID_PACKAGE_CONFIG = "ERR_INVALID_PACKAGE_CONFIG"
    UNSUPPORTED_DIR_IMPORT = "ERR_UNSUPPORTED_DIR_IMPORT"
    UNSUPPORTED_URL_SCHEME = "ERR_UNSUPPORTED_ESM_URL_SCHEME"
    UNKNOWN_BUILTIN = "ERR_UNKNOWN_BUILTIN_MODULE"
    TSCONFIG = "ERR_TSCONFIG"
    RESTRICTED = "ERR_RESTRICTED"
    RECURSION = "ERR_RECURSION"
    UNREADABLE = "ERR_UNREADABLE"
    INVALID_REQUEST = "ERR_INVALID_REQUEST"


class Failure(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Why nothing was found. `tried` are the absolute paths looked for, in order, at most a few dozen."""

    code: Code
    message: str
    tried: tuple[str, ...] = ()


class Answer(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What an import means.

    `path` is absolute and, unless `symlinks` is off, real. `query` keeps its `?`, `fragment` its `#`.
    `side_effects` is None where the package does not say. Field order is the wire's (clients/PROTOCOL.md):
    append only.
    """

    status: Status
    path: str | None = None
    query: str = ""
    fragment: str = ""
    builtin: str | None = None
    format: Format | None = None
    package_json: str | None = None
    side_effects: bool | None = None
    error: Failure | None = None


Row = dict[str, object]
"""An answer as a JSON line of `resolve --batch` (INTERFACE: batch rows)."""


def answer_row(answer: Answer, row_id: object = None) -> Row:
    """The JSON row of an answer: every key present, `error` without the names tried."""
    error = answer.error
    return {
        "id": row_id,
        "status": answer.status.value,
        "path": answer.path,
        "query": answer.query,
        "fragment": answer.fragment,
        "builtin": answer.builtin,
        "format": answer.format.value if answer.format else None,
        "package_json": answer.package_json,
        "side_effects": answer.side_effects,
        "error": None if error is None else {"code": error.code.value, "message": error.message},
    }


class Busted(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """How much a bust voided."""

    answers: int = 0
    directories: int = 0
    manifests: int = 0

    def __add__(self, other: Busted) -> Busted:
        return Busted(
            self.answers + other.answers, self.directories + other.directories, self.manifests + other.manifests
        )


class Look(StrEnum):
    """What came of a step that had to do with a path."""

    FOUND = "found"
    ABSENT = "absent"
    REFUSED = "refused"
    CHOSEN = "chosen"


class Step(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One line of an explanation; `depth` nests it under the step that led there (0 is the outermost).

    `path` is what was looked at or chosen to go on with, and `look` what came of it; both None where it is neither.
    """

    depth: int
    text: str
    look: Look | None = None
    path: str | None = None


class Origin(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a resolve was made from: a name in a directory, or something made from others, given by their place in the list.

    `is_remembered` says that it was known before.
    """

    text: str
    is_remembered: bool
    made_from: tuple[int, ...] = ()


class Explanation(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """How one resolve came to its answer, and what it was made from, in the order of looking.

    `is_remembered` says that the answer itself was in the cache.
    """

    answer: Answer
    steps: tuple[Step, ...] = ()
    origins: tuple[Origin, ...] = ()
    is_remembered: bool = False


class Dependencies(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An answer and what it depends on: `files` that are there (links and manifests too), names that are `missing`.

    All absolute, in the order of looking. A bundler that watches them asks again when the answer may be another.
    """

    answer: Answer
    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class TsconfigOp(StrEnum):
    """What may be asked of tsconfigs."""

    LOAD = "load"
    FIND = "find"
    OWNS = "owns"
    PATHS = "paths"


class TsconfigQuestion(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One question about tsconfigs; paths are absolute.

    `load` and `paths` (with `specifier`) need `tsconfig`, `find` a `file`, `owns` both. `find` gives the nearest config
    (named `config_name`, if that is given), or with `owning` the one that takes the file in, references included.
    """

    op: TsconfigOp
    tsconfig: str | None = None
    file: str | None = None
    specifier: str | None = None
    owning: bool = False
    config_name: str | None = None


class TsconfigProblem(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What is wrong with a config: `kind` is `syntax`, `not_found`, `circular`, `type` or `unreadable`."""

    kind: str
    path: str
    message: str


class TsconfigReport(msgspec.Struct, array_like=True, frozen=True):
    """What there is to say of a config; what was not asked for is None.

    `options` are the compiler options with everything that it extends merged in, `lists` its `files`, `include`, `exclude`
    and `references`, in absolute paths; `origins` says of each of them which file wrote it, `sources` which were read.
    """

    tsconfig: str | None = None
    options: dict[str, object] | None = None
    owns: bool | None = None
    candidates: tuple[str, ...] | None = None
    problems: tuple[TsconfigProblem, ...] = ()
    lists: dict[str, tuple[str, ...]] = {}
    origins: dict[str, str] = {}
    sources: tuple[str, ...] = ()


class EngineStats(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Counts of what the engine holds and did. `slots` are arena slots in use, parked ones included.

    `voided` counts the answers that a change, a bust or an eviction made void, since the engine began; `tables` the answer
    tables made. `published` answers stand in the one in force, which is filled to `table_bytes`.
    """

    answers: int = 0
    directories: int = 0
    directory_slots: int = 0
    listings: int = 0
    packages: int = 0
    package_slots: int = 0
    tsconfigs: int = 0
    tsconfig_slots: int = 0
    facts: int = 0
    edges: int = 0
    profiles: int = 0
    epoch: int = 0
    hits: int = 0
    misses: int = 0
    busts: int = 0
    retries: int = 0
    evictions: int = 0
    watched: int = 0
    unwatched: int = 0
    events: int = 0
    losses: int = 0
    voided: int = 0
    tables: int = 0
    published: int = 0
    table_bytes: int = 0


class Blindness(StrEnum):
    """Why nobody tells of the changes of a place."""

    LIMIT = "limit"
    INSTANCE = "instance"
    PERMISSION = "permission"
    FILE_SYSTEM = "file-system"


class Unwatched(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A place that is compared with the disk instead of watched, and so is all below it. `file_system` is its type."""

    path: str
    why: Blindness
    file_system: str = ""


class RouteKind(StrEnum):
    """How a route matches, in Bun's words."""

    EXACT = "exact"
    DYNAMIC = "dynamic"
    CATCH_ALL = "catch-all"
    OPTIONAL_CATCH_ALL = "optional-catch-all"


class Route(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A page as a route: `name` as `/blog/[slug]`, `file` the real path of its file."""

    name: str
    kind: RouteKind
    file: str


class RouteMatch(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The page for a path. `pathname` is the decoded path with its query; `query` has the parameters too.

    `source` is the page's path in the directory of pages, `src` the same behind the origin and the prefix of assets.
    """

    name: str
    kind: RouteKind
    file: str
    pathname: str
    query: dict[str, str | list[str]]
    params: dict[str, str]
    source: str
    src: str
