"""What an editor asks about a place or a document: each method is one request of the protocol, with its types."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from lsprotocol import types

from resolverd.paths import is_inside
from resolverd_client import Question
from resolverd_client.asyncio_client import AsyncioClient
from resolverd_lsp.asking import question_of
from resolverd_lsp.choices import Choices
from resolverd_lsp.document import Document
from resolverd_lsp.edits import Edited, workspace_edit, written_in
from resolverd_lsp.hover import describe, shown
from resolverd_lsp.importers import Importers, Importing
from resolverd_lsp.keeping import Keeper, Roots
from resolverd_lsp.languages import MANIFESTS, language_of
from resolverd_lsp.moves import Move, moves_of
from resolverd_lsp.specifier import Specifier
from resolverd_lsp.uris import path_of, uri_of

TOP = types.Range(types.Position(0, 0), types.Position(0, 0))


class Requests:
    """Answers requests about the documents that the keeper has; what the daemon is asked for is as of now."""

    def __init__(
        self,
        client: AsyncioClient,
        keeper: Keeper,
        importers: Importers,
        roots: Roots,
        takes_versions: Callable[[], bool],
    ) -> None:
        self._client = client
        self._keeper = keeper
        self._importers = importers
        self._roots = roots
        self._takes_versions = takes_versions

    async def definition(self, params: types.DefinitionParams) -> types.Location | None:
        """Give the file that a specifier means."""
        found = self._specifier_at(params.text_document.uri, params.position)
        question = None if found is None else self._question(*found)
        answer = None if question is None else await self._client.ask(question)
        return None if answer is None or answer.path is None else types.Location(uri_of(answer.path), TOP)

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        """Explain a specifier."""
        found = self._specifier_at(params.text_document.uri, params.position)
        question = None if found is None else self._question(*found)
        if found is None or question is None:
            return None
        document, specifier = found
        where = document.source.range_of(specifier)
        told = describe(await self._client.explain(question), self._roots())
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, told), where)

    async def links(self, params: types.DocumentLinkParams) -> list[types.DocumentLink]:
        """Give a link for each specifier that means a file."""
        document = self._keeper.documents.get(params.text_document.uri)
        if document is None:
            return []
        asked = document.questions(self._keeper.choices.of(document.path))
        places = [(each.key, document.source.range_of(each)) for each in document.source.specifiers]
        answers = dict(zip(asked, await self._client.resolve_many(asked.values()), strict=True))
        roots = self._roots()
        return [
            types.DocumentLink(where, uri_of(path), shown(path, roots))
            for key, where in places
            if key in answers and (path := answers[key].path) is not None
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
        found = self._specifier_at(params.text_document.uri, params.position)
        if found is None:
            document = self._keeper.documents.get(params.text_document.uri)
            is_name = document is None or document.source.is_name(params.position)
            return None if document is None or is_name else document.real_path
        question = self._question(*found)
        return None if question is None else (await self._client.ask(question)).path

    async def will_rename(self, params: types.RenameFilesParams) -> types.WorkspaceEdit | None:
        """Give the edits of all imports of what is about to be moved, and of the imports in it."""
        moves = moves_of((path_of(file.old_uri), path_of(file.new_uri)) for file in params.files)
        if not moves:
            return None
        # Manifests that define aliases are wanted whatever they name.
        importing = await self._importers.find(
            lambda path, answer: (
                language_of(path) in MANIFESTS
                or any(is_inside(each, move.old) for each in (path, answer and answer.path) if each for move in moves)
            )
        )
        anew = await asyncio.to_thread(_rewritten, importing, moves, self._keeper.choices)
        edited = [
            Edited(file.uri, file.version, [written_in(file.text, each.start, each.end, text) for each, text in edits])
            for file in importing
            if (edits := anew.get(file.path))
        ]
        return workspace_edit(edited, takes_versions=self._takes_versions()) if edited else None

    def _question(self, document: Document, specifier: Specifier) -> Question | None:
        return question_of(specifier, document.path, self._keeper.choices.of(document.path))

    def _specifier_at(self, uri: str, position: types.Position) -> tuple[Document, Specifier] | None:
        document = self._keeper.documents.get(uri)
        specifier = None if document is None else document.source.at(position)
        return None if document is None or specifier is None else (document, specifier)


def _rewritten(
    importing: Sequence[Importing], moves: Sequence[Move], choices: Choices
) -> dict[str, list[tuple[Specifier, str]]]:
    # The engine takes a while to import, and most editors are closed before anybody renames a file.
    from resolverd_lsp.renaming import Importer, rewritten  # noqa: PLC0415  as above

    files = [Importer(file.path, file.text, file.specifiers, file.answers) for file in importing]
    return dict(rewritten(files, moves, choices))
