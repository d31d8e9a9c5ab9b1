"""Ask a running resolverd daemon which file a JavaScript or TypeScript import means.

`BlockingClient` is for plain code, `Client` for trio; the methods are the same. Only `Client` imports trio.
`asyncio_client.AsyncioClient` has what a language server asks, for asyncio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolverd_client.blocking import BlockingClient
from resolverd_client.errors import (
    ClientError,
    ConnectionLost,
    DaemonRefused,
    DaemonUnavailable,
    DeadlineExceeded,
)
from resolverd_client.holding import Change
from resolverd_client.questions import Question, Replies

if TYPE_CHECKING:
    from resolverd_client.trio_client import Client

__all__ = [
    "BlockingClient",
    "Change",
    "Client",
    "ClientError",
    "ConnectionLost",
    "DaemonRefused",
    "DaemonUnavailable",
    "DeadlineExceeded",
    "Question",
    "Replies",
]


def __getattr__(name: str) -> object:
    # trio takes 150 to 300 ms to import; a blocking caller must not pay for it.
    if name == "Client":
        from resolverd_client.trio_client import Client  # noqa: PLC0415

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
