"""Whatever comes over the pipe, and whatever happens to the daemon, the server goes on."""

from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import types

from tests.e2e.command import Home
from tests.e2e.editor import Editor, editor, place, span, write


def hovers(opened: Editor, uri: str) -> bool:
    """Whether the first specifier of a document is explained."""
    return opened.at(types.TEXT_DOCUMENT_HOVER, uri, 0, 9) is not None


@pytest.fixture(scope="module")
def talking(shop: Home, opened: Editor) -> tuple[Editor, str]:
    return opened, opened.open(shop.workspace / "src/talk.ts", "import './cart';\n")


NO_MESSAGES = [
    b"{",
    b"\xff\xfe",
    b"null",
    b"7",
    b"[]",
    b'"text"',
    b"{}",
    b'{"jsonrpc": "1.0", "method": "x"}',
    b'{"jsonrpc": "2.0"}',
    b'{"jsonrpc": "2.0", "id": null}',
    b'{"jsonrpc": "2.0", "id": 1.5, "method": "textDocument/hover"}',
    b'{"jsonrpc": "2.0", "id": 99, "result": null}',
    b'{"jsonrpc": "2.0", "id": 99, "error": {"code": 1, "message": "no"}}',
    b'{"jsonrpc": "2.0", "method": 5}',
    b'{"jsonrpc": "2.0", "method": "$/unknown"}',
    b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "unknown"}}',
    b'{"jsonrpc": "2.0", "method": "textDocument/didChange"}',
    b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {"uri": 7}}}',
    b"[" * 20_000 + b"]" * 20_000,
]


@pytest.mark.parametrize("body", NO_MESSAGES, ids=lambda body: body[:60].decode("latin-1"))
def test_what_is_no_message_disturbs_nothing(talking: tuple[Editor, str], body: bytes) -> None:
    opened, uri = talking
    opened.send_bytes(body)
    assert hovers(opened, uri)


@pytest.mark.parametrize("header", [b"Content-Type: x\r\n", b"\r\n", b"nonsense\r\n", b"Content-Length: x\r\n\r\n"])
def test_headers_that_say_nothing_are_passed_over(talking: tuple[Editor, str], header: bytes) -> None:
    opened, uri = talking
    assert opened.process.stdin is not None
    opened.process.stdin.write(header)
    assert hovers(opened, uri)


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("textDocument/unknown", None, types.ErrorCodes.MethodNotFound),
        (types.TEXT_DOCUMENT_HOVER, None, types.ErrorCodes.InvalidParams),
        (types.TEXT_DOCUMENT_HOVER, {"textDocument": {"uri": "file:///x"}}, types.ErrorCodes.InvalidParams),
        (types.TEXT_DOCUMENT_HOVER, {"position": "here"}, types.ErrorCodes.InvalidParams),
        (types.WORKSPACE_WILL_RENAME_FILES, {"files": [{"oldUri": 1}]}, types.ErrorCodes.InvalidParams),
    ],
)
def test_a_request_that_cannot_be_read_gets_an_error_of_its_own(
    talking: tuple[Editor, str], method: str, params: Any, code: types.ErrorCodes
) -> None:
    opened, uri = talking
    reply = opened.reply(opened.begin(method, params))
    assert reply["error"]["code"] == code.value
    assert hovers(opened, uri)


def test_places_and_documents_that_are_not_there_have_nothing(talking: tuple[Editor, str]) -> None:
    opened, uri = talking
    far = 2**31 - 1
    for where in ((uri, far, far), (uri, 0, far), ("file:///not/open.ts", 0, 0), ("untitled:none", 0, 0), ("", 0, 0)):
        for method in (types.TEXT_DOCUMENT_HOVER, types.TEXT_DOCUMENT_DEFINITION, types.TEXT_DOCUMENT_COMPLETION):
            assert opened.at(method, *where) is None
    params = types.DocumentLinkParams(types.TextDocumentIdentifier("file:///not/open.ts"))
    assert opened.request(types.TEXT_DOCUMENT_DOCUMENT_LINK, params) == []
    identifier = types.VersionedTextDocumentIdentifier(5, "file:///not/open.ts")
    change = types.DidChangeTextDocumentParams(identifier, [types.TextDocumentContentChangeWholeDocument("x")])
    opened.notify(types.TEXT_DOCUMENT_DID_CHANGE, change)
    opened.close("file:///not/open.ts")
    assert hovers(opened, uri)


