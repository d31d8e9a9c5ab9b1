"""Warm answers out of shared memory (clients/ANSWER_TABLE.md): no round trip, and no staler than one.

The facts. The daemon hands the table over with descriptors, on a connection of its own here, so that nothing else has to
know of them. A table is retired when the daemon has no room left in it, or lost track of what happened; a daemon that was
replaced numbers its modes anew.

What we do. The table is asked first, and the socket whenever the table is not sure. It is fetched once so many questions
went over the socket that it pays, and again when it was retired. A client of a daemon that has no table never asks again.
"""

from __future__ import annotations

import os
import socket

import msgspec

from resolverd.errors import ResolverdError
from resolverd.paths import parent_of
from resolverd.table.reader import TableReader
from resolverd.terms import Answer, Kind
from resolverd.wire.messages import OpenTable, TableOpened
from resolverd_client.errors import ClientError
from resolverd_client.questions import Question, profile_key
from resolverd_client.session import Session
from resolverd_client.transport import RECEIVE_BYTES, connect

AFTER = 32
"""Questions over the socket after which a table is fetched: it costs about as much as ten of them."""

_DESCRIPTORS = 4
_SECONDS = 5.0
_KINDS = {Kind.IMPORT: 0, Kind.REQUIRE: 1, Kind.STYLE: 2}

_decode = msgspec.msgpack.Decoder(Answer).decode


class _Held:
    """A table that was handed over, and the descriptors that it lives by."""

    __slots__ = ("_descriptors", "pid", "reader")

    def __init__(self, descriptors: list[int], pid: int) -> None:
        self._descriptors = descriptors
        self.pid = pid
        self.reader = TableReader(descriptors[0], descriptors[1], _decode)

    def close(self) -> None:
        self.reader.close()
        _close(self._descriptors)


class Table:
    """The answer table of whichever daemon listens at a path. For one thread."""

    __slots__ = ("_asked", "_held", "_is_fetching", "_is_wanted", "_path", "hits")

    def __init__(self, path: str, *, is_wanted: bool = True) -> None:
        self._path = path
        self._held: _Held | None = None
        self._asked = 0
        self._is_fetching = False
        self._is_wanted = is_wanted
        self.hits = 0

    def find(self, session: Session, asked: Question) -> Answer | None:
        """Give the answer that the table is sure of; None to ask the daemon."""
        held = self._held
        if held is None or asked.types or asked.fresh:
            return None
        modes = session.modes.get(profile_key(asked))
        if modes is None or session.welcome is None or session.welcome.pid != held.pid:
            return None
        mode, by_file = modes[_KINDS[asked.kind]]
        origin = asked.origin
        if asked.is_file:
            if by_file < 0 or "/node_modules/" in origin:
                origin = parent_of(origin)
            else:
                mode = by_file
        answer = held.reader.find(mode, origin, asked.specifier)
        self.hits += answer is not None
        return answer

    @property
    def is_doubtful(self) -> bool:
        """Whether the table waits for an answer of the daemon's to a question that is asked from now on."""
        return self._held is not None and self._held.reader.is_doubtful

    def is_due(self, session: Session, *, settles: bool, answers: int = 1) -> bool:
        """Take note of a daemon's answers, which may settle a doubt; whether to fetch a table now.

        An answer settles what was doubtful when its question was sent; with many questions under way, no other does.
        """
        held = self._held
        if held is not None:
            held.reader.is_doubtful = held.reader.is_doubtful and not settles
            if not held.reader.is_retired and session.welcome is not None and session.welcome.pid == held.pid:
                return False
            self.close()
        self._asked += answers
        return self._is_wanted and not self._is_fetching and self._asked >= AFTER

    def fetch(self) -> None:
        """Fetch the table in force, where there is one; blocks for a round trip. Another thread may do it."""
        self._asked = 0
        self._is_fetching = True
        try:
            self._held = fetch(self._path)
        except (ClientError, ResolverdError, OSError, ValueError):
            # Nothing is lost but time: the socket answers everything.
            self._held = None
        finally:
            self._is_fetching = False
        self._is_wanted = self._held is not None

    def close(self) -> None:
        """Give the table back."""
        if self._held is not None:
            self._held.close()
            self._held = None


def fetch(path: str) -> _Held | None:
    """Have the table handed over; None where the daemon has none. Raises `ClientError`, `OSError`, `ValueError`."""
    descriptors: list[int] = []
    try:
        pid = _receive(path, descriptors)
        if pid is not None and len(descriptors) == _DESCRIPTORS:
            return _Held(descriptors, pid)
    except BaseException:
        _close(descriptors)
        raise
    _close(descriptors)
    return None


def _receive(path: str, descriptors: list[int]) -> int | None:
    """Ask for the table, and add what is handed over; the pid of the daemon that has one."""
    session = Session("python-table")
    number = session.next_id()
    session.ask(number, OpenTable(number))
    with connect(path) as connection:
        connection.settimeout(_SECONDS)
        connection.sendall(session.outgoing)
        while not (replies := session.fetch(number)):
            data, given, _, _ = socket.recv_fds(connection, RECEIVE_BYTES, _DESCRIPTORS, socket.MSG_CMSG_CLOEXEC)
            descriptors += given
            if not data:
                return None
            session.receive(data)
    return session.welcome.pid if session.welcome is not None and isinstance(replies[0], TableOpened) else None


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
