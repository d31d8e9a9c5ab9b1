"""Completion of specifiers: what is offered resolves, in the way that the document has it so far."""

from __future__ import annotations

import json

import pytest
from lsprotocol import types

from tests.e2e.command import Home
from tests.e2e.editor import CONVERTER, Editor, editor, place, write

UI: dict[str, object] = {"name": "@shop/ui", "exports": {".": "./src/index.ts", "./button": "./src/button.tsx"}}
DUAL: dict[str, object] = {
    ".": {"import": "./a.mjs"},
    "./both": "./a.mjs",
    "./esm": {"import": "./a.mjs"},
    "./cjs": {"require": "./a.cjs"},
    "./gone": "./gone.js",
    "./icons/*": "./icons/*.svg.js",
}


@pytest.fixture(scope="module")
def typing(shop: Home, opened: Editor) -> Editor:
    root = shop.workspace
    for name in ("src/data.json", "src/styles.css", "src/types.d.ts", "src/deep/a.js", "src/.hidden.ts"):
        write(root / name, "")
    write(root / "node_modules/dual/package.json", json.dumps({"exports": DUAL}))
    for name in ("a.mjs", "a.cjs", "icons/on.svg.js", "icons/off.svg.js"):
        write(root / "node_modules/dual" / name, "")
    write(root / "node_modules/plain/lib/deep.js", "")
    write(root / "node_modules/plain/package.json", "{}")
    write(root / "node_modules/@types/node/package.json", "{}")
    return opened


def offered(opened: Editor, home: Home, text: str, name: str = "src/typed.ts") -> dict[str, types.CompletionItem]:
    """Complete where the bar stands; what is offered by what it writes."""
    before, _, after = text.partition("|")
    uri = opened.open(home.workspace / name, before + after)
    lines = before.split("\n")
    found = opened.request(types.TEXT_DOCUMENT_COMPLETION, place(uri, len(lines) - 1, len(lines[-1])))
    opened.close(uri)
    if found is None:
        return {}
    items = CONVERTER.structure(found, types.CompletionList).items
    return {item.text_edit.new_text: item for item in items if item.text_edit is not None}


@pytest.mark.parametrize(
    ("text", "there", "absent"),
    [
        ('import "|"', {"./", "../", "palette", "@shop/ui", "node:fs", "#settings", "@/"}, {"./cart", ".bin"}),
        ('import ".|"', {"./", "../"}, {"palette"}),
        ('import "./|"', {"./cart", "./deep", "./data.json", "./styles.css"}, {"./types.d.ts", "./typed", "./.hidden"}),
        ('import type {} from "./|"', {"./types", "./cart"}, set()),
        ('import "./cart.js"; import "./|"', {"./cart.js", "./settings.server.js"}, {"./cart"}),
        ('import "./cart.ts"; import "./|"', {"./cart.ts"}, {"./cart", "./cart.js"}),
        ('import "../|"', {"../src", "../packages"}, {"../node_modules"}),
        ('import "./deep/|x"', {"./deep/a"}, set()),
        ('import "@/|"', {"@/cart", "@/theme"}, {"./cart"}),
        ('import "@/theme/|"', {"@/theme/index"}, set()),
        ('import "@|"', {"@/", "@shop/ui"}, set()),
        ('import "#|"', {"#settings"}, set()),
        ('import "@shop/ui/|"', {"@shop/ui/button"}, {"@shop/ui/src"}),
        ('import "dual/|"', {"dual/both", "dual/esm", "dual/icons/on", "dual/icons/off"}, {"dual/cjs", "dual/gone"}),
        ('require("dual/|")', {"dual/both", "dual/cjs"}, {"dual/esm"}),
        ('import "plain/|"', {"plain/lib"}, {"plain"}),
        ('import "plain/lib/|"', {"plain/lib/deep"}, set()),
        ('new URL("|", import.meta.url)', {"cart.ts", "data.json"}, {"palette"}),
        ("const a = |1", set(), {"./cart"}),
    ],
)
def test_what_is_offered_is_what_leads_somewhere(
    shop: Home, typing: Editor, text: str, there: set[str], absent: set[str]
) -> None:
    found = offered(typing, shop, text)
    assert there <= found.keys()
    assert not absent & found.keys()


@pytest.mark.parametrize(
    "text", ['import a from "./|\nexport {};', "import('./|", 'require("./|\n', "export * from './|\n"]
)
def test_a_specifier_that_is_not_closed_yet_is_completed(shop: Home, typing: Editor, text: str) -> None:
    assert "./cart" in offered(typing, shop, text)


def test_the_whole_specifier_is_replaced(shop: Home, typing: Editor) -> None:
    item = offered(typing, shop, '"😀"; import "./ca|ncelled"')["./cart"]
    assert isinstance(item.text_edit, types.TextEdit)
    where = item.text_edit.range
    assert (where.start.character, where.end.character) == (14, 25)
    assert (item.label, item.filter_text, item.kind) == ("cart", "./cart", types.CompletionItemKind.File)


@pytest.mark.parametrize(
    ("name", "text", "there"),
    [
        ("src/a.css", '@import "./|"', {"./styles.css", "./deep"}),
        ("src/a.css", "@import './|\n", {"./styles.css"}),
        ("src/a.css", 'p { background: url("|") }', {"data.json"}),
        ("src/a.vue", "<script>import '@/|'</script>", {"@/cart"}),
        ("packages/ui/package.json", '{"exports": {"./x": "./|"}}', {"./src"}),
        ("tsconfig.other.json", '{"extends": "./|"}', {"./tsconfig.json"}),
        ("tsconfig.other.json", '{"compilerOptions": {"baseUrl": "src", "paths": {"x": ["./|"]}}}', {"./cart.ts"}),
    ],
)
def test_other_languages_are_completed_too(shop: Home, typing: Editor, name: str, text: str, there: set[str]) -> None:
    assert there <= offered(typing, shop, text, name).keys()


def test_a_profile_that_completes_no_extension_is_offered_whole_names(shop: Home) -> None:
    with editor(shop, profile="node") as opened:
        found = offered(opened, shop, 'import "./|"', "src/whole.js")
    assert "./cart.ts" in found
    assert "./cart" not in found
