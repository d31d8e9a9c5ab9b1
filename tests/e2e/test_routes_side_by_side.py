"""Every directory of pages through the JavaScript router, and through Bun's own beside it where it can be installed."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from tests.conformance.route_sites import Result, Site, expected, sites
from tests.differential.install import Unavailable, install
from tests.e2e.command import home

HERE = Path(__file__).parent
PROGRAM = HERE / "routes_in_javascript.cjs"
PACKAGE = HERE.parents[1] / "clients" / "node"
MACHINES = {"x86_64": "x64", "aarch64": "aarch64"}


class Routed(msgspec.Struct, frozen=True):
    """What a router said of one directory."""

    routes: tuple[str, ...] = ()
    matches: tuple[Result | None, ...] = ()
    error: str | None = None


class Planted(NamedTuple):
    site: Site
    root: Path


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> list[Planted]:
    made = [Planted(site, tmp_path_factory.mktemp("pages").resolve()) for site in sites()]
    for site, root in made:
        for page in site.pages:
            (root / page).parent.mkdir(parents=True, exist_ok=True)
            (root / page).touch()
    return made


def routed(command: Sequence[str | Path], planted: list[Planted], **environment: str) -> list[Routed]:
    asked = [
        {
            "dir": str(root),
            "origin": site.origin or None,
            "assetPrefix": site.asset_prefix or None,
            "fileExtensions": site.extensions or None,
            "urls": [matching.url for matching in site.matches],
        }
        for site, root in planted
    ]
    given = [{name: value for name, value in each.items() if value is not None} for each in asked]
    done = subprocess.run(
        command, input=json.dumps(given).encode(), capture_output=True, check=True, env=os.environ | environment
    )
    return msgspec.json.decode(done.stdout, type=list[Routed])


@pytest.fixture(scope="module")
def ours(planted: list[Planted]) -> Iterator[list[Routed]]:
    if not shutil.which("node"):
        pytest.skip("Node is not installed")
    with home() as user:
        user.run("start")
        yield routed(("node", PROGRAM, PACKAGE), planted, RESOLVERD_SOCKET=str(user.socket))


@pytest.fixture(scope="module")
def theirs(planted: list[Planted]) -> list[Routed]:
    try:
        modules = install("tools") / "node_modules"
    except Unavailable as missing:
        pytest.skip(str(missing))
    bun = modules / f"@oven/bun-linux-{MACHINES.get(platform.machine(), 'x64')}/bin/bun"
    if not bun.exists():
        pytest.skip("there is no Bun for this machine")
    return routed((bun, PROGRAM), planted)


def below(root: Path, result: Result | None) -> Result | None:
    return result and msgspec.structs.replace(result, file_path=os.path.relpath(result.file_path, root))


@pytest.mark.parametrize("index", range(len(sites())), ids=[site.name for site in sites()])
def test_the_javascript_router(index: int, planted: list[Planted], ours: list[Routed]) -> None:
    site, root = planted[index]
    said = ours[index]
    if site.error is not None:
        assert said.error is not None
        assert said.error.startswith(site.error)
        assert all(f"{root}/{page}" in said.error for page in site.names)
        return
    assert said.error is None
    if site.routes is not None:
        assert said.routes == site.routes
    for matching, match in zip(site.matches, said.matches, strict=True):
        assert below(root, match) == expected(site, matching), matching.url


@pytest.mark.parametrize("index", range(len(sites())), ids=[site.name for site in sites()])
def test_bun_answers_the_same_but_for_what_is_listed(index: int, planted: list[Planted], theirs: list[Routed]) -> None:
    site, root = planted[index]
    said = theirs[index]
    if said.error is not None:
        # What is wrong is wrong in the same words, which name fewer files; or a difference that is listed.
        assert said.error.startswith((site.error or site.bun or "").rstrip()), said.error
        return
    assert site.error is None or site.bun is not None
    if site.routes is not None and site.bun is None:
        assert said.routes == site.routes
    for matching, match in zip(site.matches, said.matches, strict=True):
        if matching.bun is None:
            assert below(root, match) == expected(site, matching), matching.url
        else:
            assert matching.bun == (os.path.relpath(match.file_path, root) if match else "")
            assert below(root, match) != expected(site, matching), matching.url
