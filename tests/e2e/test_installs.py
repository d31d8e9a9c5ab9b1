"""Whole trees that come, go and turn into others, by the tools that do it, while others ask all the time."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from resolverd_client import BlockingClient, Question
from tests.e2e.live import IS_LONG, Live, assert_right, live, require

PACKAGES = 40
MODULES = 12
"""Of each package. All of it makes fewer events than the kernel queues, so that nothing may be lost."""


@pytest.fixture
def daemon() -> Iterator[Live]:
    with live() as started:
        yield started


@contextmanager
def asking(daemon: Live, questions: list[Question]) -> Iterator[None]:
    """Two clients ask all of it again and again; whatever they are told, they are told something, each time."""
    is_over, asked = threading.Event(), [0, 0]
    failures: list[BaseException] = []

    def ask(number: int) -> None:
        try:
            with BlockingClient(daemon.client.socket, deadline=60) as client:
                while not is_over.is_set() or not asked[number]:
                    assert len(client.resolve_many(questions)) == len(questions)
                    asked[number] += 1
        except BaseException as error:  # noqa: BLE001  it is the test's to raise
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert not failures, failures[0]
    daemon.await_connections(1)


def questions(root: Path) -> list[Question]:
    """Every module of every package, by each way in, and what is asked of the project itself."""
    importer = str(root / "src/app.js")
    packages = [f"pkg-{number}" for number in range(PACKAGES)]
    specifiers = [
        *packages,
        *(f"{package}/m{module}" for package in packages for module in range(MODULES)),
        *(f"./m{module}" for module in range(MODULES)),
        *(f"@/part{number}/m{module}" for number in range(PACKAGES) for module in range(MODULES)),
        "#own",
    ]
    return [Question(specifier, importer) for specifier in specifiers]


# -- git -----------------------------------------------------------------------------------------------------------


class Repository:
    """A project in two branches: other files, other manifests, a directory here that is a file there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit(parity=0, paths="./src/*", own="./src/m0.js")
        (root / "src/kind").mkdir()
        (root / "src/kind/index.js").touch()
        self.commit_all("main")
        self.git("checkout", "--quiet", "-b", "other")
        shutil.rmtree(root / "src")
        self.commit(parity=1, paths="./lib/*", own="./src/m1.js")
        (root / "src/kind").touch()
        self.commit_all("other")

    def git(self, *arguments: str) -> None:
        settings = ("-c", "user.name=t", "-c", "user.email=t", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/")
        environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(("git", *settings, *arguments), cwd=self.root, check=True, env=environment)

    def commit(self, *, parity: int, paths: str, own: str) -> None:
        """Write every other module below a directory that the tsconfig leads to."""
        base = self.root / paths[2:-2]
        for number in range(PACKAGES):
            (base / f"part{number}").mkdir(parents=True, exist_ok=True)
            for module in range(parity, MODULES, 2):
                (base / f"part{number}/m{module}.js").write_text(f"{paths}{module}")
        (self.root / "src").mkdir(exist_ok=True)
        for module in range(parity, MODULES, 2):
            (self.root / f"src/m{module}.js").touch()
        (self.root / "tsconfig.json").write_text(json.dumps({"compilerOptions": {"paths": {"@/*": [paths]}}}))
        (self.root / "package.json").write_text(json.dumps({"name": "shop", "imports": {"#own": own}}))

    def commit_all(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)


def test_another_branch_is_seen_whole_at_the_first_question_after_the_checkout(daemon: Live, tmp_path: Path) -> None:
    require("git", "--version")
    repository = Repository(tmp_path.resolve() / "shop")
    asked = [*questions(repository.root), Question("./kind", str(repository.root / "src/app.js"))]
    assert_right(daemon.client, asked)
    repository.git("checkout", "--quiet", "main")
    found = assert_right(daemon.client, asked)
    before = daemon.held()
    for _ in range(3):
        for branch in ("other", "main"):
            with asking(daemon, asked):
                repository.git("checkout", "--quiet", branch)
            assert assert_right(daemon.client, asked) == found
    assert daemon.held() == before
    assert daemon.losses() == 0


# -- npm -----------------------------------------------------------------------------------------------------------


def pack(archive: Path, number: int) -> None:
    """Write a package as the registry has it: a tar with everything below `package/`."""
    manifest = {"name": f"pkg-{number}", "version": "1.0.0", "exports": {".": "./m0.js", "./*": "./*.js"}}
    files = {"package.json": json.dumps(manifest)} | {f"m{module}.js": "" for module in range(MODULES)}
    with tarfile.open(archive, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))


class Project:
    """A project whose dependencies are archives beside it, so that npm needs no network."""

    def __init__(self, scratch: Path) -> None:
        self.root = scratch / "shop"
        (self.root / "src").mkdir(parents=True)
        dependencies: dict[str, str] = {}
        for number in range(PACKAGES):
            pack(scratch / f"pkg-{number}.tgz", number)
            dependencies[f"pkg-{number}"] = f"file:../pkg-{number}.tgz"
        (self.root / "package.json").write_text(json.dumps({"name": "shop", "dependencies": dependencies}))
        self._environment = os.environ | {"npm_config_cache": str(scratch / "cache")}

    def npm(self, *arguments: str) -> None:
        quiet = ("--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--silent")
        subprocess.run(("npm", *arguments, *quiet), cwd=self.root, check=True, env=self._environment)


def test_what_npm_installs_and_removes_is_seen_whole_at_the_first_question_after(daemon: Live, tmp_path: Path) -> None:
    require("npm", "--version")
    project = Project(tmp_path.resolve())
    asked = questions(project.root)
    assert assert_right(daemon.client, asked) == 0
    bare = daemon.held()
    installed = None
    for _ in range(2 if IS_LONG else 1):
        with asking(daemon, asked):
            project.npm("install")
        assert assert_right(daemon.client, asked) == PACKAGES * (1 + MODULES)
        assert installed in {None, daemon.held()}
        installed = daemon.held()
        with asking(daemon, asked):
            project.npm("uninstall", "pkg-3")
        assert assert_right(daemon.client, asked) == (PACKAGES - 1) * (1 + MODULES)
        project.npm("install", "../pkg-3.tgz")
        with asking(daemon, asked):
            shutil.rmtree(project.root / "node_modules")
        assert assert_right(daemon.client, asked) == 0
        assert daemon.held() == bare
    assert daemon.losses() == 0


def test_what_the_daemon_reads_itself_makes_no_events(daemon: Live, tmp_path: Path) -> None:
    repository = Repository(tmp_path.resolve() / "shop")
    asked = questions(repository.root)
    daemon.client.resolve_many(asked)
    before = daemon.client.stats().engine.events
    for _ in range(3):
        daemon.client.bust_all()
        assert daemon.client.resolve_many(asked)
    assert daemon.client.stats().engine.events == before
