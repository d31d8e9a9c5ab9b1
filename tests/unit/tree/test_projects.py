"""Which tsconfig a file belongs to, and that what is remembered of it follows every edit."""

from __future__ import annotations

import json

import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import single
from resolverd.terms import Kind
from resolverd.view.memory import MemoryView

OPTIONS = {"tsconfig": "auto", "extensions": [".ts", ".js"]}


@pytest.fixture
def view() -> MemoryView:
    view = MemoryView()
    for path in ("/p/src/x.ts", "/p/test/x.ts", "/p/root.ts"):
        view.write(path, b"")
    return view


def config(view: MemoryView, path: str, target: str, **fields: object) -> None:
    """Write a config whose `paths` take `@/*` to a directory."""
    options = {"compilerOptions": {"paths": {"@/*": [f"{target}/*"]}}}
    view.write(path, json.dumps(options | fields).encode())


def solution(view: MemoryView, *references: str, **fields: object) -> None:
    value = {"files": [], "references": [{"path": path} for path in references]} | fields
    view.write("/p/tsconfig.json", json.dumps(value).encode())


class Asker:
    """An engine that is told of every edit, asked what `@/x` means."""

    def __init__(self, view: MemoryView) -> None:
        self.engine = Engine(view, is_told=True)
        profile = single("test", "", parse_options(OPTIONS))
        self.mode = self.engine.mode(self.engine.open_profile(profile), Kind.IMPORT)

    def ask(self, importer: str, *edited: str) -> str | None:
        for path in edited:
            self.engine.bust_path(path)
        answer = self.engine.answer_from(self.mode, importer, "@/x")
        self.engine.check()
        return answer.path


def test_of_a_solution_each_file_is_under_the_reference_that_takes_it_in(view: MemoryView) -> None:
    solution(view, "./tsconfig.app.json", "./tsconfig.test.json")
    config(view, "/p/tsconfig.app.json", "src", include=["src"], exclude=["src/**/*.test.ts"])
    config(view, "/p/tsconfig.test.json", "test", include=["src/**/*.test.ts"])
    asker = Asker(view)
    assert asker.ask("/p/src/a.ts") == "/p/src/x.ts"
    assert asker.ask("/p/src/a.test.ts") == "/p/test/x.ts"
    assert asker.ask("/p/elsewhere.ts") is None


def test_a_reference_may_be_a_directory_and_refer_to_others(view: MemoryView) -> None:
    solution(view, "src")
    view.write("/p/src/tsconfig.json", b'{"files": [], "references": [{"path": "../tsconfig.all.json"}]}')
    config(view, "/p/tsconfig.all.json", "test", include=["**/*"])
    assert Asker(view).ask("/p/src/a.ts") == "/p/test/x.ts"


def test_references_in_a_circle_end(view: MemoryView) -> None:
    solution(view, ".", "./tsconfig.json")
    assert Asker(view).ask("/p/src/a.ts") is None


def test_what_the_nearest_does_not_take_in_belongs_further_up(view: MemoryView) -> None:
    config(view, "/p/tsconfig.json", "test")
    config(view, "/p/src/tsconfig.json", "../src", exclude=["gen"])
    asker = Asker(view)
    assert asker.ask("/p/src/a.ts") == "/p/src/x.ts"
    assert asker.ask("/p/src/gen/a.ts") == "/p/test/x.ts"


def test_other_kinds_of_importers_are_under_the_nearest(view: MemoryView) -> None:
    config(view, "/p/tsconfig.json", "src", include=["src"])
    asker = Asker(view)
    assert asker.ask("/p/tool.js") == "/p/src/x.ts"
    assert asker.ask("/p/App.vue") == "/p/src/x.ts"
    assert asker.ask("/p/tool.ts") is None


def test_two_files_of_one_directory_keep_their_own_answers(view: MemoryView) -> None:
    solution(view, "./tsconfig.app.json", "./tsconfig.test.json")
    config(view, "/p/tsconfig.app.json", "src", files=["root.ts"])
    config(view, "/p/tsconfig.test.json", "test", files=["other.ts"])
    asker = Asker(view)
    for _ in range(2):
        assert asker.ask("/p/root.ts") == "/p/src/x.ts"
        assert asker.ask("/p/other.ts") == "/p/test/x.ts"
    assert asker.engine.explain(asker.mode, "/p/other.ts", "@/x", is_file=True).answer.path == "/p/test/x.ts"
    assert asker.engine.fresh(asker.mode, "/p/other.ts", "@/x", is_file=True).path == "/p/test/x.ts"
    assert asker.engine.bust_specifier("/p/other.ts", "@/x", is_file=True).answers == 1


def test_an_edited_reference_changes_hands_at_once(view: MemoryView) -> None:
    solution(view, "./tsconfig.app.json", "./tsconfig.test.json")
    config(view, "/p/tsconfig.app.json", "src", include=["src"])
    config(view, "/p/tsconfig.test.json", "test", include=["test"])
    asker = Asker(view)
    assert asker.ask("/p/test/a.ts") == "/p/test/x.ts"
    config(view, "/p/tsconfig.app.json", "src", include=["src", "test"])
    assert asker.ask("/p/test/a.ts", "/p/tsconfig.app.json") == "/p/src/x.ts"
    view.remove("/p/tsconfig.app.json")
    assert asker.ask("/p/test/a.ts", "/p/tsconfig.app.json") == "/p/test/x.ts"


def test_root_dirs_are_one_directory(view: MemoryView) -> None:
    view.write("/p/generated/deep/gen.ts", b"")
    view.write("/p/tsconfig.json", b'{"compilerOptions": {"rootDirs": ["src", "${configDir}/generated"]}}')
    asker = Asker(view)
    assert asker.engine.answer_from(asker.mode, "/p/src/deep/a.ts", "./gen").path == "/p/generated/deep/gen.ts"
    assert asker.engine.answer_from(asker.mode, "/p/src/a.ts", "./x").path == "/p/src/x.ts"
    assert asker.engine.answer_from(asker.mode, "/p/root.ts", "./deep/gen").path is None
