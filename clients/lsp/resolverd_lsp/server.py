"""The language server: what an editor asks for, carried to the documents and to the daemon, and back."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from resolverd import __version__
from resolverd.errors import OptionsError, ProtocolError
from resolverd_client.asyncio_client import AsyncioClient
from resolverd_client.errors import ClientError
from resolverd_lsp.changing import Changing
from resolverd_lsp.choices import FILE as PROJECT_FILE
from resolverd_lsp.completing import TRIGGERS, Completing
from resolverd_lsp.document import Document
from resolverd_lsp.importers import Importers
from resolverd_lsp.initialization import Configuration, Feature, Initialization, read_initialization
from resolverd_lsp.keeping import Keeper
from resolverd_lsp.languages import language_of
from resolverd_lsp.places import Places
from resolverd_lsp.progress import Progress
from resolverd_lsp.protocol import ImportsProtocol
from resolverd_lsp.uris import path_of

_log = logging.getLogger("resolverd.lsp")


_ANY_FILE = types.FileOperationRegistrationOptions(
    [types.FileOperationFilter(types.FileOperationPattern("**/*"), scheme="file")]
)

_COMPLETION = types.CompletionOptions(trigger_characters=TRIGGERS)
_QUICK_FIXES = types.CodeActionOptions([types.CodeActionKind.QuickFix])

Handler = Callable[..., Awaitable[object]]


class ImportsServer(LanguageServer):
    """pygls' server; its own errors go to the log, and to nobody's screen."""

    def report_server_error(self, error: Exception, source: Any) -> None:  # noqa: ARG002  pygls' own signature
        """Write an error down."""
        _log.error("%s", error)


class Imports:
    """The features, registered on a pygls server as the editor asks for them."""

    def __init__(self, connect: Callable[[str], socket.socket], path: str | None = None) -> None:
        """`connect` makes the connected socket of the daemon at a path (None: where this user's daemon listens)."""
        self.server = ImportsServer("resolverd", __version__, protocol_cls=ImportsProtocol)
        self._client = AsyncioClient(path, name="lsp", connect=connect)
        self._keeper = Keeper(self._client, self._publish, self._report)
        self._keeping: asyncio.Task[None] | None = None
        self.was_shut_down = False
        self._settings = Initialization()
        feature = self._feature
        feature(types.INITIALIZE, self._initialize)
        feature(types.INITIALIZED, self._initialized)
        feature(types.SHUTDOWN, self._shutdown)
        feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION, self._configure)
        feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._look_at_projects)
        feature(types.TEXT_DOCUMENT_DID_OPEN, self._open)
        feature(types.TEXT_DOCUMENT_DID_CHANGE, self._change)
        feature(types.TEXT_DOCUMENT_DID_CLOSE, self._close)

    def _feature(self, method: str, handler: Callable[..., object], options: object = None) -> None:
        # pygls writes on what it registers, which a bound method does not take.
        self.server.feature(method, options)(partial(handler))

    # -- the conversation --------------------------------------------------------------------------------------------

    def _initialize(self, params: types.InitializeParams) -> None:
        self._settings, trouble = read_initialization(params.initialization_options)
        if trouble is not None:
            self._report(trouble)
        self._keeper.choices.profile = self._settings.profile
        importers = Importers(self._client, self._keeper, self._roots, Progress(self.server).reading)
        self._register(
            Places(self._client, self._keeper, importers, self._roots),
            Changing(self._keeper, importers, self._takes_versions),
            Completing(self._client, self._keeper),
        )
        self._keeping = asyncio.get_running_loop().create_task(self._keeper.run())
        self._keeping.add_done_callback(_raise)

    def _register(self, places: Places, changing: Changing, completing: Completing) -> None:
        """Register what the editor wants of the server."""
        features: tuple[tuple[Feature, str, Handler, object], ...] = (
            (Feature.DEFINITION, types.TEXT_DOCUMENT_DEFINITION, places.definition, None),
            (Feature.EXPLAIN, types.TEXT_DOCUMENT_HOVER, places.hover, None),
            (Feature.LINKS, types.TEXT_DOCUMENT_DOCUMENT_LINK, places.links, None),
            (Feature.RENAME, types.WORKSPACE_WILL_RENAME_FILES, changing.will_rename, _ANY_FILE),
            (Feature.COMPLETION, types.TEXT_DOCUMENT_COMPLETION, completing.completion, _COMPLETION),
            (Feature.ACTIONS, types.TEXT_DOCUMENT_CODE_ACTION, changing.actions, _QUICK_FIXES),
            (Feature.REFERENCES, types.TEXT_DOCUMENT_REFERENCES, places.references, None),
        )
        for wanted, method, handler, options in features:
            if wanted in self._settings.only:
                self._feature(method, partial(_told, handler), options)

    def _initialized(self, _: object) -> None:
        """Ask to be told when somebody edits a resolverd.toml; without that it is looked at when a document is edited."""
        workspace = self.server.client_capabilities.workspace
        watched = None if workspace is None else workspace.did_change_watched_files
        if watched is not None and watched.dynamic_registration:
            options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(f"**/{PROJECT_FILE}")])
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            registration = types.Registration("resolverd-projects", method, options)
            self.server.client_register_capability(types.RegistrationParams([registration]))

    def _configure(self, params: types.DidChangeConfigurationParams) -> None:
        """Take another profile; what the server does was settled when it began."""
        try:
            sent = msgspec.convert(params.settings, Configuration)
        except msgspec.ValidationError as error:
            self._report(f"configuration: {error}")
            return
        if sent.resolverd is not None:
            self._keeper.choices.profile = sent.resolverd.profile
            self._keeper.touch_all()

    def _look_at_projects(self, _: object) -> None:
        self._keeper.touch_all()

    def _shutdown(self, _: object) -> None:
        self.was_shut_down = True
        if self._keeping is not None:
            self._keeping.cancel()
        self._client.close()

    def _publish(self, document: Document) -> None:
        """Tell the editor the diagnostics of a document, unless it knows them."""
        diagnostics = document.diagnostics() if Feature.DIAGNOSTICS in self._settings.only else []
        if diagnostics != document.told:
            document.told = diagnostics
            self.server.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(document.uri, diagnostics, document.version)
            )

    def _report(self, message: str) -> None:
        self.server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, f"resolverd: {message}"))

    def _takes_versions(self) -> bool:
        workspace = self.server.client_capabilities.workspace
        edits = None if workspace is None else workspace.workspace_edit
        return edits is not None and bool(edits.document_changes)

    # -- documents ---------------------------------------------------------------------------------------------------

    def _open(self, params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        path = path_of(item.uri) or self._unsaved_path(item.uri)
        language = language_of(path, item.language_id)
        if language is not None:
            self._keeper.close(item.uri)
            document = Document(item.uri, path, language, item.text, item.version)
            self._keeper.documents[item.uri] = document
            self._keeper.touch(document)

    def _unsaved_path(self, uri: str) -> str:
        """Give an unsaved buffer a place in the first of the folders."""
        root = next(iter(self._roots()), None) or os.getcwd()
        return os.path.join(root, uri.rpartition("/")[2].rpartition(":")[2] or "unsaved")

    def _roots(self) -> list[str]:
        """Give the folders that are open."""
        workspace = self.server.workspace
        folders = list(workspace.folders) or [workspace.root_uri or ""]
        return [os.path.realpath(path) for folder in folders if (path := path_of(folder)) is not None]

    def _change(self, params: types.DidChangeTextDocumentParams) -> None:
        document = self._keeper.documents.get(params.text_document.uri)
        if document is None:
            return
        document.version = params.text_document.version
        for change in params.content_changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                document.source.replace(change.range, change.text)
            else:
                document.source.replace_all(change.text)
        self._keeper.touch(document)

    def _close(self, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        if uri in self._keeper.documents:
            self._keeper.close(uri)
            self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


async def _told(handler: Handler, params: object) -> object:
    """Answer a request. Raises `JsonRpcException` with what is wrong, where the daemon cannot answer."""
    try:
        return await handler(params)
    except (ClientError, ProtocolError, OptionsError) as error:
        raise JsonRpcException(str(error), types.LSPErrorCodes.RequestFailed.value) from None


def _raise(task: asyncio.Task[None]) -> None:
    """Let a bug in the keeper be seen, and not wait for the end in silence."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("diagnostics have stopped", exc_info=error)


def serve(connect: Callable[[str], socket.socket], path: str | None = None) -> bool:
    """Serve one editor on standard input and output until it leaves; whether it took leave (`shutdown`) before."""
    imports = Imports(connect, path)
    # pygls closes what it writes to, and nothing else may write there.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output:
        imports.server.start_io(stdout=output)
    return imports.was_shut_down
