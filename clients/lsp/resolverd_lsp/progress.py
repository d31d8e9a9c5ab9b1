"""Progress that an editor shows while the files of a workspace are read for the first time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

_SHOWN = 200
"""Files that are read before anybody wonders what takes so long."""

_PATIENCE = 1.0
"""Seconds that an editor has to make room for a progress bar."""


class Progress:
    """Shows progress in an editor that has room for it."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._numbers = itertools.count()

    @asynccontextmanager
    async def reading(self, count: int) -> AsyncGenerator[Callable[[int], None]]:
        """Show how many of so many files were read, where that takes a while."""
        shown, token = self._server.work_done_progress, f"resolverd-{next(self._numbers)}"
        if count < _SHOWN or not await self._may_show(token):
            yield lambda _: None
            return

        def report(done: int) -> None:
            shown.report(token, types.WorkDoneProgressReport(percentage=100 * done // count))

        shown.begin(token, types.WorkDoneProgressBegin("resolverd: reading imports", percentage=0))
        try:
            yield report
        finally:
            shown.end(token, types.WorkDoneProgressEnd())

    async def _may_show(self, token: str) -> bool:
        window = self._server.client_capabilities.window
        if window is None or not window.work_done_progress:
            return False
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._server.work_done_progress.create_async(token)  # pyright: ignore[reportUnknownMemberType]  as pygls annotates it
        except (TimeoutError, JsonRpcException):
            return False
        return True
