"""What an editor is told about a specifier that does not resolve."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Callable, Sequence

from lsprotocol.types import Diagnostic, DiagnosticSeverity, Position, Range

from resolverd.terms import Answer, Code, Failure
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

Names = Callable[[str], Sequence[str]]
"""The names in a directory; none for one that is not there."""


def diagnostic(key: Key, answer: Answer, names: Names) -> Diagnostic | None:
    """Give what is said about a specifier, wherever it stands; None for one that resolves."""
    failure = answer.error
    if failure is None:
        return None
    written = key[0]
    nearest = nearest_name(written, failure, names)
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


def nearest_name(written: str, failure: Failure, names: Names) -> str | None:
    """Give the specifier that was probably meant: the closest name that is there, in place of the one that is not."""
    if failure.code is not Code.MODULE_NOT_FOUND:
        return None
    if written.startswith("."):
        return _nearest_path(written, failure.tried, names)
    return _nearest_package(written, failure.tried, names)


def _nearest_path(written: str, tried: Sequence[str], names: Names) -> str | None:
    stem, _, last = written.rpartition("/")
    if not tried or not last.strip("."):
        return None
    found = _closest(last, names(posixpath.dirname(tried[0])))
    return None if found is None or found == last else f"{stem}/{found}"


def _nearest_package(written: str, tried: Sequence[str], names: Names) -> str | None:
    parts = written.split("/")
    scope = parts.pop(0) if written.startswith("@") and len(parts) > 1 else ""
    for directory in _module_directories(tried):
        found = _closest(parts[0], names(posixpath.join(directory, scope)))
        if found is not None and found != parts[0]:
            return "/".join(part for part in (scope, found, *parts[1:]) if part)
    return None


def _module_directories(tried: Sequence[str]) -> list[str]:
    """Give the `node_modules` that were looked into, in the order of looking."""
    cut = (path.rpartition("/node_modules/") for path in tried)
    return list(dict.fromkeys(f"{above}/node_modules" for above, found, _ in cut if found))


def _closest(name: str, there: Sequence[str]) -> str | None:
    """Give the name that differs least, in case alone above all; an extension that was left out does not count."""
    folded = name.casefold()
    for known in there:
        if known.casefold() == folded:
            return known
    by_stem = {known.partition(".")[0] if "." not in name else known: known for known in reversed(there)}
    found = difflib.get_close_matches(name, by_stem, n=1, cutoff=0.7)
    return by_stem[found[0]] if found else None
