"""Bundlers with our adapter and without: the same project, the same outcome, also after edits and whatever the daemon does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.command import home
from tests.e2e.tools.projects import Outcome, Project, stopped, watching

BUNDLERS = ("esbuild", "webpack", "rspack")

Edit = Callable[[Project], None]


def _create_what_is_missing(project: Project) -> None:
    project.write("src/late.js", "export const late = 'late';\n")


def _install_a_package(project: Project) -> None:
    project.link("later", project.store("later"))


def _edit_exports(project: Project) -> None:
    manifest = project.home("palette") + "/package.json"
    text = (project.root / manifest).read_text()
    project.write(project.home("palette") + "/esm/other.mjs", "export const palette = 'other';\n")
    project.write(manifest, text.replace("./esm/index.mjs", "./esm/other.mjs"))


def _edit_paths(project: Project) -> None:
    project.write("src/dark/theme.js", "export const theme = 'dark';\n")
    project.write("tsconfig.json", json.dumps({"compilerOptions": {"paths": {"@/*": ["./src/dark/*"]}}}))


def _extend_a_tsconfig(project: Project) -> None:
    project.write("base.json", json.dumps({"compilerOptions": {"paths": {"@/*": ["./src/dark/*"]}}}))
    project.write("tsconfig.json", json.dumps({"extends": "./base.json"}))


def _edit_what_it_extends(project: Project) -> None:
    project.write("base.json", json.dumps({"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}))


def _link_another_package(project: Project) -> None:
    """Which esbuild did not see: it watched the link as a file."""
    shutil.copytree(project.root / "packages/ui", project.root / "packages/other")
    project.write("packages/other/src/index.js", "export const Button = 'other';\n")
    project.link("@shop/ui.new", project.root / "packages/other")
    (project.modules / "@shop/ui.new").replace(project.modules / "@shop/ui")


def _delete_a_file(project: Project) -> None:
    (project.root / "src/cart.tsx").unlink()


def _put_a_file_in_front(project: Project) -> None:
    project.write("src/cart.tsx", "export const total = () => 'in front';\n")


EDITS: tuple[tuple[Edit, str], ...] = (
    (_create_what_is_missing, "import { late } from './late';\nconsole.log(late);\n"),
    (_install_a_package, "import later from 'later';\nconsole.log(later);\n"),
    (_edit_exports, ""),
    (_edit_paths, ""),
    (_extend_a_tsconfig, ""),
    (_edit_what_it_extends, ""),
    (_link_another_package, ""),
    (_put_a_file_in_front, ""),
    (_delete_a_file, ""),
)
"""What is done while a tool watches, each with the source that makes it matter."""


@pytest.fixture(params=BUNDLERS)
def tool(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def project(project: Project) -> Project:
    project.write("vendor/later/package.json", '{"name": "later", "version": "1.0.0"}')
    project.write("vendor/later/index.js", "module.exports = 'later';\n")
    return project


def _plain(project: Project, tool: str) -> Outcome:
    outcome = project.build(tool, "native")
    assert outcome.pop("said") == ""
    return outcome


def test_the_bundle_is_the_same_with_the_adapter(project: Project, tool: str) -> None:
    plain = _plain(project, tool)
    assert not plain["errors"]
    before = project.asked()
    assert project.build(tool, "adapter") == plain | {"said": ""}
    assert project.asked() - before >= 10, "the daemon was asked"


def test_what_cannot_be_resolved_is_told_in_the_tools_own_words(project: Project, tool: str) -> None:
    project.write("src/lazy.js", "import './gone';\nimport 'nobody';\nimport 'palette/private';\n")
    plain = _plain(project, tool)
    assert plain["errors"]
    assert project.build(tool, "adapter") == plain | {"said": ""}


def test_a_watching_build_is_right_after_each_edit(project: Project, tool: str) -> None:
    with watching(project, tool, "adapter") as build:
        assert build.next() == _plain(project, tool)
        for edit, source in EDITS:
            if source:
                project.write("src/lazy.js", source)
                broken = _plain(project, tool)
                assert broken["errors"]
                build.until(broken)
            edit(project)
            build.until(_plain(project, tool))


@pytest.mark.parametrize("reason", ["off", "none"])
def test_without_a_daemon_the_tool_resolves_by_itself_and_says_so_once(
    project: Project, tool: str, reason: str, tmp_path: Path
) -> None:
    environment = {"RESOLVERD": "off"} if reason == "off" else {"RESOLVERD_SOCKET": str(tmp_path / "nobody")}
    outcome = project.build(tool, "adapter", **environment)
    said = str(outcome.pop("said"))
    assert said.count("\n") == 1
    assert said.startswith("resolverd: ")
    assert outcome == _plain(project, tool)


def test_a_daemon_of_another_protocol_is_said_so_and_the_tool_resolves_by_itself(project: Project) -> None:
    with home() as other, other.other_daemon("m.PROTOCOL = 2") as daemon:
        outcome = project.build("esbuild", "adapter", RESOLVERD_SOCKET=str(other.socket))
        daemon.terminate()
    said = str(outcome.pop("said"))
    assert said.count("\n") == 1
    assert "speaks protocol 1" in said
    assert "`resolverd restart`" in said
    assert outcome == _plain(project, "esbuild")


def test_a_stopped_daemon_keeps_no_build(project: Project, tool: str) -> None:
    plain = _plain(project, tool)
    with stopped(project.user.pid()):
        outcome = project.build(tool, "adapter", "300")
    assert "said nothing for 300 ms" in str(outcome.pop("said"))
    assert outcome == plain


def test_a_watching_build_does_without_a_daemon_and_takes_it_again(tmp_path: Path, tool: str) -> None:
    with home(RESOLVERD_NO_AUTOSTART="1") as user:
        user.run("start")
        project = Project(tmp_path.resolve() / "shop", user)
        with watching(project, tool, "adapter") as build:
            assert build.next() == _plain(project, tool)
            user.end()
            project.write("src/lazy.js", "export const lazy = 'killed';\n")
            build.until(_plain(project, tool))
            user.run("start")
            assert user.json("status")["answers"] == 0
            for number in range(100):
                project.write("src/lazy.js", f"export const lazy = {number};\n")
                build.until(_plain(project, tool))
                if user.json("status")["answers"]:
                    return
        pytest.fail("the daemon was not asked again")
