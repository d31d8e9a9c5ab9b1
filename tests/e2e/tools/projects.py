"""The example project of clients/node, planted where no other package is above it, and tools from npm run on it."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from tests.differential.install import install
from tests.e2e.command import Home

DRIVERS = Path(__file__).parent / "drivers"
PACKAGE = Path(__file__).parents[3] / "clients" / "node"
BUNDLERS = ("esbuild", "webpack", "rspack", "vite", "dev", "rolldown", "rollup")
"""Tools that make one outcome of a project, each by the name of its driver; `dev` is Vite's development server."""
SECONDS = 60
"""No build takes that long, whatever else the machine does."""

Outcome = dict[str, object]
"""What a driver prints of a build: its errors, and its files or its graph."""


class Project:
    """A copy of `examples/shop`, its packages laid out and linked as pnpm does, and the tools linked beside them."""

    def __init__(self, root: Path, user: Home) -> None:
        self.root = root
        self.user = user
        shutil.copytree(PACKAGE / "examples" / "shop", root)
        self.modules = root / "node_modules"
        self.modules.mkdir()
        for package in sorted((root / "vendor").iterdir()):
            self.link(package.name, self.store(package.name))
        self.link("@shop/ui", root / "packages" / "ui")
        for tool in _tools():
            if not (self.modules / tool).is_symlink():
                self.link(tool, install("adapters") / "node_modules" / tool)
        self.link("resolverd", PACKAGE)
        # The packages import one another.
        for package in ("icons", "@shop/ui"):
            self.link(f"../{self.home(package)}/node_modules/fetcher", self.store("fetcher"))
            self.link(f"../{self.home(package)}/node_modules/palette", self.store("palette"))

    def store(self, name: str) -> Path:
        """Where a package itself lies; it is put there from `vendor` the first time."""
        place = self.modules / f".pnpm/{name}@1.0.0/node_modules/{name}"
        if not place.exists():
            shutil.copytree(self.root / "vendor" / name, place)
        return place

    def home(self, name: str) -> str:
        """The directory of a package, from the project's."""
        return (self.modules / name).resolve().relative_to(self.root).as_posix()

    def link(self, name: str, target: Path) -> None:
        """Link a package into `node_modules`."""
        place = self.modules / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project; atomically, as editors do, so that no build sees half of it."""
        place = self.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.part")
        part.write_text(text)
        part.replace(place)

    def build(self, tool: str, *arguments: str, **environment: str) -> Outcome:
        """Run a tool once, with `adapter` or `native` first among the arguments; what it said on stderr under `said`."""
        return self.run(DRIVERS / f"{tool}.mjs", arguments[0], "once", *arguments[1:], **environment)

    def asked(self) -> int:
        """How many questions the daemon has looked into so far; of its answers, some fall again with an earlier project."""
        engine = cast("dict[str, int]", self.user.json("stats")["engine"])
        return engine["misses"]

    def run(self, script: str | Path, *arguments: str, **environment: str) -> Outcome:
        """Run a script in the project's directory: the outcome that it prints, as `build`."""
        done = self.call(script, *arguments, **environment)
        return json.loads(done.stdout.splitlines()[-1]) | {"said": done.stderr}

    def call(self, script: str | Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script in the project's directory to its end, which has to be a good one."""
        done = subprocess.run(
            ("node", script, *arguments),
            cwd=self.root,
            env=self.user.environment | environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done


class Watching:
    """A tool in watch mode: what it printed of each build."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._outcomes: queue.Queue[Outcome | None] = queue.Queue()
        self._process = process
        self.last: Outcome | None = None
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._outcomes.put(json.loads(line))
        self._outcomes.put(None)

    def next(self) -> Outcome:
        """The next build's outcome."""
        self.last = self._outcomes.get(timeout=SECONDS)
        assert self.last is not None, "the tool ended"
        return self.last

    def latest(self) -> Outcome | None:
        """The outcome of the last build so far."""
        while not self._outcomes.empty():
            self.next()
        return self.last

    def again(self) -> Outcome:
        """Have a tool that waits to be told do its work once more."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self.next()

    def until(self, expected: Outcome) -> None:
        """Wait for a build with this outcome."""
        self.await_that(lambda outcome: outcome == expected)

    def until_shows(self, text: str) -> None:
        """Wait for a build whose outcome has this text somewhere."""
        self.await_that(lambda outcome: shows(outcome, text))

    def await_that(self, is_due: Callable[[Outcome], bool]) -> None:
        """Wait for a build whose outcome is as it should be."""
        until = time.monotonic() + SECONDS
        while self.last is None or not is_due(self.last):
            try:
                self.last = self._outcomes.get(timeout=max(0, until - time.monotonic()))
            except queue.Empty:
                pytest.fail("no build with the outcome that is due")
            assert self.last is not None, "the tool ended"


def shows(outcome: Outcome | None, text: str) -> bool:
    """Whether an outcome has a text somewhere."""
    return text in json.dumps(outcome)


def plain(project: Project, tool: str) -> Outcome:
    """The outcome of a tool that begins now and knows no adapter."""
    outcome = project.build(tool, "native")
    assert outcome.pop("said") == ""
    return outcome


@contextmanager
def watching(project: Project, tool: str, *arguments: str, **environment: str) -> Iterator[Watching]:
    """Run a tool in watch mode."""
    with subprocess.Popen(
        ("node", DRIVERS / f"{tool}.mjs", arguments[0], "watch", *arguments[1:]),
        cwd=project.root,
        env=project.user.environment | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Watching(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(SECONDS)
            finally:
                process.kill()


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Have a process stand still."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def readme_blocks(heading: str) -> list[str]:
    """The code below a heading of the package's README, to be run as it stands."""
    text = (PACKAGE / "README.md").read_text().split(f"\n### {heading}\n")[1]
    section = re.split(r"^##+ ", text, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^```js\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)


def _tools() -> list[str]:
    """Every package that the tools' manifest names."""
    manifest = json.loads((install("adapters") / "package.json").read_text())
    return list(manifest["dependencies"])
