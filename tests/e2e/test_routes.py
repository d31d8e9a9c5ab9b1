"""Routes as users ask for them: over the socket, and on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from resolverd.errors import RoutesError
from resolverd_client import BlockingClient, Client
from tests.conformance.route_sites import Site, expected, sites
from tests.conformance.test_routes import as_bun_has_it
from tests.e2e.command import Home, home


@pytest.fixture(scope="module")
def user() -> Iterator[Home]:
    with home() as made:
        made.run("start")
        yield made


@pytest.fixture(scope="module")
def client(user: Home) -> Iterator[BlockingClient]:
    with BlockingClient(user.socket) as made:
        yield made


def plant(root: Path, *pages: str) -> Path:
    for page in pages:
        (root / page).parent.mkdir(parents=True, exist_ok=True)
        (root / page).touch()
    return root


@pytest.mark.parametrize("site", sites(), ids=lambda site: site.name)
def test_each_directory_of_pages_over_the_socket(site: Site, client: BlockingClient, tmp_path: Path) -> None:
    root = plant(tmp_path.resolve() / "pages", *site.pages)
    if site.error is not None:
        with pytest.raises(RoutesError) as told:
            client.routes(root, extensions=site.extensions, reload=True)
        assert str(told.value).startswith(site.error)
        assert all(f"{root}/{page}" in str(told.value) for page in site.names)
        return
    if site.routes is not None:
        assert tuple(route.name for route in client.routes(root, extensions=site.extensions)) == site.routes
    for matching in site.matches:
        match = client.match_route(
            matching.url,
            directory=root,
            extensions=site.extensions,
            origin=site.origin,
            asset_prefix=site.asset_prefix,
        )
        assert (match and as_bun_has_it(match, str(root))) == expected(site, matching), matching.url


def test_a_new_page_is_there_at_the_first_match(client: BlockingClient, tmp_path: Path) -> None:
    root = plant(tmp_path / "pages", "index.tsx")
    for number in range(20):
        url = f"/d{number % 3}/page-{number}"
        assert client.match_route(url, directory=root) is None
        plant(root, f"{url[1:]}.tsx")
        assert client.match_route(url, directory=root) is not None
        (root / f"{url[1:]}.tsx").unlink()
        assert client.match_route(url, directory=root) is None


def test_thousands_of_routes_are_told(client: BlockingClient, tmp_path: Path) -> None:
    root = plant(tmp_path / "pages", *(f"d{number % 10}/[p{number % 10}]/page-{number}.tsx" for number in range(3000)))
    assert len(client.routes(root)) == 3000
    match = client.match_route("/d7/x/page-507", directory=root)
    assert match is not None
    assert match.params == {"p7": "x"}


def test_the_trio_client_asks_too(user: Home, tmp_path: Path) -> None:
    root = plant(tmp_path.resolve() / "pages", "blog/[slug].tsx")

    async def ask() -> None:
        async with Client(user.socket) as asynchronous:
            assert [route.name for route in await asynchronous.routes(root)] == ["/blog/[slug]"]
            match = await asynchronous.match_route("/blog/a", directory=root)
            assert match is not None
            assert match.file == f"{root}/blog/[slug].tsx"
            plant(root, "blog/[slug].js")
            with pytest.raises(RoutesError, match="is already defined by"):
                await asynchronous.routes(root, reload=True)
            assert await asynchronous.match_route("/blog/a", directory=root) == match

    trio.run(ask)


@pytest.mark.parametrize("where", [(), ("--no-daemon",)])
def test_the_command_line_lists_and_matches(user: Home, where: tuple[str, ...], tmp_path: Path) -> None:
    root = plant(tmp_path.resolve() / "pages", "index.tsx", "blog/[slug].tsx")

    def told(*words: str) -> tuple[int, str]:
        done = user.run("routes", *words, *where, cwd=root.parent)
        return done.returncode, done.stdout.decode()

    assert told("pages") == (0, f"/             {root}/index.tsx\n/blog/[slug]  {root}/blog/[slug].tsx\n")
    assert told("pages", "/blog/a?x=1", "--style", "nextjs") == (0, f"{root}/blog/[slug].tsx\n")
    assert told("pages", "/none") == (1, "")
    code, line = told("pages", "/blog/a?x=1", "--json")
    assert code == 0
    assert json.loads(line)["match"] == {
        "name": "/blog/[slug]",
        "kind": "dynamic",
        "filePath": f"{root}/blog/[slug].tsx",
        "pathname": "/blog/a?x=1",
        "query": {"slug": "a", "x": "1"},
        "params": {"slug": "a"},
        "src": "blog/[slug].tsx",
        "scriptSrc": "blog/[slug].tsx",
    }
    assert json.loads(told("pages", "/none", "--json")[1]) == {"match": None}
    assert [route["name"] for route in json.loads(told("pages", "--json")[1])["routes"]] == ["/", "/blog/[slug]"]
    assert told("nowhere")[0] == 2


def test_the_command_line_says_that_there_is_nothing(user: Home, tmp_path: Path) -> None:
    root = plant(tmp_path.resolve() / "pages", "style.css")
    assert user.run("routes", str(root)).stderr.decode().startswith(f"resolverd: {root} has no pages")
    plant(root, "index.tsx")
    assert f"no page in {root} answers to /x" in user.run("routes", str(root), "/x").stderr.decode()


def test_the_command_line_names_both_files(user: Home, tmp_path: Path) -> None:
    root = plant(tmp_path.resolve() / "pages", "[a].tsx", "[b].tsx")
    done = user.run("routes", str(root), "/x")
    assert done.returncode == 2
    assert f"{root}/[a].tsx" in done.stderr.decode()
    assert f"{root}/[b].tsx" in done.stderr.decode()
