"""What the kernel refuses, and what it tells nobody: limits, mounts, hard links, modes, descriptors.

Mounts and limits of its own need a namespace; where none can be made, a line says what was skipped.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import socket
import subprocess
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resolverd.cache.engine import Engine
from resolverd.watch.inotify import Inotify
from resolverd_client import Question
from resolverd_client.table import AFTER
from tests.e2e.live import NAMESPACES, Live, assert_right, gist, live, require

NOBODY = 65_534


@pytest.fixture
def project() -> Iterator[Path]:
    """A project with two editions of a package, one of them in use, where any user may come."""
    with tempfile.TemporaryDirectory(prefix="rd-") as scratch:
        Path(scratch).chmod(0o755)
        yield plant(Path(scratch).resolve() / "project")


def plant(root: Path) -> Path:
    for place, edition in (("node_modules/dep", "one"), ("store/dep", "two")):
        (root / place).mkdir(parents=True)
        (root / place / "package.json").write_text(manifest(edition))
        for name in ("one", "two", "three"):
            (root / place / f"{name}.js").touch()
    (root / "src").mkdir()
    (root / "package.json").write_text('{"name": "project"}')
    return root


def manifest(edition: str) -> str:
    return json.dumps({"name": "dep", "exports": f"./{edition}.js"})


# -- mounts --------------------------------------------------------------------------------------------------------


class Mounts:
    """Commands in the mount namespace of a daemon."""

    def __init__(self, daemon: Live, project: Path) -> None:
        self._inside = ("nsenter", "--target", str(daemon.pid), "--user", "--mount", "--preserve-credentials")
        self._daemon = daemon
        self._importer = project / "src/app.js"
        self._package = project / "node_modules/dep"

    def run(self, *command: object) -> None:
        subprocess.run((*self._inside, *map(str, command)), check=True)

    def edition(self) -> str | None:
        """Which edition of the package is found, first and at once."""
        path = self._daemon.path("dep", self._importer)
        assert path is None or Path(path).parent == self._package
        return path and Path(path).stem


@pytest.fixture
def apart() -> Iterator[Live]:
    """A daemon in namespaces of its own."""
    require(*NAMESPACES, "mount", "-t", "tmpfs", "none", "/mnt")
    with live(*NAMESPACES) as started:
        yield started


def test_mounts_put_over_and_taken_away_are_seen_at_the_first_question(apart: Live, project: Path) -> None:
    mounts, package = Mounts(apart, project), project / "node_modules/dep"
    assert mounts.edition() == "one"
    before = apart.held()
    mounts.run("mount", "-t", "tmpfs", "none", package)
    assert mounts.edition() is None
    mounts.run("cp", project / "store/dep/package.json", project / "store/dep/two.js", package)
    assert mounts.edition() == "two"
    mounts.run("umount", package)
    assert mounts.edition() == "one"
    mounts.run("mount", "--bind", project / "store/dep", package)
    assert mounts.edition() == "two"
    mounts.run("umount", "--lazy", package)
    assert mounts.edition() == "one"
    assert apart.held() == before


def test_a_mount_over_an_ancestor_and_one_moved_there_are_seen(apart: Live, project: Path) -> None:
    mounts, modules = Mounts(apart, project), project / "node_modules"
    (project / "elsewhere").mkdir()
    assert mounts.edition() == "one"
    mounts.run("mount", "--bind", project / "store", project / "elsewhere")
    assert mounts.edition() == "one"
    mounts.run("mount", "--move", project / "elsewhere", modules)
    assert mounts.edition() == "two"
    # Through the other path of the same directory.
    (project / "store/dep/package.json").write_text(manifest("three"))
    assert mounts.edition() == "three"
    mounts.run("umount", modules)
    assert mounts.edition() == "one"


def test_what_a_mount_changes_is_not_read_out_of_the_table(apart: Live, project: Path) -> None:
    mounts, package = Mounts(apart, project), project / "node_modules/dep"
    asked = Question("dep", str(project / "src/app.js"))
    for _ in range(5):
        for _ in range(AFTER + 8):
            assert apart.client.ask(asked).path
        hits = apart.client._table.hits
        assert apart.client.ask(asked).path
        assert apart.client._table.hits == hits + 1
        mounts.run("mount", "-t", "tmpfs", "none", package)
        assert apart.client.ask(asked).path is None
        assert apart.client.ask(asked).path is None
        mounts.run("umount", package)
        assert apart.client.ask(asked).path


def test_a_manifest_mounted_over_another_is_read_and_written_through_its_source(apart: Live, project: Path) -> None:
    mounts, target = Mounts(apart, project), project / "node_modules/dep/package.json"
    assert mounts.edition() == "one"
    mounts.run("mount", "--bind", project / "store/dep/package.json", target)
    assert mounts.edition() == "two"
    (project / "store/dep/package.json").write_text(manifest("three"))
    assert mounts.edition() == "three"
    mounts.run("umount", target)
    assert mounts.edition() == "one"


# -- too few watches, no instance ----------------------------------------------------------------------------------


def limited(limit: str, count: int) -> tuple[str, ...]:
    """A command that runs another one in a user namespace with so many watches or instances."""
    lower = f'echo {count} > /proc/sys/user/{limit} && exec "$0" "$@"'
    return ("unshare", "--user", "--map-root-user", "sh", "-c", lower)


WORDS = ("dep", "dep/missing", "late", "./local", "./sub", "./sub/inner", "#inside", "..", "project")


def questions(project: Path) -> list[Question]:
    return [Question(word, str(project / place)) for place in ("src/app.js", "src/sub/x.js", "x.js") for word in WORDS]


def edits(project: Path) -> Iterator[Callable[[], object]]:
    """Everyday changes, and one that moves an ancestor of everything watched below it."""
    source, modules = project / "src", project / "node_modules"
    yield (source / "local.js").touch
    yield (source / "sub").mkdir
    yield (source / "sub/index.js").touch
    yield (source / "sub/inner.js").touch
    yield (modules / "late").mkdir
    yield (modules / "late/index.js").touch
    yield lambda: (modules / "dep/package.json").write_text(manifest("two"))
    yield lambda: (modules / "dep/package.json").write_text(manifest("one"))
    yield lambda: (project / "package.json").write_text('{"name": "project", "imports": {"#inside": "./src/local.js"}}')
    yield lambda: (source / "package.json").write_text("{")
    yield (source / "package.json").unlink
    yield lambda: shutil.copytree(modules, project / "copy")
    yield (project / "copy/dep/one.js").unlink
    yield lambda: modules.rename(project / "old")
    yield lambda: (project / "copy").rename(modules)
    yield (source / "sub/index.js").unlink
    yield lambda: (source / "sub").rename(project / "sub")
    yield lambda: (source / "sub").symlink_to("../sub")
    yield lambda: shutil.rmtree(modules)
    yield lambda: (project / "old").rename(modules)


def assert_live(daemon: Live, project: Path) -> None:
    asked = questions(project)
    assert_right(daemon.client, asked)
    for edit in edits(project):
        edit()
        assert_right(daemon.client, asked)


@pytest.mark.parametrize("count", [0, 3, 5, 7, 9])
def test_right_at_once_with_as_few_watches_as_the_kernel_gives(project: Path, count: int) -> None:
    prefix = limited("max_inotify_watches", count)
    require(*prefix, "true")
    with live(*prefix) as daemon:
        assert_live(daemon, project)
        stats = daemon.client.stats().engine
        assert stats.watched <= count
        assert stats.unwatched
        assert any("fs.inotify.max_user_watches" in trouble for trouble in daemon.client.status().troubles)


@pytest.mark.parametrize("count", [1, 5, 9])
def test_right_at_once_with_as_few_watches_as_the_setting_allows(project: Path, count: int) -> None:
    with live(RESOLVERD_MAX_WATCHES=str(count)) as daemon:
        assert_live(daemon, project)
        assert daemon.client.stats().engine.watched <= count


def test_without_an_instance_it_is_right_and_begins_to_watch_when_one_is_free(project: Path) -> None:
    prefix = limited("max_inotify_instances", 0)
    require(*prefix, "true")
    with live(*prefix) as daemon:
        asked = questions(project)
        assert_right(daemon.client, asked)
        (project / "src/local.js").touch()
        assert_right(daemon.client, asked)
        assert daemon.client.stats().engine.watched == 0
        inside = ("nsenter", "--target", str(daemon.pid), "--user", "--preserve-credentials")
        subprocess.run((*inside, "sh", "-c", "echo 1 > /proc/sys/user/max_inotify_instances"), check=True)
        assert_live(daemon, project)
        stats = daemon.client.stats().engine
        assert stats.watched
        assert not stats.unwatched


# -- descriptors ---------------------------------------------------------------------------------------------------


FEW = ("prlimit", "--nofile=24:24")


@pytest.mark.parametrize(("prefix", "setting"), [(FEW, "0"), ((), "24")])
def test_without_a_descriptor_left_it_says_so_and_remembers_nothing_of_it(
    project: Path, prefix: tuple[str, ...], setting: str
) -> None:
    importer = str(project / "src/app.js")
    with live(*prefix, RESOLVERD_OPEN_FILES=setting) as daemon, contextlib.ExitStack() as stack:
        before = daemon.held()
        while True:
            idle = stack.enter_context(socket.socket(socket.AF_UNIX))
            idle.connect(daemon.client.socket)
            idle.settimeout(0)
            if daemon.client.stats().service.turned_away:
                break
        answer = daemon.client.resolve("dep", importer=importer)
        assert answer.path is None
        assert answer.error is not None
        assert os.strerror(errno.EMFILE) in answer.error.message
        stack.close()
        daemon.await_connections(1)
        assert daemon.client.resolve("dep", importer=importer).path == str(project / "node_modules/dep/one.js")
        assert daemon.held().descriptors == before.descriptors


# -- links and modes -----------------------------------------------------------------------------------------------


def test_a_manifest_written_through_its_other_link_is_seen(project: Path) -> None:
    used, stored = project / "node_modules/dep/package.json", project / "store/package.json"
    stored.hardlink_to(used)
    asked = [Question("dep", str(project / "src/app.js"))]
    with live() as daemon:
        assert assert_right(daemon.client, asked) == 1
        before = daemon.held()
        for edition in ("two", "missing", "three"):
            stored.write_text(manifest(edition))
            found = assert_right(daemon.client, asked)
            assert found == (edition != "missing")
        # Unlinked from the other: writing to the store concerns nobody any more.
        used.unlink()
        used.write_text(manifest("one"))
        stored.write_text(manifest("two"))
        assert assert_right(daemon.client, asked) == 1
        used.unlink()
        used.hardlink_to(stored)
        assert_right(daemon.client, asked)
        stored.write_text(manifest("three"))
        assert_right(daemon.client, asked)
        assert daemon.held() == before


def as_nobody(test: Callable[[], None]) -> None:
    """Run a test in a child whom modes hold back."""
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0
        return
    status = 1
    try:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        test()
        status = 0
    finally:
        # Whatever was raised: the tests after this one are the parent's.
        traceback.print_exc()
        os._exit(status)


FLIPS = [
    (place, mode)
    for place in ("src", "node_modules", "node_modules/dep", "node_modules/dep/package.json", "package.json", ".")
    for mode in (0o000, 0o100, 0o400, 0o500)
]


def test_permissions_taken_and_given_are_seen_at_once(project: Path) -> None:
    if os.geteuid() == 0:
        for path in (project, *project.rglob("*")):
            os.chown(path, NOBODY, NOBODY)

    def flip() -> None:
        inotify = Inotify()
        engine = Engine(watcher=inotify)

        def compare() -> None:
            cold = Engine()
            for asked in questions(project):
                warm = engine.resolve(asked.specifier, importer=asked.origin)
                assert gist(warm) == gist(cold.resolve(asked.specifier, importer=asked.origin)), asked

        compare()
        before = engine.stats()
        for place, mode in FLIPS:
            path = project / place
            usual = path.stat().st_mode
            path.chmod(mode)
            compare()
            path.chmod(usual)
            compare()
            engine.check()
            inotify.check()
        after = engine.stats()
        for count in ("answers", "watched", "unwatched", "listings"):
            assert getattr(after, count) == getattr(before, count), count
        inotify.close()

    as_nobody(flip)
