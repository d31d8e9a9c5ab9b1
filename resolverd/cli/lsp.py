"""`lsp`: the language server of `resolverd[lsp]`, with this command's way of finding or starting a daemon."""

from __future__ import annotations

from argparse import Namespace
from importlib.util import find_spec

from resolverd.cli.asking import refuse_when_off, socket_of
from resolverd.cli.exits import Exit, UsageError
from resolverd.cli.launch import connect_or_start

_NEEDED = ("pygls", "pathspec", "tree_sitter", "tree_sitter_javascript", "tree_sitter_html")


def lsp(arguments: Namespace) -> int:
    """Serve one editor until it leaves."""
    refuse_when_off()
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(f"the language server needs {missing[0]}; install `resolverd[lsp]`")
    from resolverd_lsp.server import serve  # noqa: PLC0415  an optional extra

    return Exit.DONE if serve(connect_or_start, socket_of(arguments)) else Exit.NOT_RESOLVED
