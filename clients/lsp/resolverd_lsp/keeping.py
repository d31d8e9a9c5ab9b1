"""Keeping the diagnostics of open documents true, with no edit and no restart, whatever happens on the disk or to the daemon.

The facts. The daemon tells when an answer that is held is no longer so. It may be killed, stopped or replaced at any time. An
editor sends edits faster than anybody asks.

What we do. One task does all the asking for diagnostics, document after document, so that what is told last is what was
asked last. It looks at a document that was touched, and at all of them when the daemon said something or left. A daemon that
cannot be had is tried again, with pauses that grow, or when a document is touched; from the second time on that is reported,
once: one that was just replaced is no news to anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice

from lsprotocol.types import Position

from resolverd.errors import OptionsError, ProtocolError
from resolverd.terms import Answer
from resolverd_client import Question
from resolverd_client.asyncio_client import AsyncioClient
from resolverd_client.errors import ClientError, DaemonRefused
from resolverd_client.holding import Held
from resolverd_lsp.asking import decisive, questions_of
from resolverd_lsp.choices import Choices
from resolverd_lsp.document import Document
from resolverd_lsp.specifier import Specifier

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0

Publish = Callable[[Document], None]
Report = Callable[[str], None]

Roots = Callable[[], list[str]]
"""The folders that are open, as real paths."""


async def answers_to(client: AsyncioClient, asked: Sequence[Sequence[Question]]) -> list[Answer | None]:
    """Ask the questions of many specifiers in one batch; the answer that counts for each, None for one without a question."""
    answers = iter(await client.resolve_many(chain.from_iterable(asked)))
    given = ([*islice(answers, len(questions))] for questions in asked)
    return [each[decisive(each)] if each else None for each in given]


class Keeper:
    """The open documents by URI, and the task that keeps what is known of them."""

    def __init__(self, client: AsyncioClient, publish: Publish, report: Report) -> None:
        self.documents: dict[str, Document] = {}
        self.choices = Choices()
        self._client = client
        self._publish = publish
        self._report = report
        self._trouble: str | None = None
        self._mistakes: set[str] = set()
        self._touched: dict[str, None] = {}

    def touch(self, document: Document) -> None:
        """Look at a document soon: it was opened or edited."""
        self._touched[document.uri] = None
        self._client.news.set()

    def touch_all(self) -> None:
        """Look at all documents soon: what decides how they are asked about may have changed."""
        self._touched.update(dict.fromkeys(self.documents))
        self._client.news.set()

    def close(self, uri: str) -> None:
        """Let a document go."""
        document = self.documents.pop(uri, None)
        if document is not None and document.held is not None:
            self._client.let_go(document.held)

    def specifier_at(self, uri: str, position: Position) -> tuple[Document, Specifier] | None:
        """Give the specifier at a place of a document."""
        document = self.documents.get(uri)
        specifier = None if document is None else document.source.at(position)
        return None if document is None or specifier is None else (document, specifier)

    def questions(self, document: Document, specifier: Specifier) -> tuple[Question, ...]:
        """Give what a specifier of a document asks; nothing where there is no file to be looked for."""
        return questions_of(specifier, document.path, self.choices.of(document.path))

    async def ask(self, document: Document, specifiers: Iterable[Specifier]) -> list[Answer | None]:
        """Ask what specifiers mean in a document, whether or not they stand in it; None where nothing can be asked."""
        return await answers_to(self._client, [self.questions(document, specifier) for specifier in specifiers])

    async def run(self) -> None:
        """Keep documents until cancelled."""
        pause, is_first = _FIRST_PAUSE, True
        while True:
            await self._client.news.wait()
            self._client.news.clear()
            try:
                await self._look()
            except (ClientError, ProtocolError) as error:
                if not is_first and str(error) != self._trouble:
                    self._trouble = str(error)
                    self._report(self._trouble)
                await self._wait(pause)
                pause, is_first = min(2 * pause, _LONGEST_PAUSE), False
            else:
                self._trouble = None
                pause, is_first = _FIRST_PAUSE, True

    async def _wait(self, pause: float) -> None:
        """Wait until it is worth trying again."""
        try:
            async with asyncio.timeout(pause):
                await self._client.news.wait()
        except TimeoutError:
            self._client.news.set()

    async def _look(self) -> None:
        """Look at the documents that were touched, then at all that the daemon has news of."""
        if self.choices.renew():
            self._begin_anew()
        while self._touched:
            uri = next(iter(self._touched))
            del self._touched[uri]
            if uri in self.documents:
                try:
                    await self._keep(self.documents[uri])
                except BaseException:
                    self._touched[uri] = None
                    raise
        for document in tuple(self.documents.values()):
            changes = () if document.held is None else await self._client.take(document.held)
            if changes and self._is_open(document):
                document.take(changes)
                self._publish(document)

    def _begin_anew(self) -> None:
        """Forget all answers: a profile is read when it is opened, and it is opened once on a connection."""
        self._client.close()
        self._mistakes.clear()
        for document in self.documents.values():
            document.begin({}, None)
        self._touched.update(dict.fromkeys(self.documents))

    async def _keep(self, document: Document) -> None:
        asked = document.asked(self.choices.of(document.path))
        if asked is not None:
            if document.held is not None:
                self._client.let_go(document.held)
            held = await self._begun(Held([*chain.from_iterable(asked.values())])) if asked else None
            if not self._is_open(document):
                if held is not None:
                    self._client.let_go(held)
                return
            document.begin(asked, held)
        self._publish(document)

    def _is_open(self, document: Document) -> bool:
        """Whether a document is still the one that is open; it may be closed while the daemon is asked."""
        return self.documents.get(document.uri) is document

    async def _begun(self, held: Held) -> Held | None:
        """Begin to hold answers; None where the daemon takes the questions for a mistake of the user's."""
        try:
            await self._client.take(held)
        except (OptionsError, DaemonRefused) as error:
            if str(error) not in self._mistakes:
                self._mistakes.add(str(error))
                self._report(str(error))
            return None
        return held
