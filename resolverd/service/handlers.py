"""Requests to replies: one `Session` for each connection, synchronous and without I/O.

The facts. An engine call is atomic, and all of this is plain synchronous code: between a cached fact and the answer made
from it no other task can come. But a batch may ask 65,536 questions, and its neighbours should not wait for it.

What we do. `Session.answer` appends the reply to a buffer and is done; for a batch it gives an iterator, which appends a
part of the answers at each step, and the server lets others run in between. What is wrong with a request is told in its
reply. An exception that nobody foresaw is a bug: it is logged and answered as `internal`, everything remembered is
voided, since the call that broke off may have left it half changed, and the daemon lives on for the others.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import assert_never

import resolverd
from resolverd.errors import LimitError, OptionsError, RequestError, ResolverdError, RoutesError
from resolverd.service.daemon import Daemon
from resolverd.service.open_profiles import OpenProfiles
from resolverd.service.questions import asker, compare, held_parts, json_parts, parts
from resolverd.service.subscriptions import Subscriber
from resolverd.terms import Busted
from resolverd.wire import messages as wire
from resolverd.wire.codec import append_message, decode_request, read_groups
from resolverd.wire.messages import RefusalCode, Refused

_BATCHES = (wire.ResolveMany, wire.Subscribe)
_ROUTING = (wire.AskRoutes, wire.MatchRoute)

_log = logging.getLogger(__name__)


class RefusalError(ResolverdError):
    """A request that is not carried out, with the code of its reply."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code = code


_REFUSALS = (RefusalError, OptionsError, LimitError, RoutesError, RequestError)


