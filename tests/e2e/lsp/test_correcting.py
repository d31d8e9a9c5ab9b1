"""What an editor offers to do about an import that does not resolve: only what helps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lsprotocol import types

from resolverd_lsp.uris import uri_of
from tests.e2e.command import Home
from tests.e2e.editor import CONVERTER, Editor, editor, span, write


def offered(opened: Editor, uri: str, where: types.Range, **context: Any) -> list[types.CodeAction]:
    told = types.CodeActionContext(context.pop("diagnostics", []), **context)
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), where, told)
    return [
        CONVERTER.structure(each, types.CodeAction) for each in opened.request(types.TEXT_DOCUMENT_CODE_ACTION, params)
    ]


def written(action: types.CodeAction) -> dict[str, str]:
    """Give what an action writes, by document."""
    assert action.edit is not None
    assert action.edit.changes is not None
    return {uri: edit.new_text for uri, edits in action.edit.changes.items() for edit in edits}


def check(opened: Editor, path: Path, specifier: str, title: str | None) -> None:
    """Look at what is offered for a specifier; it has to help."""
    uri = opened.open(path, f'import a from "{specifier}";\n')
    told = opened.diagnostics(uri)
    actions = offered(opened, uri, span(0, 16, 16), diagnostics=told)
    assert [action.title for action in actions] == ([] if title is None else [title]), specifier
    for action in actions:
        assert list(action.diagnostics or ()) == told
        ((_, text),) = written(action).items()
        opened.type(uri, 0, 15, text, over=len(specifier))
        assert opened.diagnostics(uri) == []
    opened.close(uri)


def test_the_name_that_was_meant_is_offered(shop: Home, opened: Editor) -> None:
    meant = {
        "./crat": "./cart",
        "./Cart": "./cart",
        "palete": "palette",
        "palette/colors/tael": "palette/colors/teal",
        "#setings": "#settings",
        "./nothing-like-it": None,
    }
    for number, (specifier, nearest) in enumerate(meant.items()):
        title = None if nearest is None else f"Change to '{nearest}'"
        check(opened, shop.workspace / f"src/wrong{number}.ts", specifier, title)


def test_an_extension_is_offered_where_one_has_to_be_written(shop: Home) -> None:
    write(shop.workspace / "src/plain.mjs", "")
    write(shop.workspace / "src/dir/index.js", "")
    with editor(shop, profile="node") as opened:
        check(opened, shop.workspace / "src/a.js", "./plain", "Add the extension: './plain.mjs'")
        check(opened, shop.workspace / "src/b.js", "./dir", "Add the extension: './dir/index.js'")


def test_nothing_is_offered_beside_a_specifier_or_for_other_kinds(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/beside.ts", 'import a from "./crat";\n')
    assert offered(opened, uri, span(0, 0, 5)) == []
    assert offered(opened, uri, span(0, 16, 16), only=[types.CodeActionKind.Refactor]) == []
    assert len(offered(opened, uri, span(0, 16, 16), only=[types.CodeActionKind.QuickFix])) == 1


EXPORTS = '{\n  "name": "@shop/ui",\n  "exports": {\n    ".": "./src/index.ts"\n  }\n}\n'


def test_a_package_of_the_workspace_can_be_made_to_export_a_file(shop: Home, opened: Editor) -> None:
    manifest = write(shop.workspace / "packages/ui/package.json", EXPORTS)
    write(shop.workspace / "packages/ui/src/slider.tsx", "")
    uri = opened.open(shop.workspace / "src/exporting.ts", 'import a from "@shop/ui/slider";\n')
    assert [told.code for told in opened.diagnostics(uri)] == ["ERR_PACKAGE_PATH_NOT_EXPORTED"]
    (action,) = offered(opened, uri, span(0, 20, 20))
    assert action.title == "Add './slider' to exports, leading to './src/slider.tsx'"
    assert written(action) == {uri_of(str(manifest)): ',\n    "./slider": "./src/slider.tsx"'}
    apply(manifest, action)
    assert opened.diagnostics(uri) == []


def apply(path: Path, action: types.CodeAction) -> None:
    assert action.edit is not None
    assert action.edit.changes is not None
    ((edit,),) = action.edit.changes.values()
    lines = path.read_text().splitlines(keepends=True)
    start, end = edit.range.start, edit.range.end
    before = "".join(lines[: start.line]) + lines[start.line][: start.character]
    write(path, before + edit.new_text + lines[end.line][end.character :] + "".join(lines[end.line + 1 :]))


def test_a_package_that_is_installed_is_not_ours_to_edit(shop: Home, opened: Editor) -> None:
    write(shop.workspace / "node_modules/closed/package.json", json.dumps({"exports": {}}))
    write(shop.workspace / "node_modules/closed/a.js", "")
    uri = opened.open(shop.workspace / "src/foreign.ts", 'import a from "closed/a";\n')
    assert len(opened.diagnostics(uri)) == 1
    assert offered(opened, uri, span(0, 16, 16)) == []


def test_a_manifest_that_is_edited_is_changed_as_the_editor_has_it(shop: Home, opened: Editor) -> None:
    manifest = write(shop.workspace / "packages/ui/package.json", EXPORTS)
    write(shop.workspace / "packages/ui/other.ts", "")
    open_manifest = opened.open(manifest, f"\n\n{EXPORTS}", "json")
    uri = opened.open(shop.workspace / "src/exporting.ts", 'import a from "@shop/ui/other";\n')
    (action,) = offered(opened, uri, span(0, 20, 20))
    assert action.edit is not None
    assert action.edit.changes is not None
    assert [edit.range.start.line for edit in action.edit.changes[open_manifest]] == [5]
