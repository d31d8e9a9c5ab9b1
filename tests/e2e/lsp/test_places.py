"""What an editor learns about a place in a document: where it leads, why, and who else goes there."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from resolverd_lsp.uris import uri_of
from tests.e2e.command import Home
from tests.e2e.editor import Editor, editor, span, write


def test_definition_is_the_file_that_is_meant(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/jump.ts", 'import a from "./cart";\n')
    where = opened.at(types.TEXT_DOCUMENT_DEFINITION, uri, 0, 17)
    assert where["uri"] == uri_of(str(shop.workspace / "src/cart.ts"))
    assert opened.at(types.TEXT_DOCUMENT_DEFINITION, uri, 0, 3) is None


def test_hover_tells_the_file_its_format_package_and_condition_and_the_steps(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/told.ts", 'import a from "palette";\nimport b from "palette/gone";\n')
    hover = opened.at(types.TEXT_DOCUMENT_HOVER, uri, 0, 17)
    lines = hover["contents"]["value"].splitlines()
    assert lines[0] == "**node_modules/palette/esm/index.mjs**"
    assert lines[2] == "format `module` · package `palette` 2.0.0 · conditions `import` · no side effects"
    assert '  exports "." selects ./esm/index.mjs' in [f"  {line}" for line in lines]
    assert hover["range"]["start"] == {"line": 0, "character": 15}
    failed = opened.at(types.TEXT_DOCUMENT_HOVER, uri, 1, 17)["contents"]["value"]
    assert failed.startswith("**ERR_PACKAGE_PATH_NOT_EXPORTED**")
    assert 'no key of exports matches "./gone"' in failed
    assert opened.at(types.TEXT_DOCUMENT_HOVER, uri, 0, 3) is None


def test_each_specifier_of_a_file_is_a_link(shop: Home, opened: Editor) -> None:
    text = 'import "./cart";\nimport "node:fs";\nimport "./gone";\nexport * from "@/theme";\n'
    uri = opened.open(shop.workspace / "src/links.ts", text)
    params = types.DocumentLinkParams(types.TextDocumentIdentifier(uri))
    links = opened.request(types.TEXT_DOCUMENT_DOCUMENT_LINK, params)
    assert [(link["target"], link["tooltip"]) for link in links] == [
        (uri_of(str(shop.workspace / path)), path) for path in ("src/cart.ts", "src/theme/index.ts")
    ]


def importers(found: list[types.Location], root: Path) -> list[tuple[str, types.Range]]:
    named = [(location.uri.removeprefix(uri_of(str(root)) + "/"), location.range) for location in found]
    return sorted(named, key=lambda place: (place[0], place[1].start))


def test_who_imports_a_file_is_known_of_files_that_no_editor_has_open(shop: Home) -> None:
    root = shop.root / "asked"
    write(root / "a.ts", "export {}\n")
    write(root / "b.js", "// 😀\nrequire('./a')\n")
    write(root / "deep/c.vue", '<script>\nimport "../a"\n</script>\n')
    write(root / "style.css", "@import './a'")
    write(root / "node_modules/p/index.js", "import '../../a'")
    write(root / ".gitignore", "out/\n")
    write(root / "out/a.js", "import '../a'")
    with editor(shop, root) as other:
        uri = other.open(root / "d.ts", 'import "./a";\nimport "./a.js"; f();\n')
        found = importers(other.references(uri, 0, 9), root)
        assert found == [
            ("b.js", span(1, 9, 12)),
            ("d.ts", span(0, 8, 11)),
            ("d.ts", span(1, 8, 14)),
            ("deep/c.vue", span(1, 8, 12)),
        ]
        assert len(other.references(uri, 0, 9, declaration=True)) == 5
        assert other.references(uri, 1, 17) == []
        opened_too = other.open(root / "a.ts")
        assert importers(other.references(opened_too, 1, 0), root) == found
        write(root / "b.js", "require('./other')\n")
        other.type(uri, 1, 8, "x", over=6)
        assert [path for path, _ in importers(other.references(uri, 0, 9), root)] == ["d.ts", "deep/c.vue"]
