"""Paths that a package.json or a tsconfig names: what its `exports`, `imports` and main fields lead to, what it extends."""

from __future__ import annotations

import json
from collections.abc import Iterator

import tree_sitter

from resolverd.terms import Kind
from resolverd_lsp.languages import Language
from resolverd_lsp.specifier import Specifier, Syntax
from resolverd_lsp.text import Text

_MAIN_FIELDS = frozenset({"main", "module", "browser", "types", "typings", "style", "bin"})
_TABLES = frozenset({"exports", "imports"})
_GLOB_FIELDS = frozenset({"files", "workspaces", "sideEffects"})
_GLOB_LISTS = frozenset({"files", "include", "exclude"})
_PATH_OPTIONS = frozenset(
    {"baseUrl", "declarationDir", "outDir", "outFile", "rootDir", "rootDirs", "tsBuildInfoFile", "typeRoots"}
)


def find(language: Language, root: tree_sitter.Node, text: Text) -> Iterator[Specifier]:
    """Find every path that the manifest names."""
    of_manifest = _of_tsconfig if language is Language.TSCONFIG else _of_package
    for top in root.named_children:
        for key, value in pairs(top, text):
            yield from of_manifest(key, value, text)


def _of_package(key: str, value: tree_sitter.Node, text: Text) -> Iterator[Specifier]:
    # A map of `browser` says what stands for what, as a table does.
    if key in _TABLES or (key == "browser" and value.type == "object"):
        yield from _strings(value, text, Syntax.TARGET)
    elif key in _MAIN_FIELDS:
        yield from _strings(value, text, Syntax.MAIN)
    elif key in _GLOB_FIELDS:
        yield from _strings(value, text, Syntax.GLOB)


def _of_tsconfig(key: str, value: tree_sitter.Node, text: Text) -> Iterator[Specifier]:
    if key == "extends":
        yield from _strings(value, text, Syntax.EXTENDS)
    elif key == "references":
        for reference in value.named_children:
            for name, path in pairs(reference, text):
                if name == "path":
                    yield from _strings(path, text, Syntax.REFERENCE)
    elif key in _GLOB_LISTS:
        yield from _strings(value, text, Syntax.GLOB)
    elif key == "compilerOptions":
        yield from _of_options(dict(pairs(value, text)), text)


def _of_options(options: dict[str, tree_sitter.Node], text: Text) -> Iterator[Specifier]:
    for name in options.keys() & _PATH_OPTIONS:
        yield from _strings(options[name], text, Syntax.GLOB)
    if "paths" in options:
        bases = _strings(options["baseUrl"], text, Syntax.GLOB) if "baseUrl" in options else ()
        base = next((base.text for base in bases), "")
        yield from _strings(options["paths"], text, Syntax.PATHS, base)


def pairs(node: tree_sitter.Node, text: Text) -> Iterator[tuple[str, tree_sitter.Node]]:
    """Give the keys and values of an object; nothing of anything else."""
    for pair in node.named_children if node.type == "object" else ():
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if pair.type == "pair" and key is not None and value is not None:
            yield text.slice(key.start_byte + 2, key.end_byte - 2), value


def _strings(node: tree_sitter.Node, text: Text, syntax: Syntax, base: str = "") -> Iterator[Specifier]:
    """Give every string below a value that is not a key."""
    if node.type == "string":
        try:
            written = str(json.loads(text.slice(node.start_byte, node.end_byte)))
        except ValueError:
            return
        if written:
            start, end = node.start_byte + 2, node.end_byte - 2
            yield Specifier(written, start, end, node.start_byte, node.end_byte, syntax, Kind.REQUIRE, base=base)
    elif node.type == "object":
        for _, value in pairs(node, text):
            yield from _strings(value, text, syntax, base)
    elif node.type == "array":
        for value in node.named_children:
            yield from _strings(value, text, syntax, base)
