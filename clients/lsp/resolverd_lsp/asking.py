"""From a specifier in a document to the question that the daemon is asked."""

from __future__ import annotations

import re

import msgspec

from resolverd.terms import Kind
from resolverd_client import Question
from resolverd_client.questions import Options
from resolverd_lsp.specifier import Specifier, Syntax

_NOT_FILES = re.compile(r"(?!node:|file:)[a-z][a-z0-9+.-]*:|//|!|\0", re.IGNORECASE)
"""URLs, virtual modules of build tools and loaders in front of a path: nobody can say which file those mean."""

_PATTERN = "*"

_AS_WRITTEN: Options = {"extensions": [], "mainFiles": [], "mainFields": [], "aliasFields": [], "modules": []}
_OF_TSCONFIG: Options = {
    "extensions": [".json"],
    "mainFiles": ["tsconfig"],
    "mainFields": ["tsconfig"],
    "conditionNames": ["node", "import", "require"],
}
_DIRECTORY: Options = {**_AS_WRITTEN, "resolveToContext": True}
_BESIDE: Options = {"preferRelative": True}

_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")


class Choice(msgspec.Struct, frozen=True):
    """What an editor's user chose: the profile that scripts and styles are resolved by."""

    profile: str = "bundler"


def question_of(specifier: Specifier, path: str, choice: Choice) -> Question | None:
    """Give the question that a specifier in the file `path` asks; None where there is no file to be looked for."""
    text = specifier.text
    if not text or _NOT_FILES.match(text):
        return None
    match specifier.syntax:
        case Syntax.TARGET:
            return _of_manifest(_target(text), path, _AS_WRITTEN)
        case Syntax.PATHS:
            return _of_paths(text, path)
        case Syntax.EXTENDS:
            return _of_manifest(text, path, _OF_TSCONFIG)
        case Syntax.REFERENCE:
            return _of_manifest(_relative(text), path, _OF_TSCONFIG)
        case Syntax.DIRECTIVE:
            options: Options = {"typescript": {"directive": True}}
            return _of_project(specifier, path, choice, options)
        case Syntax.ASSET:
            return _of_project(specifier, path, choice, _BESIDE)
        case _:
            return _of_project(specifier, path, choice, None)


def _of_project(specifier: Specifier, path: str, choice: Choice, options: Options | None) -> Question:
    is_type = specifier.is_type or path.endswith(_DECLARATIONS)
    return Question(
        specifier.text,
        path,
        kind=specifier.kind,
        types=is_type,
        profile=choice.profile,
        options=options,
        project=path.rpartition("/")[0] or "/",
    )


def _of_manifest(text: str, path: str, options: Options) -> Question | None:
    """Ask from a manifest's own directory, by rules of its own."""
    if _PATTERN in text:
        return None
    return Question(text, path.rpartition("/")[0] or "/", is_file=False, kind=Kind.REQUIRE, options=options)


def _of_paths(text: str, path: str) -> Question | None:
    """Ask for the directory in front of the star of a target of `paths`, or for the target itself."""
    before, star, _ = text.partition(_PATTERN)
    if not star:
        return _of_manifest(
            _relative(text),
            path,
            {**_OF_TSCONFIG, "extensions": [".ts", ".tsx", ".d.ts", ".js", ".json"], "mainFiles": ["index"]},
        )
    directory = before.rpartition("/")[0]
    return _of_manifest(_relative(directory or "."), path, _DIRECTORY)


def _target(text: str) -> str:
    """Write a target as a specifier: a main field may leave out the dot."""
    return text if text.startswith(("./", "../", "/", "#", "@")) else _relative(text)


def _relative(text: str) -> str:
    return text if text.startswith((".", "/")) else f"./{text}"
