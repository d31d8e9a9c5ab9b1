"""Which specifiers have to be written anew when files move, and how.

The facts. A moved file is imported by others and imports others itself; some of those specifiers lead to the same file
afterwards, and most aliases do when the manifests that define them are edited too.

What we do. Manifests come first, as text: a path that they name moves with what it names. Then each specifier that has to do
with a moved file is asked about as things will be (`supposing`). One that still means the same file is left alone; for another
the first spelling counts that does, and where none does it stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from resolverd.paths import is_inside, parent_of, resolve
from resolverd.terms import Answer
from resolverd_lsp.asking import questions_of
from resolverd_lsp.choices import Choice, Choices
from resolverd_lsp.languages import MANIFESTS, language_of
from resolverd_lsp.moves import Move, moved
from resolverd_lsp.packages import package_at
from resolverd_lsp.specifier import Key, Specifier, Syntax
from resolverd_lsp.spelling import is_relative, path_moved, relative, respelled
from resolverd_lsp.supposing import Supposition
from resolverd_lsp.text import Text

_PATHS = frozenset({Syntax.GLOB, Syntax.PATHS, Syntax.REFERENCE, Syntax.TARGET})
"""What is a path and nothing else, with stars perhaps."""

_STATIC = re.compile(r"(!?)([^*?{\[(]*$|[^*?{\[(]*/)?(.*)", re.DOTALL)
"""A glob's negation, the path in front of what is open in it, and the rest."""

_CONFIG_DIR = "${configDir}"


class Importer(NamedTuple):
    """A file, its text, and those of its specifiers that may have to do with what moves, with their answers as of now."""

    path: str
    text: Text
    specifiers: Sequence[Specifier]
    answers: Mapping[Key, Answer | None]


Rewriting = tuple[Specifier, str]


def rewritten(
    files: Sequence[Importer], moves: Sequence[Move], choices: Choices
) -> Iterator[tuple[str, list[Rewriting]]]:
    """Give, by the path of a file as of now, the specifiers that are written anew. Raises `OptionsError`."""
    contents: dict[str, bytes] = {}
    before = _Renaming(moves, choices, Supposition(moves, {}))
    for file in files:
        if language_of(file.path) in MANIFESTS and (edits := before.of(file)):
            contents[moved(file.path, moves)] = _edited(file.text, edits).encode("utf-8", "replace")
            yield file.path, edits
    after = _Renaming(moves, choices, Supposition(moves, contents))
    for file in files:
        if language_of(file.path) not in MANIFESTS and (edits := after.of(file)):
            yield file.path, edits


class _Renaming:
    """Spells specifiers anew, as they will be resolved then."""

    def __init__(self, moves: Sequence[Move], choices: Choices, supposition: Supposition) -> None:
        self._moves = moves
        self._choices = choices
        self._supposition = supposition

    def of(self, file: Importer) -> list[Rewriting]:
        """Give what is written anew in one file."""
        choice = self._choices.of(file.path)
        if choice.project is not None:
            choice = msgspec.structs.replace(choice, project=moved(choice.project, self._moves))
        new: dict[Key, str | None] = {}
        for specifier in file.specifiers:
            if specifier.key not in new:
                new[specifier.key] = self._anew(specifier, file.path, file.answers[specifier.key], choice)
        pairs = ((specifier, new[specifier.key]) for specifier in file.specifiers)
        return [(specifier, text) for specifier, text in pairs if text is not None]

    def _anew(self, specifier: Specifier, path: str, answer: Answer | None, choice: Choice) -> str | None:
        """Give what has to be written in place of a specifier; None where it can stay."""
        directory = resolve(parent_of(path), specifier.base)
        new_directory = moved(directory, self._moves) if specifier.base else parent_of(moved(path, self._moves))
        if specifier.syntax in _PATHS and not _names_a_package(specifier):
            anew = self._path_anew(specifier.text, directory, new_directory)
            if anew is not None or specifier.syntax is Syntax.GLOB or "*" in specifier.text:
                return anew
        if answer is None or answer.path is None:
            return None
        suffix = answer.query + answer.fragment
        written = specifier.text.removesuffix(suffix)
        wanted = moved(answer.path, self._moves)
        if self._leads_to(specifier, specifier.text, path, choice, wanted) or self._is_of_package(written, answer):
            return None
        spellings = respelled(written, answer.path, wanted, new_directory)
        if is_relative(written):
            # What it names may have moved as a whole: a directory, or a file in one.
            named = relative(moved(resolve(directory, written), self._moves), new_directory)
            spellings = chain([named], spellings)
        anew = (spelling + suffix for spelling in dict.fromkeys(spellings))
        return next((text for text in anew if self._leads_to(specifier, text, path, choice, wanted)), None)

    def _path_anew(self, text: str, directory: str, new_directory: str) -> str | None:
        """Give a path as text, with what is open in it as it was; None where it can stay."""
        found = _STATIC.fullmatch(text)
        if found is None or _CONFIG_DIR in text:
            return None
        negation, written, rest = found[1], found[2] or "", found[3]
        new = moved(resolve(directory, written or "."), self._moves)
        if resolve(new_directory, written or ".") == new:
            return None
        return negation + path_moved(written, new_directory, new) + rest

    def _leads_to(self, specifier: Specifier, text: str, path: str, choice: Choice, wanted: str) -> bool:
        asked = questions_of(msgspec.structs.replace(specifier, text=text), moved(path, self._moves), choice)
        return any(self._supposition.answer(question).path == wanted for question in asked)

    def _is_of_package(self, written: str, answer: Answer) -> bool:
        """Whether an import by a package's name is the package manager's business: nothing, or all of the package moves."""
        if is_relative(written) or answer.path is None or answer.package_json is None:
            return False
        if "/node_modules/" in answer.path:
            return True
        package = package_at(answer.package_json)
        if package is None or package.name is None or not is_inside(written, package.name):
            return False
        is_moved = moved(answer.path, self._moves) != answer.path
        return not is_moved or moved(answer.package_json, self._moves) != answer.package_json


def _names_a_package(specifier: Specifier) -> bool:
    """Whether a target of `imports` is no path."""
    return specifier.syntax is Syntax.TARGET and not specifier.text.startswith(".")


def _edited(text: Text, edits: Sequence[Rewriting]) -> str:
    """Give a text with its specifiers written anew."""
    parts: list[str] = []
    done = 0
    for specifier, new in edits:
        parts += (text.slice(done, specifier.start), new)
        done = specifier.end
    return "".join([*parts, text.slice(done, len(text.data))])
