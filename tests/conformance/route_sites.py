"""Directories of pages with what they route to, as `route_sites.toml` has them: for the core, the wire and both clients."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from resolverd.terms import RouteKind

Query = dict[str, str | list[str]]


class Matching(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One URL and what it has to give; `bun` is the page that Bun takes instead, "" for none."""

    url: str
    page: str | None = None
    pathname: str | None = None
    params: dict[str, str] = {}
    query: Query | None = None
    src: str | None = None
    bun: str | None = None


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"matches": "match"}):
    """One directory of pages."""

    name: str
    pages: tuple[str, ...]
    origin: str = ""
    asset_prefix: str = ""
    extensions: tuple[str, ...] = ()
    routes: tuple[str, ...] | None = None
    matches: tuple[Matching, ...] = ()
    error: str | None = None
    names: tuple[str, ...] = ()
    bun: str | None = None


class Result(msgspec.Struct, frozen=True, rename="camel"):
    """What Bun's router gives, under its names; `filePath` is relative to the root."""

    name: str
    kind: RouteKind
    file_path: str
    pathname: str
    query: Query
    params: dict[str, str]
    src: str
    script_src: str


@cache
def sites() -> tuple[Site, ...]:
    listed = tomllib.loads(Path(__file__).with_name("route_sites.toml").read_text("utf-8"))
    return msgspec.convert(listed["site"], tuple[Site, ...])


def expected(site: Site, matching: Matching) -> Result | None:
    """Spell out what a URL has to give."""
    page = matching.page
    if page is None:
        return None
    route = page.rpartition(".")[0]
    name = "/" + (route.removesuffix("index").rstrip("/") if route.split("/")[-1] == "index" else route)
    pathname = matching.url if matching.pathname is None else matching.pathname
    query = matching.params if matching.query is None else matching.query
    src = matching.src or (f"{site.origin}{site.asset_prefix or '/'}{page}" if site.origin else page)
    return Result(name, kind_of(name), page, pathname, dict(query), matching.params, src, src)


def kind_of(name: str) -> RouteKind:
    if "[[" in name:
        return RouteKind.OPTIONAL_CATCH_ALL
    if "[..." in name:
        return RouteKind.CATCH_ALL
    return RouteKind.DYNAMIC if "[" in name else RouteKind.EXACT
