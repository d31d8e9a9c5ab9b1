"""A view in which files have moved is the disk as it is once they have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from resolverd.view.base import DirectoryView, EntryKind
from resolverd.view.disk import DiskView
from resolverd_lsp.moves import Move
from resolverd_lsp.supposing import MovedView
from tests.e2e.editor import write

FILES = ("a.ts", "b/c.ts", "b/d/e.ts", "f/g.ts", "h.ts")


def seen(view: DirectoryView, root: Path, path: str = "") -> dict[str, object]:
    """Give all that a view tells of a tree, and of what is not there."""
    found: dict[str, object] = {}
    for name, kind in view.list(str(root / path)).items():
        inner = f"{path}{name}"
        found[inner] = kind, view.kind(str(root / inner))
        if kind is EntryKind.DIRECTORY:
            found |= seen(view, root, f"{inner}/")
        elif kind is EntryKind.LINK:
            found[f"{inner} ->"] = view.read_link(str(root / inner))
        else:
            found[f"{inner}:"] = view.read(str(root / inner)), view.stamp(str(root / inner))[1]
    return found


def outcome(look: Callable[[str], object], path: Path) -> object:
    try:
        return look(str(path))
    except OSError as error:
        return type(error), error.errno


@pytest.mark.parametrize(
    "renames",
    [
        [],
        [("a.ts", "z.ts")],
        [("a.ts", "b/a.ts")],
        [("b", "z")],
        [("b", "f/b")],
        [("b/d", "new/er/d")],
        [("a.ts", "b.ts"), ("b", "f/b")],
        [("a.ts", "t.ts"), ("h.ts", "a.ts")],
        [("f/g.ts", "g.ts"), ("h.ts", "f/h.ts")],
        [("link", "b/link")],
    ],
)
def test_what_is_supposed_is_what_comes_true(tmp_path: Path, renames: list[tuple[str, str]]) -> None:
    root = tmp_path.resolve()
    for name in FILES:
        write(root / name, name)
    (root / "link").symlink_to("b")
    names = (*FILES, "b", "b/d", "f", *(each for pair in renames for each in pair), "none/x")
    paths = [root / name for name in names if not name.endswith("link")]
    view = MovedView(DiskView(), [Move(str(root / old), str(root / new)) for old, new in renames], {})
    supposed = seen(view, root)
    told = [(outcome(view.kind, path), outcome(view.list, path), outcome(view.read, path)) for path in paths]
    for old, new in renames:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        (root / old).rename(root / new)
    disk = DiskView()
    assert supposed == seen(disk, root)
    assert told == [(outcome(disk.kind, path), outcome(disk.list, path), outcome(disk.read, path)) for path in paths]


def test_a_file_may_have_another_content_where_it_will_be(tmp_path: Path) -> None:
    write(tmp_path / "a.json", "before")
    new = str(tmp_path / "b.json")
    view = MovedView(DiskView(), [Move(str(tmp_path / "a.json"), new)], {new: b"after"})
    assert view.read(new) == b"after"