def test_edits_beyond_the_ends_mean_the_ends(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/ends.ts", "import './cart'")
    far = types.Position(999, 999)
    opened.change(uri, types.TextDocumentContentChangePartial(types.Range(far, far), "\nimport './gone'"))
    opened.await_codes(uri, "ERR_MODULE_NOT_FOUND")
    opened.change(uri, types.TextDocumentContentChangePartial(types.Range(far, types.Position(1, 0)), ""))
    opened.await_codes(uri)


def test_half_a_character_is_no_name_and_ends_nothing(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/half.ts", "import './\ud800';\nimport './gone';")
    assert [told.range.start.line for told in opened.diagnostics(uri)] == [1]
    assert opened.at(types.TEXT_DOCUMENT_HOVER, uri, 0, 9) is None


def test_a_request_that_is_cancelled_says_so_and_others_are_answered(shop: Home) -> None:
    root = shop.root / "cancelled"
    for number in range(400):
        write(root / f"{number}.ts", f"import './{number + 1}';\n" * 20)
    with editor(shop, root) as opened:
        uri = opened.open(root / "7.ts")
        where = place(uri, 0, 9)
        context = types.ReferenceContext(include_declaration=False)
        params = types.ReferenceParams(context, where.text_document, where.position)
        asked = [opened.begin(types.TEXT_DOCUMENT_REFERENCES, params) for _ in range(3)]
        for number in asked[:2]:
            opened.notify(types.CANCEL_REQUEST, types.CancelParams(number))
        codes = [opened.reply(number).get("error", {}).get("code") for number in asked]
        assert codes == [types.LSPErrorCodes.RequestCancelled.value] * 2 + [None]
        assert hovers(opened, uri)


def test_a_daemon_that_is_killed_is_started_again_and_nobody_has_to_restart(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/killed.ts", "import './cart';\nimport './after';\n")
    opened.await_codes(uri, "ERR_MODULE_NOT_FOUND")
    before = shop.pid()
    shop.end()
    write(shop.workspace / "src/after.ts", "")
    opened.await_codes(uri)
    assert hovers(opened, uri)
    assert shop.pid() != before


def test_without_a_daemon_requests_fail_with_what_to_do_and_come_back_with_it(shop: Home) -> None:
    with editor(shop, environment={"RESOLVERD_NO_AUTOSTART": "1"}) as opened:
        shop.run("stop")
        uri = opened.open(shop.workspace / "src/alone.ts", "import './gone';\n")
        said = opened.until(lambda message: message.get("method") == types.WINDOW_SHOW_MESSAGE)
        assert "RESOLVERD_NO_AUTOSTART" in said["params"]["message"]
        reply = opened.reply(opened.begin(types.TEXT_DOCUMENT_HOVER, place(uri, 0, 9)))
        assert reply["error"]["code"] == types.LSPErrorCodes.RequestFailed.value
        shop.run("start")
        opened.await_codes(uri, "ERR_MODULE_NOT_FOUND")
        assert hovers(opened, uri)


LINES = 5_000


def long_text() -> str:
    """A file of so many lines, of which every fiftieth imports something."""
    return "".join(
        f"import v{line} from './{'cart' if line else 'gone'}';\n"
        if line % 50 == 0
        else f"const a{line} = f({line}, '😀');\n"
        for line in range(LINES)
    )


def test_a_file_of_5000_lines_is_edited_at_both_ends(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/long.ts", long_text())
    assert [told.range.start.line for told in opened.diagnostics(uri)] == [0]
    for number in range(100):
        opened.type(uri, 0, 0, "\n")
        opened.type(uri, LINES + number, 0, "export const b = '😀';\n")
    opened.type(uri, LINES + 200, 0, "import x from './gone';")
    while [told.range.start.line for told in opened.diagnostics(uri)] != [100, LINES + 200]:
        pass


def test_200_open_documents_are_kept_up_at_once(shop: Home, opened: Editor) -> None:
    root = shop.workspace / "src/many"
    uris = [opened.open(write(root / f"{number}.ts", "import './soon';\n")) for number in range(200)]
    for uri in uris:
        assert [told.code for told in opened.diagnostics(uri)] == ["ERR_MODULE_NOT_FOUND"]
    write(root / "soon.ts", "")
    for uri in uris:
        assert opened.diagnostics(uri) == []
    opened.type(uris[77], 0, 0, "import './later';\n")
    (told,) = opened.diagnostics(uris[77])
    assert told.range == span(0, 8, 15)
    assert [each.uri for each in opened.references(uris[0], 0, 9)].count(uris[77]) == 1
