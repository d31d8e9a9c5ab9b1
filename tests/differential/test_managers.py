"""Workspaces built by Yarn (Plug'n'Play, zip archives) and by pnpm, resolved as their own runtimes resolve them.

Asked are all imports of the workspace's sources, of what they lead to, and so on: in archives, in virtual instances, in
pnpm's store.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import Profile, named_profile
from resolverd.terms import Kind, Status
from resolverd_client.questions import Question
from tests.differential.conftest import Report
from tests.differential.install import Manager, Unavailable, build, install
from tests.differential.resolvers import FAILED, outcome_of
from tests.differential.rows import SCRIPTS
from tests.soak.daemon import RunningDaemon

SOURCES = {"yarn": ("packages", "vendor", "legacy"), "pnpm": ("packages",)}
RUNTIME = {"yarn": ("--require", "./.pnp.cjs", "--loader", "./.pnp.loader.mjs"), "pnpm": ()}


class Asked(NamedTuple):
    """One import: `importer` is relative to the workspace, `outcome` what the tool's own runtime says."""

    importer: str
    specifier: str
    kind: str
    outcome: str


class Workspace(NamedTuple):
    """A workspace and the imports met in it."""

    name: Manager
    root: Path
    rows: list[Asked]

    @property
    def own(self) -> list[Asked]:
        """The imports of the workspace's own sources."""
        return [row for row in self.rows if row.importer.startswith(SOURCES[self.name])]

    def importer(self, row: Asked) -> str:
        return f"{self.root}/{row.importer}"


@pytest.fixture(scope="module", params=["yarn", "pnpm"])
def workspace(request: pytest.FixtureRequest, report: Report) -> Workspace:
    name: Manager = request.param
    try:
        root, peers = build(name), install("peers")
    except Unavailable as why:
        report.add(f"skipped: {why}")
        pytest.skip(str(why))
    flags = ("--no-warnings", "--experimental-import-meta-resolve", *RUNTIME[name])
    done = subprocess.run(
        ["node", *flags, SCRIPTS / "graph.mjs", peers, root, *SOURCES[name]], cwd=root, capture_output=True, check=True
    )
    return Workspace(name, root, msgspec.json.decode(done.stdout, type=list[Asked]))


def following_pnp(name: str) -> Profile:
    """A shipped profile, under Plug'n'Play where there is a manifest."""
    profile = named_profile(name)
    by_kind = tuple((kind, msgspec.structs.replace(options, pnp=True)) for kind, options in profile.by_kind)
    return Profile(name, profile.summary, by_kind)


def parted(workspace: Workspace, outcomes: list[str]) -> list[tuple[Asked, str]]:
    return [(row, outcome) for row, outcome in zip(workspace.rows, outcomes, strict=True) if row.outcome != outcome]


def test_the_workspace_asks_enough(workspace: Workspace) -> None:
    assert len(workspace.rows) >= 600
    places = {"yarn": ("/__virtual__/", ".zip/", "/unplugged/"), "pnpm": ("/.pnpm/",)}[workspace.name]
    for place in places:
        assert any(place in row.outcome for row in workspace.rows), place


def test_every_import_is_what_the_tools_own_runtime_makes_of_it(workspace: Workspace, report: Report) -> None:
    engine = Engine()
    number = engine.open_profile(following_pnp("node"))

    def ask_all() -> list[str]:
        engine.begin_turn()
        return [
            outcome_of(
                engine.answer_from(engine.mode(number, Kind(row.kind)), workspace.importer(row), row.specifier),
                str(workspace.root),
            )
            for row in workspace.rows
        ]

    for _ in ("cold", "warm"):
        assert not parted(workspace, ask_all())
    engine.check()
    failed = sum(row.outcome == FAILED for row in workspace.rows)
    report.add(
        f"{workspace.name:<9}{len(workspace.rows):>7} imports of its sources and of what they lead to, resolved as by its own "
        f"runtime, which refuses {failed}"
    )


def test_the_runtime_refuses_what_nobody_provides_and_nothing_else(workspace: Workspace) -> None:
    # The workspace package imports its peer: a virtual instance of it may, the package as such may not.
    refused = {row.specifier for row in workspace.rows if row.outcome == FAILED}
    assert refused == ({"react", "react/package.json"} if workspace.name == "yarn" else set())
    assert all(row.importer.startswith("packages/kit/") for row in workspace.rows if row.outcome == FAILED)


def test_the_daemon_answers_alike_over_its_socket(workspace: Workspace, daemon: RunningDaemon) -> None:
    options = {kind.value: msgspec.to_builtins(following_pnp("node").options(kind)) for kind in Kind}
    asked = [
        Question(row.specifier, workspace.importer(row), True, Kind(row.kind), options=options[row.kind])
        for row in workspace.rows
    ]
    for _ in ("cold", "warm"):
        answers = daemon.client.resolve_many(asked)
        assert not parted(workspace, [outcome_of(answer, str(workspace.root)) for answer in answers])


def test_every_import_of_the_sources_resolves_for_a_bundler(workspace: Workspace) -> None:
    engine = Engine()
    number = engine.open_profile(named_profile("bundler"))
    for row in workspace.own:
        answer = engine.answer_from(engine.mode(number, Kind(row.kind)), workspace.importer(row), row.specifier)
        assert (answer.status is Status.FAILED) == (row.outcome == FAILED), (row, answer)
