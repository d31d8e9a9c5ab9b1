"""A name whose case is another than the disk's is not found, and the failure says which name is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolverd.cache.engine import Engine
from resolverd.terms import Code
from resolverd.view.memory import MemoryView
from resolverd.watch.inotify import Inotify


def message(engine: Engine, specifier: str, directory: str = "/p/src") -> str:
    answer = engine.resolve(specifier, directory=directory)
    assert answer.error is not None
    assert answer.error.code is Code.MODULE_NOT_FOUND
    return answer.error.message


@pytest.fixture
def view() -> MemoryView:
    view = MemoryView()
    for path in ("/p/src/Button.tsx", "/p/src/parts/list.ts", "/p/node_modules/react/index.js"):
        view.write(path)
    return view


@pytest.mark.parametrize(
    ("specifier", "told"),
    [
        ("./button", "'/p/src/button.tsx' is there as 'Button.tsx'"),
        ("./button.tsx", "'/p/src/button.tsx' is there as 'Button.tsx'"),
        ("./Parts/list", "'/p/src/Parts' is there as 'parts'"),
        ("./parts/List", "'/p/src/parts/List.ts' is there as 'list.ts'"),
        ("React", "'/p/node_modules/React' is there as 'react'"),
    ],
)
def test_the_failure_says_which_name_is_there(view: MemoryView, specifier: str, told: str) -> None:
    assert message(Engine(view), specifier).endswith(told)


def test_a_name_that_is_there_in_no_case_says_nothing_of_cases(view: MemoryView) -> None:
    assert "is there as" not in message(Engine(view), "./absent")


def engine_on(tmp_path: Path, *, is_watched: bool) -> tuple[Engine, str]:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/other.ts").touch()
    return Engine(watcher=Inotify() if is_watched else None), str(tmp_path / "src")


@pytest.mark.parametrize("is_watched", [True, False])
def test_what_the_failure_says_follows_the_disk(tmp_path: Path, is_watched: bool) -> None:
    engine, source = engine_on(tmp_path, is_watched=is_watched)
    plain = message(engine, "./button", source)
    assert "is there as" not in plain
    (tmp_path / "src/Button.ts").touch()
    assert "'Button.ts'" in message(engine, "./button", source)
    (tmp_path / "src/Button.ts").rename(tmp_path / "src/BUTTON.ts")
    assert "'BUTTON.ts'" in message(engine, "./button", source)
    (tmp_path / "src/BUTTON.ts").unlink()
    assert message(engine, "./button", source) == plain
    engine.check()


def test_a_directory_in_which_much_happened_is_listed_again_for_it(tmp_path: Path) -> None:
    engine, source = engine_on(tmp_path, is_watched=True)
    message(engine, "./button", source)
    for number in range(200):
        (tmp_path / f"src/passing{number}").touch()
        (tmp_path / f"src/passing{number}").unlink()
    (tmp_path / "src/Button.ts").touch()
    assert "'Button.ts'" in message(engine, "./button", source)
    (tmp_path / "src/unasked").touch()
    assert "'Button.ts'" in message(engine, "./BUTTON", source)
    engine.check()
