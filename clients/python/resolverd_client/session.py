"""One connection's side of the conversation, without I/O: requests in, bytes out; bytes in, replies out.

`BlockingClient` and `Client` move the bytes; what is said, and what it means, is here and in `exchanges`.
"""

from __future__ import annotations

from resolverd import __version__
from resolverd.wire import messages
from resolverd.wire.codec import append_message, decode_reply
from resolverd.wire.framing import HEADER_BYTES, Framer
from resolverd_client.errors import DaemonRefused
from resolverd_client.questions import ProfileKey

REPLY_BYTES = 64 * 1024 * 1024
"""The largest payload that is taken for a reply; the daemon's own are far smaller."""


class Session:
    """Numbers requests, keeps replies until they are fetched, and remembers which profiles are open."""

    __slots__ = (
        "_framer",
        "_last",
        "_replies",
        "lapses",
        "limits",
        "modes",
        "opening",
        "outgoing",
        "profiles",
        "received",
        "welcome",
    )

    def __init__(self, client: str) -> None:
        self.outgoing = bytearray()
        self.received = 0
        self.welcome: messages.Welcome | None = None
        self.limits = messages.Limits()
        self.profiles: dict[ProfileKey, int] = {}
        # What the answer table knows the profile's kinds by.
        self.modes: dict[ProfileKey, tuple[tuple[int, int], ...]] = {}
        # Asked for and not answered yet: of many tasks on one connection each has to see the others' too.
        self.opening: set[ProfileKey] = set()
        # How often `AskAgain` ended all subscriptions: what was begun before the last time is over.
        self.lapses = 0
        self._framer = Framer(REPLY_BYTES)
        # Requests under way; a reply to any other was given up (a cancelled call) and is dropped.
        self._replies: dict[int, list[messages.Reply]] = {}
        self._last = messages.NO_REQUEST
        append_message(self.outgoing, messages.Hello(messages.PROTOCOL, client, __version__))

    def has_room_for(self, profile: ProfileKey) -> bool:
        """Whether a profile is open on this connection, or can still be."""
        known = self.profiles.keys() | self.opening
        return profile in known or len(known) < self.limits.profiles

    def next_id(self) -> int:
        """Give the number for the next request."""
        self._last += 1
        return self._last

    def ask(self, number: int, request: messages.Request) -> None:
        """Queue a request. Raises `DaemonRefused` for one so large that the daemon would break off."""
        start = len(self.outgoing)
        append_message(self.outgoing, request)
        size = len(self.outgoing) - start - HEADER_BYTES
        limit = self.limits.batch_bytes if isinstance(request, messages.MAY_BE_LARGE) else self.limits.request_bytes
        if size > limit:
            del self.outgoing[start:]
            message = f"the request has {size} bytes, and the daemon takes {limit}"
            raise DaemonRefused(messages.RefusalCode.FRAME_TOO_LARGE, message)
        self._replies[number] = []

    def receive(self, data: bytes) -> None:
        """Take what was received. Raises `ProtocolError`, and `DaemonRefused` for a refusal of the connection."""
        self.received += len(data)
        for payload in self._framer.receive(data):
            reply = decode_reply(payload)
            if isinstance(reply, messages.Welcome):
                self.welcome, self.limits = reply, reply.limits
            elif reply.id in self._replies:
                self._replies[reply.id].append(reply)
            elif isinstance(reply, messages.AskAgain):
                self.lapses += 1
            elif isinstance(reply, messages.Refused) and reply.id == messages.NO_REQUEST:
                raise DaemonRefused(reply.code, reply.message)
        if self._framer.failure is not None:
            raise self._framer.failure

    def fetch(self, number: int) -> list[messages.Reply]:
        """Give the replies to a request that came since the last time, in order."""
        replies = self._replies[number]
        if replies:
            self._replies[number] = []
        return replies

    def close(self, number: int) -> None:
        """Forget a request: it was answered, or nobody waits for it any more."""
        self._replies.pop(number, None)
