"""From a specifier in a document to the question that the daemon is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from resolverd.paths import parent_of, resolve
from resolverd.terms import Answer, Kind
from resolverd_client import Question
from resolverd_client.questions import Options
from resolverd_lsp.choices import Choice
from resolverd_lsp.specifier import Specifier, Syntax

_NOT_FILES = re.compile(r"(?!node:|file:)[a-z][a-z0-9+.-]*:|//|(?![./])[^!]*!|\0", re.IGNORECASE)
"""URLs, virtual modules of build tools and loaders in front of a path: nobody can say which file those mean."""

# Half of a character, which no file system and no JSON in UTF-8 has; a byte that is not UTF-8 is another thing.
_HALF = re.compile("[\ud800-\udc7f\udd00-\udfff]")

_PATTERN = "*"
_WITH_PATTERNS = frozenset({Syntax.TARGET, Syntax.MAIN, Syntax.EXTENDS, Syntax.REFERENCE})
"""Where a star stands for something, so that there is no single file; the targets of `paths` are looked at by their directory."""

_AS_WRITTEN: Options = {"extensions": [], "mainFiles": [], "mainFields": [], "aliasFields": [], "modules": []}
_OF_TSCONFIG: Options = {
    "extensions": [".json"],
    "mainFiles": ["tsconfig"],
    "mainFields": ["tsconfig"],
    "conditionNames": ["node", "import", "require"],
}
_MAIN: Options = {**_AS_WRITTEN, "extensions": [".js", ".json", ".node", ".d.ts"], "mainFiles": ["index"]}
_OF_PATHS: Options = {
    **_OF_TSCONFIG,
    "extensions": [".ts", ".tsx", ".d.ts", ".js", ".json"],
    "mainFiles": ["index"],
}
DIRECTORY: Options = {**_AS_WRITTEN, "resolveToContext": True}
"""The options of a question that a directory is the answer to."""
_BESIDE: Options = {"preferRelative": True}

_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
_TYPESCRIPT = re.compile(r"\.(?:[cm]?tsx?|vue|svelte)$")
_ERASABLE = frozenset({Syntax.IMPORT, Syntax.REQUIRE})


def questions_of(specifier: Specifier, path: str, choice: Choice) -> tuple[Question, ...]:
    """Give what a specifier in the file `path` asks, nothing where there is no file to be looked for; `decisive` says which counts.

    TypeScript erases an import of types alone, also where it does not say so: what has only declarations is no mistake there.
    """
    asked = _question_of(specifier, path, choice)
    if asked is None:
        return ()
    is_erasable = specifier.syntax in _ERASABLE and _TYPESCRIPT.search(path) is not None and not asked.types
    return (asked, msgspec.structs.replace(asked, types=True)) if is_erasable else (asked,)


def decisive(answers: Sequence[Answer]) -> int:
    """Tell which of the answers to one specifier's questions counts: the first that means something."""
    return next((place for place, answer in enumerate(answers) if answer.error is None), 0)


def _question_of(specifier: Specifier, path: str, choice: Choice) -> Question | None:
    if not _is_of_file(specifier):
        return None
    text = specifier.text
    match specifier.syntax:
        case Syntax.TARGET if text.startswith("."):
            return _as_seen_from(parent_of(path), text, _AS_WRITTEN)
        case Syntax.MAIN:
            return _as_seen_from(parent_of(path), _relative(text), _MAIN)
        case Syntax.PATHS:
            return _of_paths(text, resolve(parent_of(path), specifier.base))
        case Syntax.EXTENDS:
            return _as_seen_from(parent_of(path), text, _OF_TSCONFIG)
        case Syntax.REFERENCE:
            return _as_seen_from(parent_of(path), _relative(text), _OF_TSCONFIG)
        case Syntax.DIRECTIVE:
            options: Options = {"typescript": {"directive": True}}
            return _of_project(specifier, path, choice, options)
        case Syntax.ASSET:
            return _of_project(specifier, path, choice, _BESIDE)
        case _:
            return _of_project(specifier, path, choice, None)


def _is_of_file(specifier: Specifier) -> bool:
    """Whether there is a file to be looked for."""
    text, syntax = specifier.text, specifier.syntax
    if not text or syntax is Syntax.GLOB or (_PATTERN in text and syntax in _WITH_PATTERNS):
        return False
    # What a style sheet names from a site's root is served from there, and nobody knows where that is.
    is_of_site = specifier.kind is Kind.STYLE and text.startswith("/")
    return not (is_of_site or _NOT_FILES.match(text) or _HALF.search(text))


def _of_project(specifier: Specifier, path: str, choice: Choice, options: Options | None) -> Question:
    is_type = specifier.is_type or path.endswith(_DECLARATIONS)
    return Question(
        specifier.text,
        path,
        kind=specifier.kind,
        types=is_type,
        profile=choice.profile,
        options=options,
        project=choice.project,
    )


def _of_paths(text: str, base: str) -> Question:
    """Ask for the directory in front of the star of a target of `paths`, or for the target itself."""
    before, star, _ = text.partition(_PATTERN)
    path, options = (before.rpartition("/")[0] or ".", DIRECTORY) if star else (text, _OF_PATHS)
    return _as_seen_from(base, _relative(path), options)


def _as_seen_from(directory: str, text: str, options: Options) -> Question:
    """Ask from a manifest's own directory, by rules of its own."""
    return Question(text, directory, is_file=False, kind=Kind.REQUIRE, options=options)


def _relative(text: str) -> str:
    return text if text.startswith((".", "/")) else f"./{text}"
