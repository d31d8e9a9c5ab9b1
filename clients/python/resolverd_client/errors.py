"""What a client raises. An import that does not resolve raises nothing: it is an `Answer` with a failure."""

from __future__ import annotations

from resolverd.errors import ResolverdError
from resolverd.wire.messages import Refused


class ClientError(ResolverdError):
    """The root of what a client raises."""


class DaemonUnavailable(ClientError):  # noqa: N818  named for what happened
    """No daemon listens at the socket, or it cannot be reached; `resolverd start` starts one."""


class ConnectionLost(ClientError):  # noqa: N818  named for what happened
    """The daemon broke off, and did so again when it was asked again."""


class DeadlineExceeded(ClientError):  # noqa: N818  named for what happened
    """The daemon did not answer in time. The connection was given up; the next call makes a new one."""


class DaemonRefused(ClientError):  # noqa: N818  named for what happened
    """The daemon did not carry out a request. `code` is a `resolverd.wire.messages.RefusalCode`, or a later one."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @classmethod
    def of(cls, refused: Refused) -> DaemonRefused:
        """Make the exception of a refusal that came over the wire."""
        return cls(refused.code, refused.message)
