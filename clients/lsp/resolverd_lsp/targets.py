"""Paths that a package.json or a tsconfig names: what its `exports`, `imports` and main fields lead to, what it extends."""

from __future__ import annotations

import json
from collections.abc import Iterator

import tree_sitter

from resolverd.terms import Kind
from resolverd_lsp.languages import Language
from resolverd_lsp.specifier import Specifier, Syntax
from resolverd_lsp.text import Text

_MAIN_FIELDS = frozenset({"main", "module", "browser", "types", "typings", "style", "exports", "imports", "bin"})


def find(language: Language, root: tree_sitter.Node, text: Text) -> Iterator[Specifier]:
    """Find every path that the manifest names."""
    for top in root.named_children:
        for key, value in _pairs(top, text):
            if language is Language.TSCONFIG:
                yield from _of_tsconfig(key, value, text)
            elif key in _MAIN_FIELDS:
                yield from _strings(value, text, Syntax.TARGET)


def _of_tsconfig(key: str, value: tree_sitter.Node, text: Text) -> Iterator[Specifier]:
    if key == "extends":
        yield from _strings(value, text, Syntax.EXTENDS)
    elif key == "references":
        for reference in value.named_children:
            for name, path in _pairs(reference, text):
                if name == "path":
                    yield from _strings(path, text, Syntax.REFERENCE)
    elif key == "compilerOptions":
        for name, option in _pairs(value, text):
            if name == "paths":
                yield from _strings(option, text, Syntax.PATHS)


def _pairs(node: tree_sitter.Node, text: Text) -> Iterator[tuple[str, tree_sitter.Node]]:
    """Give the keys and values of an object; nothing of anything else."""
    for pair in node.named_children if node.type == "object" else ():
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if pair.type == "pair" and key is not None and value is not None:
            yield text.slice(key.start_byte + 2, key.end_byte - 2), value


def _strings(node: tree_sitter.Node, text: Text, syntax: Syntax) -> Iterator[Specifier]:
    """Give every string below a value that is not a key."""
    if node.type == "string":
        try:
            written = str(json.loads(text.slice(node.start_byte, node.end_byte)))
        except ValueError:
            return
        if written:
            start, end = node.start_byte + 2, node.end_byte - 2
            yield Specifier(written, start, end, node.start_byte, node.end_byte, syntax, Kind.REQUIRE)
    elif node.type == "object":
        for _, value in _pairs(node, text):
            yield from _strings(value, text, syntax)
    elif node.type == "array":
        for value in node.named_children:
            yield from _strings(value, text, syntax)
