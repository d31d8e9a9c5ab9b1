"""The routes of a directory of pages, changed by what changed of the pages.

What is wrong (two pages for one route, brackets that do not close, no directory) leaves the routes as they were: the pages
that changed since stay doubtful, and all are taken in together once they can be. Who asks for a match gets the routes in
force; who asks to reload is told what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from resolverd.cache.engine import Engine
from resolverd.errors import InvariantError, RoutesError
from resolverd.routes.location import Location, Query, parse_location
from resolverd.routes.pages import Pages
from resolverd.routes.patterns import parse_pattern, sort_key
from resolverd.routes.tree import Page, RouteTree, parameters
from resolverd.terms import Route, RouteMatch

_HOST = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?[^/]*")


class Router:
    """Routes of one directory, for one set of extensions.

    `refresh` comes before anything else, in the same turn (`Engine.begin_turn`) or with others let in at its steps.
    """

    __slots__ = ("_order", "_routed", "_taken", "_tree", "_trouble", "is_ready", "pages")

    def __init__(self, engine: Engine, directory: str, extensions: Iterable[str] = ()) -> None:
        """`directory` is an absolute path; nothing is looked at yet. No extensions: `pages.EXTENSIONS`."""
        self.pages = Pages(engine, directory, extensions)
        self._routed: dict[str, Page] = {}
        self._tree = RouteTree(self.pages.root)
        self._order: tuple[Route, ...] | None = None
        self._taken = 0
        self._trouble: RoutesError | None = None
        self.is_ready = False

    def refresh(self) -> Iterator[None]:
        """Take in what changed, if that can be."""
        yield from self.pages.refresh()
        if self.pages.reads == self._taken:
            return
        self._taken = self.pages.reads
        try:
            self._take_in()
        except RoutesError as error:
            self._trouble = error.with_traceback(None)

    @property
    def is_current(self) -> bool:
        """Whether `refresh` would change nothing: all is read, and what was read is taken in."""
        return self.pages.is_current and self.pages.reads == self._taken

    # -- asking --------------------------------------------------------------------------------------------------

    def hold_good(self) -> None:
        """Raise `RoutesError` for what is wrong with the pages."""
        if self._trouble is not None:
            # Not the one that is kept, which would gather a traceback at each call.
            raise RoutesError(str(self._trouble), is_directory=self._trouble.is_directory)

    def routes(self) -> tuple[Route, ...]:
        """Give the routes in force, in Bun's order. Raises `RoutesError` where there never were any."""
        self._hold_ready()
        if self._order is None:
            pages = sorted(self._routed.values(), key=lambda page: sort_key(page.pattern))
            self._order = tuple(Route(page.pattern.name, page.pattern.kind, page.file) for page in pages)
        return self._order

    def match(self, url: str, origin: str = "", asset_prefix: str = "") -> RouteMatch | None:
        """Give the page for a path or a URL. Raises `RequestError`, and `RoutesError` where there never were routes."""
        location = parse_location(url)
        self._hold_ready()
        page = self._tree.match(location.segments)
        return None if page is None else _match(page, location, origin, asset_prefix)

    def _hold_ready(self) -> None:
        if not self.is_ready:
            self.hold_good()

    # -- taking in -----------------------------------------------------------------------------------------------

    def _take_in(self) -> None:
        """Bring the tree of routes to the pages there are; if that cannot be, nothing is changed. Raises `RoutesError`."""
        pages = self.pages
        pages.hold_readable()
        doubtful = sorted(pages.doubtful, key=_by_directory)
        removed = [page for source in doubtful if (page := self._routed.get(source)) is not None]
        added = [self._page(source) for source in doubtful if source in pages.files]
        if not self._exchange(removed, added):
            kept = (page for source, page in self._routed.items() if source not in pages.doubtful)
            raise _conflict(pages.root, [*kept, *added])
        for page in removed:
            del self._routed[page.source]
        self._routed.update((page.source, page) for page in added)
        pages.doubtful.clear()
        self._order = None
        self._trouble = None
        self.is_ready = True

    def _page(self, source: str) -> Page:
        route = source[: source.rindex(".")]
        return Page(parse_pattern(route, f"{self.pages.root}/{source}"), source, self.pages.files[source])

    def _exchange(self, removed: list[Page], added: list[Page]) -> bool:
        """Put pages into the tree in the place of others: all of them or, if one is in another's way, none."""
        for page in removed:
            self._tree.remove(page)
        done = 0
        try:
            for page in added:
                self._tree.add(page)
                done += 1
        except RoutesError:
            for page in added[:done]:
                self._tree.remove(page)
            for page in removed:
                self._tree.add(page)
            return False
        return True

    def check(self) -> None:
        """Hold the routes against the pages. Raises `InvariantError`."""
        self.pages.check()
        self._tree.check()
        if self._tree.count != len(self._routed):
            raise InvariantError(f"routes of {self.pages.root}: {self._tree.count}, of {len(self._routed)} pages")
        if not self.pages.doubtful and self.pages.files.keys() != self._routed.keys():
            raise InvariantError(f"routes of {self.pages.root}: pages are neither in the routes nor doubtful")


def _by_directory(source: str) -> list[str]:
    return source.split("/")


def _conflict(root: str, pages: list[Page]) -> RoutesError:
    """Give what a router that is made anew of these pages would raise: which conflict is met first is a matter of order."""
    tree = RouteTree(root)
    try:
        for page in sorted(pages, key=lambda page: _by_directory(page.source)):
            tree.add(page)
    except RoutesError as error:
        return error
    raise InvariantError(f"routes of {root}: pages that are in no other's way could not be taken in")


def _match(page: Page, location: Location, origin: str, asset_prefix: str) -> RouteMatch:
    params = parameters(page, location.segments)
    query: Query = {**params, **{name: value for name, value in location.query.items() if name not in params}}
    name, kind, _ = page.pattern
    src = page.source
    if origin:
        src = f"{_host(origin)}/{asset_prefix.lstrip('/')}{src}"
    return RouteMatch(name, kind, page.file, location.pathname, query, params, page.source, src)


def _host(origin: str) -> str:
    """Give an origin without whatever path follows it."""
    host = _HOST.match(origin)
    return origin if host is None else host[0]
