"""Jest with our resolver and with its own: the same results, and right when it runs again or a test makes files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest

from tests.e2e.command import home
from tests.e2e.tools.projects import Outcome, Project, readme_blocks, stopped, watching

NATIVE_MODULES = {"NODE_OPTIONS": "--experimental-vm-modules --no-warnings"}

BROKEN = """
const CASES = ['./gone', 'nobody', 'nobody/deep', 'palette/private', '#unknown', '/nowhere.js', '../src'];
test.each(CASES)('%s is not there', (name) => { require(name); });
test('a module that is mocked need not be there', () => {
  jest.mock('virtual', () => 'mocked', { virtual: true });
  expect(require('virtual')).toBe('mocked');
});
test('a mocked one is mocked', () => {
  jest.doMock('palette', () => 'mocked');
  expect(require('palette')).toBe('mocked');
});
test('what Node has, it has', () => expect(require('node:path')).toBe(require('path')));
test('a path is a path', () => expect(require(__dirname + '/../src/settings.server').default).toBe('server'));
test('paths are told', () => expect(require.resolve('fetcher', { paths: [__dirname] })).toMatch(/server\\.js$/));
"""
BROKEN_MODULES = """
test.each(['./gone.mjs', 'nobody', 'palette/private', '#unknown'])('%s is not there', async (name) => { await import(name); });
test('what Node has, it has', async () => expect((await import('node:path')).sep).toBe('/'));
"""


def _tests(outcome: Outcome, name: str) -> dict[str, list[str]]:
    """Of a file, each test's status and the first lines of why it failed."""
    told = cast("dict[str, dict[str, list[list[str]]]]", outcome)
    return {title: rest for title, *rest in told[name]["tests"]}


def _is_passed(outcome: Outcome, name: str) -> dict[str, bool]:
    return {title: status == "passed" for title, (status, *_) in _tests(outcome, name).items()}


def test_the_results_are_the_same_with_the_adapter(project: Project) -> None:
    project.write("test/broken.test.js", BROKEN)
    project.write("test/broken.test.mjs", BROKEN_MODULES)
    (readme,) = readme_blocks("Jest")
    project.write("jest.config.cjs", f"{readme}module.exports.transform = {{ '[.][jt]s$': './jest.transform.cjs' }};\n")
    plain = project.build("jest", "native", **NATIVE_MODULES)
    before = project.asked()
    outcome = project.build("jest", "adapter", **NATIVE_MODULES)
    assert project.asked() - before >= 20, "the daemon was asked"
    statuses = [status for status, *_ in _tests(outcome, "test/broken.test.js").values()]
    assert (statuses.count("failed"), statuses.count("passed")) == (7, 5)
    assert all(each == ["passed"] for each in _tests(outcome, "test/shop.test.ts").values())
    assert outcome == plain


LIVE = """
test.each(['../src/late', 'later', 'palette/deep', '~/theme', '@/theme', '../src/cart'])('%s', (name) => { require(name); });
"""
GENERATES = """
const fs = require('node:fs');
const path = require('node:path');
test('what a test makes is there', () => {
  const made = path.join(__dirname, 'made.js');
  fs.rmSync(made, { force: true });
  expect(() => require('./made')).toThrow('Cannot find module');
  fs.writeFileSync(made, 'module.exports = 1;');
  expect(require('./made')).toBe(1);
});
"""


def test_each_run_in_a_process_is_right_after_each_edit_and_within_a_run(project: Project) -> None:
    project.write("test/live.test.js", LIVE)
    project.write("test/generates.test.js", GENERATES)
    plain = project.build("jest", "native", **NATIVE_MODULES)
    assert _is_passed(plain, "test/generates.test.js") == {"what a test makes is there": False}, "Jest's own is late"
    with watching(project, "jest", "adapter", **NATIVE_MODULES) as jest:

        def missing(outcome: Outcome) -> list[str]:
            assert _is_passed(outcome, "test/generates.test.js") == {"what a test makes is there": True}
            return [name for name, is_passed in _is_passed(outcome, "test/live.test.js").items() if not is_passed]

        assert missing(jest.next()) == ["../src/late", "later", "palette/deep", "~/theme"]
        project.write("src/late.js", "")
        project.write("node_modules/later/index.js", "")
        assert missing(jest.again()) == ["palette/deep", "~/theme"]
        manifest = project.home("palette") + "/package.json"
        text = (project.root / manifest).read_text()
        project.write(manifest, text.replace('"./colors/*"', '"./deep": "./cjs/index.cjs", "./colors/*"'))
        project.write("tsconfig.json", json.dumps({"compilerOptions": {"paths": {"~/*": ["./src/*"]}}}))
        assert missing(jest.again()) == ["@/theme"]
        (project.root / "src/cart.ts").unlink()
        assert missing(jest.again()) == ["@/theme", "../src/cart"]


def test_without_a_daemon_jests_own_resolver_answers_and_that_is_said_once(project: Project) -> None:
    outcome = project.build("jest", "adapter", **NATIVE_MODULES, RESOLVERD="off")
    assert outcome.pop("said") == "resolverd: RESOLVERD=off: no daemon is asked or started (Jest resolves by itself)\n"
    _assert_all_passed(outcome)


def _assert_all_passed(outcome: Outcome) -> None:
    assert sorted(outcome) == ["test/native.test.mjs", "test/shop.test.ts"]
    assert all(all(_is_passed(outcome, name).values()) for name in outcome)
    assert not [name for name in outcome if not _tests(outcome, name)]


def test_a_stopped_daemon_keeps_no_test(project: Project) -> None:
    with stopped(project.user.pid()):
        outcome = project.build("jest", "adapter", "300", **NATIVE_MODULES)
    assert "said nothing for 300 ms" in str(outcome.pop("said"))
    _assert_all_passed(outcome)


def test_a_daemon_that_is_stopped_or_killed_in_the_middle_keeps_no_test(project: Project, silenced: Path) -> None:
    outcome = project.build("jest", "adapter", "300", **NATIVE_MODULES, RESOLVERD_SOCKET=str(silenced))
    assert str(outcome.pop("said")).count("\n") == 1
    _assert_all_passed(outcome)


def test_a_daemon_that_is_killed_is_done_without_and_used_again(tmp_path: Path) -> None:
    with home(RESOLVERD_NO_AUTOSTART="1") as user:
        user.run("start")
        project = Project(tmp_path.resolve() / "shop", user)
        with watching(project, "jest", "adapter", **NATIVE_MODULES) as jest:
            _assert_all_passed(jest.next())
            user.end()
            _assert_all_passed(jest.again())
            user.run("start")
            for _ in range(100):
                _assert_all_passed(jest.again())
                if user.json("status")["answers"]:
                    return
        pytest.fail("the daemon was not asked again")
