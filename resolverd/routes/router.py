"""A directory of pages as routes, kept as the disk has it.

The facts. A router that reads its directories again at each `reload` is either stale or slow. The engine holds listings that
are watched, and tells who observes a directory when anything in it is another (`cache/observations`).

What we do. Each directory of pages is observed once. A change voids one directory's observation; the next match reads that
directory again and no other, and changes the tree of routes by the difference. So a page is found by the first match after it
was created, and `reload` has nothing to do but to tell what is wrong.

What is wrong (two pages for one route, brackets that do not close, no directory) leaves the routes as they were: the pages
that changed since wait in `_doubtful`, and all are taken in together once they can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from resolverd.cache.engine import Engine
from resolverd.cache.observations import Observation
from resolverd.errors import InvariantError, RoutesError
from resolverd.paths import join, normal
from resolverd.routes.location import Location, Query, parse_location
from resolverd.routes.patterns import parse_pattern, sort_key
from resolverd.routes.tree import Page, RouteTree, parameters
from resolverd.terms import Route, RouteMatch

EXTENSIONS = (".tsx", ".jsx", ".ts", ".mjs", ".cjs", ".js")
"""What pages end in unless it is said."""

MAX_DIRECTORIES = 10_000
MAX_PAGES = 100_000
"""What a directory of pages may hold; more is a mistake (`/`, a home) that would keep everybody waiting."""

_HOST = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?[^/]*")


class _Directory:
    """One directory as it was read last: the pages and the directories in it, by their paths from the root of pages."""

    __slots__ = ("directories", "observation", "pages")

    def __init__(self, observation: Observation, pages: dict[str, str], directories: set[str]) -> None:
        self.observation = observation
        self.pages = pages
        self.directories = directories


class Router:
    """Routes of one directory, for one set of extensions. Its methods belong to a turn that was begun (`Engine.begin_turn`)."""

    __slots__ = (
        "_doubtful",
        "_engine",
        "_extensions",
        "_known",
        "_order",
        "_pages",
        "_stale",
        "_tree",
        "_trouble",
        "_unsure",
        "_wanted",
        "is_ready",
        "root",
    )

    def __init__(self, engine: Engine, directory: str, extensions: Iterable[str] = ()) -> None:
        """`directory` is an absolute path; nothing is looked at yet. No extensions: `EXTENSIONS`."""
        self._engine = engine
        self.root = normal(directory)
        self._extensions = frozenset(extensions) or frozenset(EXTENSIONS)
        self._known: dict[str, _Directory] = {}
        self._unsure: set[str] = set()
        self._stale: set[str] = {""}
        self._wanted: dict[str, str] = {}
        self._doubtful: set[str] = set()
        self._pages: dict[str, Page] = {}
        self._tree = RouteTree(self.root)
        self._trouble: RoutesError | None = None
        self.is_ready = False
        self._order: tuple[Route, ...] | None = None

    # -- asking --------------------------------------------------------------------------------------------------

    def reload(self) -> tuple[Route, ...]:
        """Give the routes as the disk has them. Raises `RoutesError` for what is wrong, and keeps those that were."""
        self._refresh()
        self._hold_good()
        return self.routes()

    def routes(self) -> tuple[Route, ...]:
        """Give the routes in force, in Bun's order. Raises `RoutesError` where there never were any."""
        self._refresh()
        if self._order is None:
            pages = sorted(self._pages.values(), key=lambda page: sort_key(page.pattern))
            self._order = tuple(Route(page.pattern.name, page.pattern.kind, page.file) for page in pages)
        return self._order

    def match(self, url: str, origin: str = "", asset_prefix: str = "") -> RouteMatch | None:
        """Give the page for a path or a URL. Raises `RequestError`, and `RoutesError` where there never were routes."""
        location = parse_location(url)
        self._refresh()
        page = self._tree.match(location.segments)
        return None if page is None else _match(page, location, origin, asset_prefix)

    # -- reading -------------------------------------------------------------------------------------------------

    def changed(self, path: str) -> None:
        """Take note that a directory is to be read again."""
        self._stale.add(path[len(self.root) :].lstrip("/"))

    def _refresh(self) -> None:
        """Read what changed again, and take it into the routes if that can be. Raises `RoutesError` where there are none."""
        for path in self._unsure:
            self._engine.is_still_so(self._known[path].observation)
        if self._stale:
            self._read_stale()
            try:
                self._take_in()
            except RoutesError as error:
                self._trouble = error.with_traceback(None)
        if not self.is_ready:
            self._hold_good()

    def _hold_good(self) -> None:
        if self._trouble is not None:
            # Not the one that is kept, which would gather a traceback at each call.
            raise RoutesError(str(self._trouble), is_directory=self._trouble.is_directory)

    def _read_stale(self) -> None:
        if len(self._known) > MAX_DIRECTORIES:
            # What is beyond the limit was not read, so nothing tells when there is less.
            self._forget("")
            self._stale = {""}
        read: set[str] = set()
        # Reading compares with the disk what is not watched, which may void what was read before.
        while stale := self._stale - read:
            self._stale -= stale
            read |= stale
            for path in sorted(stale):
                if not path or path in self._known:
                    self._read(path)

    def _read(self, path: str) -> None:
        """Read a directory, and those in it that were not known."""
        observation = self._engine.observe(join(self.root, path) if path else self.root, self)
        self._unsure.discard(path)
        if not observation.node:
            # It could not be looked at, which nobody will tell of when it can be.
            self._stale.add(path)
        before = self._known.get(path)
        pages: dict[str, str] = {}
        directories: set[str] = set()
        # A link back to what encloses it would never end.
        if observation.real_path not in self._enclosing(path):
            pages = {_below(path, name): file for name, file in observation.files.items() if self._is_page(name)}
            directories = {_below(path, name) for name in observation.directories if _is_entered(name)}
        known = self._known[path] = _Directory(observation, pages, directories)
        if not observation.is_sure:
            self._unsure.add(path)
        self._note_pages({} if before is None else before.pages, pages)
        for gone in (set[str]() if before is None else before.directories) - known.directories:
            self._forget(gone)
        for inner in sorted(directories):
            if inner not in self._known and len(self._known) <= MAX_DIRECTORIES:
                self._read(inner)

    def _is_page(self, name: str) -> bool:
        return not name.startswith(".") and name[name.rfind(".") :] in self._extensions

    def _enclosing(self, path: str) -> set[str | None]:
        """Give the real paths of the directories around one."""
        around = {self._known[""].observation.real_path} if path else set[str | None]()
        for place, character in enumerate(path):
            if character == "/":
                around.add(self._known[path[:place]].observation.real_path)
        return around

    def _note_pages(self, before: dict[str, str], pages: dict[str, str]) -> None:
        for source in before.keys() - pages.keys():
            del self._wanted[source]
        self._wanted.update(pages)
        self._doubtful.update(source for source, _ in before.items() ^ pages.items())

    def _forget(self, path: str) -> None:
        """Let go of a directory that is gone, with all below it."""
        known = self._known.pop(path, None)
        if known is None:
            return
        self._engine.let_go(known.observation)
        self._unsure.discard(path)
        self._note_pages(known.pages, {})
        for inner in known.directories:
            self._forget(inner)

    def close(self) -> None:
        """Let go of everything."""
        self._forget("")

    # -- taking in -----------------------------------------------------------------------------------------------

    def _take_in(self) -> None:
        """Bring the tree of routes to what is wanted; if that cannot be, nothing is changed. Raises `RoutesError`."""
        self._hold_readable()
        doubtful = sorted(self._doubtful, key=lambda source: source.split("/"))
        removed = [page for source in doubtful if (page := self._pages.get(source)) is not None]
        added: list[Page] = []
        wanted = [self._page(source) for source in doubtful if source in self._wanted]
        for page in removed:
            self._tree.remove(page)
        try:
            for page in wanted:
                self._tree.add(page)
                added.append(page)
        except RoutesError:
            for page in added:
                self._tree.remove(page)
            for page in removed:
                self._tree.add(page)
            raise
        for page in removed:
            del self._pages[page.source]
        self._pages.update((page.source, page) for page in added)
        self._doubtful.clear()
        self._order = None
        self._trouble = None
        self.is_ready = True

    def _page(self, source: str) -> Page:
        route = source[: source.rindex(".")]
        return Page(parse_pattern(route, f"{self.root}/{source}"), source, self._wanted[source])

    def _hold_readable(self) -> None:
        root = self._known[""].observation
        if root.real_path is None and not root.trouble:
            raise RoutesError(f"Unable to find directory: {self.root}", is_directory=True)
        for path in sorted(self._stale):
            known = self._known.get(path)
            if known is not None and known.observation.trouble:
                raise RoutesError(f"A directory of pages cannot be read: {known.observation.trouble}")
        if len(self._known) > MAX_DIRECTORIES or len(self._wanted) > MAX_PAGES:
            raise RoutesError(
                f"{self.root} has more than {MAX_DIRECTORIES} directories or {MAX_PAGES} pages: is it the directory of pages?"
            )

    def check(self) -> None:
        """Hold the routes against what was read. Raises `InvariantError`."""
        self._tree.check()
        read = {source for known in self._known.values() for source in known.pages}
        if read != self._wanted.keys() or self._tree.count != len(self._pages):
            raise InvariantError(f"routes of {self.root}: what is kept is not what was read")
        if not self._doubtful and self._wanted.keys() != self._pages.keys():
            raise InvariantError(f"routes of {self.root}: pages are neither in the routes nor doubtful")


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _is_entered(name: str) -> bool:
    return not name.startswith(".") and name != "node_modules"


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


class FileSystemRouter:
    """Routes in this process, each call looking at the disk as it is now. `options` as Bun's router has them."""

    def __init__(
        self,
        engine: Engine,
        directory: str,
        *,
        extensions: Iterable[str] = (),
        origin: str = "",
        asset_prefix: str = "",
    ) -> None:
        """Read an absolute directory. Raises `RoutesError`."""
        self._engine = engine
        self._router = Router(engine, directory, extensions)
        self.origin = origin
        self.asset_prefix = asset_prefix
        self.reload()

    def match(self, url: str) -> RouteMatch | None:
        """Give the page for a path or a URL. Raises `RequestError` for a broken percent-encoding."""
        self._engine.begin_turn()
        return self._router.match(url, self.origin, self.asset_prefix)

    def routes(self) -> tuple[Route, ...]:
        """Give the routes in force."""
        self._engine.begin_turn()
        return self._router.routes()

    def reload(self) -> None:
        """Tell what is wrong with the pages, if anything is: nothing else needs it. Raises `RoutesError`."""
        self._engine.begin_turn()
        self._router.reload()

    def close(self) -> None:
        """Observe the directories no longer."""
        self._router.close()
