"""A question put to an engine, and the answer held against what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import cast

import msgspec

from resolverd.cache.engine import Engine
from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import Profile, named_profile, single
from resolverd.terms import Answer, Explanation, Kind, Status
from resolverd.view.base import DirectoryView
from tests.conformance.grounds import ROOT

JsonObject = dict[str, object]


class Question(msgspec.Struct, frozen=True):
    """What is asked, every path absolute. `origin` is the importer if `is_file`, else the directory asked from."""

    specifier: str
    origin: str
    is_file: bool = False
    kind: Kind = Kind.IMPORT
    types: bool = False
    profile: Profile = msgspec.field(default_factory=lambda: optioned({}))


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """What a case expects, in the suites' own format. Paths are relative to the root."""

    path: str | None = None
    query: str = ""
    fragment: str = ""
    module_type: str | None = None
    ignored: bool = False
    builtin: str | None = None
    error: str | None = None

    def __str__(self) -> str:
        if self.path is not None:
            return f"{self.path}{self.query}{self.fragment}" + (f" [{self.module_type}]" if self.module_type else "")
        return self.builtin or ("ignored" if self.ignored else f"error {self.error}")


def optioned(options: Mapping[str, object]) -> Profile:
    """A profile that asks every kind with these options, named as in JSON."""
    return single("case", "", parse_options(options))


shipped = cache(named_profile)


def rooted(value: object, root: str) -> object:
    """Put the tree's root into every string of a JSON value."""
    if isinstance(value, str):
        return value.replace(ROOT, root)
    if isinstance(value, list):
        return [rooted(inner, root) for inner in cast("list[object]", value)]
    if isinstance(value, dict):
        fields = cast("JsonObject", value)
        return {name.replace(ROOT, root): rooted(inner, root) for name, inner in fields.items()}
    return value


def ask(engine: Engine, question: Question) -> Answer:
    mode = _mode(engine, question)
    asked = engine.answer_from if question.is_file else engine.answer
    return asked(mode, question.origin, question.specifier)


def ask_cold(view: DirectoryView, question: Question) -> Answer:
    return ask(Engine(view), question)


def explain(view: DirectoryView, question: Question) -> Explanation:
    engine = Engine(view)
    mode = _mode(engine, question)
    return engine.explain(mode, question.origin, question.specifier, is_file=question.is_file)


def _mode(engine: Engine, question: Question) -> int:
    return engine.mode(engine.open_profile(question.profile), question.kind, question.types)


def observed(answer: Answer, root: str, *, with_format: bool) -> Expectation:
    """An answer in the shape of an expectation."""
    if answer.status is Status.FAILED:
        return Expectation(error=answer.error.code.value if answer.error else "without a failure")
    if answer.status is Status.IGNORED:
        return Expectation(ignored=True)
    if answer.status is Status.BUILTIN:
        return Expectation(builtin=answer.builtin)
    return Expectation(
        path=None if answer.path is None else answer.path.removeprefix(f"{root}/"),
        query=answer.query,
        fragment=answer.fragment,
        module_type=answer.format.value if with_format and answer.format else None,
    )


class Reply(msgspec.Struct, frozen=True):
    """An answer beside what was expected."""

    expected: Expectation
    observed: Expectation
    answer: Answer

    @property
    def is_right(self) -> bool:
        """Any error satisfies an expected error; its kind is advisory."""
        if self.expected.error is not None:
            return self.observed.error is not None
        return self.observed == self.expected

    def __str__(self) -> str:
        error = self.answer.error
        return f"{self.observed}: {error.message}" if error else str(self.observed)


def held_against(expected: Expectation, answer: Answer, root: str) -> Reply:
    """Reduce an answer to what the case speaks of."""
    return Reply(expected, observed(answer, root, with_format=expected.module_type is not None), answer)
