"""Vitest with our plugin and without: the same results, and tests that run again when what they import means another file."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from tests.e2e.command import home
from tests.e2e.tools.edits import EDITS, plant
from tests.e2e.tools.projects import Outcome, Project, stopped, watching

BROKEN = """
import { expect, test } from 'vitest';
test.each(['./gone', 'nobody', 'palette/private', '#unknown'])('%s is not there', (name) => import(name));
test('what Node has, it has', async () => expect((await import('node:path')).sep).toBe('/'));
"""
LIVE = """
import { expect, test } from 'vitest';
test('create_what_is_missing', () => import('../src/behind'));
test('install_a_package', () => import('later'));
test('delete_a_file', async () => expect((await import('../src/pair')).pair).toBe('second of a pair'));
test('edit_exports', async () => expect((await import('palette')).palette).toBe('another.mjs'));
test('edit_paths', async () => expect((await import('@/theme')).theme).toBe('dark'));
test('extend_a_tsconfig', async () => expect((await import('@/theme')).theme).toBe('black'));
test('edit_what_it_extends', async () => expect((await import('@/theme')).theme).toBe('infrared'));
test('link_another_package', async () => expect((await import('@shop/ui')).Button).toBe('of another package'));
test('put_a_file_in_front', async () => expect((await import('../src/cart')).total()).toBe('in front'));
"""
LIVE_FILE, SHOP_FILE = "test/live.vitest.ts", "test/shop.vitest.ts"
THEMES = {"edit_paths", "extend_a_tsconfig", "edit_what_it_extends"}
"""Of these only the last one holds."""


def _passed(outcome: Outcome | None, name: str) -> set[str]:
    """Which tests of a file passed, if it was run."""
    told = cast("dict[str, dict[str, list[list[str]]]]", outcome)
    return {title for title, status, *_ in told[name]["tests"] if status == "passed"} if name in told else set()


def _shop_passes(outcome: Outcome) -> bool:
    return len(_passed(outcome, SHOP_FILE)) == 3


def test_the_results_are_the_same_with_the_plugin(project: Project) -> None:
    project.write("test/broken.vitest.ts", BROKEN)
    expected = project.build("vitest", "native")
    before = project.asked()
    assert project.build("vitest", "adapter") == expected
    assert project.asked() - before >= 10, "the daemon was asked"
    assert _shop_passes(expected)
    assert _passed(expected, "test/broken.vitest.ts") == {"what Node has, it has"}


def test_tests_run_again_after_each_edit_where_vitest_does_not_notice_by_itself(project: Project) -> None:
    plant(project)
    project.write("src/behind.js", "export { late } from './deep/late';\n")
    project.write(LIVE_FILE, LIVE)
    with watching(project, "vitest", "adapter") as ours, watching(project, "vitest", "native") as native:
        assert _passed(ours.next(), LIVE_FILE) == set()
        unseen = native.next()
        done: set[str] = set()
        for edit in EDITS:
            edit.make(project)
            done = (done - THEMES if edit.name in THEMES else done) | {edit.name}
            ours.await_that(lambda run, done=done: _passed(run, LIVE_FILE) == done)
            if edit.name == "edit_what_it_extends":
                assert native.latest() == unseen, "it has run nothing again"


@pytest.mark.parametrize("reason", ["off", "none"])
def test_without_a_daemon_vite_resolves_by_itself_and_that_is_said_once(
    project: Project, reason: str, tmp_path: Path
) -> None:
    environment = {"RESOLVERD": "off"} if reason == "off" else {"RESOLVERD_SOCKET": str(tmp_path / "nobody")}
    outcome = project.build("vitest", "adapter", **environment)
    said = str(outcome["said"])
    assert said.count("\n") == 1
    assert said.endswith("(Vite resolves by itself)\n")
    assert _shop_passes(outcome)


def test_a_stopped_daemon_keeps_no_test(project: Project) -> None:
    with stopped(project.user.pid()):
        outcome = project.build("vitest", "adapter", "300")
    assert "said nothing for 300 ms" in str(outcome["said"])
    assert _shop_passes(outcome)


def test_a_daemon_that_is_stopped_or_killed_in_the_middle_keeps_no_test(project: Project, silenced: Path) -> None:
    outcome = project.build("vitest", "adapter", "300", RESOLVERD_SOCKET=str(silenced))
    assert str(outcome["said"]).count("\n") == 1
    assert _shop_passes(outcome)


def test_a_daemon_that_is_killed_is_done_without_and_its_successors_word_is_heard(tmp_path: Path) -> None:
    with home(RESOLVERD_NO_AUTOSTART="1") as user:
        user.run("start")
        project = Project(tmp_path.resolve() / "shop", user)
        with watching(project, "vitest", "adapter", "300") as vitest:
            assert _shop_passes(vitest.next())
            user.end()
            project.write("src/cart.ts", "export const total = () => 3;\n")
            assert _shop_passes(vitest.next())
            user.run("start")
            project.write("src/cart.js", "export const total = () => 4;\n")
            vitest.await_that(lambda run: len(_passed(run, SHOP_FILE)) == 2)
