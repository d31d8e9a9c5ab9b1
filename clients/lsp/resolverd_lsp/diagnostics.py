"""What an editor is told about a specifier that does not resolve."""

from __future__ import annotations

from lsprotocol.types import Diagnostic, DiagnosticSeverity, Position, Range

from resolverd.terms import Answer, Failure
from resolverd_lsp.nearest import nearest_name
from resolverd_lsp.specifier import Key, Specifier, Syntax

SOURCE = "resolverd"

_TOLD = 4
"""Paths that were tried, named in one message; hovering shows them all."""

_NOWHERE = Range(Position(0, 0), Position(0, 0))

# Build output may not be there yet, and an optional import may be missing for good.
_SEVERITIES = {
    Syntax.TARGET: DiagnosticSeverity.Information,
    Syntax.MAIN: DiagnosticSeverity.Information,
    Syntax.PATHS: DiagnosticSeverity.Information,
    Syntax.ASSET: DiagnosticSeverity.Warning,
}


def diagnostic(key: Key, answer: Answer, path: str) -> Diagnostic | None:
    """Give what is said about a specifier of the file `path`, wherever it stands; None for one that resolves."""
    failure = answer.error
    if failure is None:
        return None
    written = key[0]
    nearest = nearest_name(written, failure, path)
    return Diagnostic(
        range=_NOWHERE,
        message=_message(failure, nearest),
        code=failure.code.value,
        source=SOURCE,
        data={"specifier": written, "nearest": nearest},
    )


def severity_of(specifier: Specifier) -> DiagnosticSeverity:
    """Tell how bad it is that a specifier does not resolve."""
    return (
        DiagnosticSeverity.Hint
        if specifier.is_optional
        else _SEVERITIES.get(specifier.syntax, DiagnosticSeverity.Error)
    )


def _message(failure: Failure, nearest: str | None) -> str:
    hint = "" if nearest is None or nearest in failure.message else f". Did you mean {nearest!r}?"
    tried = [f"\n  tried {path}" for path in failure.tried[:_TOLD]]
    more = len(failure.tried) - len(tried)
    return "".join([failure.message, hint, *tried, f"\n  and {more} more" if more > 0 else ""])
