"""Real editors on a project that npm installs: the problems that they show, and where they lead."""

from __future__ import annotations

from tests.e2e.editors.conftest import Screen
from tests.e2e.editors.projects import Project, until


def test_broken_imports_are_underlined_until_npm_has_installed_them(project: Project, screen: Screen) -> None:
    screen.open(project.root / "src/main.js")
    until(screen.underlined, ["@shop/ui", "fetcher", "palette", "palette/colors/red", "pure"])
    project.install()
    until(screen.underlined, [])


def test_definition_goes_to_the_file_that_is_meant(project: Project, screen: Screen) -> None:
    screen.open(project.root / "src/main.js")
    screen.jump("@/theme")
    until(screen.file, project.root / "src/theme/index.js")
