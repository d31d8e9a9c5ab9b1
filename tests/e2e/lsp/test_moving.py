"""Files that move: the edits that an editor gets before it moves them, of open, unsaved and closed files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lsprotocol import types

from resolverd_lsp.uris import uri_of
from tests.e2e.command import Home
from tests.e2e.editor import CONVERTER, Editor, editor, write


def rename(opened: Editor, *moves: tuple[Path, Path]) -> Any:
    files = [types.FileRename(uri_of(str(old)), uri_of(str(new))) for old, new in moves]
    return opened.request(types.WORKSPACE_WILL_RENAME_FILES, types.RenameFilesParams(files))


def project(root: Path) -> Path:
    write(root / "tsconfig.json", json.dumps({"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}))
    write(root / "src/cart.ts", "import './price'\n")
    write(root / "src/price.ts", "")
    write(root / "src/closed.ts", 'import "./cart.js"\n')
    write(root / "src/opened.ts", "")
    return root


def test_importers_are_edited_wherever_they_are(shop: Home) -> None:
    root = project(shop.root / "moving")
    with editor(shop, root) as opened:
        uri = opened.open(root / "src/opened.ts", 'import "@/cart"\n')
        opened.type(uri, 0, 0, "// not saved\n")
        buffer = opened.open("untitled:Untitled-1", 'import "./src/cart"')
        result = rename(opened, (root / "src/cart.ts", root / "src/shop/basket.ts"))
        assert {document: [edit["newText"] for edit in edits] for document, edits in result["changes"].items()} == {
            uri_of(str(root / "src/cart.ts")): ["../price"],
            uri_of(str(root / "src/closed.ts")): ["./shop/basket.js"],
            uri: ["@/shop/basket"],
            buffer: ["./src/shop/basket"],
        }
        assert result["changes"][uri][0]["range"]["start"] == {"line": 1, "character": 8}
        assert rename(opened, (root / "src/opened.ts", root / "src/else.ts")) is None
        assert rename(opened, (root / "gone.ts", root / "else.ts")) is None


def test_an_editor_that_takes_versions_gets_the_one_that_the_edits_are_for(shop: Home) -> None:
    root = project(shop.root / "versions")
    workspace = types.WorkspaceClientCapabilities(workspace_edit=types.WorkspaceEditClientCapabilities(True))
    with editor(shop, root, capabilities=types.ClientCapabilities(workspace=workspace)) as opened:
        uri = opened.open(root / "src/opened.ts", "import './cart'")
        version = opened.type(uri, 0, 0, " ")
        result = rename(opened, (root / "src", root / "lib"), (root / "src/cart.ts", root / "lib/basket.ts"))
        changes = CONVERTER.structure(result, types.WorkspaceEdit).document_changes or ()
        edited = [each.text_document for each in changes if isinstance(each, types.TextDocumentEdit)]
        told = [(document.uri, document.version) for document in edited]
        assert (uri, version) in told
        assert (uri_of(str(root / "tsconfig.json")), None) in told


def test_reading_many_files_is_shown(shop: Home) -> None:
    root = shop.root / "many"
    for number in range(250):
        write(root / f"{number}.ts", f"import './{number + 1}'")
    window = types.WindowClientCapabilities(work_done_progress=True)
    with editor(shop, root, capabilities=types.ClientCapabilities(window=window)) as opened:
        files = [types.FileRename(uri_of(str(root / "7.ts")), uri_of(str(root / "seven.ts")))]
        asked = opened.begin(types.WORKSPACE_WILL_RENAME_FILES, types.RenameFilesParams(files))
        create = opened.until(lambda message: message.get("method") == types.WINDOW_WORK_DONE_PROGRESS_CREATE)
        opened.send(id=create["id"], result=None)
        assert list(opened.reply(asked)["result"]["changes"]) == [uri_of(str(root / "6.ts"))]
        shown = [
            message["params"]["value"]["kind"] for message in opened.said if message.get("method") == types.PROGRESS
        ]
        assert (shown[0], shown[-1]) == ("begin", "end")
        assert shown.count("report") == 4
