"""A text as an editor and tree-sitter both see it: UTF-16.

The facts. A position in the protocol is a line and a count of UTF-16 code units; tree-sitter counts bytes, and reads UTF-16.

What we do. A text is kept as UTF-16 (little-endian) bytes, so that a column is half a count of bytes, whatever the characters.
Of the lines only the beginnings are known; an edit moves those behind it. Offsets are bytes and always even.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from lsprotocol.types import Position, Range

ENCODING = "utf-16-le"
_UNIT = 2

# The protocol's line endings; a match is only one where it begins at a whole unit.
_LINE_END = re.compile(rb"\r\x00\n\x00|\r\x00|\n\x00")


class Edit(NamedTuple):
    """What an edit did: the bytes from `start` to `old_end` were replaced by those from `start` to `new_end`."""

    start: int
    old_end: int
    new_end: int
    start_point: tuple[int, int]
    old_end_point: tuple[int, int]
    new_end_point: tuple[int, int]


class Text:
    """A text that can be edited; `data` is UTF-16."""

    __slots__ = ("_lines", "data")

    def __init__(self, text: str) -> None:
        self.data = text.encode(ENCODING, "surrogatepass")
        self._lines = [0, *_line_starts(self.data, 0, len(self.data))]

    def __str__(self) -> str:
        return self.slice(0, len(self.data))

    def copy(self) -> Text:
        """Give the text as it is now, for somebody who looks at it while it is edited."""
        copied = Text("")
        copied.data, copied._lines = self.data, self._lines[:]
        return copied

    def slice(self, start: int, end: int) -> str:
        """Give the text between two offsets."""
        return self.data[start:end].decode(ENCODING, "surrogatepass")

    def offset(self, position: Position) -> int:
        """Give the offset of a position; one behind the end of a line or of the text means that end."""
        if position.line >= len(self._lines):
            return len(self.data)
        start = self._lines[position.line]
        return min(start + _UNIT * position.character, self._line_end(position.line))

    def position(self, offset: int) -> Position:
        """Give the position of an offset."""
        line, column = self.point(offset)
        return Position(line, column // _UNIT)

    def range(self, start: int, end: int) -> Range:
        """Give the range between two offsets."""
        return Range(self.position(start), self.position(end))

    def point(self, offset: int) -> tuple[int, int]:
        """Give line and column in bytes, as tree-sitter has it."""
        line = bisect_right(self._lines, offset) - 1
        return line, offset - self._lines[line]

    def replace(self, changed: Range, text: str) -> Edit:
        """Replace a range; a range whose end comes first is taken the other way round."""
        start, old_end = sorted((self.offset(changed.start), self.offset(changed.end)))
        inserted = text.encode(ENCODING, "surrogatepass")
        start_point, old_end_point = self.point(start), self.point(old_end)
        new_end = start + len(inserted)
        self.data = self.data[:start] + inserted + self.data[old_end:]
        self._move_lines(start, old_end, new_end)
        return Edit(start, old_end, new_end, start_point, old_end_point, self.point(new_end))

    def _move_lines(self, start: int, old_end: int, new_end: int) -> None:
        """Find the lines again around an edit: a line end may have been made, or parted, with its neighbours."""
        first = max(start - _UNIT, 0)
        kept = bisect_right(self._lines, first)
        delta = new_end - old_end
        found = [at for at in _line_starts(self.data, first, new_end + _UNIT) if at > first]
        # A line that begins behind CR LF, which stand right behind the edit, was found and is known.
        behind = bisect_right(self._lines, max([old_end + _UNIT, *(at - delta for at in found)]))
        self._lines[kept:] = [*found, *(at + delta for at in self._lines[behind:])]

    def _line_end(self, line: int) -> int:
        """Give the offset where a line's text ends, before the line's own ending."""
        if line + 1 == len(self._lines):
            return len(self.data)
        end = self._lines[line + 1]
        ending = self.data[max(end - 2 * _UNIT, self._lines[line]) : end]
        return end - (2 * _UNIT if ending == b"\r\x00\n\x00" else _UNIT)


def size_of(text: str) -> int:
    """Give how many bytes a text has here."""
    return len(text.encode(ENCODING, "surrogatepass"))


def _line_starts(data: bytes, start: int, end: int) -> list[int]:
    """Give where lines begin, as far as their predecessors' ends begin between two offsets."""
    starts: list[int] = []
    found = _LINE_END.search(data, start)
    while found is not None and found.start() < end:
        is_whole = found.start() % _UNIT == 0
        if is_whole:
            starts.append(found.end())
        found = _LINE_END.search(data, found.end() if is_whole else found.start() + 1)
    return starts
