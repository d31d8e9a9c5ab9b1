"""Specifiers in JavaScript and TypeScript: whatever a loader, a bundler or the type checker resolves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

import tree_sitter

from resolverd.terms import Kind
from resolverd_lsp.languages import Language, query
from resolverd_lsp.specifier import Specifier, Syntax
from resolverd_lsp.text import Text, size_of

_STRING = "[(string) (template_string)] @text"
_PATTERNS = f"""
(import_statement source: (string) @text) @import
(export_statement source: (string) @text) @import
(call_expression function: (import) arguments: (arguments . {_STRING})) @dynamic
(call_expression function: [(identifier) (member_expression)] @callee arguments: (arguments . {_STRING})) @call
(new_expression constructor: (identifier) @callee
  arguments: (arguments . {_STRING} . (member_expression) @base)) @new
(comment) @comment
"""
_TYPESCRIPT_PATTERNS = f"{_PATTERNS}\n(import_require_clause source: (string) @text) @require"

_CALLEES = {
    "require": Kind.REQUIRE,
    "require.resolve": Kind.REQUIRE,
    "import.meta.resolve": Kind.IMPORT,
    "module.require": Kind.REQUIRE,
    "vi.mock": Kind.IMPORT,
    "jest.mock": Kind.REQUIRE,
    "jest.requireActual": Kind.REQUIRE,
}
"""What is called with a specifier first."""

# `import("x")` in a JSDoc type; `/// <reference types="x" />`, which only counts in a comment of its own kind.
_IN_COMMENT = re.compile(
    r"""\bimport\(\s*(["'])(?P<type>[^"'\n]+)\1\s*\)|^///\s*<reference\s+types=(["'])(?P<directive>[^"'\n]+)\3"""
)

_BLOCKS = frozenset({"function_declaration", "function_expression", "arrow_function", "method_definition", "program"})
_TYPE_CONTEXTS = frozenset(
    {"type_alias_declaration", "type_annotation", "type_query", "interface_declaration", "type_arguments"}
)

_Captures = Mapping[str, list[tree_sitter.Node]]


def find(
    language: Language, root: tree_sitter.Node, text: Text, within: Iterable[tuple[int, int]]
) -> Iterator[Specifier]:
    """Find the specifiers of every construct that touches one of the ranges."""
    patterns = _PATTERNS if language is Language.JAVASCRIPT else _TYPESCRIPT_PATTERNS
    for start, end in within:
        cursor = tree_sitter.QueryCursor(query(language, patterns))
        cursor.set_byte_range(start, end)
        for _, captures in cursor.matches(root):
            yield from _found(captures, text)


def _found(captures: _Captures, text: Text) -> Iterator[Specifier]:
    if "comment" in captures:
        yield from _in_comment(captures["comment"][0], text)
        return
    string = captures["text"][0]
    if string.named_child_count > 1 or (string.named_children and string.named_children[0].type != "string_fragment"):
        written = _unescaped(string, text)
        if written is None:
            return
    else:
        written = text.slice(string.start_byte + 2, string.end_byte - 2)
    if "import" in captures:
        yield _specifier(captures["import"][0], string, written, _import_syntax(captures["import"][0]))
    elif "require" in captures:
        yield _specifier(captures["require"][0], string, written, Syntax.REQUIRE, Kind.REQUIRE)
    elif "dynamic" in captures:
        call = captures["dynamic"][0]
        syntax = Syntax.TYPE if _is_in_type(call) else Syntax.IMPORT
        yield _specifier(call, string, written, syntax, is_optional=_is_guarded(call))
    elif "call" in captures:
        call = captures["call"][0]
        kind = _CALLEES.get(_source(captures["callee"][0], text))
        if kind is not None:
            syntax = Syntax.REQUIRE if kind is Kind.REQUIRE else Syntax.IMPORT
            yield _specifier(call, string, written, syntax, kind, is_optional=_is_guarded(call))
    elif _source(captures["callee"][0], text) == "URL" and _source(captures["base"][0], text) == "import.meta.url":
        yield _specifier(captures["new"][0], string, written, Syntax.ASSET)


def _specifier(
    construct: tree_sitter.Node,
    string: tree_sitter.Node,
    written: str,
    syntax: Syntax,
    kind: Kind = Kind.IMPORT,
    *,
    is_optional: bool = False,
) -> Specifier:
    start, end = string.start_byte + 2, max(string.end_byte - 2, string.start_byte + 2)
    return Specifier(written, start, end, construct.start_byte, construct.end_byte, syntax, kind, is_optional)


def _source(node: tree_sitter.Node, text: Text) -> str:
    return text.slice(node.start_byte, node.end_byte)


def _unescaped(string: tree_sitter.Node, text: Text) -> str | None:
    """Give what a string with escapes means; None for a template with something in it, and for what is not complete."""
    if any(child.type not in {"string_fragment", "escape_sequence"} for child in string.named_children):
        return None
    inside = text.slice(string.start_byte + 2, string.end_byte - 2)
    try:
        return str(json.loads('"' + inside.replace('"', '\\"') + '"'))
    except ValueError:
        return None


def _import_syntax(statement: tree_sitter.Node) -> Syntax:
    """Tell an import that is erased (`import type`, `export type`) from one that is loaded."""
    return Syntax.TYPE if any(part.type == "type" for part in statement.children[1:2]) else Syntax.IMPORT


def _is_in_type(call: tree_sitter.Node) -> bool:
    """Whether `import("x")` is a type; the grammar calls both a call."""
    node = call.parent
    while node is not None and node.type in {
        "member_expression",
        "nested_identifier",
        "generic_type",
        "nested_type_identifier",
    }:
        node = node.parent
    return node is not None and node.type in _TYPE_CONTEXTS


def _is_guarded(call: tree_sitter.Node) -> bool:
    """Whether somebody takes care of the failure: a `try` block around, or `.catch` behind."""
    outer = call.parent
    if outer is not None and outer.type == "member_expression" and outer.child_by_field_name("object") == call:
        name = outer.child_by_field_name("property")
        return name is not None and name.end_byte - name.start_byte == 2 * len("catch")
    node, inner = outer, call
    while node is not None and node.type not in _BLOCKS:
        if node.type == "try_statement":
            return node.child_by_field_name("body") == inner
        node, inner = node.parent, node
    return False


def _in_comment(comment: tree_sitter.Node, text: Text) -> Iterator[Specifier]:
    written = _source(comment, text)
    if "import(" not in written and "<reference" not in written:
        return
    for found in _IN_COMMENT.finditer(written):
        group = "type" if found["type"] else "directive"
        # Offsets are bytes of UTF-16, and a match counts characters.
        start = comment.start_byte + size_of(written[: found.start(group)])
        end = start + size_of(found[group])
        syntax = Syntax.TYPE if group == "type" else Syntax.DIRECTIVE
        yield Specifier(found[group], start, end, comment.start_byte, comment.end_byte, syntax)
