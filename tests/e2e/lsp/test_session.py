"""What Neovim once said to the server is said again, and the server does what it did; also among messages that are none."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from tests.e2e.command import SECONDS, Home, home
from tests.e2e.editor import CONVERTER, Editor, spoken, write
from tests.e2e.lsp.sessions import SESSION, Step, read

NOISE = (b"{", b"[]", b'{"jsonrpc": "2.0", "id": "noise", "method": "textDocument/hover"}', b'{"jsonrpc": "2.0"}')


@pytest.fixture
def user() -> Iterator[Home]:
    """A home of the session's own: it ends the daemon and moves files."""
    with home() as made:
        yield made


def test_every_message_of_the_session_is_one_of_the_protocol(user: Home) -> None:
    methods: dict[object, str] = {}
    for step in read(SESSION, user.root):
        if step.who == "editor":
            method = step.what["method"]
            methods[step.what.get("id")] = method
            CONVERTER.structure(step.what, types.METHOD_TO_TYPES[method][0])
        elif step.who == "server" and "error" not in step.what:
            method = step.what.get("method") or methods[step.what["id"]]
            CONVERTER.structure(step.what, types.METHOD_TO_TYPES[method][0 if "method" in step.what else 1])


@pytest.mark.parametrize("noise", [(), NOISE], ids=["as it was", "with noise"])
def test_the_session_goes_as_it_went(user: Home, noise: tuple[bytes, ...]) -> None:
    with spoken(user) as opened:
        steps = read(SESSION, user.root)
        cancelled = {step.what["params"]["id"] for step in steps if is_cancel(step)}
        for step in steps:
            take(user, opened, step, cancelled)
            for body in noise if step.who == "editor" else ():
                opened.send_bytes(body)
        assert opened.process.wait(SECONDS) == 0


def is_cancel(step: Step) -> bool:
    return step.who == "editor" and step.what.get("method") == types.CANCEL_REQUEST


def take(user: Home, opened: Editor, step: Step, cancelled: Collection[int]) -> None:
    match step:
        case ("editor", message):
            opened.send(**message)
        case ("server", {"id": number}) if number in cancelled:
            # What was cancelled may have been answered before.
            opened.reply(number)
        case ("server", message):
            opened.until(lambda said: gist(said) == gist(message))
        case ("disk", (path, text)):
            write(Path(path), text)
        case ("kill", _):
            user.end()
        case _:
            pytest.fail(f"nobody knows what to do: {step}")


def gist(message: dict[str, Any]) -> object:
    """Give what has to be the same: not the server's version, nor that of a document, nor how the resolver puts things."""
    if message.get("method") == types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS:
        told = [(each["range"], each["code"], each["data"]) for each in message["params"]["diagnostics"]]
        return message["params"]["uri"], told
    match message.get("result"):
        case {"serverInfo": _, "capabilities": capabilities}:
            return message["id"], capabilities
        case {"contents": {"value": text}, "range": where}:
            return message["id"], where, text.partition("~~~")[0]
        case _:
            return message
