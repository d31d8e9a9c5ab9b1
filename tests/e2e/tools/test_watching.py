"""Bundlers that watch, with our adapter and without, beside each other: what each makes of everyday edits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import home
from tests.e2e.tools.edits import EDITS, plant
from tests.e2e.tools.projects import BUNDLERS, Project, plain, shows, stopped, watching

_UNSEEN = {
    "create_what_is_missing",
    "install_a_package",
    "edit_exports",
    "edit_what_it_extends",
    "link_another_package",
    "put_a_file_in_front",
}
MISSES: dict[str, set[str]] = {
    "esbuild": set(),
    "webpack": set(),
    "rspack": {"link_another_package"},
    "vite": _UNSEEN,
    "rolldown": _UNSEEN,
    "rollup": {edit.name for edit in EDITS},
    "dev": _UNSEEN - {"create_what_is_missing", "install_a_package"} | {"delete_a_file"},
}
"""After which edits a tool does not build by itself, or not right; `dev` also when it is asked once more."""


@pytest.fixture(params=BUNDLERS)
def tool(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_watching_build_is_right_after_each_edit_also_where_it_is_not_by_itself(project: Project, tool: str) -> None:
    plant(project)
    with watching(project, tool, "adapter") as ours, watching(project, tool, "native") as native:
        assert ours.next() == native.next() == plain(project, tool)
        for edit in EDITS:
            if edit.source:
                project.write("src/lazy.js", edit.source)
                for build in (ours, native):
                    build.until_shows(edit.before)
            edit.make(project)
            ours.until(plain(project, tool))
            if edit.name not in MISSES[tool]:
                native.until_shows(edit.text)
                continue
            if tool == "dev":
                native.latest()
                native.again()
            assert not shows(native.latest(), edit.text), f"{tool} sees {edit.name} by itself"


def test_a_watching_build_does_without_a_daemon_and_takes_it_again(tmp_path: Path, tool: str) -> None:
    with home(RESOLVERD_NO_AUTOSTART="1") as user:
        user.run("start")
        project = Project(tmp_path.resolve() / "shop", user)
        with watching(project, tool, "adapter", "300") as build:
            assert build.next() == plain(project, tool)
            with stopped(user.pid()):
                project.write("src/lazy.js", "export const lazy = 'stopped';\n")
                build.until(plain(project, tool))
            user.end()
            project.write("src/lazy.js", "export const lazy = 'killed';\n")
            build.until(plain(project, tool))
            user.run("start")
            for number in range(100):
                project.write("src/lazy.js", f"export const lazy = {number};\n")
                build.until(plain(project, tool))
                if project.asked():
                    return
        pytest.fail("the daemon was not asked again")


def test_a_tool_that_has_asked_for_more_than_can_be_held_begins_again(tmp_path: Path) -> None:
    """As a server has after days, in which its modules imported this and that."""
    with home(RESOLVERD_NO_AUTOSTART="1", RESOLVERD_SUBSCRIBED="20") as user:
        user.run("start")
        project = Project(tmp_path.resolve() / "shop", user)
        with watching(project, "rolldown", "adapter") as build:
            assert build.next() == plain(project, "rolldown")
            for number in range(12):
                project.write("src/lazy.js", f"import './gone-{number}';\n")
                build.until_shows(f"gone-{number}")
            create = EDITS[0]
            for source in (create.source, f"{create.source}// And once more: what was let go is held again.\n"):
                project.write("src/lazy.js", source)
                build.next()
                build.until_shows(create.before)
            create.make(project)
            build.until(plain(project, "rolldown"))


def test_a_module_that_accepts_updates_is_updated_when_its_import_means_another_file(project: Project) -> None:
    project.write("src/pair.ts", "export const pair = 2;\n")
    project.write("src/lazy.js", "import { pair } from './pair';\nimport.meta.hot.accept();\nconsole.log(pair);\n")
    with watching(project, "dev", "adapter", HOT="1") as server:
        assert not server.next()["errors"]
        project.write("src/pair.js", "export const pair = 1;\n")
        server.await_that(lambda told: told.get("type") in {"update", "full-reload"})
        assert server.last is not None
        assert server.last["type"] == "update"
        assert shows(server.last, "/src/lazy.js")
