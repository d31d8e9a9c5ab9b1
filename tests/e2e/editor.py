"""An editor for tests: the language server as a process, spoken to in JSON-RPC with the protocol's own types."""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lsprotocol import converters, types

from resolverd_lsp.uris import uri_of
from tests.e2e.command import SECONDS, Home

CONVERTER = converters.get_converter()


class Editor:
    """What a user does in one editor. Whatever the server says is kept until a test looks for it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.said: list[dict[str, Any]] = []
        self.versions: dict[str, int] = {}
        self.capabilities = types.ServerCapabilities()
        self._ids = itertools.count(1)

    # -- bytes and messages ------------------------------------------------------------------------------------------

    def send_bytes(self, body: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def send(self, **message: Any) -> None:
        self.send_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def notify(self, method: str, params: object = None) -> None:
        self.send(method=method, params=CONVERTER.unstructure(params))

    def begin(self, method: str, params: object = None) -> int:
        """Send a request; its id."""
        number = next(self._ids)
        self.send(id=number, method=method, params=CONVERTER.unstructure(params))
        return number

    def reply(self, number: int) -> dict[str, Any]:
        return self.until(lambda message: message.get("id") == number and "method" not in message)

    def request(self, method: str, params: object = None) -> Any:
        """Give the result of a request."""
        answer = self.reply(self.begin(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    def until(self, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Give the next message of a kind; the others are kept."""
        for place, message in enumerate(self.said):
            if is_wanted(message):
                return self.said.pop(place)
        # Who waits for a message that never comes finds the server gone.
        patience = threading.Timer(SECONDS, self.process.kill)
        patience.start()
        try:
            while not is_wanted(message := self._read()):
                self.said.append(message)
        finally:
            patience.cancel()
        return message

    def _read(self) -> dict[str, Any]:
        stdout = self.process.stdout
        assert stdout is not None
        size = 0
        while (line := stdout.readline()) != b"\r\n":
            assert line, "the server has left"
            name, _, value = line.partition(b":")
            size = int(value) if name == b"Content-Length" else size
        return json.loads(stdout.read(size))

    # -- what a user does --------------------------------------------------------------------------------------------

    def initialize(
        self, *roots: Path, capabilities: types.ClientCapabilities | None = None, **options: object
    ) -> types.InitializeResult:
        able = capabilities or types.ClientCapabilities()
        able.general = types.GeneralClientCapabilities(
            position_encodings=[types.PositionEncodingKind.Utf32, types.PositionEncodingKind.Utf16]
        )
        params = types.InitializeParams(
            capabilities=able,
            workspace_folders=[types.WorkspaceFolder(uri_of(str(root)), root.name) for root in roots],
            initialization_options=options or None,
        )
        result = CONVERTER.structure(self.request(types.INITIALIZE, params), types.InitializeResult)
        self.capabilities = result.capabilities
        self.notify(types.INITIALIZED, types.InitializedParams())
        return result

    def open(self, path: Path | str, text: str | None = None, language: str = "typescript") -> str:
        """Open a file as it is, or with a text that was not saved; its URI."""
        written = Path(path).read_text() if text is None else text
        uri = path if isinstance(path, str) else uri_of(str(path))
        self.versions[uri] = 1
        item = types.TextDocumentItem(uri, language, 1, written)
        self.notify(types.TEXT_DOCUMENT_DID_OPEN, types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri: str, *changes: types.TextDocumentContentChangeEvent) -> int:
        self.versions[uri] += 1
        identifier = types.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        self.notify(types.TEXT_DOCUMENT_DID_CHANGE, types.DidChangeTextDocumentParams(identifier, list(changes)))
        return self.versions[uri]

    def type(self, uri: str, line: int, character: int, text: str, *, over: int = 0) -> int:
        """Type at a position, over so many characters."""
        where = span(line, character, character + over)
        return self.change(uri, types.TextDocumentContentChangePartial(where, text))

    def close(self, uri: str) -> None:
        self.notify(types.TEXT_DOCUMENT_DID_CLOSE, types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """Give what is told of a document next."""
        told = self.until(
            lambda message: (
                message.get("method") == types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS and message["params"]["uri"] == uri
            )
        )
        return list(CONVERTER.structure(told["params"], types.PublishDiagnosticsParams).diagnostics)

    def await_codes(self, uri: str, *codes: str) -> None:
        """Read on until these are the codes that are told of a document: what is looked at meanwhile may be told too."""
        while [told.code for told in self.diagnostics(uri)] != list(codes):
            pass

    def at(self, method: str, uri: str, line: int, character: int) -> Any:
        """Ask about a place in a document."""
        return self.request(method, place(uri, line, character))

    def references(self, uri: str, line: int, character: int, *, declaration: bool = False) -> list[types.Location]:
        where = place(uri, line, character)
        context = types.ReferenceContext(declaration)
        params = types.ReferenceParams(context, where.text_document, where.position)
        found = self.request(types.TEXT_DOCUMENT_REFERENCES, params)
        return [CONVERTER.structure(each, types.Location) for each in found]


def write(path: Path, text: str) -> Path:
    """Write a file in one step: nobody sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.made")
    made.write_text(text)
    made.rename(path)
    return path


def place(uri: str, line: int, character: int) -> types.TextDocumentPositionParams:
    return types.TextDocumentPositionParams(types.TextDocumentIdentifier(uri), types.Position(line, character))


def span(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))


@contextmanager
def spoken(home: Home, environment: Mapping[str, str] | None = None) -> Iterator[Editor]:
    """Start the server in a user's home; nothing was said to it yet."""
    process = home.spawn("lsp", "--stdio", **(environment or {}))
    log: list[bytes] = []
    assert process.stderr is not None
    reading = threading.Thread(target=log.extend, args=(process.stderr,))
    reading.start()
    try:
        yield Editor(process)
    except BaseException as error:
        error.add_note(b"".join(log).decode(errors="replace"))
        raise
    finally:
        process.kill()
        reading.join()
        process.communicate()


@contextmanager
def editor(
    home: Home,
    *roots: Path,
    capabilities: types.ClientCapabilities | None = None,
    environment: Mapping[str, str] | None = None,
    **options: object,
) -> Iterator[Editor]:
    """Start the server, open folders, and leave in the end as an editor does."""
    with spoken(home, environment) as opened:
        opened.initialize(*(roots or (home.workspace,)), capabilities=capabilities, **options)
        yield opened
        opened.request(types.SHUTDOWN)
        opened.notify(types.EXIT)
        assert opened.process.wait(SECONDS) == 0
