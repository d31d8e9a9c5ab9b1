"""Routes as a tree of segments: what a path matches, without looking at every route.

The facts. A path of n segments can match a route in as many ways as its segments are static or dynamic there. Next.js takes
static before dynamic, segment by segment, then catch-all, then optional catch-all; and a path without any dynamic segment
before all.

What we do. Routes without parameters are looked up by all their segments at once. The others are a tree with one step for each
segment; a match goes down it in that order and back up where it leads nowhere, so its cost is the path's depth, and not the
number of routes. A name in capitals also answers to its lower case, as Bun has it, unless a page of that very name is there.

A conflict is found before anything is changed: a node that is new has nothing below it to conflict with.
"""

from __future__ import annotations

from typing import NamedTuple

from resolverd.errors import InvariantError, RoutesError
from resolverd.routes.patterns import Pattern, Takes
from resolverd.terms import RouteKind


class Page(NamedTuple):
    """A page as a route: `source` is its path in the directory of pages, `file` its real path."""

    pattern: Pattern
    source: str
    file: str


class _Node:
    """What may follow after some segments; `parameter` names the one segment that `dynamic` takes."""

    __slots__ = ("catch_all", "dynamic", "optional", "page", "parameter", "statics")

    def __init__(self) -> None:
        self.statics: dict[str, _Node] = {}
        self.dynamic: _Node | None = None
        self.parameter = ""
        self.page: Page | None = None
        self.catch_all: Page | None = None
        self.optional: Page | None = None

    def is_empty(self) -> bool:
        return not (self.statics or self.dynamic or self.page or self.catch_all or self.optional)

    def any_page(self) -> Page:
        """Give a page at or below this node; there is one."""
        node = self
        while (page := node.page or node.catch_all or node.optional) is None:
            below = node.dynamic or next(iter(node.statics.values()), None)
            assert below is not None
            node = below
        return page


