"""Routers of directories of pages, shared by all who ask about a directory with the same extensions.

The facts. A router observes each of its directories, so one that is kept costs watches and memory; one that is made anew reads
all of them. Nobody says that a router is needed no longer.

What we do. Those asked last are kept, up to a number of routers, of directories and of pages; who asks about another is given
a new one.
Reading many directories lets others in, and a router is not given up while it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from resolverd.cache.engine import Engine
from resolverd.paths import normal
from resolverd.routes.pages import MAX_DIRECTORIES, MAX_PAGES
from resolverd.routes.router import Router
from resolverd.wire.messages import AskRoutes, MatchRoute, Reply, RouteMatched, RoutesTold

MAX_ROUTERS = 64

PART = 1024
"""Routes in one reply."""

_Key = tuple[str, frozenset[str]]


class Routers:
    """The routers that are kept, the one asked last at the end."""

    __slots__ = ("_busy", "_engine", "_routers")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._routers: dict[_Key, Router] = {}
        self._busy: list[Router] = []

    def answer(self, request: AskRoutes | MatchRoute) -> Reply | Iterator[Reply | None]:
        """Give the reply, or replies in steps, None for one without. Raises `RoutesError` and `RequestError`, also in steps."""
        router = self._router(request)
        if isinstance(request, MatchRoute) and router.is_current:
            return _matched(router, request)
        return self._in_steps(router, request)

    def _router(self, request: AskRoutes | MatchRoute) -> Router:
        key = normal(request.directory), frozenset(request.extensions)
        router = self._routers.pop(key, None) or Router(self._engine, *key)
        self._routers[key] = router
        return router

    def _in_steps(self, router: Router, request: AskRoutes | MatchRoute) -> Iterator[Reply | None]:
        self._busy.append(router)
        try:
            for _ in router.refresh():
                yield None
        finally:
            self._busy.remove(router)
        self._give_up_old(router)
        if isinstance(request, MatchRoute):
            yield _matched(router, request)
            return
        if request.reload:
            router.hold_good()
        routes = iter(router.routes())
        while len(part := tuple(islice(routes, PART))) == PART:
            yield RoutesTold(request.id, part, done=False)
        yield RoutesTold(request.id, part, done=True)

    def _give_up_old(self, newest: Router) -> None:
        """Close the routers asked longest ago until no more than is allowed is kept."""
        directories = sum(router.pages.directories for router in self._routers.values())
        pages = sum(len(router.pages.files) for router in self._routers.values())
        for key, router in tuple(self._routers.items()):
            if len(self._routers) <= MAX_ROUTERS and directories <= MAX_DIRECTORIES and pages <= MAX_PAGES:
                return
            if router is not newest and router not in self._busy:
                directories -= router.pages.directories
                pages -= len(router.pages.files)
                router.pages.close()
                del self._routers[key]


def _matched(router: Router, request: MatchRoute) -> RouteMatched:
    return RouteMatched(request.id, router.match(request.url, request.origin, request.asset_prefix))
