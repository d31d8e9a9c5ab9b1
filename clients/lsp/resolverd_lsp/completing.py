"""Completion of specifiers, as an editor asks for it."""

from __future__ import annotations

from itertools import islice
from typing import cast

from lsprotocol import types
from msgspec.structs import replace

from resolverd.terms import Kind, TsconfigOp, TsconfigQuestion
from resolverd_client.asyncio_client import AsyncioClient
from resolverd_lsp.completion import Aliases, Candidate, Typed, begun, endings
from resolverd_lsp.document import Document
from resolverd_lsp.edits import written_in
from resolverd_lsp.keeping import Keeper
from resolverd_lsp.languages import Language
from resolverd_lsp.specifier import Specifier, Syntax
from resolverd_lsp.spelling import Ending, is_relative
from resolverd_lsp.text import size_of

TRIGGERS = ("/", '"', "'", "`", ".", "#", "@")

_MOST = 2000
"""Candidates that are looked at; an editor's user narrows them down by typing."""

_SYNTAXES = {Kind.REQUIRE: Syntax.REQUIRE, Kind.IMPORT: Syntax.IMPORT, Kind.STYLE: Syntax.STYLE}


class Completing:
    """Answers requests for completion."""

    def __init__(self, client: AsyncioClient, keeper: Keeper) -> None:
        self._client = client
        self._keeper = keeper

    async def completion(self, params: types.CompletionParams) -> types.CompletionList | None:
        """Give what may be written at a place, if a specifier is being typed there."""
        document = self._keeper.documents.get(params.text_document.uri)
        specifier = None if document is None else _specifier_at(document, params.position)
        if document is None or specifier is None:
            return None
        source, version = document.source, document.version
        text = source.text.slice(specifier.start, source.text.offset(params.position))
        typed = Typed(specifier, text, document.path, await self._endings(document))
        aliases = await self._aliases(document.path) if typed.may_be_alias else Aliases()
        found = list(islice(typed.candidates(aliases), _MOST))
        offered = await self._offered(document, specifier, found)
        if document.version != version:
            return None
        items = [self._item(document, specifier, typed, each, text) for text, each in offered.items()]
        return types.CompletionList(is_incomplete=len(found) == _MOST, items=items)

    async def _endings(self, document: Document) -> tuple[Ending, ...]:
        """Give how file names are ended in a document."""
        relative = [each for each in document.source.specifiers if is_relative(each.text)]
        answers = await self._keeper.ask(document, relative)
        pairs = zip(relative, answers, strict=True)
        return endings([(each.text, answer.path) for each, answer in pairs if answer is not None and answer.path])

    async def _offered(self, document: Document, specifier: Specifier, found: list[Candidate]) -> dict[str, Candidate]:
        """Give what leads somewhere, by how it is written."""
        asked = [(each, text) for each in found if not each.is_certain for text in each.spellings]
        answers = await self._keeper.ask(document, [replace(specifier, text=text) for _, text in asked])
        right: dict[Candidate, str] = {}
        for (candidate, text), answer in zip(asked, answers, strict=True):
            if candidate not in right and candidate.fits(answer):
                right[candidate] = text
        offered: dict[str, Candidate] = {}
        for each in found:
            text = each.spellings[0] if each.is_certain else right.get(each)
            if text is not None:
                offered.setdefault(text, each)
        return offered

    async def _aliases(self, path: str) -> Aliases:
        """Give what the tsconfig of a file lets be written; one that no program takes in is under the nearest."""
        for is_owning in (True, False):
            asked = TsconfigQuestion(TsconfigOp.FIND, file=path, owning=is_owning)
            tsconfig = (await self._client.tsconfig(asked)).tsconfig
            if tsconfig is not None:
                report = await self._client.tsconfig(TsconfigQuestion(TsconfigOp.LOAD, tsconfig=tsconfig))
                options = report.options or {}
                paths = cast("dict[str, list[str]]", options.get("paths") or {})
                return Aliases(paths, cast("str | None", options.get("baseUrl")))
        return Aliases()

    @staticmethod
    def _item(
        document: Document, specifier: Specifier, typed: Typed, candidate: Candidate, text: str
    ) -> types.CompletionItem:
        edit = written_in(document.source.text, specifier.start, specifier.end, text)
        label = text.removeprefix(typed.head) or text
        order = f"{0 if candidate.is_likely else 1}{label}"
        return types.CompletionItem(label, kind=candidate.kind, sort_text=order, filter_text=text, text_edit=edit)


def _specifier_at(document: Document, position: types.Position) -> Specifier | None:
    """Give the specifier at a place, also one of which only the beginning stands there."""
    source = document.source
    specifier = source.at(position)
    if specifier is not None:
        return specifier
    offset = source.text.offset(position)
    found = begun(source.text.slice(source.text.offset(types.Position(position.line, 0)), offset))
    if found is None:
        return None
    text, kind = found[0], Kind.STYLE if source.language is Language.CSS else found[1]
    return Specifier(text, offset - size_of(text), offset, offset, offset, _SYNTAXES[kind], kind)
