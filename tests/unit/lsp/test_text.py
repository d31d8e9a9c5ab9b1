"""Positions in UTF-16, through edits of any kind."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from lsprotocol.types import Position, Range

from resolverd_lsp.text import Text

written = st.text(alphabet="ab\n\r😀é", max_size=24)
positions = st.builds(Position, st.integers(0, 6), st.integers(0, 10))


def lines_of(text: str) -> list[str]:
    """The protocol's lines, by their definition."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def test_a_character_outside_of_the_first_plane_counts_twice() -> None:
    text = Text("😀x\né")
    assert text.offset(Position(0, 2)) == text.data.index("x".encode("utf-16-le"))
    assert text.position(len(text.data)) == Position(1, 1)


def test_a_position_behind_the_end_means_the_end() -> None:
    text = Text("ab\r\ncd")
    assert text.position(text.offset(Position(0, 99))) == Position(0, 2)
    assert text.position(text.offset(Position(99, 0))) == Position(1, 2)


def test_bytes_that_only_look_like_a_line_end_are_none() -> None:
    assert Text("\u0a00\u000d00\u0a0d").position(2) == Position(0, 1)
    assert Text("Ā\u0a00b").position(6) == Position(0, 3)


@given(written, positions, positions, written)
@example("\r\n", Position(0, 0), Position(0, 0), "")  # the line behind CR LF was there twice
def test_after_an_edit_everything_is_where_it_is_in_the_text_as_a_whole(
    before: str, start: Position, end: Position, inserted: str
) -> None:
    text = Text(before)
    edit = text.replace(Range(start, end), inserted)
    whole = Text(str(text))
    assert text.data[edit.start : edit.new_end].decode("utf-16-le") == inserted
    assert [text.point(at) for at in range(0, len(text.data) + 2, 2)] == [
        whole.point(at) for at in range(0, len(text.data) + 2, 2)
    ]
    for line, content in enumerate(lines_of(str(text))):
        assert text.offset(Position(line, 1000)) == whole.offset(Position(line, 1000))
        assert text.slice(text.offset(Position(line, 0)), text.offset(Position(line, 1000))) == content


@given(written, positions)
def test_an_offset_has_one_position(before: str, position: Position) -> None:
    text = Text(before)
    offset = text.offset(position)
    assert text.offset(text.position(offset)) == offset
