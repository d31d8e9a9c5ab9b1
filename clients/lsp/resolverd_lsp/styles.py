"""Specifiers in CSS: `@import`, and `url()` wherever it stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

import tree_sitter

from resolverd.terms import Kind
from resolverd_lsp.languages import Language, query
from resolverd_lsp.specifier import Specifier, Syntax
from resolverd_lsp.text import Text, size_of

# The grammar gives up on many a bare URL (`url(./a.png)`), so what is a comment comes from it and a URL is matched here.
_WRITTEN = re.compile(
    r"""(?P<rule>@import\s+)?(?:(?<![\w-])url\(\s*(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)'|(?P<bare>[^"'()\s]+))\s*\)"""
    r"""|(?<=\s)(?:"(?P<quoted>[^"\n]*)"|'(?P<apostrophes>[^'\n]*)'))""",
    re.IGNORECASE,
)
_GROUPS = ("double", "single", "bare", "quoted", "apostrophes")
_NOT_FILES = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


def find(root: tree_sitter.Node, text: Text) -> Iterator[Specifier]:
    """Find every specifier of a style sheet (or of the style block that `root` was made from)."""
    written = text.slice(root.start_byte, root.end_byte)
    cursor = tree_sitter.QueryCursor(query(Language.CSS, "(comment) @comment"))
    comments = [(node.start_byte, node.end_byte) for node in cursor.captures(root).get("comment", ())]
    comments.sort()
    for found in _WRITTEN.finditer(written):
        specifier = _specifier(found, written, root.start_byte)
        if specifier is not None and not _is_within(comments, specifier.start):
            yield specifier


def _specifier(found: re.Match[str], written: str, base: int) -> Specifier | None:
    is_import = found["rule"] is not None
    group = next(name for name in _GROUPS if found[name] is not None)
    text = found[group]
    if (not is_import and group in {"quoted", "apostrophes"}) or _NOT_FILES.match(text):
        return None
    first, start = (base + size_of(written[: found.start(name)]) for name in (0, group))
    last = first + size_of(found[0])
    syntax = Syntax.STYLE if is_import else Syntax.ASSET
    return Specifier(text, start, start + size_of(text), first, last, syntax, Kind.STYLE)


def _is_within(comments: list[tuple[int, int]], offset: int) -> bool:
    place = bisect_right(comments, (offset, offset)) - 1
    return place >= 0 and offset < comments[place][1]
