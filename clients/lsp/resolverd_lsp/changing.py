"""What an editor may do to specifiers: correct one that does not resolve, and write them anew when files move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from lsprotocol import types
from msgspec.structs import replace

from resolverd.paths import is_inside
from resolverd.terms import Failure
from resolverd_lsp.choices import Choices
from resolverd_lsp.corrections import Correction, Export, corrections, exporting, exports
from resolverd_lsp.document import Document
from resolverd_lsp.edits import Edited, workspace_edit, written_in
from resolverd_lsp.importers import Importers, Importing
from resolverd_lsp.keeping import Keeper
from resolverd_lsp.languages import MANIFESTS, language_of
from resolverd_lsp.moves import Move, moves_of
from resolverd_lsp.specifier import Specifier
from resolverd_lsp.uris import path_of

_MOST = 12
"""Corrections of one specifier that the daemon is asked about."""

_KIND = types.CodeActionKind.QuickFix


class Changing:
    """Makes edits for requests of an editor; each public method is one request of the protocol."""

    def __init__(self, keeper: Keeper, importers: Importers, takes_versions: Callable[[], bool]) -> None:
        self._keeper = keeper
        self._importers = importers
        self._takes_versions = takes_versions

    # -- corrections -------------------------------------------------------------------------------------------------

    async def actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """Give what may be done about the specifiers of a range that do not resolve."""
        document = self._keeper.documents.get(params.text_document.uri)
        only = params.context.only
        if document is None or (only is not None and not {_KIND, ""} & {*only}):
            return []
        version, specifiers = document.version, document.source.within(params.range)
        answers = await self._keeper.ask(document, specifiers)
        failed = [
            (specifier, answer.error)
            for specifier, answer in zip(specifiers, answers, strict=True)
            if answer is not None and answer.error is not None
        ]
        right = await self._right(document, failed)
        if document.version != version:
            return []
        told = params.context.diagnostics
        changes = [self._correction(document, *each, told) for each in right]
        return [*changes, *(each for failure in failed for each in self._exports(document, *failure, told))]

    async def _right(
        self, document: Document, failed: Iterable[tuple[Specifier, Failure]]
    ) -> list[tuple[Specifier, Correction]]:
        """Give the corrections that resolve, each once."""
        proposed = {
            (specifier.start, each.written): (specifier, each)
            for specifier, failure in failed
            for each in reversed([*corrections(specifier.text, failure, document.path)][:_MOST])
        }
        pairs = [*proposed.values()][::-1]
        answers = await self._keeper.ask(document, [replace(each, text=change.written) for each, change in pairs])
        return [
            pair for pair, answer in zip(pairs, answers, strict=True) if answer is not None and answer.error is None
        ]

    def _correction(
        self, document: Document, specifier: Specifier, correction: Correction, told: Sequence[types.Diagnostic]
    ) -> types.CodeAction:
        edit = written_in(document.source.text, specifier.start, specifier.end, correction.written)
        return self._action(correction.title, Edited(document.uri, document.version, [edit]), edit.range, told)

    def _exports(
        self, document: Document, specifier: Specifier, failure: Failure, told: Sequence[types.Diagnostic]
    ) -> list[types.CodeAction]:
        where = document.source.range_of(specifier)
        found = [(each, self._exported(each)) for each in exports(specifier.text, failure, document.path)]
        return [
            self._action(f"Add '{each.subpath}' to exports, leading to '{each.target}'", edited, where, told)
            for each, edited in found
            if edited is not None
        ]

    def _exported(self, export: Export) -> Edited | None:
        """Give the edit of a package.json, as it is in the editor or else on disk."""
        uri, version, text = self._importers.text_of(export.manifest)
        edit = exporting(text, export)
        return None if edit is None else Edited(uri, version, [edit])

    def _action(
        self, title: str, edited: Edited, where: types.Range, told: Sequence[types.Diagnostic]
    ) -> types.CodeAction:
        edit = workspace_edit([edited], takes_versions=self._takes_versions())
        return types.CodeAction(title, _KIND, [each for each in told if each.range == where], edit=edit)

    # -- files that move ---------------------------------------------------------------------------------------------

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
        anew = await asyncio.to_thread(_rewritten, importing, moves, self._keeper.choices.fresh())
        edited = [
            Edited(file.uri, file.version, [written_in(file.text, each.start, each.end, text) for each, text in edits])
            for file in importing
            if (edits := anew.get(file.path))
        ]
        return workspace_edit(edited, takes_versions=self._takes_versions()) if edited else None


def _rewritten(
    importing: Sequence[Importing], moves: Sequence[Move], choices: Choices
) -> dict[str, list[tuple[Specifier, str]]]:
    # The engine takes a while to import, and most editors are closed before anybody renames a file.
    from resolverd_lsp.renaming import Importer, rewritten  # noqa: PLC0415  as above

    files = [Importer(file.path, file.text, file.specifiers, file.answers) for file in importing]
    return dict(rewritten(files, moves, choices))
