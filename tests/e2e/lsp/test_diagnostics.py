"""Diagnostics beside a real daemon and a real project: what is told, and that it goes by itself."""

from __future__ import annotations

from lsprotocol import types

from resolverd_lsp.uris import uri_of
from tests.e2e.command import Home
from tests.e2e.editor import Editor, span, write


def test_a_broken_import_is_told_and_goes_by_itself_when_the_package_appears(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/late.ts", 'import a from "late-package";\nimport b from "./app";\n')
    (told,) = opened.diagnostics(uri)
    assert (told.code, told.source, told.range) == ("ERR_MODULE_NOT_FOUND", "resolverd", span(0, 15, 27))
    coming, package = shop.root / "late-package", shop.workspace / "node_modules/late-package"
    write(coming / "package.json", '{"name": "late-package", "main": "main.js"}')
    write(coming / "main.js", "")
    coming.rename(package)
    assert opened.diagnostics(uri) == []
    (package / "main.js").unlink()
    assert [told.code for told in opened.diagnostics(uri)] == ["ERR_MODULE_NOT_FOUND"]


def test_positions_are_utf_16_whatever_stands_before(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/wide.ts", 'const hi = "😀é"; import a from "./gone";')
    (told,) = opened.diagnostics(uri)
    assert told.range == span(0, 33, 39)
    opened.type(uri, 0, 14, "😀")
    (told,) = opened.diagnostics(uri)
    assert told.range == span(0, 35, 41)


def test_an_edit_that_was_not_saved_counts(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/unsaved.ts", 'import a from "./cart";\n')
    assert opened.diagnostics(uri) == []
    opened.type(uri, 0, 21, "oon")
    assert [told.range for told in opened.diagnostics(uri)] == [span(0, 15, 24)]
    opened.type(uri, 0, 21, "", over=3)
    assert opened.diagnostics(uri) == []
    opened.close(uri)
    assert opened.diagnostics(uri) == []


def test_what_is_closed_while_the_daemon_is_asked_has_no_diagnostics_left(shop: Home, opened: Editor) -> None:
    uris = [f"untitled:{number}" for number in range(20)]
    for uri in uris:
        opened.open(uri, "import './gone'")
        opened.close(uri)
    last = opened.open(shop.workspace / "src/last.ts", "import './gone'")
    opened.diagnostics(last)
    told = {
        message["params"]["uri"]: message["params"] for message in opened.said if "uri" in message.get("params", {})
    }
    assert [told[uri]["diagnostics"] for uri in uris] == [[]] * len(uris)


def test_what_only_has_declarations_is_no_mistake_in_typescript(shop: Home, opened: Editor) -> None:
    root = shop.workspace
    declarations = write(root / "node_modules/@types/geo/index.d.ts", "export type Point = [number, number];\n")
    write(root / "src/shapes.d.ts", "")
    text = "import { Point } from 'geo';\nimport { Shape } from './shapes';\n"
    uri = opened.open(root / "src/typed.ts", text)
    assert opened.diagnostics(uri) == []
    assert opened.at(types.TEXT_DOCUMENT_DEFINITION, uri, 0, 24)["uri"] == uri_of(str(declarations))
    assert "index.d.ts**" in opened.at(types.TEXT_DOCUMENT_HOVER, uri, 0, 24)["contents"]["value"]
    declarations.unlink()
    assert [told.range.start.line for told in opened.diagnostics(uri)] == [0]
    untyped = opened.open(root / "src/untyped.js", text)
    assert len(opened.diagnostics(untyped)) == 2


def test_what_a_style_sheet_names_from_the_root_of_its_site_is_not_looked_for(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/site.css", "@import '/x.css';\np { background: url(/y.png) url(z.png) }")
    assert [told.range.start.character for told in opened.diagnostics(uri)] == [32]
