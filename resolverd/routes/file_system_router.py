"""A file-system router in this process, with an engine of its own or one that resolves as well."""

from __future__ import annotations

from collections.abc import Iterable

from resolverd.cache.engine import Engine
from resolverd.routes.router import Router
from resolverd.terms import Route, RouteMatch


class FileSystemRouter:
    """Routes of a directory, each call looking at the disk as it is now. The options are those of Bun's router."""

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
        return self._current().match(url, self.origin, self.asset_prefix)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes in force: those of the last time that nothing was wrong."""
        return self._current().routes()

    def reload(self) -> None:
        """Tell what is wrong with the pages, if anything is: nothing else needs it. Raises `RoutesError`."""
        self._current().hold_good()

    def _current(self) -> Router:
        self._engine.begin_turn()
        for _ in self._router.refresh():
            pass
        return self._router

    def check(self) -> None:
        """Hold every invariant of the routes. Raises `InvariantError`."""
        self._router.check()

    def close(self) -> None:
        """Observe the directories no longer."""
        self._router.pages.close()
