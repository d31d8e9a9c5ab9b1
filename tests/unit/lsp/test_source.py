"""What counts as a specifier, and that edits find the same ones as reading the whole document again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol.types import Position, Range

from resolverd.terms import Kind
from resolverd_lsp.languages import Language, language_of
from resolverd_lsp.source import Source
from resolverd_lsp.specifier import Specifier, Syntax

SCRIPTS = (Language.JAVASCRIPT, Language.TYPESCRIPT, Language.TSX)


def found(language: Language, text: str) -> list[Specifier]:
    source = Source(language, text)
    for specifier in source.specifiers:
        assert source.text.slice(specifier.start, specifier.end) == specifier.text
    return source.specifiers


@pytest.mark.parametrize("language", SCRIPTS)
@pytest.mark.parametrize(
    ("text", "syntax", "kind"),
    [
        ('import a from "x"', Syntax.IMPORT, Kind.IMPORT),
        ("import 'x' with { type: 'css' }", Syntax.IMPORT, Kind.IMPORT),
        ('export * from "x"', Syntax.IMPORT, Kind.IMPORT),
        ('export { a } from "x"', Syntax.IMPORT, Kind.IMPORT),
        ("const a = await import(`x`)", Syntax.IMPORT, Kind.IMPORT),
        ('import.meta.resolve("x")', Syntax.IMPORT, Kind.IMPORT),
        ('const a = require("x")', Syntax.REQUIRE, Kind.REQUIRE),
        ('require.resolve("x")', Syntax.REQUIRE, Kind.REQUIRE),
        ('new URL("x", import.meta.url)', Syntax.ASSET, Kind.IMPORT),
        ('/** @type {import("x").A} */', Syntax.TYPE, Kind.IMPORT),
        ('/// <reference types="x" />', Syntax.DIRECTIVE, Kind.IMPORT),
    ],
)
def test_a_script_loads_by(language: Language, text: str, syntax: Syntax, kind: Kind) -> None:
    (specifier,) = found(language, text)
    assert (specifier.text, specifier.syntax, specifier.kind) == ("x", syntax, kind)


@pytest.mark.parametrize(
    ("text", "syntax"),
    [
        ('import type { A } from "x"', Syntax.TYPE),
        ('export type { A } from "x"', Syntax.TYPE),
        ('type A = import("x").A', Syntax.TYPE),
        ('let a: typeof import("x")', Syntax.TYPE),
        ('import { type A } from "x"', Syntax.IMPORT),
        ('import a = require("x")', Syntax.REQUIRE),
        ('declare module "y" { import a from "x" }', Syntax.IMPORT),
    ],
)
def test_typescript_also_loads_by(text: str, syntax: Syntax) -> None:
    (specifier,) = found(Language.TYPESCRIPT, text)
    assert (specifier.text, specifier.syntax) == ("x", syntax)


@pytest.mark.parametrize(
    "text", ['f("x")', "import(`x${a}`)", "require(x)", '// require("x")', 'new URL("x", location)', 'const a = "x"']
)
def test_what_only_looks_like_an_import_is_none(text: str) -> None:
    assert found(Language.JAVASCRIPT, text) == []


@pytest.mark.parametrize(
    ("text", "is_optional"),
    [
        ('try { require("x") } catch {}', True),
        ('try { a() } catch { require("x") }', False),
        ('try { function f() { require("x") } } catch {}', False),
        ('import("x").catch(() => 0)', True),
        ('import("x").then(f)', False),
    ],
)
def test_a_failure_that_is_taken_care_of_is_optional(text: str, *, is_optional: bool) -> None:
    assert [specifier.is_optional for specifier in found(Language.JAVASCRIPT, text)] == [is_optional]


@pytest.mark.parametrize("typed", ['import b from "y', "import { b from", "const b = (", 'require("'])
def test_a_text_in_the_middle_of_being_typed_still_has_its_other_imports(typed: str) -> None:
    text = f'import a from "x"\n{typed}\n\nfunction f() {{}}\nexport * from "z"\n'
    written = [specifier.text for specifier in Source(Language.TYPESCRIPT, text).specifiers]
    assert (written[0], written[-1]) == ("x", "z")


def test_style_sheets_name_files_by_import_and_by_url() -> None:
    text = '@import "a"; @import url(b) screen; p { background: url(./c.png), url("d") } /* url(no) */ q[href="no"] {}'
    text += " @import url('e'); r { src: url(data:no) url(#no) }"
    assert [(specifier.text, specifier.syntax) for specifier in found(Language.CSS, text)] == [
        ("a", Syntax.STYLE),
        ("b", Syntax.STYLE),
        ("./c.png", Syntax.ASSET),
        ("d", Syntax.ASSET),
        ("e", Syntax.STYLE),
    ]


def test_a_component_has_scripts_and_styles_at_their_own_place() -> None:
    text = '<template>{{ a < b }}😀</template>\n<script setup lang="ts">import type a from "x"</script>\n'
    text += "<style scoped>p { background: url(y.png) }</style><style lang=scss>@import 'no'</style>"
    assert [(each.text, each.syntax) for each in found(Language.COMPONENT, text)] == [
        ("x", Syntax.TYPE),
        ("y.png", Syntax.ASSET),
    ]


def test_a_manifest_names_files_by_its_fields() -> None:
    text = (
        '{"main": "./a", "name": "no", "exports": {".": {"import": "./b", "default": ["./c"]}}, "imports": {"#d": "d"}}'
    )
    assert [specifier.text for specifier in found(Language.PACKAGE, text)] == ["./a", "./b", "./c", "d"]


def test_a_tsconfig_names_configs_and_paths() -> None:
    text = '{ // said\n"extends": ["a", "./b"], "references": [{"path": "../c"}], "compileOnSave": "no",\n'
    text += '"compilerOptions": {"paths": {"@/*": ["./src/*"]}, "target": "no"},}'
    assert [(specifier.text, specifier.syntax) for specifier in found(Language.TSCONFIG, text)] == [
        ("a", Syntax.EXTENDS),
        ("./b", Syntax.EXTENDS),
        ("../c", Syntax.REFERENCE),
        ("./src/*", Syntax.PATHS),
    ]


@pytest.mark.parametrize(
    ("path", "language_id", "language"),
    [
        ("/a/b.mts", None, Language.TYPESCRIPT),
        ("/a/package.json", "json", Language.PACKAGE),
        ("/a/tsconfig.build.json", "jsonc", Language.TSCONFIG),
        ("/a/other.json", "json", None),
        ("/a/unsaved", "typescriptreact", Language.TSX),
        ("/a/b.py", "python", None),
    ],
)
def test_the_language_is_known_by_name_and_else_by_what_the_editor_says(
    path: str, language_id: str | None, language: Language | None
) -> None:
    assert language_of(path, language_id) is language


PIECES = st.sampled_from(
    [
        'import a from "x"\n',
        'import type { A } from "t";',
        "export * from './y'\n",
        'require("z")\n',
        "const b = `",
        '"',
        "/*",
        "*/",
        "import(`w`)",
        "try { ",
        "} catch {}\n",
        '/// <reference types="r" />\n',
        "😀",
        "type ",
        "(",
        ")",
        "f",
        "\n",
    ]
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
EDITS = st.tuples(
    st.integers(0, 6), st.integers(0, 20), st.integers(0, 2), st.integers(0, 20), st.one_of(st.just(""), PIECES)
)


@settings(deadline=None)
@given(st.sampled_from(SCRIPTS), TEXTS, st.lists(EDITS, max_size=6))
def test_edits_find_what_the_whole_text_has(
    language: Language, text: str, edits: list[tuple[int, int, int, int, str]]
) -> None:
    source = Source(language, text)
    for line, character, lines, end, inserted in edits:
        source.replace(Range(Position(line, character), Position(line + lines, end)), inserted)
        whole = Source(language, str(source.text))
        assert places(source) == places(whole)


def places(source: Source) -> set[tuple[int, str]]:
    return {(specifier.start, specifier.text) for specifier in source.specifiers}


def test_the_specifier_at_a_position_is_found_up_to_its_ends() -> None:
    source = Source(Language.JAVASCRIPT, 'import a from "xy"; import "z"')
    at = [source.at(Position(0, character)) for character in range(31)]
    assert [place for place, specifier in enumerate(at) if specifier and specifier.text == "xy"] == [15, 16, 17]
    assert [place for place, specifier in enumerate(at) if specifier and specifier.text == "z"] == [28, 29]


def test_a_manifest_names_paths_with_open_parts_too() -> None:
    text = '{"bin": {"x": "x.js"}, "workspaces": ["packages/*"], "browser": {"./e": "./f"}, "files": ["dist"]}'
    assert [(each.text, each.syntax) for each in found(Language.PACKAGE, text)] == [
        ("x.js", Syntax.MAIN),
        ("packages/*", Syntax.GLOB),
        ("./f", Syntax.TARGET),
        ("dist", Syntax.GLOB),
    ]
    text = '{"include": ["src"], "compilerOptions": {"paths": {"@/*": ["lib/*"]}, "outDir": "out", "baseUrl": "./src"}}'
    assert [(each.text, each.syntax, each.base) for each in found(Language.TSCONFIG, text)] == [
        ("src", Syntax.GLOB, ""),
        ("lib/*", Syntax.PATHS, "./src"),
        ("out", Syntax.GLOB, ""),
        ("./src", Syntax.GLOB, ""),
    ]
