"""Waiting for file systems that may hang, before a question about them is answered.

The facts. An engine call is synchronous: what it waits for, everybody waits for. A FUSE or network file system may be
slow, or never answer again.

What we do. Who asks about a path on such a mount waits here, in a task of their own, until it has answered a probe:
`PROBE_SECONDS` at most, and others are answered meanwhile. Then the mount counts as silent, and its questions fail at
once until it is back (`service.remote`, which also holds the engine to half a second where a link led there, or where a
mount falls silent between the probe and the look; a single question is then asked again after another such wait). One probe of a mount is under way at a time, for all who wait.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator

import trio

from resolverd.errors import RequestError
from resolverd.service.remote import RemoteMount, RemoteView
from resolverd.watch.mounts import Mount
from resolverd.wire import messages as wire
from resolverd.wire.codec import read_groups

PROBE_SECONDS = 5.0
"""How long a file system may take to answer a probe; a disk that has to wake up takes that long."""

_GOOD_SECONDS = 1.0
"""How long an answered probe counts."""

_log = logging.getLogger(__name__)


class Patience:
    """The probes under way, and when each mount answered last."""

    def __init__(self, view: RemoteView) -> None:
        self._view = view
        self._probes: dict[RemoteMount, trio.Event] = {}
        self._answered: dict[RemoteMount, float] = {}

    def silent(self) -> frozenset[RemoteMount]:
        """Give the mounts that do not answer."""
        return self._view.silent()

    def is_needed(self) -> bool:
        """Tell whether anything is mounted that may hang."""
        return bool(self._view.mounts().remote)

    def hanging(self) -> Iterator[tuple[Mount, float]]:
        """Give the mounts that do not answer, each with the seconds for which it has not."""
        return self._view.hanging()

    def unsure_of(self, request: wire.Request | wire.Refused) -> list[RemoteMount]:
        """Give the mounts that a request names of which it is not known whether they answer."""
        named = {remote for path in _places(request) if (remote := self._view.remote_at(path)) is not None}
        since = trio.current_time() - _GOOD_SECONDS
        return [remote for remote in named if not remote.is_silent and self._answered.get(remote, since) <= since]

    async def wait_for(self, mounts: Iterable[RemoteMount]) -> None:
        """Wait until mounts have answered, or are known not to."""
        async with trio.open_nursery() as nursery:
            for remote in mounts:
                nursery.start_soon(self._await, remote)

    async def _await(self, remote: RemoteMount) -> None:
        answered = self._probes.get(remote)
        if answered is not None:
            await answered.wait()
            return
        answered = self._probes[remote] = trio.Event()
        try:
            await self._probe(remote)
        finally:
            del self._probes[remote]
            answered.set()

    async def _probe(self, remote: RemoteMount) -> None:
        token, back = trio.lowlevel.current_trio_token(), trio.Event()

        def tell() -> None:
            with contextlib.suppress(trio.RunFinishedError):
                token.run_sync_soon(back.set)

        call = self._view.probe(remote, tell)
        with trio.move_on_after(PROBE_SECONDS):
            await back.wait()
        if back.is_set():
            now = trio.current_time()
            self._answered = {each: at for each, at in self._answered.items() if at + _GOOD_SECONDS > now}
            self._answered[remote] = now
        else:
            remote.give_up(call)
            _log.warning("the file system at %s (%s) does not answer", remote.mount.point, remote.mount.kind)


def _places(request: wire.Request | wire.Refused) -> Iterable[str]:
    match request:
        case wire.Resolve() | wire.Explain() | wire.Trace() | wire.BustSpecifier():
            return (request.origin,)
        case wire.ResolveMany() | wire.Subscribe():
            return {origin for origin, _, _ in request.groups}
        case wire.ResolveJson():
            with contextlib.suppress(RequestError):
                return {origin for origin, _, _ in read_groups(request.groups)}
            return ()
        case wire.Missing():
            return (request.path,)
        case wire.AskRoutes() | wire.MatchRoute():
            return (request.directory,)
        case wire.OpenProfile():
            return () if request.directory is None else (request.directory,)
        case _:
            return ()
