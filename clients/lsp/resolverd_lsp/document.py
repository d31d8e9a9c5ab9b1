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
from resolverd_lsp.asking import question_of
from resolverd_lsp.choices import Choice
from resolverd_lsp.diagnostics import diagnostic, severity_of
from resolverd_lsp.languages import Language
from resolverd_lsp.source import Source
from resolverd_lsp.specifier import Key


class Document:
    """`path` is the file it is saved in, or, for an unsaved buffer, one that it might be saved in."""

    __slots__ = (
        "_asked",
        "_findings",
        "_keys",
        "answers",
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
        self.answers: dict[Key, Answer] = {}
        self.told: list[Diagnostic] | None = None
        self._asked: dict[Key, Question] = {}
        self._keys: list[Key] = []
        self._findings: dict[Key, Diagnostic] = {}

    def questions(self, choice: Choice) -> dict[Key, Question]:
        """Give what the specifiers of the document ask."""
        return {
            specifier.key: question
            for specifier in self.source.specifiers
            if (question := question_of(specifier, self.path, choice)) is not None
        }

    def asked(self, choice: Choice) -> dict[Key, Question] | None:
        """Give the questions of the document; None where they are the ones that are held."""
        asked = self.questions(choice)
        return None if self._asked == asked else asked

    def begin(self, asked: dict[Key, Question], held: Held | None) -> None:
        """Take all answers of what is held from now on: one for each question, or none at all."""
        self.held = held
        self._asked = asked
        self._keys = list(asked)
        self.answers.clear()
        self._findings.clear()
        for key, answer in () if held is None else zip(self._keys, held.answers, strict=True):
            self._take(key, answer)

    def take(self, changes: Iterable[Change]) -> None:
        """Take answers that changed."""
        for change in changes:
            self._take(self._keys[change.place], change.answer)

    def _take(self, key: Key, answer: Answer) -> None:
        self.answers[key] = answer
        self._findings.pop(key, None)
        finding = diagnostic(key, answer, self.path)
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
