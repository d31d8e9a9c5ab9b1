"""One client's connection: bytes in, bytes out.

The facts. A task switch and a system call cost more than an answer, so requests that arrived together are answered
together: one receive of 64 KB, every complete frame in it, one send. Where there were several, a second receive is
tried at once, as more will have come meanwhile; then others have their turn.

A client may be slow, stopped or hostile. While its replies do not fit into the socket nothing more is read from it, so
what it can make us hold is bounded by `unread_bytes` and one reply; after `write_seconds` it is given up. A frame that
has begun, and the hello, have to be complete after `frame_seconds`, however the bytes drip. A greeted client that says
nothing may stay.

News of what a client is subscribed to is sent while nothing is asked, by the same task; it waits in the subscriber's
buffer, which is bounded too, for a client that does not read.

What a client finished before it sent a request, it finished before we received the request: so each receive begins a
new turn of the engine.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
from collections.abc import Iterator

import trio

from resolverd.service.daemon import Daemon
from resolverd.service.handlers import Session
from resolverd.service.patience import Patience
from resolverd.wire.framing import Framer
from resolverd.wire.messages import NO_REQUEST, Explain, RefusalCode, Refused, Request, Resolve

RECEIVE_BYTES = 64 * 1024

_REPEATABLE = (Resolve, Explain)
"""Requests with one reply, which may be answered twice."""


class Connection:
    """A task's own: nobody else reads from or writes to its socket."""

    __slots__ = ("_daemon", "_deadline", "_framer", "_limits", "_may_retry", "_out", "_session", "_socket")

    def __init__(self, sock: socket.socket, daemon: Daemon) -> None:
        self._socket = sock
        self._daemon = daemon
        self._limits = daemon.settings.limits
        self._session = Session(daemon)
        self._framer = Framer(self._limits.batch_bytes)
        self._out = bytearray()
        self._may_retry = False
        # When what is awaited has to have come; set when the wait begins, so that time spent answering does not count.
        self._deadline = math.inf

    async def serve(self) -> None:
        """Answer until either side ends the conversation; closes the socket."""
        with self._socket:
            try:
                while not self._session.is_closing and (data := await self._receive()):
                    self._daemon.begin_turn(trio.current_time())
                    await self._answer(data)
            except (ConnectionError, trio.TooSlowError):
                # The client went away, or does not take its replies: there is nobody to tell.
                return
            finally:
                self._session.end()

    def half_close(self) -> None:
        """Take no more requests; those that were sent before are still received, and then the end."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RD)

    async def _answer(self, data: bytes) -> None:
        payloads = self._framer.receive(data)
        if payloads:
            self._deadline = math.inf
        self._may_retry = self._may_retry and len(payloads) > 1
        patience, session, out, bound = self._daemon.patience, self._session, self._out, self._limits.unread_bytes
        for payload in payloads:
            request = session.read(payload)
            if patience is None or not patience.is_needed():
                steps = session.carry_out(request, out)
            else:
                steps = await self._carry_out(request, patience)
            if steps is not None:
                await self._answer_in_steps(steps)
            if session.is_closing:
                break
            if len(out) > bound:
                await self._send()
        if self._framer.failure is not None and not self._session.is_closing:
            self._refuse(RefusalCode.FRAME_TOO_LARGE, str(self._framer.failure))
        await self._send()

    async def _carry_out(self, request: Request | Refused, patience: Patience) -> Iterator[None] | None:
        """Answer one request, once the file systems that it names have answered (`patience`)."""
        session, out = self._session, self._out
        if unsure := patience.unsure_of(request):
            await self._send()
            await patience.wait_for(unsure)
        told, has_news, silent = len(out), bool(session.subscriber.news), patience.silent()
        steps = session.carry_out(request, out)
        if not has_news and isinstance(request, _REPEATABLE) and (late := patience.silent() - silent):
            # A link led to a file system that is slow, or gone: its answer is worth as long a wait as another's.
            del out[told:]
            await patience.wait_for(late)
            self._daemon.begin_turn(trio.current_time())
            steps = session.carry_out(request, out)
        return steps

    async def _answer_in_steps(self, steps: Iterator[None]) -> None:
        for _ in steps:
            if len(self._out) > self._limits.unread_bytes:
                await self._send()
            await trio.lowlevel.checkpoint()

    def _refuse(self, code: RefusalCode, message: str) -> None:
        self._session.refuse(Refused(NO_REQUEST, code, message), self._out)

    # -- bytes in ------------------------------------------------------------------------------------------------------

    async def _receive(self) -> bytes:
        """Give what came next, nothing at the end. Refuses a client that takes too long."""
        if self._may_retry:
            self._may_retry = False
            try:
                return self._socket.recv(RECEIVE_BYTES)
            except BlockingIOError:
                pass
        while await self._wait_readable():
            try:
                data = self._socket.recv(RECEIVE_BYTES)
            except BlockingIOError:
                continue
            self._may_retry = True
            return data
        self._refuse(RefusalCode.TOO_SLOW, f"a frame was not complete after {self._limits.frame_seconds} s")
        await self._send()
        return b""

    async def _wait_readable(self) -> bool:
        """Wait for bytes; False when an unfinished frame, or the hello, did not come in time."""
        if self._session.is_greeted and not self._framer.is_mid_frame:
            await self._wait_for_request()
            return True
        if self._deadline == math.inf:
            self._deadline = trio.current_time() + self._limits.frame_seconds
        with trio.move_on_at(self._deadline) as scope:
            await trio.lowlevel.wait_readable(self._socket)
        return not scope.cancelled_caught

    async def _wait_for_request(self) -> None:
        """Wait for bytes, and send the news that comes meanwhile."""
        subscriber = self._session.subscriber
        while subscriber.count or subscriber.news:
            if subscriber.news:
                self._out += subscriber.take_news()
                await self._send(math.inf)
                continue
            with trio.CancelScope() as subscriber.idle:
                await trio.lowlevel.wait_readable(self._socket)
                return
        await trio.lowlevel.wait_readable(self._socket)

    # -- bytes out -----------------------------------------------------------------------------------------------------

    async def _send(self, seconds: float | None = None) -> None:
        """Send all that is to be sent. Raises `trio.TooSlowError` when the client does not take it in time.

        News has all the time (inf): who does not read it asks for nothing either.
        """
        if not self._out:
            return
        try:
            sent = self._send_some(self._out)
        except BlockingIOError:
            sent = 0
        if sent < len(self._out):
            most = self._limits.write_seconds if seconds is None else seconds
            with trio.fail_after(most), memoryview(self._out) as unsent:
                await self._send_rest(unsent[sent:])
            # The client's own slowness in sending was ours in receiving.
            self._deadline = math.inf
        self._out.clear()

    def _send_some(self, data: bytearray | memoryview) -> int:
        """Send what can be sent; descriptors to hand over go with its first byte."""
        handing = self._session.handing
        if not handing:
            return self._socket.send(data)
        sent = socket.send_fds(self._socket, [data], handing)
        while handing:
            os.close(handing.pop())
        return sent

    async def _send_rest(self, unsent: memoryview) -> None:
        while unsent:
            await trio.lowlevel.wait_writable(self._socket)
            try:
                unsent = unsent[self._send_some(unsent) :]
            except BlockingIOError:
                continue
