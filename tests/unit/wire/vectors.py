"""Golden frames: every message of the protocol as plain values and as bytes.

`python -m tests.unit.wire.vectors` writes clients/vectors/frames.json anew, after the protocol was added to. A frame that
is in it already must not change: old clients send it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import msgspec

from resolverd.terms import (
    Answer,
    Blindness,
    Busted,
    Code,
    Dependencies,
    EngineStats,
    Explanation,
    Failure,
    Format,
    Kind,
    Look,
    Origin,
    Route,
    RouteKind,
    RouteMatch,
    Status,
    Step,
    TsconfigOp,
    TsconfigProblem,
    TsconfigQuestion,
    TsconfigReport,
    Unwatched,
)
from resolverd.wire import messages as wire
from resolverd.wire.codec import encode_message
from resolverd.wire.framing import HEADER_BYTES
from resolverd.wire.json_answers import write_answers

PATH = Path(__file__).parents[3] / "clients" / "vectors" / "frames.json"

ODD = "/p/caf\udce9.js"
"""A name in Latin-1, as old archives have them."""

_FOUND = Answer(
    Status.FOUND, "/p/node_modules/a/x.js", "?raw", "#f", None, Format.MODULE, "/p/node_modules/a/package.json", False
)
_FAILED = Answer(Status.FAILED, error=Failure(Code.MODULE_NOT_FOUND, "Cannot find module './x'", ("/p/x", "/p/x.js")))
_STEPS = (Step(0, "look"), Step(1, "/p/x: not there", Look.ABSENT, "/p/x"))
_ORIGINS = (Origin("directory /p", True, (1,)), Origin("name /p: there", True), Origin("name /p/x: not there", False))
_MATCH = RouteMatch(
    "/blog/[slug]",
    RouteKind.DYNAMIC,
    "/p/pages/blog/[slug].tsx",
    "/blog/hello?x=1&x=2",
    {"slug": "hello", "x": ["1", "2"]},
    {"slug": "hello"},
    "blog/[slug].tsx",
    "https://a.example/_static/blog/[slug].tsx",
)
_SERVICE = wire.ServiceStats(1.5, 30_000_000, 12, 3, 4, 1, 99, 2, 0, 512 * 1024 * 1024)

MESSAGES: dict[str, wire.Request | wire.Reply] = {
    "hello": wire.Hello(1, "some-client", "2.0.1"),
    "hello with features": wire.Hello(1, "some-client", "2.0.1", ("later",)),
    "open the default profile": wire.OpenProfile(1),
    "open a profile by name": wire.OpenProfile(2**53 - 1, "browser"),
    "open options": wire.OpenProfile(3, None, {"extensions": [".ts", ".js"], "alias": {"a": False}}),
    "resolve": wire.Resolve(4, 0, "./x", "/p/src/a.js"),
    "resolve from a directory, require, types, fresh": wire.Resolve(
        5, 1, "a/b", "/p/src", is_file=False, kind=Kind.REQUIRE, types=True, fresh=True
    ),
    "resolve a name that is not UTF-8": wire.Resolve(6, 0, "./caf\udce9.js", ODD, kind=Kind.STYLE),
    "resolve nothing": wire.ResolveMany(7, 0, []),
    "resolve many": wire.ResolveMany(8, 0, [("/p/a.js", True, ["./x", "y"]), ("/p", False, ["z"])]),
    "missing": wire.Missing(9, "/p/x.js"),
    "explain": wire.Explain(10, 0, "#x", "/p/a.js"),
    "bust paths": wire.BustPaths(11, ("/p/x.js", ODD)),
    "bust a specifier": wire.BustSpecifier(12, "./x", "/p", is_file=False),
    "bust all": wire.BustAll(13),
    "stats": wire.AskStats(14),
    "status": wire.AskStatus(15),
    "ping": wire.Ping(16),
    "shutdown": wire.Shutdown(17),
    "subscribe": wire.Subscribe(18, 0, [("/p/a.js", True, ["./x", "y"]), ("/p", False, ["z"])], Kind.REQUIRE),
    "unsubscribe": wire.Unsubscribe(19, 18),
    "diagnose": wire.Diagnose(20),
    "ask tsconfig": wire.AskTsconfig(21, TsconfigQuestion(TsconfigOp.OWNS, "/p/tsconfig.json", "/p/a.ts")),
    "projects": wire.AskProjects(22),
    "open the table": wire.OpenTable(23),
    "trace": wire.Trace(24, 0, "./x", "/p/src/a.js", kind=Kind.REQUIRE),
    "routes": wire.AskRoutes(25, "/p/pages"),
    "routes, reloaded": wire.AskRoutes(26, "/p/pages", (".tsx",), reload=True),
    "match a route": wire.MatchRoute(27, "/p/pages", "/blog/hello?x=1", (".tsx",), "https://a.example", "/_static/"),
    "resolve many, in JSON": wire.ResolveJson(28, 0, '[["/p/a.js",true,["./x","y"]],["/p",false,["z"]]]', Kind.REQUIRE),
    "welcome": wire.Welcome(1, "0.1.0", 4711, wire.Limits()),
    "refused": wire.Refused(4, wire.RefusalCode.UNKNOWN_PROFILE, "no such profile"),
    "refused, no request in particular": wire.Refused(0, wire.RefusalCode.BUSY, "busy"),
    "profile opened": wire.ProfileOpened(1, 0),
    "profile opened, for the table": wire.ProfileOpened(1, 0, ((0, 1), (2, -1), (2, -1))),
    "found": wire.Resolved(4, _FOUND),
    "found a name that is not UTF-8": wire.Resolved(4, Answer(Status.FOUND, ODD)),
    "built-in": wire.Resolved(4, Answer(Status.BUILTIN, builtin="node:fs")),
    "ignored": wire.Resolved(4, Answer(Status.IGNORED)),
    "failed": wire.Resolved(4, _FAILED),
    "stale": wire.Resolved(4, _FAILED, _FOUND),
    "a part of a batch": wire.ResolvedMany(8, [_FOUND, _FAILED], done=False),
    "the last part of a batch": wire.ResolvedMany(8, [], done=True),
    "a part with a stale answer": wire.ResolvedMany(8, [_FAILED], done=True, stale=((0, _FOUND),)),
    "a part of a batch, in JSON": wire.ResolvedJson(
        28, write_answers([_FOUND, _FAILED, Answer(Status.FOUND, ODD)]), done=True
    ),
    "voided": wire.Voided(9, Busted(3, 2, 1)),
    "explained": wire.Explained(10, Explanation(_FAILED, _STEPS, _ORIGINS, is_remembered=True)),
    "counters": wire.Stats(14, EngineStats(answers=70_000), _SERVICE),
    "health": wire.Health(15, "0.1.0", 4711, "/run/user/1/resolverd/socket", 2.25, 30_000_000, 1, 5, ("full",)),
    "pong": wire.Pong(16),
    "stopping": wire.Stopping(17),
    "changed": wire.Changed(18, ((1, _FOUND), (2, _FAILED))),
    "ask again": wire.AskAgain(),
    "unsubscribed": wire.Unsubscribed(19),
    "table opened": wire.TableOpened(23, 7, 67108864),
    "traced": wire.Traced(24, Dependencies(_FOUND, ("/p/node_modules/a/package.json",), ("/p/src/node_modules", ODD))),
    "routes told": wire.RoutesTold(
        25, (Route("/", RouteKind.EXACT, "/p/pages/index.tsx"), Route("/[x]", RouteKind.DYNAMIC, ODD)), done=True
    ),
    "no route matched": wire.RouteMatched(27),
    "route matched": wire.RouteMatched(27, _MATCH),
    "answers by project": wire.Projects(22, (("/p", 12), (ODD, 1))),
    "all is well": wire.Diagnosis(20, None),
    "a diagnosis": wire.Diagnosis(20, "edges: x", (Unwatched("/mnt/p", Blindness.FILE_SYSTEM, "nfs4"),)),
    "tsconfig told": wire.TsconfigTold(
        21,
        TsconfigReport(
            "/p/tsconfig.json",
            {"strict": True, "paths": {"@/*": ["/p/src/*"]}},
            problems=(TsconfigProblem("syntax", "/p/base.json", "not JSON"),),
            lists={"files": ("/p/a.ts",)},
            origins={"strict": "/p/base.json"},
            sources=("/p/tsconfig.json", "/p/base.json"),
        ),
    ),
}


def vectors() -> list[dict[str, object]]:
    """Each message: its name, its values (odd bytes as `{"bin": hex}`), its frame in hex."""
    frames = {name: encode_message(message) for name, message in MESSAGES.items()}
    return [
        {"name": name, "message": _plain(msgspec.msgpack.decode(frame[HEADER_BYTES:])), "frame": frame.hex()}
        for name, frame in frames.items()
    ]


def _plain(value: object) -> object:
    match value:
        case bytes():
            return {"bin": value.hex()}
        case list():
            return [_plain(item) for item in cast("list[object]", value)]
        case dict():
            return {key: _plain(item) for key, item in cast("dict[str, object]", value).items()}
        case _:
            return value


if __name__ == "__main__":
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in vectors())
    PATH.write_text(f"[\n{rows}\n]\n", encoding="utf-8")
