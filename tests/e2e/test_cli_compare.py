"""`explain --compare`: other resolvers, from npm, asked the same; the first step where they part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from resolverd.cli.comparing import PeerOutcome, find_peer, is_same, parting
from resolverd.cli.exits import UsageError
from resolverd.terms import Answer, Look, Status, Step
from tests.differential.install import Unavailable, install
from tests.e2e.command import Home, home

HOMES = {
    "node": "peers",
    "oxc": "peers",
    "enhanced-resolve": "peers",
    "esbuild": "tools",
    "typescript": "workspace",
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Home]:
    with home() as made:
        yield made


def compared(shop: Home, peer: str, *question: str) -> dict[str, object]:
    try:
        peers = install(HOMES[peer])
    except Unavailable as why:
        pytest.skip(str(why))
    command = ("explain", *question, "--from", shop.importer, "--compare", peer, "--json")
    done = shop.run(*command, RESOLVERD_PEERS=str(peers / "node_modules"))
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def parted_at(row: dict[str, object]) -> str:
    steps = cast("list[dict[str, str]]", row["steps"])
    return steps[cast("int", row["parted"])]["text"]


@pytest.mark.parametrize("peer", ["oxc", "enhanced-resolve", "esbuild", "typescript"])
@pytest.mark.parametrize("specifier", ["./cart.js", "@shop/ui/button", "@/theme"])
def test_peers_that_know_typescript_names_say_the_same(shop: Home, peer: str, specifier: str) -> None:
    row = compared(shop, peer, specifier)
    assert (row["same"], row["parted"]) == (True, None), row["peer"]


@pytest.mark.parametrize("peer", ["node", "oxc", "enhanced-resolve", "esbuild"])
@pytest.mark.parametrize("kind", ["import", "require"])
def test_every_peer_finds_a_package_as_we_do(shop: Home, peer: str, kind: str) -> None:
    row = compared(shop, peer, "palette", "--kind", kind)
    assert row["same"], row["peer"]
    assert cast("dict[str, str]", row["peer"])["version"]


@pytest.mark.parametrize("peer", ["node", "oxc", "enhanced-resolve", "esbuild"])
def test_a_built_in_module_is_one_to_every_peer(shop: Home, peer: str) -> None:
    assert compared(shop, peer, "fs")["same"]


@pytest.mark.parametrize("peer", ["oxc", "enhanced-resolve", "esbuild"])
def test_what_a_browser_map_ignores_every_peer_ignores(shop: Home, peer: str) -> None:
    row = compared(shop, peer, "fetcher", "--profile", "browser")
    assert row["same"], row["peer"]


def test_the_first_step_where_node_parts_from_a_browser_is_the_target_that_was_selected(shop: Home) -> None:
    row = compared(shop, "node", "#settings", "--profile", "browser")
    assert not row["same"]
    manifest = shop.workspace / "package.json"
    assert parted_at(row) == f"imports '#settings' selects ./src/settings.browser.ts ({manifest})"


def test_without_typescript_names_node_parts_where_one_is_found(shop: Home) -> None:
    row = compared(shop, "node", "./cart.js")
    assert cast("dict[str, str]", row["peer"])["code"] == "ERR_MODULE_NOT_FOUND"
    assert parted_at(row) == f"{shop.workspace}/src/cart.ts: found"


def test_peers_with_a_log_of_their_own_show_it(shop: Home) -> None:
    for peer, line in (("enhanced-resolve", "using exports field"), ("esbuild", 'The key "import" applies')):
        trace = cast("dict[str, list[str]]", compared(shop, peer, "palette")["peer"])["trace"]
        assert any(line in each for each in trace)


def test_for_people_the_peers_way_stands_below_ours(shop: Home) -> None:
    try:
        peers = install("peers")
    except Unavailable as why:
        pytest.skip(str(why))
    question = ("explain", "#settings", "--from", shop.importer, "--profile", "browser", "--compare", "node")
    lines = shop.run(*question, RESOLVERD_PEERS=str(peers)).stdout.decode().splitlines()
    assert f"= {shop.workspace}/src/settings.browser.ts" in lines
    assert any(line.startswith("node ") and line.endswith("settings.server.ts") for line in lines)
    assert lines[-1].startswith("they part at step ")


def test_a_peer_that_is_not_installed_is_told_of(shop: Home) -> None:
    refused = shop.run("explain", "palette", "--from", shop.importer, "--compare", "oxc")
    assert refused.returncode == 2
    assert b"oxc-resolver is not installed" in refused.stderr
    assert b"RESOLVERD_PEERS is not set" in refused.stderr


def test_without_node_there_is_no_comparing(shop: Home) -> None:
    refused = shop.run(
        "explain", "palette", "--from", shop.importer, "--compare", "node", "--no-daemon", PATH="/absent"
    )
    assert refused.returncode == 2
    assert b"there is no `node` on the PATH" in refused.stderr


def test_the_projects_own_peer_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("project", "peers"):
        manifest = tmp_path / place / "node_modules/esbuild/package.json"
        manifest.parent.mkdir(parents=True)
        manifest.write_text("{}")
    monkeypatch.setenv("RESOLVERD_PEERS", str(tmp_path / "peers"))
    assert find_peer("esbuild", str(tmp_path / "project/src/a.ts")) == str(tmp_path / "project")
    assert find_peer("esbuild", str(tmp_path / "other/a.ts")) == str(tmp_path / "peers")
    with pytest.raises(UsageError, match="not in RESOLVERD_PEERS"):
        find_peer("oxc-resolver", str(tmp_path / "project/src/a.ts"))


STEPS = (
    Step(0, "conditions"),
    Step(0, "package directory", Look.CHOSEN, "/p/node_modules/k"),
    Step(0, "not there", Look.ABSENT, "/p/node_modules/k/a.ts"),
    Step(0, "main", Look.CHOSEN, "/p/node_modules/k/lib"),
    Step(0, "found", Look.FOUND, "/p/node_modules/k/lib/index.js"),
)


@pytest.mark.parametrize(
    ("outcome", "place"),
    [
        (PeerOutcome("1", Status.FOUND, "/p/node_modules/k/a.ts"), 2),
        (PeerOutcome("1", Status.FOUND, "/p/node_modules/k/es/index.js"), 3),
        (PeerOutcome("1", Status.FOUND, "/p/node_modules/k/lib.js"), 4),
        (PeerOutcome("1", Status.FOUND, "/elsewhere/k.js"), 1),
        (PeerOutcome("1", Status.FAILED), 4),
        (PeerOutcome("1", Status.FAILED, looked=("/p/node_modules/k/package.json",)), 3),
    ],
)
def test_the_first_step_off_the_peers_way_is_where_they_part(outcome: PeerOutcome, place: int) -> None:
    assert parting(STEPS, outcome) == place


def test_where_no_step_leads_away_the_last_one_ended_the_way() -> None:
    steps = (Step(0, "package directory", Look.CHOSEN, "/p/k"), Step(0, "no key of exports matches"))
    assert parting(steps, PeerOutcome("1", Status.FOUND, "/p/k/x.js")) == 1


def test_outcomes_are_compared_with_query_and_fragment() -> None:
    answer = Answer(Status.FOUND, "/p/x.js", "?q")
    assert is_same(answer, PeerOutcome("1", Status.FOUND, "/p/x.js", "?q"))
    assert not is_same(answer, PeerOutcome("1", Status.FOUND, "/p/x.js"))
