"""Which files of a folder are looked into."""

from __future__ import annotations

from pathlib import Path

from resolverd_lsp.index import Index
from resolverd_lsp.workspace import sources
from tests.e2e.editor import write


def found(root: Path) -> set[str]:
    return {path.removeprefix(f"{root}/") for path, _ in sources(str(root))}


def test_what_git_ignores_and_what_was_installed_is_left_out(tmp_path: Path) -> None:
    for name in ("a.ts", "dist/b.js", "lib/dist/c.js", "lib/build/d.js", "node_modules/p/e.js", "kept/f.vue", "g.md"):
        write(tmp_path / name, "")
    write(tmp_path / ".gitignore", "dist/\nkept\n")
    write(tmp_path / "lib/.gitignore", "/build\n!dist/\n")
    assert found(tmp_path) == {"a.ts", "lib/dist/c.js"}


def test_a_folder_of_a_repository_is_under_its_rules(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "out\n")
    write(tmp_path / "app/out/a.js", "")
    write(tmp_path / "app/b.js", "")
    assert found(tmp_path / "app") == {"b.js", "out/a.js"}
    (tmp_path / ".git").mkdir()
    assert found(tmp_path / "app") == {"b.js"}


def test_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "a/b.js", "")
    (tmp_path / "a/loop").symlink_to(tmp_path)
    assert found(tmp_path) == {"a/b.js"}


def test_a_file_is_read_again_when_it_was_written_and_forgotten_when_it_is_gone(tmp_path: Path) -> None:
    index, root, file = Index(), str(tmp_path), tmp_path / "a.js"
    write(file, "import './x'")
    assert index.outdated([root]) == [str(file)]
    index.read([str(file)])
    assert index.outdated([root]) == []
    write(file, "import './yy'")
    assert index.outdated([root]) == [str(file)]
    text, specifiers = index.look(str(file))
    assert [text.slice(each.start, each.end) for each in specifiers] == ["./yy"]
    file.unlink()
    assert index.outdated([root]) == []
    assert index.look(str(file))[1] == ()


def test_a_file_in_any_encoding_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.js"
    file.write_bytes(b"\xef\xbb\xbf/* \xe9 */ import './x'")
    text, (specifier,) = Index().look(str(file))
    assert text.position(specifier.start).character == 16
