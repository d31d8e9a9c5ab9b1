"""Script and style blocks of a Vue or Svelte component, each parsed in its own language at its own place."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter

from resolverd_lsp.languages import Language, parser
from resolverd_lsp.text import Text

_SCRIPTS = {
    "ts": Language.TYPESCRIPT,
    "typescript": Language.TYPESCRIPT,
    "tsx": Language.TSX,
    "jsx": Language.JAVASCRIPT,
}

Block = tuple[Language, tree_sitter.Node]


def blocks(root: tree_sitter.Node, text: Text) -> Iterator[Block]:
    """Give language and tree of each block that may hold imports; offsets are those of the whole document."""
    for element in root.named_children:
        if element.type not in {"script_element", "style_element"} or element.named_child_count < 2:  # noqa: PLR2004  a tag, and what it holds
            continue
        tag, body = element.named_children[:2]
        language = _language(element.type, tag, text)
        if body.type == "raw_text" and language is not None:
            yield language, _parse(language, body, text)


def _language(element: str, tag: tree_sitter.Node, text: Text) -> Language | None:
    stated = next((value for name, value in _attributes(tag, text) if name == "lang"), "")
    if element == "style_element":
        return Language.CSS if stated in {"", "css", "postcss"} else None
    return _SCRIPTS.get(stated, Language.JAVASCRIPT)


def _attributes(tag: tree_sitter.Node, text: Text) -> Iterator[tuple[str, str]]:
    for attribute in tag.named_children:
        if attribute.type == "attribute":
            name, _, value = text.slice(attribute.start_byte, attribute.end_byte).partition("=")
            yield name.strip(), value.strip().strip("\"'")


def _parse(language: Language, body: tree_sitter.Node, text: Text) -> tree_sitter.Node:
    within = tree_sitter.Range(body.start_point, body.end_point, body.start_byte, body.end_byte)
    return parser(language, [within]).parse(text.data, encoding="utf16le").root_node
