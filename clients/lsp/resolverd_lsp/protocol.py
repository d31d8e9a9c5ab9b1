"""The protocol as pygls speaks it, but for three things.

The facts. pygls takes whatever position encoding an editor likes best, keeps texts of its own that it searches from the start for
each edit, and answers a request that it cannot read by a message box.

What we do. Positions are UTF-16, which every editor has. Texts are ours (`text`), so pygls' own are not kept. A request that
cannot be read gets an error under its own id, and nothing else is disturbed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method


class ImportsProtocol(LanguageServerProtocol):
    """`LanguageServerProtocol`, with UTF-16 and without texts."""

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Take UTF-16 whatever else is offered."""
        if params.capabilities.general is not None:
            params.capabilities.general.position_encodings = [types.PositionEncodingKind.Utf16]
        return (yield from super().lsp_initialize(params))

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Generator[Any, Any, None]:
        """Leave the text to the server."""
        yield self._feature(types.TEXT_DOCUMENT_DID_OPEN), (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Generator[Any, Any, None]:
        """Leave the edit to the server."""
        yield self._feature(types.TEXT_DOCUMENT_DID_CHANGE), (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Generator[Any, Any, None]:
        """Leave it to the server."""
        yield self._feature(types.TEXT_DOCUMENT_DID_CLOSE), (params,), None

    def _feature(self, method: str) -> Callable[..., object]:
        features = cast("dict[str, Callable[..., object]]", self.fm.features)  # pyright: ignore[reportUnknownMemberType]  as pygls annotates it
        return features[method]

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Read a message; a request that cannot be read is answered so. Raises `JsonRpcException`."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and isinstance(data.get("id"), int | str):
                self._send_response(data["id"], None, error.to_response_error())
            raise

    def handle_message(self, message: Any) -> None:
        """Take a message. Raises `JsonRpcInvalidRequest` for what is none."""
        if not hasattr(message, "jsonrpc"):
            raise JsonRpcInvalidRequest
        super().handle_message(message)
