"""ESLint with our resolver beside those that people use: the same messages, and right in a process that lives on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import cast

import pytest

from tests.e2e.command import home
from tests.e2e.tools.projects import Outcome, Project, readme_blocks, stopped, watching

OURS, PEERS = "adapter", ("typescript", "oxc")
EVERY = ",".join((OURS, *PEERS))
BESIDE_TYPESCRIPT = "adapter,typescript"

SOURCE = """
import './gone';
import 'nobody';
import 'palette/private';
import '#unknown';
import './cart?raw';
import './main.js';
import 'fs';
import 'node:fs';
import none from './theme';
import { nothing } from '@/theme';
import 'ROOT/src/cart.ts';
export { icon as lazy } from 'icons';
"""
UNRESOLVED = ["#unknown", "./gone", "nobody", "palette/private"]


@pytest.fixture(params=["import", "import-x"])
def plugin(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def project(project: Project) -> Project:
    project.write("src/lazy.js", SOURCE.replace("ROOT", str(project.root)))
    return project


def _unresolved(outcome: Outcome, resolver: str = OURS) -> list[str]:
    """The specifiers that do not resolve in `lazy.js`."""
    messages = cast("dict[str, list[str]]", outcome[resolver])
    return sorted(re.findall(r"Unable to resolve path to module '(.*?)'", "\n".join(messages.get("src/lazy.js", []))))


def test_the_messages_are_those_of_the_resolvers_that_people_use(project: Project, plugin: str) -> None:
    before = project.asked()
    outcome = project.build("eslint", EVERY, "", plugin)
    assert project.asked() - before >= 20, "the daemon was asked"
    assert outcome.pop("said") == ""
    assert _unresolved(outcome) == UNRESOLVED
    assert f"{plugin}/no-cycle" in str(outcome[OURS])
    assert outcome == dict.fromkeys(outcome, outcome[OURS])


IMPORTS = (
    "import './late'; import 'later'; import 'palette/deep'; import '~/theme'; import '@/theme'; import './cart';\n"
)
MISSING = ["./late", "later", "palette/deep", "~/theme"]


def test_a_process_that_lives_on_is_right_after_each_edit_where_the_others_are_not(
    project: Project, plugin: str
) -> None:
    project.write("src/lazy.js", IMPORTS)
    project.write("vendor/later/package.json", '{"name": "later", "version": "1.0.0"}')
    project.write("vendor/later/index.js", "module.exports = 'later';\n")
    with watching(project, "eslint", EVERY, "", plugin) as lint:
        outcome = lint.next()
        assert [_unresolved(outcome, each) for each in (OURS, *PEERS)] == [MISSING] * 3

        project.write("src/late.js", "")
        assert _unresolved(lint.again()) == ["later", "palette/deep", "~/theme"]

        project.link("later", project.store("later"))
        assert _unresolved(lint.again()) == ["palette/deep", "~/theme"]

        manifest = project.home("palette") + "/package.json"
        text = (project.root / manifest).read_text()
        project.write(manifest, text.replace('"./colors/*"', '"./deep": "./esm/colors/red.mjs", "./colors/*"'))
        assert _unresolved(lint.again()) == ["~/theme"]

        project.write("tsconfig.json", json.dumps({"compilerOptions": {"paths": {"~/*": ["./src/*"]}}}))
        assert _unresolved(lint.again()) == ["@/theme"]

        (project.root / "src/cart.ts").unlink()
        outcome = lint.again()
        assert _unresolved(outcome) == ["./cart", "@/theme"]
        for peer in PEERS:
            assert _unresolved(outcome, peer) == MISSING, "it has seen none of the five"


@pytest.mark.parametrize(("plugin", "reason"), [("import", "off"), ("import-x", "none")])
def test_without_a_daemon_the_projects_other_resolver_answers_and_that_is_said_once(
    project: Project, plugin: str, reason: str, tmp_path: Path
) -> None:
    environment = {"RESOLVERD": "off"} if reason == "off" else {"RESOLVERD_SOCKET": str(tmp_path / "nobody")}
    outcome = project.build("eslint", BESIDE_TYPESCRIPT, "", plugin, **environment)
    said = str(outcome.pop("said"))
    assert said.count("\n") == 1
    assert said.startswith("resolverd: ")
    assert said.endswith("(ESLint resolves by itself)\n")
    assert _unresolved(outcome) == UNRESOLVED
    assert outcome[OURS] == outcome["typescript"]


def test_without_a_daemon_or_another_resolver_the_plugins_own_answers(project: Project) -> None:
    (project.modules / "eslint-import-resolver-typescript").unlink()
    outcome = project.build("eslint", OURS, "", "import-x", RESOLVERD="off")
    assert _unresolved(outcome) == UNRESOLVED
    (project.modules / "eslint-plugin-import-x").unlink()
    outcome = project.build("eslint", OURS, "", "import", RESOLVERD="off")
    # eslint-plugin-import's knows files and packages, and no exports, imports and paths.
    assert _unresolved(outcome) == ["#unknown", "./cart?raw", "./gone", "@/theme", "nobody", "palette/private"]


def test_a_stopped_daemon_keeps_nobody(project: Project) -> None:
    with stopped(project.user.pid()):
        outcome = project.build("eslint", BESIDE_TYPESCRIPT, "300", "import")
    assert str(outcome.pop("said")).count("said nothing for 300 ms") == 1
    assert _unresolved(outcome) == UNRESOLVED
    assert outcome[OURS] == outcome["typescript"]


def test_a_daemon_that_is_stopped_or_killed_in_the_middle_keeps_nobody(project: Project, silenced: Path) -> None:
    outcome = project.build("eslint", BESIDE_TYPESCRIPT, "300", "import", RESOLVERD_SOCKET=str(silenced))
    assert str(outcome.pop("said")).count("\n") == 1
    assert outcome[OURS] == outcome["typescript"]


def test_a_daemon_that_is_killed_is_done_without_and_used_again(tmp_path: Path) -> None:
    with home(RESOLVERD_NO_AUTOSTART="1") as user:
        user.run("start")
        project = Project(tmp_path.resolve() / "shop", user)
        project.write("src/lazy.js", IMPORTS)
        with watching(project, "eslint", OURS, "", "import") as lint:
            assert _unresolved(lint.next()) == MISSING
            user.end()
            assert _unresolved(lint.again()) == MISSING
            user.run("start")
            project.write("src/late.js", "")
            # Without a daemon it is eslint-import-resolver-typescript that answers, and it has not seen the file.
            if not any(_unresolved(lint.again()) == MISSING[1:] for _ in range(100)):
                pytest.fail("the daemon was not asked again")


def test_a_daemon_of_another_version_is_told_of(tmp_path: Path) -> None:
    with home(RESOLVERD_NO_AUTOSTART="1") as user, user.other_daemon("m.PROTOCOL = 99") as other:
        project = Project(tmp_path.resolve() / "shop", user)
        outcome = project.build("eslint", BESIDE_TYPESCRIPT, "", "import")
        other.kill()
    said = str(outcome.pop("said"))
    assert said.count("\n") == 1
    assert "version" in said
    assert outcome[OURS] == outcome["typescript"]


TRY_README = """
import { ESLint } from 'eslint';
const outcome = {};
for (const name of ['first.mjs', 'second.mjs']) {
  const [{ messages }] = await new ESLint({ overrideConfigFile: name }).lintFiles(['src/lazy.js']);
  outcome[name] = { 'src/lazy.js': messages.map(({ message }) => message) };
}
console.log(JSON.stringify(outcome));
"""


def test_the_readmes_configurations_work_as_they_stand(project: Project) -> None:
    for name, block in zip(("first.mjs", "second.mjs"), readme_blocks("ESLint"), strict=True):
        project.write(name, block)
    project.write("try.mjs", TRY_README)
    outcome = project.run("try.mjs")
    assert [_unresolved(outcome, each) for each in ("first.mjs", "second.mjs")] == [UNRESOLVED] * 2
