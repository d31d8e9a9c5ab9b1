"""Specifiers where a script does not parse: somebody is in the middle of typing.

The facts. After an open bracket or quote the parser may give up on everything up to the end of the text, and what it still
recognizes there depends on what the text was before.

What we do. Within the parts that it gave up on, imports are known by how they look. That takes no notice of what stands around
them, which is what is wanted: the imports below the line that is being typed are still the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter

from resolverd.terms import Kind
from resolverd_lsp.specifier import Specifier, Syntax
from resolverd_lsp.text import Text, size_of

_IMPORT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|(?<![\w$.])(?:"""
    r"""(?P<erased>(?:import|export)\s+type\b(?!\s+from)[^;"'`]*?\bfrom)|(?P<call>import|require(?:\.resolve)?)\s*\(|from|import)"""
    r"""\s*(?P<quote>["'`])(?P<text>(?:(?!\$\{)[^"'`\n])*)(?P=quote)""",
    re.DOTALL,
)


def find(root: tree_sitter.Node, text: Text) -> Iterator[Specifier]:
    """Find what looks like an import in the parts that do not parse."""
    for start, end in _errors(root):
        written = text.slice(start, end)
        done = at = 0
        for found in _IMPORT.finditer(written):
            if found["text"] is not None:
                at += size_of(written[done : found.start("text")])
                done = found.start("text")
                yield _specifier(found, start + at)


def _specifier(found: re.Match[str], start: int) -> Specifier:
    end = start + size_of(found["text"])
    if found["erased"] is not None:
        return Specifier(found["text"], start, end, start, end, Syntax.TYPE)
    if found["call"] is not None and found["call"].startswith("require"):
        return Specifier(found["text"], start, end, start, end, Syntax.REQUIRE, Kind.REQUIRE)
    return Specifier(found["text"], start, end, start, end, Syntax.IMPORT)


def _errors(node: tree_sitter.Node) -> Iterator[tuple[int, int]]:
    """Give the outermost parts that do not parse."""
    if node.is_error:
        yield node.start_byte, node.end_byte
    elif node.has_error:
        for child in node.children:
            yield from _errors(child)
