"""resolverd: one resident daemon that answers which file a JavaScript or TypeScript import means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resolverd.cache.engine import Engine

__all__ = ["Engine", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # The command line's client side imports this package and must not pay for the engine.
    if name == "Engine":
        from resolverd.cache.engine import Engine  # noqa: PLC0415

        return Engine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
