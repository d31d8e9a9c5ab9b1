"""The field's own tests, as data: loaded from where they lie, never copied (the oracles' README gives the format)."""

from __future__ import annotations

import os
import random
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, cast

import msgspec

from resolverd.cache.engine import Engine
from resolverd.terms import Kind
from tests.conformance.grounds import ROOT, Entry, Ground
from tests.conformance.questions import (
    Expectation,
    JsonObject,
    Question,
    Reply,
    ask,
    ask_cold,
    held_against,
    optioned,
    rooted,
)

Algorithm = Literal["bundler", "node"]

SUITES: dict[str, Algorithm] = {
    # Where the expectation is what Node itself answers, Node's algorithm is asked.
    "node": "node",
    "list-exports": "node",
    # Elsewhere it is what a bundler's resolver answers; Node, where it was asked too, is one of the peers.
    "enhanced-resolve": "bundler",
    "enhanced-resolve-tables": "bundler",
    "oxc-resolver": "bundler",
    "resolve-exports": "bundler",
    "browserify-resolve": "bundler",
    "oxc-pnp": "bundler",
    "oxc-pnpm": "bundler",
    "yarn-pnp-spec": "bundler",
    "mutations": "bundler",
    "tsconfig-paths": "bundler",
    "esbuild": "bundler",
    "oxc-tsconfig": "bundler",
    "oxc-types": "bundler",
    "typescript": "bundler",
}
"""The suites that are asked, each with the algorithm that its expectations follow."""

_HERE = Path(__file__).resolve().parent


def folder() -> Path:
    """Where the oracles lie: `RESOLVERD_ORACLES`, else `shared/oracles` beside the checkout."""
    given = os.environ.get("RESOLVERD_ORACLES")
    return Path(given) if given else _HERE.parents[2] / "shared" / "oracles"


def absence() -> str | None:
    """Why the oracles cannot be asked, or None where they can."""
    if (folder() / "cases").is_dir():
        return None
    return (
        f"no oracles in {os.path.relpath(folder())}: their cases are not asked (RESOLVERD_ORACLES names another place)"
    )


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change of the tree."""

    op: Literal["write", "remove", "rmdir"]
    path: str
    content: str = ""


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"edits": "edit", "expected": "expect"}):
    """Changes, and the answer that holds once they are made."""

    expected: Expectation
    edits: tuple[Edit, ...] = ()


class Case(msgspec.Struct, frozen=True, rename={"expected": "expect"}):
    """One question with its answer; fields that only describe it are left out."""

    id: str
    options: JsonObject
    specifier: str
    expected: Expectation
    peers: dict[str, object]
    test: str = ""
    tags: tuple[str, ...] = ()
    api: Literal["directory", "file", "types"] = "directory"
    kind: Literal["import", "require", "style", "types"] = "import"
    ts: JsonObject | None = None
    context_dir: str = ""
    importer: str = ""
    steps: tuple[Stage, ...] = ()

    @property
    def undisputed(self) -> bool:
        """Whether no peer dissents."""
        return all(answer == "same" for answer in self.peers.values())

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The question before any edit, then after each."""
        return (Stage(self.expected), *self.steps)

    def question(self, root: str, algorithm: Algorithm) -> Question:
        given = {**self.options, "algorithm": algorithm} | ({} if self.ts is None else {"typescript": self.ts})
        options = cast("JsonObject", rooted(given, root))
        from_file = self.api != "directory"
        return Question(
            specifier=self.specifier.replace(ROOT, root),
            origin=f"{root}/{self.importer if from_file else self.context_dir}".rstrip("/"),
            is_file=from_file,
            kind=Kind.IMPORT if self.kind == "types" else Kind(self.kind),
            types=self.api == "types",
            profile=optioned(options),
        )


class Suite(msgspec.Struct, frozen=True):
    """A tree and the questions asked in it."""

    suite: str
    tree: tuple[Entry, ...]
    cases: tuple[Case, ...]


@cache
def load(name: str) -> Suite:
    return msgspec.json.decode((folder() / "cases" / f"{name}.json").read_bytes(), type=Suite)


class KnownDifference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cases of a suite that our profile decides otherwise, with the side it takes and the reason."""

    suite: str
    ids: tuple[str, ...]
    side: str
    reason: str


@cache
def known_differences() -> tuple[KnownDifference, ...]:
    listed = tomllib.loads((_HERE / "known_differences.toml").read_text("utf-8"))
    return msgspec.convert(listed.get("difference", []), tuple[KnownDifference, ...])


def known_ids(suite: str) -> frozenset[str]:
    """The ids of a suite that are listed."""
    return frozenset(case_id for entry in known_differences() if entry.suite == suite for case_id in entry.ids)


Replies = tuple[Reply, ...]


def play(case: Case, ground: Ground, algorithm: Algorithm, engine: Engine | None = None) -> Iterator[Reply]:
    """Ask a case at each of its stages, which leaves the tree as it was.

    Without an engine each stage has a new one; a given one is told of every edit.
    """
    question = case.question(ground.root, algorithm)
    for stage in case.stages:
        for edit in stage.edits:
            apply(edit, ground)
        if engine is not None:
            for edit in stage.edits:
                engine.bust_path(f"{ground.root}/{edit.path}")
        answer = ask_cold(ground.view, question) if engine is None else ask(engine, question)
        yield held_against(stage.expected, answer, ground.root)


def apply(edit: Edit, ground: Ground) -> None:
    """Make one change of the tree."""
    path = f"{ground.root}/{edit.path}"
    if edit.op == "write":
        ground.write(path, edit.content.replace(ROOT, ground.root).encode())
    elif edit.op == "remove":
        ground.remove(path)
    else:
        ground.remove_directory(path)


def ask_all_cold(suite: Suite, ground: Ground, algorithm: Algorithm) -> dict[str, Replies]:
    """Every case, each question to an engine that was never asked before."""
    return {case.id: tuple(play(case, ground, algorithm)) for case in suite.cases}


def ask_all_warm(
    suite: Suite, ground: Ground, algorithm: Algorithm, engine: Engine, *, order: random.Random | None = None
) -> dict[str, Replies]:
    """Every case to one engine, in the suite's order or shuffled."""
    cases = list(suite.cases)
    if order is not None:
        order.shuffle(cases)
    return {case.id: tuple(play(case, ground, algorithm, engine)) for case in cases}


def wrong_ids(replies: dict[str, Replies]) -> frozenset[str]:
    """The cases that are wrong at any of their stages."""
    return frozenset(case_id for case_id, stages in replies.items() if not all(reply.is_right for reply in stages))


def line(case: Case, replies: Replies) -> str:
    """A wrong case on one line, with its first wrong stage."""
    wrong = next(reply for reply in replies if not reply.is_right)
    return (
        f"{case.id} {case.specifier!r} from {case.context_dir or case.importer}: expected {wrong.expected}, got {wrong}"
    )
