"""Who imports a file: the reverse of the daemon's answers, over the files of the open folders and over unsaved texts.

What an editor has open counts as it is there; of all other files what is on disk (`index`). The daemon is asked for what all
specifiers mean in one batch, each time: warm answers cost a few microseconds, and there is nothing here that could be stale.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from resolverd.terms import Answer
from resolverd_client import Question
from resolverd_client.asyncio_client import AsyncioClient
from resolverd_lsp.asking import questions_of
from resolverd_lsp.document import Document
from resolverd_lsp.index import Index
from resolverd_lsp.keeping import Keeper, Roots, answers_to
from resolverd_lsp.specifier import Key, Specifier
from resolverd_lsp.text import Text
from resolverd_lsp.uris import uri_of

_PART = 64
"""Files that are parsed between two looks at whether somebody still wants to know."""

Report = Callable[[int], None]
"""Takes how many files were read."""

Progress = Callable[[int], AbstractAsyncContextManager[Report]]
"""Makes what shows that so many files are being read."""

Wanted = Callable[[str, Answer | None], bool]
"""Whether an import counts: the importing file, and what its specifier means; None for one that nobody can be asked about."""


class Importing(NamedTuple):
    """A file with imports that count, as it is now. `path` is real; `version` is that of an open document."""

    path: str
    uri: str
    version: int | None
    text: Text
    specifiers: tuple[Specifier, ...]
    answers: Mapping[Key, Answer | None]


class Importers:
    """Finds importers in the workspace; one walk through the folders at a time."""

    def __init__(self, client: AsyncioClient, keeper: Keeper, roots: Roots, progress: Progress) -> None:
        self._client = client
        self._keeper = keeper
        self._roots = roots
        self._progress = progress
        self._index = Index()
        self._walking = asyncio.Lock()

    async def find(self, is_wanted: Wanted) -> list[Importing]:
        """Give the files with imports that are wanted, each with those alone."""
        async with self._walking:
            await self._walk()
            asked = self._questions()
            answers = await answers_to(self._client, [questions for _, _, questions in asked])
            wanted: dict[str, dict[Key, Answer | None]] = {}
            for (path, key, _), answer in zip(asked, answers, strict=True):
                if is_wanted(path, answer):
                    wanted.setdefault(path, {})[key] = answer
            return self._as_they_are(wanted)

    def text_of(self, path: str) -> tuple[str, int | None, Text]:
        """Give the URI, the version and the text of a file by its real path, as the editor or else the disk has it."""
        document = self._opened().get(path)
        if document is None:
            return uri_of(path), None, self._index.look(path)[0]
        return document.uri, document.version, document.source.text

    async def _walk(self) -> None:
        outdated = await asyncio.to_thread(self._index.outdated, self._roots())
        async with self._progress(len(outdated)) as report:
            for start in range(0, len(outdated), _PART):
                await asyncio.to_thread(self._index.read, outdated[start : start + _PART])
                report(start)

    def _questions(self) -> list[tuple[str, Key, tuple[Question, ...]]]:
        """Give what each specifier of each file asks."""
        opened, choices = self._opened(), self._keeper.choices.fresh()
        files = self._index.specifiers()
        files |= {path: tuple(document.source.specifiers) for path, document in opened.items()}
        return [
            (path, key, questions_of(specifier, path, choices.of(path)))
            for path, specifiers in files.items()
            for key, specifier in {specifier.key: specifier for specifier in specifiers}.items()
        ]

    def _opened(self) -> dict[str, Document]:
        return {document.real_path: document for document in self._keeper.documents.values()}

    def _as_they_are(self, wanted: Mapping[str, Mapping[Key, Answer | None]]) -> list[Importing]:
        """Look the files up once more: an editor may have sent edits since they were asked about."""
        opened = self._opened()
        found: list[Importing] = []
        for path, answers in wanted.items():
            document = opened.get(path)
            if document is None:
                uri, version = uri_of(path), None
                text, specifiers = self._index.look(path)
            else:
                uri, version = document.uri, document.version
                text, specifiers = document.source.text.copy(), tuple(document.source.specifiers)
            kept = tuple(specifier for specifier in specifiers if specifier.key in answers)
            found.append(Importing(path, uri, version, text, kept, answers))
        return found
