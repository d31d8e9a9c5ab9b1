"""Bundlers with our adapter and without: the same project, the same outcome, whatever the daemon does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import home
from tests.e2e.tools.projects import BUNDLERS, Project, plain, readme_blocks, stopped

RUN_WEBPACK = (
    "require('webpack')(require('./webpack.config.cjs'), (_, stats) => process.exit(stats.hasErrors() ? 1 : 0))"
)


@pytest.fixture(params=[*BUNDLERS, "ssr"])
def tool(request: pytest.FixtureRequest) -> str:
    return request.param


def test_the_bundle_is_the_same_with_the_adapter(project: Project, tool: str) -> None:
    expected = plain(project, tool)
    assert not expected["errors"]
    before = project.asked()
    assert project.build(tool, "adapter") == expected | {"said": ""}
    assert project.asked() - before >= 10, "the daemon was asked"


def test_what_cannot_be_resolved_is_told_in_the_tools_own_words(project: Project, tool: str) -> None:
    broken = ["import './gone';\n", "import 'nobody';\n", "import 'palette/private';\n"]
    # Vite's server looks at all imports of a file at once, and tells of whichever fails first.
    for text in broken if tool == "dev" else ["".join(broken)]:
        project.write("src/lazy.js", text)
        expected = plain(project, tool)
        assert expected["errors"]
        assert project.build(tool, "adapter") == expected | {"said": ""}


@pytest.mark.parametrize(
    ("heading", "file", "command"),
    [
        ("esbuild", "esbuild.readme.mjs", ("esbuild.readme.mjs",)),
        ("webpack and Rspack", "webpack.config.cjs", ("--eval", RUN_WEBPACK)),
        ("Vite and Vitest", "vite.config.mjs", ("node_modules/vite/bin/vite.js", "build")),
        ("Rolldown", "rolldown.config.mjs", ("node_modules/rolldown/bin/cli.mjs", "-c")),
        ("Rollup", "rollup.config.mjs", ("node_modules/rollup/dist/bin/rollup", "-c")),
    ],
)
def test_the_readmes_configurations_work_as_they_stand(
    project: Project, heading: str, file: str, command: tuple[str, ...]
) -> None:
    (block,) = readme_blocks(heading)
    project.write(file, block)
    before = project.asked()
    project.call(*command)
    assert project.asked() - before >= 10, "the daemon was asked"
    assert list((project.root / "dist").iterdir())


@pytest.mark.parametrize("reason", ["off", "none"])
def test_without_a_daemon_the_tool_resolves_by_itself_and_says_so_once(
    project: Project, tool: str, reason: str, tmp_path: Path
) -> None:
    environment = {"RESOLVERD": "off"} if reason == "off" else {"RESOLVERD_SOCKET": str(tmp_path / "nobody")}
    outcome = project.build(tool, "adapter", **environment)
    said = str(outcome.pop("said"))
    assert said.count("\n") == 1
    assert said.startswith("resolverd: ")
    assert outcome == plain(project, tool)


def test_a_daemon_of_another_protocol_is_said_so_and_the_tool_resolves_by_itself(project: Project) -> None:
    with home() as other, other.other_daemon("m.PROTOCOL = 2") as daemon:
        outcome = project.build("esbuild", "adapter", RESOLVERD_SOCKET=str(other.socket))
        daemon.terminate()
    said = str(outcome.pop("said"))
    assert said.count("\n") == 1
    assert "speaks protocol 1" in said
    assert "`resolverd restart`" in said
    assert outcome == plain(project, "esbuild")


def test_a_stopped_daemon_keeps_no_build(project: Project, tool: str) -> None:
    expected = plain(project, tool)
    with stopped(project.user.pid()):
        outcome = project.build(tool, "adapter", "300")
    assert "said nothing for 300 ms" in str(outcome.pop("said"))
    assert outcome == expected


def test_a_daemon_that_is_stopped_or_killed_in_the_middle_of_a_build_keeps_nobody(
    project: Project, tool: str, silenced: Path
) -> None:
    expected = plain(project, tool)
    outcome = project.build(tool, "adapter", "300", RESOLVERD_SOCKET=str(silenced))
    assert str(outcome.pop("said")).count("\n") == 1
    assert outcome == expected
