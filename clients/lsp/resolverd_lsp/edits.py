"""Edits of several documents as an editor takes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lsprotocol import types

from resolverd_lsp.text import Text


class Edited(NamedTuple):
    """A document, the version that the edits are for (None: as it is on disk), and the edits."""

    uri: str
    version: int | None
    edits: list[types.TextEdit]


def written_in(text: Text, start: int, end: int, new: str) -> types.TextEdit:
    """Write something between two offsets that are inside of quotes, which it cannot end."""
    quote = text.slice(start - 2, start)
    escaped = new.replace("\\", "\\\\").replace(quote, f"\\{quote}") if quote in {'"', "'", "`"} else new
    return types.TextEdit(text.range(start, end), escaped)


def workspace_edit(documents: Iterable[Edited], *, takes_versions: bool) -> types.WorkspaceEdit:
    """Give the edits in the newer of two forms where the editor takes that."""
    if not takes_versions:
        return types.WorkspaceEdit(changes={document.uri: document.edits for document in documents})
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version), list(document.edits)
            )
            for document in documents
        ]
    )
