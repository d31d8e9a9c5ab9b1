"""Everyday edits of the example project, each with the text by which a tool's outcome shows it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import NamedTuple

from tests.e2e.tools.projects import Project

IN_FRONT = ("src/cart.js", "src/cart.tsx")
FIRST = ("src/pair.js", "src/pair.tsx")
"""For each tool one of them comes before the file whose name ends in `.ts`."""


def _create_what_is_missing(project: Project) -> None:
    project.write("src/deep/late.js", "export const late = 'come at last';\n")


def _install_a_package(project: Project) -> None:
    project.link("later", project.store("later"))


def _edit_exports(project: Project) -> None:
    manifest = project.home("palette") + "/package.json"
    text = (project.root / manifest).read_text()
    project.write(project.home("palette") + "/esm/another.mjs", "export const palette = 'another.mjs';\n")
    project.write(manifest, text.replace("./esm/index.mjs", "./esm/another.mjs"))


def _edit_paths(project: Project) -> None:
    project.write("src/dark/theme.js", "export const theme = 'dark';\n")
    project.write("tsconfig.json", json.dumps(_paths("./src/dark/*")))


def _extend_a_tsconfig(project: Project) -> None:
    project.write("src/black/theme.js", "export const theme = 'black';\n")
    project.write("base.json", json.dumps(_paths("./src/black/*")))
    project.write("tsconfig.json", json.dumps({"extends": "./base.json"}))


def _edit_what_it_extends(project: Project) -> None:
    project.write("src/red/theme.js", "export const theme = 'infrared';\n")
    project.write("base.json", json.dumps(_paths("./src/red/*")))


def _paths(target: str) -> dict[str, object]:
    return {"compilerOptions": {"allowJs": True, "paths": {"@/*": [target]}}}


def _link_another_package(project: Project) -> None:
    """Which esbuild did not see: it watched the link as a file."""
    shutil.copytree(project.root / "packages/ui", project.root / "packages/other")
    project.write("packages/other/src/index.js", "export const Button = 'of another package';\n")
    project.link("@shop/ui.new", project.root / "packages/other")
    (project.modules / "@shop/ui.new").replace(project.modules / "@shop/ui")


def _put_a_file_in_front(project: Project) -> None:
    for name in IN_FRONT:
        project.write(name, "export const total = () => 'in front';\n")


def _delete_a_file(project: Project) -> None:
    for name in FIRST:
        (project.root / name).unlink()


class Edit(NamedTuple):
    """What is done while a tool watches, and by which text the outcome shows it.

    `source` makes it matter, which `before` shows.
    """

    make: Callable[[Project], None]
    text: str
    source: str = ""
    before: str = ""

    @property
    def name(self) -> str:
        return self.make.__name__.strip("_")


EDITS = (
    Edit(
        _create_what_is_missing,
        "come at last",
        "import { late } from './deep/late';\nconsole.log(late);\n",
        "deep/late",
    ),
    Edit(_install_a_package, "come-later", "import later from 'later';\nconsole.log(later);\n", "later"),
    Edit(_delete_a_file, "second of a pair", "import { pair } from './pair';\nconsole.log(pair);\n", "first of a pair"),
    Edit(_edit_exports, "another.mjs"),
    Edit(_edit_paths, "dark"),
    Edit(_extend_a_tsconfig, "black"),
    Edit(_edit_what_it_extends, "infrared"),
    Edit(_link_another_package, "of another package"),
    Edit(_put_a_file_in_front, "in front"),
)


def plant(project: Project) -> None:
    """Put into a project what the edits begin with."""
    project.write("vendor/later/package.json", '{"name": "later", "main": "come-later.js"}')
    project.write("vendor/later/come-later.js", "module.exports = 'come-later';\n")
    for name in FIRST:
        project.write(name, "export const pair = 'first of a pair';\n")
    project.write("src/pair.ts", "export const pair = 'second of a pair';\n")
