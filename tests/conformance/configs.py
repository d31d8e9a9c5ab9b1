"""The suite of tsconfigs: what one comes to, whether it owns a file, what its paths say, which one is a file's."""

from __future__ import annotations

from functools import cache
from typing import cast

import msgspec

from resolverd.cache.engine import Engine
from resolverd.terms import TsconfigOp, TsconfigQuestion
from tests.conformance.grounds import Entry
from tests.conformance.oracles import folder
from tests.conformance.questions import JsonObject, rooted

KINDS = frozenset({"syntax", "not_found", "circular"})
"""The kinds of errors that the suite speaks of."""


class ConfigExpectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a case expects; what it does not speak of is None. Paths are relative to the root."""

    options: JsonObject | None = None
    errors: tuple[str, ...] = ()
    owns: bool | None = None
    candidates: tuple[str, ...] | None = None
    tsconfig: str | None = None


class ConfigCase(msgspec.Struct, frozen=True, rename={"expected": "expect"}):
    """One question with its answer."""

    id: str
    op: TsconfigOp
    expected: ConfigExpectation
    peers: dict[str, object]
    tsconfig: str | None = None
    file: str | None = None
    specifier: str | None = None
    owning: bool = False

    @property
    def undisputed(self) -> bool:
        """Whether no peer dissents."""
        return all(answer == "same" for answer in self.peers.values())

    def question(self, root: str) -> TsconfigQuestion:
        tsconfig, file = (None if each is None else f"{root}/{each}" for each in (self.tsconfig, self.file))
        return TsconfigQuestion(self.op, tsconfig, file, self.specifier, self.owning)


class ConfigSuite(msgspec.Struct, frozen=True):
    """A tree and the questions asked of it."""

    tree: tuple[Entry, ...]
    cases: tuple[ConfigCase, ...]

    @property
    def options(self) -> frozenset[str]:
        """The compiler options that the suite speaks of."""
        return frozenset(name for case in self.cases for name in case.expected.options or ())


@cache
def load() -> ConfigSuite:
    return msgspec.json.decode((folder() / "cases" / "tsconfig.json").read_bytes(), type=ConfigSuite)


def ask(engine: Engine, case: ConfigCase, root: str, options: frozenset[str]) -> ConfigExpectation:
    """Ask a case, and reduce the report to what the case speaks of."""
    report = engine.tsconfig(case.question(root))
    match case.op:
        case TsconfigOp.FIND:
            return ConfigExpectation(tsconfig=report.tsconfig and report.tsconfig.removeprefix(f"{root}/"))
        case TsconfigOp.OWNS:
            return ConfigExpectation(owns=report.owns)
        case TsconfigOp.PATHS:
            return ConfigExpectation(
                candidates=tuple(each.removeprefix(f"{root}/") for each in report.candidates or ())
            )
        case TsconfigOp.LOAD:
            told = {name: value for name, value in (report.options or {}).items() if name in options}
            errors = tuple(sorted({problem.kind for problem in report.problems} & KINDS))
            return ConfigExpectation(options=cast("JsonObject", _relative(told, root)), errors=errors)


def expected(case: ConfigCase, root: str) -> ConfigExpectation:
    """What is expected, the errors in order."""
    options = cast("JsonObject | None", rooted(case.expected.options, root))
    return msgspec.structs.replace(case.expected, options=options, errors=tuple(sorted(case.expected.errors)))


def _relative(value: object, root: str) -> object:
    if isinstance(value, str):
        return value.removeprefix(f"{root}/")
    if isinstance(value, list):
        return [_relative(inner, root) for inner in cast("list[object]", value)]
    if isinstance(value, dict):
        return {name: _relative(inner, root) for name, inner in cast("JsonObject", value).items()}
    return value
