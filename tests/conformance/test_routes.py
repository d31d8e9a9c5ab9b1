"""Routes of whole directories, on both views; and what Bun answered, held against ours."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from resolverd.cache.engine import Engine
from resolverd.errors import RoutesError
from resolverd.routes.file_system_router import FileSystemRouter
from resolverd.terms import RouteMatch
from tests.conformance import oracles
from tests.conformance.grounds import DiskGround, Entry, Ground, MemoryGround, plant
from tests.conformance.route_sites import Result, Site, expected, sites

ROUTED = [site for site in sites() if site.error is None]
WRONG = [site for site in sites() if site.error is not None]


@pytest.fixture(params=["memory", "disk"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    return MemoryGround("/own/pages") if request.param == "memory" else DiskGround(tmp_path / "pages")


def name_of(site: Site) -> str:
    return site.name


def router_of(ground: Ground, site: Site) -> FileSystemRouter:
    plant(ground, [Entry(page) for page in site.pages])
    return FileSystemRouter(
        Engine(ground.view),
        ground.root,
        extensions=site.extensions,
        origin=site.origin,
        asset_prefix=site.asset_prefix,
    )


def result_of(router: FileSystemRouter, url: str, root: str) -> Result | None:
    match = router.match(url)
    return None if match is None else as_bun_has_it(match, root)


def as_bun_has_it(match: RouteMatch, root: str) -> Result:
    file = match.file.removeprefix(f"{root}/")
    return Result(match.name, match.kind, file, match.pathname, match.query, match.params, match.src, match.src)


@pytest.mark.parametrize("site", ROUTED, ids=name_of)
def test_each_url_gives_its_page(site: Site, ground: Ground) -> None:
    router = router_of(ground, site)
    if site.routes is not None:
        assert tuple(route.name for route in router.routes) == site.routes
    for matching in site.matches:
        assert result_of(router, matching.url, ground.root) == expected(site, matching), matching.url
    router.check()


@pytest.mark.parametrize("site", WRONG, ids=name_of)
def test_what_is_wrong_names_its_files(site: Site, ground: Ground) -> None:
    with pytest.raises(RoutesError) as told:
        router_of(ground, site)
    assert site.error is not None
    message = str(told.value)
    assert message.startswith(site.error)
    for page in site.names:
        assert f"{ground.root}/{page}" in message


# -- the oracle --------------------------------------------------------------------------------------------------------

OBSERVED = oracles.folder() / "routes.md"
needs_oracle = pytest.mark.skipif(not OBSERVED.is_file(), reason="no routes.md among the oracles (RESOLVERD_ORACLES)")

WRONG_IN_BUN = {"/opt", "/opt/x/y", "about"}
"""Of the URLs that were observed: those that routes.md has otherwise in its table."""


def observed() -> list[tuple[str, str]]:
    """What was asked, and what Bun said: a heading, and the line below it."""
    section = OBSERVED.read_text("utf-8").partition("## Everything as observed")[2]
    return re.findall(r"^## (.+?) ?\n (.+)$", section, re.MULTILINE)


@needs_oracle
def test_the_matches_that_were_observed(ground: Ground) -> None:
    site = sites()[0]
    router = router_of(ground, site)
    asked = 0
    for heading, said in observed():
        quoted = re.fullmatch(r'match ("[^"]*")', heading)
        if quoted is None or (url := json.loads(quoted[1])) in WRONG_IN_BUN:
            continue
        asked += 1
        wanted = msgspec.json.decode(said, type=Result | None)
        answer = result_of(router, url, ground.root)
        assert answer == (wanted and msgspec.structs.replace(wanted, file_path=wanted.file_path[1:])), url
    assert asked > 30


@needs_oracle
def test_the_order_of_routes_that_was_observed(ground: Ground) -> None:
    router = router_of(ground, sites()[0])
    ours = [f"{route.name} => {route.file.removeprefix(ground.root)}" for route in router.routes]
    assert ours == json.loads(dict(observed())["routes (order)"])


@needs_oracle
def test_the_messages_that_were_observed() -> None:
    by_page = {site.pages: site for site in WRONG}
    held = 0
    for heading, said in observed():
        page = heading.removeprefix("file ")
        if page == heading or not said.startswith("THROWS") or page == "é.tsx":
            continue
        held += 1
        assert by_page[page,].error == said.removeprefix("THROWS BuildMessage ")
    assert held > 5
