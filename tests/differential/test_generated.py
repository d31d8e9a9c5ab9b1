"""Small trees drawn at random, asked of Node, oxc-resolver, enhanced-resolve, esbuild and TypeScript.

`RESOLVERD_LONG=1` draws many more. A difference that is meant is in `generated.toml`, with its reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import Profile, named_profile, single
from tests.differential.conftest import Report
from tests.differential.conversation import Conversation
from tests.differential.install import Unavailable, build_solution, install
from tests.differential.option_sets import OPTION_SETS, OptionSet
from tests.differential.resolvers import ask_engine
from tests.differential.rows import Questions, Row
from tests.differential.test_typescript import MODES
from tests.differential.tools import Parted, describe, known_differences, parted
from tests.differential.trees import Tree, trees, typed_trees

SCRIPTS = {"node": "peers", "oxc": "peers", "enhanced": "peers", "esbuild": "tools"}

drawn = settings(
    max_examples=300 if "RESOLVERD_LONG" in os.environ else 25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


class Ground:
    """A place for trees, each in a directory that no peer has seen, and the peers that are asked about them."""

    def __init__(self, root: Path, peers: dict[str, Conversation]) -> None:
        self._root = root
        self._numbers = count()
        self._peers = peers
        self.rows = 0

    def write(self, tree: Tree) -> Path:
        """Write a tree to a new directory."""
        root = self._root / str(next(self._numbers))
        root.mkdir()
        tree.write(root)
        return root

    def ours(self, root: Path, rows: list[Row], profile: Profile) -> list[str]:
        """Ask a new engine, cold and warm."""
        self.rows += len(rows)
        return ask_engine(Questions(root, root, root, rows), profile)

    def theirs(self, name: str, root: Path, rows: list[Row], options: Mapping[str, object] | None = None) -> list[str]:
        """Ask a peer, with options in its own words."""
        return self._peers[name].ask(root, rows, options)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, report: Report) -> Iterator[Ground]:
    try:
        homes = {name: install(home) for name, home in SCRIPTS.items()} | {"typescript": build_solution()}
    except Unavailable as why:
        report.add(f"skipped: {why}")
        pytest.skip(str(why))
    peers = {name: Conversation(f"{name}.mjs", home) for name, home in homes.items()}
    made = Ground(tmp_path_factory.mktemp("trees").resolve(), peers)
    try:
        yield made
    finally:
        for peer in peers.values():
            peer.end()
    report.add(
        f"generated{made.rows:>7} rows, in trees drawn at random, as Node, oxc-resolver or enhanced-resolve, esbuild and TypeScript"
    )


def unlisted(name: str, found: list[Parted]) -> list[Parted]:
    known = known_differences(name, "generated.toml")
    return [each for each in found if not any(entry.covers(each) for entry in known)]


@drawn
@given(tree=trees())
def test_the_node_profile_answers_as_node(ground: Ground, tree: Tree) -> None:
    root, rows = ground.write(tree), tree.rows()
    ours = ground.ours(root, rows, named_profile("node"))
    found = unlisted("node", parted("node", rows, ours, ground.theirs("node", root, rows)))
    assert not found, describe(found)


@pytest.mark.parametrize("option_set", OPTION_SETS, ids=lambda option_set: option_set.name)
@drawn
@given(tree=trees())
def test_every_answer_is_oxc_resolvers_or_enhanced_resolves(ground: Ground, option_set: OptionSet, tree: Tree) -> None:
    root, rows = ground.write(tree), tree.rows()
    ours = ground.ours(root, rows, option_set.profile())
    oxc, enhanced = (ground.theirs(name, root, rows, option_set.by_kind) for name in ("oxc", "enhanced"))
    found = unlisted("peers", parted("peers", rows, ours, oxc))
    alone = [each for each in found if ours_alone(each, rows, enhanced)]
    assert not alone, describe(alone)


def ours_alone(each: Parted, rows: list[Row], enhanced: list[str]) -> bool:
    """Tell whether enhanced-resolve, too, says something else."""
    return enhanced[rows.index(Row(each.directory, each.specifier, each.kind))] != each.resolverd


@pytest.mark.parametrize(("resolution", "module"), MODES.items(), ids=MODES)
@drawn
@given(tree=typed_trees())
def test_declarations_are_found_as_typescript_finds_them(
    ground: Ground, resolution: str, module: str, tree: Tree
) -> None:
    root, rows = ground.write(tree), tree.rows()
    compiler = {"moduleResolution": resolution, "module": module}
    options = parse_options({"algorithm": "typescript", "typescript": {"compilerOptions": compiler}})
    ours = ground.ours(root, rows, single(resolution, "", options))
    found = unlisted("typescript", parted("typescript", rows, ours, ground.theirs("typescript", root, rows, compiler)))
    assert not found, describe(found)


@drawn
@given(tree=trees(plain=True))
def test_the_esbuild_profile_answers_as_esbuild(ground: Ground, tree: Tree) -> None:
    root, rows = ground.write(tree), tree.rows()
    ours = ground.ours(root, rows, named_profile("esbuild"))
    found = unlisted("esbuild", parted("esbuild", rows, ours, ground.theirs("esbuild", root, rows)))
    assert not found, describe(found)
