"""The exceptions of resolverd.

An import that does not resolve is no exception: it is an `Answer` with a `Failure` (see `terms`).
These are for callers' mistakes, for the protocol, and for broken invariants, which are bugs.
"""

from __future__ import annotations


class ResolverdError(Exception):
    """The root of what resolverd raises on purpose; the message says what to do next."""


class OptionsError(ResolverdError):
    """Resolve options or a profile name that cannot be used."""


class RoutesError(ResolverdError):
    """Pages that cannot be routes; the message has the files. `is_directory`: there is no directory of pages at all."""

    def __init__(self, message: str, *, is_directory: bool = False) -> None:
        super().__init__(message)
        self.is_directory = is_directory


class RequestError(ResolverdError):
    """What was asked about cannot be read: a path whose percent-encoding is broken."""


class ProtocolError(ResolverdError):
    """Bytes on the wire that are no frame, or a frame that is no message."""


class LimitError(ResolverdError):
    """A stated limit was reached (profiles of a client, size of a frame, ...)."""


class InvariantError(ResolverdError):
    """`check()` found a broken invariant: a bug in resolverd, never the caller's mistake."""