class RouteTree:
    """Pages by what they match; `root` begins what messages call files. `count` is the number of pages."""

    __slots__ = ("_dynamic", "_exact", "_lowered", "_root", "count")

    def __init__(self, root: str) -> None:
        self._root = root
        self._exact: dict[tuple[str, ...], Page] = {}
        self._lowered: dict[tuple[str, ...], list[Page]] = {}
        self._dynamic = _Node()
        self.count = 0

    # -- changing ------------------------------------------------------------------------------------------------

    def add(self, page: Page) -> None:
        """Add a page. Raises `RoutesError`, which names it and the page that is in its way; then nothing was changed."""
        if page.pattern.kind is RouteKind.EXACT:
            self._add_exact(page)
        else:
            self._add_dynamic(page)
        self.count += 1

    def _add_exact(self, page: Page) -> None:
        key = _names(page)
        if key in self._exact:
            raise self._duplicate(self._exact[key], page)
        self._exact[key] = page
        lowered = _lower(key)
        if lowered != key:
            self._lowered.setdefault(lowered, []).append(page)

    def _add_dynamic(self, page: Page) -> None:
        node = self._dynamic
        for takes, name in page.pattern.segments:
            if takes is Takes.ITSELF:
                node = node.statics.get(name) or node.statics.setdefault(name, _Node())
            elif takes is Takes.ONE:
                if node.dynamic is None:
                    node.dynamic, node.parameter = _Node(), name
                elif node.parameter != name:
                    raise self._two_names(node.dynamic.any_page(), page, node.parameter, name)
                node = node.dynamic
            elif takes is Takes.SOME:
                self._hold_free(node.catch_all, page)
                node.catch_all = page
                return
            else:
                self._hold_free(node.optional, page)
                node.optional = page
                return
        self._hold_free(node.page, page)
        node.page = page

    def _hold_free(self, known: Page | None, page: Page) -> None:
        if known is not None:
            name, other = known.pattern.segments[-1].name, page.pattern.segments[-1].name
            raise self._duplicate(known, page) if name == other else self._two_names(known, page, name, other)

    def remove(self, page: Page) -> None:
        """Take a page out that is in."""
        if page.pattern.kind is RouteKind.EXACT:
            key = _names(page)
            del self._exact[key]
            lowered = _lower(key)
            if lowered != key:
                self._lowered[lowered].remove(page)
                if not self._lowered[lowered]:
                    del self._lowered[lowered]
        else:
            self._remove_dynamic(page)
        self.count -= 1

    def _remove_dynamic(self, page: Page) -> None:
        node, way = self._dynamic, list[_Node]()
        for takes, name in page.pattern.segments:
            if takes > Takes.ONE:
                break
            way.append(node)
            below = node.dynamic if takes else node.statics[name]
            assert below is not None
            node = below
        if page.pattern.kind is RouteKind.DYNAMIC:
            node.page = None
        elif page.pattern.kind is RouteKind.CATCH_ALL:
            node.catch_all = None
        else:
            node.optional = None
        for above, (takes, name) in reversed(list(zip(way, page.pattern.segments, strict=False))):
            if not node.is_empty():
                return
            if takes is Takes.ITSELF:
                del above.statics[name]
            else:
                above.dynamic = None
            node = above

    def _duplicate(self, known: Page, page: Page) -> RoutesError:
        name = page.pattern.name
        first, second = self._file(known), self._file(page)
        return RoutesError(f'Route "{name}" is already defined by {first}, and again by {second}')

    def _two_names(self, known: Page, page: Page, name: str, other: str) -> RoutesError:
        first, second = self._file(known), self._file(page)
        return RoutesError(f'One dynamic segment has two names, "{name}" in {first} and "{other}" in {second}')

    def _file(self, page: Page) -> str:
        return f"{self._root}/{page.source}"

    # -- matching ------------------------------------------------------------------------------------------------

    def match(self, path: tuple[str, ...]) -> Page | None:
        """Give the page for the segments of a path."""
        page = self._exact.get(path)
        if page is not None:
            return page
        lowered = self._lowered.get(path)
        if lowered is not None:
            return min(lowered)
        return _find(self._dynamic, path)

    def check(self) -> None:
        """Hold that no node is kept for nothing. Raises `InvariantError`."""
        pending, pages = [self._dynamic], len(self._exact)
        while pending:
            node = pending.pop()
            pages += sum(page is not None for page in (node.page, node.catch_all, node.optional))
            below = [*node.statics.values(), *((node.dynamic,) if node.dynamic else ())]
            if any(each.is_empty() for each in below):
                raise InvariantError("routes: a node without pages is kept")
            pending += below
        if pages != self.count:
            raise InvariantError(f"routes: {pages} pages, counted {self.count}")


def _find(root: _Node, path: tuple[str, ...]) -> Page | None:
    """Go down the tree, static before dynamic before catch-alls; where that leads nowhere, back up to what was left for later."""
    pending = [(root, 0)]
    while pending:
        node, depth = pending.pop()
        if depth == _REST:
            return node.catch_all or node.optional
        if depth == len(path):
            page = node.page or node.optional
            if page is not None:
                return page
            continue
        if node.catch_all or node.optional:
            pending.append((node, _REST))
        segment = path[depth]
        if node.dynamic is not None and segment:
            pending.append((node.dynamic, depth + 1))
        below = node.statics.get(segment)
        if below is not None:
            pending.append((below, depth + 1))
    return None


_REST = -1
"""In the place of a depth: the node's catch-alls take what is left of the path."""


def parameters(page: Page, path: tuple[str, ...]) -> dict[str, str]:
    """Give what each parameter of a page took of a path that it matches."""
    taken: dict[str, str] = {}
    for place, (takes, name) in enumerate(page.pattern.segments):
        if takes is Takes.ONE:
            taken[name] = path[place]
        elif takes and place < len(path):
            taken[name] = "/".join(path[place:])
    return taken


def _names(page: Page) -> tuple[str, ...]:
    return tuple(segment.name for segment in page.pattern.segments)


def _lower(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)
