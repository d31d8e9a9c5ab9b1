"""An open document: its source, the answers that are held for its specifiers, and what the editor was told last.

The facts. Most keystrokes change no specifier, and all of them move some.

What we do. The daemon is asked when a document has other questions than before, not when they stand elsewhere. Answers, and
what there is to say about them, are kept by what is asked; only the ranges are made anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from attrs import evolve
from lsprotocol.types import Diagnostic

from resolverd.terms import Answer
from resolverd_client import Change, Question
from resolverd_client.holding import Held
from resolverd_lsp.asking import decisive, questions_of
from resolverd_lsp.choices import Choice
from resolverd_lsp.diagnostics import diagnostic, severity_of
from resolverd_lsp.languages import Language
from resolverd_lsp.source import Source
from resolverd_lsp.specifier import Key

Asked = dict[Key, tuple[Question, ...]]
"""What the specifiers of a document ask, by what decides that."""


class Document:
    """`path` is the file it is saved in, or, for an unsaved buffer, one that it might be saved in."""

    __slots__ = (
        "_asked",
        "_findings",
        "_keys",
        "held",
        "path",
        "real_path",
        "source",
        "told",
        "uri",
        "version",
    )

    def __init__(self, uri: str, path: str, language: Language, text: str, version: int) -> None:
        self.uri = uri
        self.path = path
        self.real_path = os.path.realpath(path)
        self.version = version
        self.source = Source(language, text)
        self.held: Held | None = None
        self.told: list[Diagnostic] | None = None
        self._asked: Asked = {}
        self._keys: list[Key] = []
        self._findings: dict[Key, Diagnostic] = {}

    def asked(self, choice: Choice) -> Asked | None:
        """Give the questions of the document; None where they are the ones that are held."""
        asked = {
            specifier.key: questions
            for specifier in self.source.specifiers
            if (questions := questions_of(specifier, self.path, choice))
        }
        return None if self._asked == asked else asked

    def begin(self, asked: Asked, held: Held | None) -> None:
        """Take all answers of what is held from now on: one for each question, or none at all."""
        self.held = held
        self._asked = asked
        self._keys = [key for key, questions in asked.items() for _ in questions]
        self._findings.clear()
        self._take(() if held is None else asked)

    def take(self, changes: Iterable[Change]) -> None:
        """Take answers that changed."""
        self._take({self._keys[change.place] for change in changes})

    def _take(self, keys: Iterable[Key]) -> None:
        answers = () if self.held is None else self.held.answers
        by_key: dict[Key, list[Answer]] = {key: [] for key in keys}
        for key, answer in zip(self._keys, answers, strict=False):
            if key in by_key:
                by_key[key].append(answer)
        for key, given in by_key.items():
            self._findings.pop(key, None)
            finding = diagnostic(key, given[decisive(given)], self.path)
            if finding is not None:
                self._findings[key] = finding

    def diagnostics(self) -> list[Diagnostic]:
        """Give the diagnostics of the document, where they are now."""
        if not self._findings:
            return []
        return [
            evolve(finding, range=self.source.range_of(specifier), severity=severity_of(specifier))
            for specifier in self.source.specifiers
            if (finding := self._findings.get(specifier.key)) is not None
        ]
