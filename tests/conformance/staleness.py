"""Scenarios of staleness: a question, a change, and the question again at once.

The oracle's are read from where they lie, never copied. The project's own are in `changes/`, in TOML:

about = "what is changed"
[[scenario]]
name = "what happens, as a sentence"
ask = "./a"
from = "app"                          # a directory; or importer = "app/b.ts", and the nearest tsconfig applies
found = "app/a.js"                    # before any change; without it, nothing is found. "app/a.js [module]" holds the format too
prime = "./b"                         # asked first, from the same place
options = { symlinks = false }        # beside those of the oracle's scenarios
as_user = true                        # root does not see it
[scenario.tree]                       # relative to the root, as in `features`
"app/a.js" = ""
# or setup = [...], edits in this order, after the tree
[[scenario.then]]
change = [["rename", "app/a.js", "app/b.js"]]    # `edits` has the verbs
found = "app/b.js"
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import cast

import msgspec

from resolverd.terms import Answer
from resolverd_client import Question
from tests.conformance import oracles
from tests.conformance.edits import Edit, make, written
from tests.conformance.grounds import ROOT
from tests.conformance.questions import JsonObject, rooted
from tests.conformance.ways import Way, ask_cold

_HERE = Path(__file__).resolve().parent
_ORACLE = "staleness.json"
_OPTIONS: JsonObject = {"conditionNames": ["node", "import"], "extensions": [".js", ".json", ".node"]}


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"edits": "change"}):
    """Edits, and what is found once they are made."""

    edits: tuple[Edit, ...] = ()
    found: str | None = None


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"directory": "from"}):
    name: str
    ask: str
    then: tuple[Stage, ...]
    tree: dict[str, str | JsonObject] = {}
    setup: tuple[Edit, ...] = ()
    directory: str = ""
    importer: str | None = None
    found: str | None = None
    prime: str | None = None
    options: JsonObject = {}
    as_user: bool = False

    def plant(self, root: str) -> None:
        make([*(_planting(path, planted) for path, planted in self.tree.items()), *self.setup], root)

    def stages(self) -> tuple[Stage, ...]:
        """The tree as it was planted, then each change."""
        return (Stage(found=self.found), *self.then)

    def question(self, root: str) -> Question:
        return self._question(self.ask, root)

    def before(self, root: str) -> list[Question]:
        """What is asked before the question."""
        return [] if self.prime is None else [self._question(self.prime, root)]

    def neighbour(self, root: str) -> Question:
        """The same with another condition: it looks at the same places, and has an answer of its own."""
        question = self.question(root)
        options = {**(question.options or {}), "conditionNames": ["node", "import", "neighbour"]}
        return msgspec.structs.replace(question, options=options)

    def _question(self, specifier: str, root: str) -> Question:
        origin = self.directory if self.importer is None else self.importer
        options = (
            _OPTIONS
            | cast("JsonObject", rooted(self.options, root))
            | ({} if self.importer is None else {"tsconfig": "auto"})
        )
        return Question(
            written(specifier, root),
            written(f"{root}/{origin}".rstrip("/"), root),
            is_file=self.importer is not None,
            options=options,
        )


def _planting(path: str, planted: str | JsonObject) -> Edit:
    if isinstance(planted, str):
        return ("write", path, planted)
    ((what, operand),) = planted.items()
    return (what, path) if what == "directory" else (what, path, str(operand))


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"scenarios": "scenario"}):
    """A file of the project's own."""

    about: str
    scenarios: tuple[Scenario, ...]


@cache
def own() -> tuple[Scenario, ...]:
    files = sorted((_HERE / "changes").glob("*.toml"))
    loaded = [msgspec.convert(tomllib.loads(file.read_text("utf-8")), Changes) for file in files]
    return tuple(scenario for changes in loaded for scenario in changes.scenarios)


# -- the oracle's ------------------------------------------------------------------------------------------------------


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    op: str
    path: str = ""
    text: str | None = None
    target: str | None = None
    source: str = ""
    to: str = ""

    def edit(self) -> Edit:
        match self.op:
            case "rename":
                return ("rename", self.source, self.to)
            case "symlink":
                return ("link", self.path, self.target or "")
            case "mkdir":
                return ("directory", self.path)
            case "write":
                return ("write", self.path, self.text or "")
            case _:
                return (self.op, self.path)


class _Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"directory": "from"}):
    directory: str
    spec: str


class _Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    tsconfig: bool
    setup: tuple[_Step, ...]
    prime: _Ask | None
    ask: _Ask
    change: tuple[_Step, ...]
    expect_before: str | None
    expect_after: str | None

    def scenario(self) -> Scenario:
        assert self.prime is None or self.prime.directory == self.ask.directory
        return Scenario(
            name=self.name,
            ask=self.ask.spec.replace("@ROOT", ROOT),
            setup=tuple(step.edit() for step in self.setup),
            then=(Stage(tuple(step.edit() for step in self.change), self.expect_after),),
            directory=self.ask.directory,
            importer=f"{self.ask.directory}/importer.ts" if self.tsconfig else None,
            found=self.expect_before,
            prime=self.prime.spec if self.prime else None,
        )


class _Oracle(msgspec.Struct, frozen=True):
    scenarios: tuple[_Told, ...]


def absence() -> str | None:
    """Why the oracle's scenarios cannot be played, or None where they can."""
    if (oracles.folder() / _ORACLE).is_file():
        return None
    return f"no {_ORACLE} among the oracles: its scenarios are not played (RESOLVERD_ORACLES names their place)"


def told() -> tuple[Scenario, ...]:
    """The oracle's scenarios."""
    oracle = msgspec.json.decode((oracles.folder() / _ORACLE).read_bytes(), type=_Oracle)
    return tuple(each.scenario() for each in oracle.scenarios)


# -- playing -----------------------------------------------------------------------------------------------------------


def play(scenarios: Sequence[Scenario], root: str, way: Way, *, asked_before: bool = True) -> list[str]:
    """Play scenarios side by side, each below a directory of its own: what was wrong, a line for each.

    All are changed before any is asked, and all are asked at once. If not `asked_before`, the first change comes before
    the question was ever asked, and only neighbours of it were.
    """
    placed = [(scenario, f"{root}/{number}") for number, scenario in enumerate(scenarios)]
    wrong: list[str] = []
    for number in range(max(len(scenario.then) for scenario in scenarios) + 1):
        asked = [(scenario, place) for scenario, place in placed if number <= len(scenario.then)]
        for scenario, place in asked:
            if number == 0:
                scenario.plant(place)
                way.ask(scenario.before(place))
            make(scenario.stages()[number].edits, place)
        if number == 0 and not asked_before:
            way.ask([scenario.neighbour(place) for scenario, place in asked])
            continue
        questions = [scenario.question(place) for scenario, place in asked]
        answers = way.ask(questions)
        for (scenario, place), answer, cold in zip(asked, answers, ask_cold(questions), strict=True):
            complaint = _complaint(scenario.stages()[number].found, answer, cold, place)
            if complaint:
                wrong.append(f"{scenario.name}, change {number}: {complaint}")
    return wrong


def _complaint(expected: str | None, answer: Answer, cold: Answer, root: str) -> str:
    found = None if answer.path is None else answer.path.removeprefix(f"{root}/")
    if expected and expected.endswith("]"):
        found = f"{found} [{answer.format}]"
    if found != (expected and written(expected, root)):
        return f"{found or answer.error} instead of {expected}"
    return "" if answer == cold else f"{answer} instead of {cold}"