class Session:
    """One client's conversation. `is_closing` is set when the reply that was appended last is to be the last."""

    __slots__ = ("_daemon", "_engine", "_limits", "_profiles", "handing", "is_closing", "is_greeted", "subscriber")

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._engine = daemon.engine
        self._limits = daemon.settings.limits
        self._profiles = OpenProfiles(daemon.engine, daemon.settings.limits)
        self.subscriber = Subscriber()
        self.is_greeted = False
        self.is_closing = False
        self.handing: list[int] = []
        """Descriptors that go with what is sent next; closed then."""

    def end(self) -> None:
        """Let go of what the client held: nobody speaks with it any more."""
        self._daemon.subscriptions.leave(self.subscriber)
        while self.handing:
            os.close(self.handing.pop())

    def answer(self, payload: bytes, out: bytearray) -> Iterator[None] | None:
        """Append the reply to one payload to `out`; a batch's is appended by the steps of the iterator given."""
        return self.carry_out(self.read(payload), out)

    def read(self, payload: bytes) -> wire.Request | Refused:
        """Decode a request; one that is none becomes its refusal."""
        return decode_request(payload, self._limits.request_bytes)

    def carry_out(self, request: wire.Request | Refused, out: bytearray) -> Iterator[None] | None:
        """As `answer`, for a request that was decoded before."""
        self._daemon.requests += 1
        if isinstance(request, Refused):
            self.refuse(request, out)
            return None
        try:
            if not self.is_greeted:
                _hold_to_hello(request)
            if self.subscriber.news:
                # It was news before this was answered, and may be of a subscription that ends now.
                out += self.subscriber.take_news()
            if isinstance(request, wire.ResolveJson):
                return self._json_batch(request, self._mode_of(request), out)
            if isinstance(request, _BATCHES):
                return self._batch(request, self._mode_of(request), out)
            if isinstance(request, _ROUTING):
                return self._route(request, out)
            append_message(out, self._reply(request))
        except _REFUSALS as error:
            self.refuse(Refused(_id_of(request), _code_of(error), str(error)), out)
        except Exception:  # noqa: BLE001  the boundary that the head of this file speaks of
            self._fail(request, out)
        return None

    def refuse(self, refusal: Refused, out: bytearray) -> None:
        """Append a refusal; some are the last thing said."""
        self._daemon.refused += 1
        self.is_closing = not self.is_greeted or refusal.code in wire.CLOSING
        append_message(out, refusal)

    def _fail(self, request: wire.Request, out: bytearray) -> None:
        self._daemon.distrust(type(request).__name__)
        message = "a bug in resolverd; the daemon's log has the traceback"
        self.refuse(Refused(_id_of(request), RefusalCode.INTERNAL, message), out)

    # -- requests ------------------------------------------------------------------------------------------------------

    def _reply(self, request: wire.Request) -> wire.Reply:
        match request:
            case wire.Resolve():
                return self._resolve(request)
            case wire.OpenProfile():
                number = self._profiles.open(request)
                return wire.ProfileOpened(request.id, number, self._profiles.table_modes(number))
            case wire.Missing():
                return wire.Voided(request.id, self._engine.missing(_absolute(request.path)))
            case wire.Explain() | wire.Trace():
                return self._explain(request)
            case wire.AskTsconfig():
                return wire.TsconfigTold(request.id, self._engine.tsconfig(request.question))
            case wire.BustPaths():
                return wire.Voided(request.id, self._bust_paths(request.paths))
            case wire.BustSpecifier():
                origin = _absolute(request.origin)
                busted = self._engine.bust_specifier(origin, request.specifier, is_file=request.is_file)
                return wire.Voided(request.id, busted)
            case wire.BustAll():
                return wire.Voided(request.id, self._engine.bust_all())
            case wire.Unsubscribe():
                self._daemon.subscriptions.end(self.subscriber, request.subscription)
                return wire.Unsubscribed(request.id)
            case wire.ResolveMany() | wire.ResolveJson() | wire.Subscribe() | wire.AskRoutes() | wire.MatchRoute():
                raise AssertionError("what is answered in parts was taken before")
            case _:
                return self._tell(request)

    def _tell(
        self,
        request: (
            wire.Hello
            | wire.AskStats
            | wire.AskStatus
            | wire.AskProjects
            | wire.Diagnose
            | wire.OpenTable
            | wire.Ping
            | wire.Shutdown
        ),
    ) -> wire.Reply:
        """Reply to what is asked of the daemon itself."""
        match request:
            case wire.Hello():
                return self._greet(request)
            case wire.AskStats():
                return wire.Stats(request.id, self._engine.stats(), self._daemon.stats())
            case wire.AskStatus():
                return self._daemon.health(request.id)
            case wire.Diagnose():
                return self._daemon.diagnosis(request.id)
            case wire.OpenTable():
                return self._open_table(request)
            case wire.AskProjects():
                return wire.Projects(request.id, self._daemon.largest_projects())
            case wire.Ping():
                return wire.Pong(request.id)
            case wire.Shutdown():
                self._daemon.stop()
                return wire.Stopping(request.id)
            case _:
                assert_never(request)

    def _open_table(self, request: wire.OpenTable) -> wire.TableOpened:
        if self.handing:
            raise RefusalError(RefusalCode.LIMIT_REACHED, "one table at a time: read the reply before you ask again")
        opened = self._daemon.open_table()
        if opened is None:
            raise RefusalError(RefusalCode.NO_TABLE, "this daemon has no answer table; ask over the socket")
        table, descriptors = opened
        self.handing += descriptors
        return wire.TableOpened(request.id, table.generation, table.size)

    def _greet(self, hello: wire.Hello) -> wire.Welcome:
        if self.is_greeted:
            raise RefusalError(RefusalCode.INVALID_REQUEST, "there was a hello before")
        if hello.protocol != wire.PROTOCOL:
            message = (
                f"{hello.client} {hello.version} speaks protocol {hello.protocol}, and the daemon (resolverd "
                f"{resolverd.__version__}, pid {os.getpid()}) {wire.PROTOCOL}: `resolverd restart` starts your version"
            )
            raise RefusalError(RefusalCode.UNSUPPORTED_PROTOCOL, message)
        self.is_greeted = True
        _log.debug("%s %s says hello", hello.client, hello.version)
        return wire.Welcome(wire.PROTOCOL, resolverd.__version__, os.getpid(), self._limits)

    def _mode_of(
        self,
        request: (wire.Resolve | wire.ResolveMany | wire.ResolveJson | wire.Subscribe | wire.Explain | wire.Trace),
    ) -> int:
        try:
            return self._profiles.mode(request.profile, request.kind, request.types)
        except KeyError:
            message = f"this connection has opened no profile with the number {request.profile}"
            raise RefusalError(RefusalCode.UNKNOWN_PROFILE, message) from None

    def _resolve(self, request: wire.Resolve) -> wire.Resolved:
        mode, origin = self._mode_of(request), request.origin
        if request.fresh:
            fresh, stale = compare(self._daemon, mode, origin, request.specifier, is_file=request.is_file)
            return wire.Resolved(request.id, fresh, stale)
        ask = asker(self._engine, origin, is_file=request.is_file)
        return wire.Resolved(request.id, ask(mode, origin, request.specifier))

    def _batch(self, batch: wire.ResolveMany | wire.Subscribe, mode: int, out: bytearray) -> Iterator[None]:
        count = self._hold_to_groups(batch.groups)
        if isinstance(batch, wire.ResolveMany):
            return self._steps(batch, parts(self._daemon, mode, batch), out)
        self._daemon.subscriptions.begin(self.subscriber, batch.id, count)
        return self._steps(batch, held_parts(self._daemon, self.subscriber, mode, batch), out)

    def _json_batch(self, batch: wire.ResolveJson, mode: int, out: bytearray) -> Iterator[None]:
        groups = read_groups(batch.groups)
        self._hold_to_groups(groups)
        return self._steps(batch, json_parts(self._engine, mode, batch.id, groups), out)

    def _hold_to_groups(self, groups: list[wire.Group]) -> int:
        # A group without specifiers is work too, and the others are not let in for it.
        count = sum(max(1, len(specifiers)) for _, _, specifiers in groups)
        self._hold_to_count(count, "specifiers")
        return count

    def _route(self, request: wire.AskRoutes | wire.MatchRoute, out: bytearray) -> Iterator[None] | None:
        _absolute(request.directory)
        answer = self._daemon.routers.answer(request)
        if isinstance(answer, Iterator):
            return self._steps(request, answer, out)
        append_message(out, answer)
        return None

    def _steps(self, request: wire.Request, replies: Iterator[wire.Reply | None], out: bytearray) -> Iterator[None]:
        try:
            for reply in replies:
                if reply is not None:
                    append_message(out, reply)
                yield
        except _REFUSALS as error:
            self.refuse(Refused(_id_of(request), _code_of(error), str(error)), out)
        except Exception:  # noqa: BLE001  the boundary that the head of this file speaks of
            self._fail(request, out)

    def _explain(self, request: wire.Explain | wire.Trace) -> wire.Explained | wire.Traced:
        mode, origin = self._mode_of(request), _absolute(request.origin)
        if isinstance(request, wire.Trace):
            return wire.Traced(request.id, self._engine.trace(mode, origin, request.specifier, is_file=request.is_file))
        explanation = self._engine.explain(mode, origin, request.specifier, is_file=request.is_file)
        return wire.Explained(request.id, explanation)

    def _bust_paths(self, paths: tuple[str, ...]) -> Busted:
        self._hold_to_count(len(paths), "paths")
        # All are looked at before the first is busted: a request that is refused has done nothing.
        return sum(map(self._engine.bust_path, [_absolute(path) for path in paths]), Busted())

    def _hold_to_count(self, count: int, what: str) -> None:
        limit = self._limits.batch_specifiers
        if count > limit:
            message = f"{count} {what} in one request; at most {limit} are allowed"
            raise RefusalError(RefusalCode.LIMIT_REACHED, message)


def _hold_to_hello(request: wire.Request) -> None:
    if not isinstance(request, wire.Hello):
        raise RefusalError(RefusalCode.HELLO_FIRST, "the first message of a connection has to be a hello")


def _absolute(path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise RefusalError(RefusalCode.INVALID_REQUEST, f"not an absolute path: {path!r}")
    return path


def _id_of(request: wire.Request) -> int:
    return wire.NO_REQUEST if isinstance(request, wire.Hello) else request.id


def _code_of(error: RefusalError | OptionsError | LimitError | RoutesError | RequestError) -> RefusalCode:
    match error:
        case RefusalError():
            return error.code
        case OptionsError():
            return RefusalCode.INVALID_OPTIONS
        case RoutesError():
            return RefusalCode.INVALID_ROUTES
        case RequestError():
            return RefusalCode.INVALID_REQUEST
        case LimitError():
            return RefusalCode.LIMIT_REACHED
