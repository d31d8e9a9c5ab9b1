"""A document and the specifiers in it, kept up as it is edited.

The facts. A keystroke changes a few bytes of a document that may have 5,000 lines; tree-sitter parses only what an edit
touched, and tells which other parts of the tree mean something else now.

What we do. In scripts, constructs that touch the edit or such a part are looked through again, and all other specifiers
move with the text. What is small or rare (styles, manifests, components) is looked through as a whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

import tree_sitter
from lsprotocol.types import Position, Range

from resolverd_lsp import broken, scripts, styles, targets
from resolverd_lsp.blocks import blocks
from resolverd_lsp.languages import Language, parser
from resolverd_lsp.specifier import Specifier
from resolverd_lsp.text import Edit, Text

_SCRIPTS = frozenset({Language.JAVASCRIPT, Language.TYPESCRIPT, Language.TSX})

_MARGIN = 2
"""Bytes beside an edit that count as touched: what was parted may have grown together."""


class Source:
    """A document's text and, in the order of the text, its specifiers."""

    __slots__ = ("_parsed", "_tree", "language", "specifiers", "text")

    def __init__(self, language: Language, text: str) -> None:
        self.language = language
        self.text = Text(text)
        self._tree = self._parse(None)
        self._parsed = self._find_all()
        self.specifiers = self._with_broken()

    def replace_all(self, text: str) -> None:
        """Take another text."""
        self.text = Text(text)
        self._tree = self._parse(None)
        self._parsed = self._find_all()
        self.specifiers = self._with_broken()

    def replace(self, changed: Range, text: str) -> None:
        """Take an edit."""
        edit = self.text.replace(changed, text)
        old = self._tree
        old.edit(edit.start, edit.old_end, edit.new_end, edit.start_point, edit.old_end_point, edit.new_end_point)
        self._tree = self._parse(old)
        if self.language in _SCRIPTS:
            touched = [(edit.start, edit.new_end)]
            touched += ((span.start_byte, span.end_byte) for span in old.changed_ranges(self._tree))
            self._parsed = self._find_again(edit, _widened(touched, len(self.text.data)))
        else:
            self._parsed = self._find_all()
        self.specifiers = self._with_broken()

    def at(self, position: Position) -> Specifier | None:
        """Give the specifier at a position; its two ends count as in it."""
        offset = self.text.offset(position)
        place = bisect_right(self.specifiers, offset, key=lambda specifier: specifier.start) - 1
        found = self.specifiers[place] if place >= 0 else None
        return found if found is not None and offset <= found.end else None

    def within(self, where: Range) -> list[Specifier]:
        """Give the specifiers that a range touches."""
        start, end = self.text.offset(where.start), self.text.offset(where.end)
        return [specifier for specifier in self.specifiers if specifier.start <= end and start <= specifier.end]

    def range_of(self, specifier: Specifier) -> Range:
        """Give where a specifier stands."""
        return self.text.range(specifier.start, specifier.end)

    def is_name(self, position: Position) -> bool:
        """Whether something that may have references of its own stands at a position."""
        offset = self.text.offset(position)
        node = self._tree.root_node.descendant_for_byte_range(offset, offset)
        if node is None or node.parent is None:
            return False
        return node.is_named and node.child_count == 0 and node.type != "comment"

    def _parse(self, old: tree_sitter.Tree | None) -> tree_sitter.Tree:
        parse = parser(self.language).parse
        return (
            parse(self.text.data, encoding="utf16le") if old is None else parse(self.text.data, old, encoding="utf16le")
        )

    def _find_all(self) -> list[Specifier]:
        return _in_order(_found(self.language, self._tree.root_node, self.text))

    def _find_again(self, edit: Edit, touched: list[tuple[int, int]]) -> list[Specifier]:
        delta = edit.new_end - edit.old_end
        kept = [
            moved
            for specifier in self._parsed
            if (moved := _moved(specifier, edit, delta)) is not None and not _touches(moved, touched)
        ]
        # A query's range does not take in what only borders on it.
        within = _widened(touched, len(self.text.data))
        found = scripts.find(self.language, self._tree.root_node, self.text, within)
        return _in_order([*kept, *found])

    def _with_broken(self) -> list[Specifier]:
        """Add what stands where a script does not parse; what was parsed there too is known better."""
        root = self._tree.root_node
        if self.language not in _SCRIPTS or not root.has_error:
            return self._parsed
        return _in_order([*broken.find(root, self.text), *self._parsed])


def _found(language: Language, root: tree_sitter.Node, text: Text) -> Iterable[Specifier]:
    match language:
        case Language.CSS:
            return styles.find(root, text)
        case Language.PACKAGE | Language.TSCONFIG:
            return targets.find(language, root, text)
        case Language.COMPONENT:
            return (found for block, tree in blocks(root, text) for found in _found(block, tree, text))
        case _:
            return scripts.find(language, root, text, [(root.start_byte, root.end_byte)])


def _in_order(specifiers: Iterable[Specifier]) -> list[Specifier]:
    """Sort specifiers by where they stand; what several ranges touch was found as often."""
    by_start = {specifier.start: specifier for specifier in specifiers}
    return [by_start[start] for start in sorted(by_start)]


def _moved(specifier: Specifier, edit: Edit, delta: int) -> Specifier | None:
    if specifier.last < edit.start:
        return specifier
    return specifier.moved(delta) if specifier.first > edit.old_end else None


def _widened(ranges: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    return [(max(start - _MARGIN, 0), min(end + _MARGIN, size)) for start, end in ranges]


def _touches(specifier: Specifier, ranges: list[tuple[int, int]]) -> bool:
    return any(specifier.first <= end and start <= specifier.last for start, end in ranges)
