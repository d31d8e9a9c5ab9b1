"""The project's own trees and cases, one file a feature under `cases/`, in TOML.

about = "what the feature is, and where it is specified"
[options]                             # of every case of the file, named as in JSON
[tree]                                # relative to the root, which {ROOT} stands for in any string
"app/a.js" = ""                       # a file with its content
"app/link" = { link = "a.js" }
"app/empty" = { directory = true }
"app/a.zip" = { zip = { "node_modules/a/index.js" = "" } }
[[case]]
name = "the rule, as a sentence"
ask = "./a"
from = "app"                          # a directory; or importer = "app/b.js"
found = "app/a.js"                    # or builtin = "node:fs", ignored = true, fails = "ERR_..."
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import cast

import msgspec

from resolverd.terms import Answer, Kind
from tests.conformance.grounds import ROOT, Entry
from tests.conformance.questions import JsonObject, Question, optioned, rooted, shipped

_FOLDER = Path(__file__).resolve().parent / "cases"


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    link: str


class Directory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    directory: bool


class Zip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zip: dict[str, str]


class OwnCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"directory": "from"}):
    """One question and all that its answer must say; what is None is not looked at."""

    name: str
    ask: str
    directory: str | None = None
    importer: str | None = None
    kind: Kind = Kind.IMPORT
    profile: str | None = None
    options: JsonObject = {}
    found: str | None = None
    query: str = ""
    fragment: str = ""
    format: str | None = None
    package_json: str | None = None
    side_effects: bool | None = None
    builtin: str | None = None
    ignored: bool = False
    fails: str | None = None
    says: tuple[str, ...] = ()
    why: str = ""
    """The rule's source, or which peer says otherwise and why we do not follow it."""


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"cases": "case"}):
    about: str
    tree: dict[str, str | JsonObject]
    cases: tuple[OwnCase, ...]
    options: JsonObject = {}

    def entries(self, root: str) -> list[Entry]:
        return [_entry(path.replace(ROOT, root), planted) for path, planted in self.tree.items()]

    def question(self, case: OwnCase, root: str) -> Question:
        origin = case.directory if case.importer is None else case.importer
        assert origin is not None, f"{case.name}: neither from nor importer"
        options = cast("JsonObject", rooted({**self.options, **case.options}, root))
        return Question(
            specifier=case.ask.replace(ROOT, root),
            origin=f"{root}/{origin}".rstrip("/"),
            is_file=case.importer is not None,
            kind=case.kind,
            profile=shipped(case.profile) if case.profile else optioned(options),
        )


def _entry(path: str, planted: str | JsonObject) -> Entry:
    if isinstance(planted, str):
        return Entry(path, content=planted, template=True)
    if "link" in planted:
        return Entry(path, kind="symlink", target=msgspec.convert(planted, Link).link)
    if "zip" in planted:
        return Entry(path, kind="zip", entries=tuple(msgspec.convert(planted, Zip).zip.items()))
    return Entry(path, kind="dir") if msgspec.convert(planted, Directory).directory else Entry(path)


def names() -> list[str]:
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


@cache
def load(name: str) -> Feature:
    return msgspec.convert(tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8")), Feature)


def complaints(case: OwnCase, answer: Answer, root: str) -> list[str]:
    """Everything in an answer that is not as the case expects it."""
    wanted = {"status": _status(case), "path": _rooted(case.found, root), "builtin": case.builtin}
    wanted |= {"query": case.query, "fragment": case.fragment}
    optional = {"format": case.format, "package_json": _rooted(case.package_json, root)}
    optional |= {"side_effects": case.side_effects}
    wanted |= {field: value for field, value in optional.items() if value is not None}
    wrong = [
        f"{field} is {getattr(answer, field)!r}, not {value!r}"
        for field, value in wanted.items()
        if getattr(answer, field) != value
    ]
    error = answer.error
    if case.fails and error is not None and error.code != case.fails:
        wrong.append(f"the code is {error.code.value}, not {case.fails}")
    message = error.message if error else ""
    wrong += [f"the message does not say {part!r}" for part in case.says if part.replace(ROOT, root) not in message]
    return [*wrong, message] if wrong and message else wrong


def _status(case: OwnCase) -> str:
    if case.found is not None:
        return "found"
    return "builtin" if case.builtin else "ignored" if case.ignored else "failed"


def _rooted(path: str | None, root: str) -> str | None:
    return None if path is None else f"{root}/{path.replace(ROOT, root)}".rstrip("/")
