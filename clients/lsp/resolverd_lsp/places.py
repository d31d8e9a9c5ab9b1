"""What an editor asks about a place in a document: where it leads, why, and who else goes there."""

from __future__ import annotations

from lsprotocol import types

from resolverd_client.asyncio_client import AsyncioClient
from resolverd_lsp.asking import decisive
from resolverd_lsp.document import Document
from resolverd_lsp.hover import describe, shown
from resolverd_lsp.importers import Importers
from resolverd_lsp.keeping import Keeper, Roots
from resolverd_lsp.specifier import Specifier
from resolverd_lsp.uris import uri_of

TOP = types.Range(types.Position(0, 0), types.Position(0, 0))


class Places:
    """Answers requests about the documents that the keeper has; each method is one request of the protocol."""

    def __init__(
        self,
        client: AsyncioClient,
        keeper: Keeper,
        importers: Importers,
        roots: Roots,
    ) -> None:
        self._client = client
        self._keeper = keeper
        self._importers = importers
        self._roots = roots

    async def definition(self, params: types.DefinitionParams) -> types.Location | None:
        """Give the file that a specifier means."""
        found = self._keeper.specifier_at(params.text_document.uri, params.position)
        path = None if found is None or found[1].is_of_directory else await self._path(*found)
        return None if path is None else types.Location(uri_of(path), TOP)

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        """Explain a specifier."""
        found = self._keeper.specifier_at(params.text_document.uri, params.position)
        questions = () if found is None else self._keeper.questions(*found)
        if found is None or not questions:
            return None
        document, specifier = found
        where = document.source.range_of(specifier)
        question = questions[decisive(await self._client.resolve_many(questions))]
        told = describe(await self._client.explain(question), self._roots())
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, told), where)

    async def links(self, params: types.DocumentLinkParams) -> list[types.DocumentLink]:
        """Give a link for each specifier that means a file."""
        document = self._keeper.documents.get(params.text_document.uri)
        if document is None:
            return []
        specifiers = [each for each in document.source.specifiers if not each.is_of_directory]
        places = [document.source.range_of(specifier) for specifier in specifiers]
        answers = await self._keeper.ask(document, specifiers)
        roots = self._roots()
        return [
            types.DocumentLink(where, uri_of(answer.path), shown(answer.path, roots))
            for where, answer in zip(places, answers, strict=True)
            if answer is not None and answer.path is not None
        ]

    async def references(self, params: types.ReferenceParams) -> list[types.Location]:
        """Give who else imports what a specifier means; where nothing with a name stands, who imports the document."""
        target = await self._referred_to(params)
        if target is None:
            return []
        importing = await self._importers.find(lambda _, answer: answer is not None and answer.path == target)
        declaration = [types.Location(uri_of(target), TOP)] if params.context.include_declaration else []
        return declaration + [
            types.Location(file.uri, file.text.range(specifier.start, specifier.end))
            for file in importing
            for specifier in file.specifiers
        ]

    async def _referred_to(self, params: types.ReferenceParams) -> str | None:
        found = self._keeper.specifier_at(params.text_document.uri, params.position)
        if found is None:
            document = self._keeper.documents.get(params.text_document.uri)
            is_name = document is None or document.source.is_name(params.position)
            return None if document is None or is_name else document.real_path
        return await self._path(*found)

    async def _path(self, document: Document, specifier: Specifier) -> str | None:
        (answer,) = await self._keeper.ask(document, [specifier])
        return None if answer is None else answer.path
