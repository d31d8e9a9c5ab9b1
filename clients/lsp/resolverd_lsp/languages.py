"""The languages that imports are looked for in, and their parsers. Grammars are loaded when they are needed."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from enum import StrEnum
from functools import cache

import tree_sitter
import tree_sitter_css
import tree_sitter_html
import tree_sitter_javascript
import tree_sitter_json
import tree_sitter_typescript


class Language(StrEnum):
    """What a document is written in."""

    JAVASCRIPT = "javascript"
    TYPESCRIPT = "typescript"
    TSX = "tsx"
    CSS = "css"
    PACKAGE = "package.json"
    TSCONFIG = "tsconfig.json"
    COMPONENT = "component"


_BY_EXTENSION = {
    ".js": Language.JAVASCRIPT,
    ".jsx": Language.JAVASCRIPT,
    ".mjs": Language.JAVASCRIPT,
    ".cjs": Language.JAVASCRIPT,
    ".ts": Language.TYPESCRIPT,
    ".mts": Language.TYPESCRIPT,
    ".cts": Language.TYPESCRIPT,
    ".tsx": Language.TSX,
    ".css": Language.CSS,
    ".vue": Language.COMPONENT,
    ".svelte": Language.COMPONENT,
}

EXTENSIONS = frozenset(_BY_EXTENSION)
"""Of the files that may import others."""

MANIFESTS = frozenset({Language.PACKAGE, Language.TSCONFIG})

_BY_ID = {
    "javascript": Language.JAVASCRIPT,
    "javascriptreact": Language.JAVASCRIPT,
    "typescript": Language.TYPESCRIPT,
    "typescriptreact": Language.TSX,
    "css": Language.CSS,
    "vue": Language.COMPONENT,
    "svelte": Language.COMPONENT,
}

_GRAMMARS = {
    Language.JAVASCRIPT: tree_sitter_javascript.language,
    Language.TYPESCRIPT: tree_sitter_typescript.language_typescript,
    Language.TSX: tree_sitter_typescript.language_tsx,
    Language.CSS: tree_sitter_css.language,
    Language.PACKAGE: tree_sitter_json.language,
    Language.TSCONFIG: tree_sitter_json.language,
    Language.COMPONENT: tree_sitter_html.language,
}


def language_of(path: str, language_id: str | None = None) -> Language | None:
    """Tell a document's language by its name, else by what the editor calls it; None where there is nothing to find."""
    name = posixpath.basename(path)
    if name == "package.json":
        return Language.PACKAGE
    if name.endswith(".json") and name.startswith(("tsconfig", "jsconfig")):
        return Language.TSCONFIG
    known = _BY_EXTENSION.get(posixpath.splitext(name)[1])
    return known or _BY_ID.get(language_id or "")


@cache
def grammar(language: Language) -> tree_sitter.Language:
    """Load a grammar."""
    return tree_sitter.Language(_GRAMMARS[language]())


def parser(language: Language, within: Sequence[tree_sitter.Range] | None = None) -> tree_sitter.Parser:
    """Give a parser of a language, `within` parts of a text. Each is for one thread."""
    return tree_sitter.Parser(grammar(language), included_ranges=within)


@cache
def query(language: Language, patterns: str) -> tree_sitter.Query:
    """Compile a query."""
    return tree_sitter.Query(grammar(language), patterns)
