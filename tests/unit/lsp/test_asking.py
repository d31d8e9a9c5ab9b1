"""Which file each specifier of a manifest means, asked of an engine; and by which profile a file is asked about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from resolverd_lsp.asking import questions_of
from resolverd_lsp.choices import Choice, Choices
from resolverd_lsp.languages import language_of
from resolverd_lsp.source import Source
from resolverd_lsp.specifier import Specifier, Syntax
from resolverd_lsp.supposing import Supposition
from tests.e2e.editor import write


def meant(root: Path, name: str, manifest: object) -> list[str | None]:
    """Give what the specifiers of a manifest mean; "-" for those that no file can be asked for."""
    path = str(write(root / name, json.dumps(manifest)))
    language = language_of(path)
    assert language is not None
    asked = [questions_of(each, path, Choice()) for each in Source(language, Path(path).read_text()).specifiers]
    answers = [Supposition([], {}).answer(questions[0]).path if questions else "-" for questions in asked]
    return [answer and answer.removeprefix(f"{root}/") for answer in answers]


def test_a_main_field_is_completed_and_a_target_is_not(tmp_path: Path) -> None:
    write(tmp_path / "lib/a.js", "")
    write(tmp_path / "lib/index.js", "")
    assert meant(
        tmp_path, "package.json", {"main": "lib", "module": "./lib/a", "exports": ["./lib/a.js", "./lib/a"]}
    ) == [
        "lib/index.js",
        "lib/a.js",
        "lib/a.js",
        None,
    ]


def test_a_target_of_imports_may_be_a_package(tmp_path: Path) -> None:
    write(tmp_path / "node_modules/p/index.js", "")
    imports = {"#a": "p", "#b": "gone", "#c/*": "p/*", "#d/*": "./d/*.js"}
    assert meant(tmp_path, "package.json", {"imports": imports}) == ["node_modules/p/index.js", None, "-", "-"]


def test_targets_of_paths_are_seen_from_base_url(tmp_path: Path) -> None:
    write(tmp_path / "src/lib/one.ts", "")
    options = {"baseUrl": "src", "paths": {"#/*": ["lib/*"], "one": ["lib/one"], "two": ["lib/two"]}}
    assert meant(tmp_path, "tsconfig.json", {"compilerOptions": options}) == ["-", "src/lib", "src/lib/one.ts", None]


@pytest.mark.parametrize("text", ["https://x/y.js", "data:text/css,", "//x/y", "raw!./x", "!!raw!./x", "\0virtual", ""])
def test_what_no_file_can_be_looked_for_is_not_asked(text: str) -> None:
    assert questions_of(Specifier(text, 0, 0, 0, 0, Syntax.IMPORT), "/a.js", Choice()) == ()


def test_the_nearest_project_says_the_profile_unless_the_editor_does(tmp_path: Path) -> None:
    choices = Choices()
    inner, outer = str(tmp_path / "in/a.ts"), str(tmp_path / "b.ts")
    assert choices.of(inner) == choices.of(outer) == Choice("bundler")
    write(tmp_path / "resolverd.toml", '[editor]\nprofile = "app"\n')
    assert choices.renew()
    assert choices.of(inner) == choices.of(outer) == Choice("app", str(tmp_path))
    write(tmp_path / "in/resolverd.toml", "[profiles.x]\n")
    assert choices.renew()
    assert choices.of(inner) == Choice("bundler", str(tmp_path / "in"))
    assert not choices.renew()
    choices.profile = "node"
    assert choices.of(outer) == Choice("node", str(tmp_path))


@pytest.mark.parametrize("text", ["editor = 1", "[editor]\nprofile = 2", "["])
def test_a_project_that_cannot_be_read_says_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path / "resolverd.toml", text)
    assert Choices().of(str(tmp_path / "a.ts")) == Choice("bundler", str(tmp_path))
