"""What may be done about a specifier that does not resolve. Which of it helps, the daemon is asked before anybody is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

import tree_sitter
from lsprotocol import types

from resolverd.paths import join, name_of, parent_of, resolve, split_package
from resolverd.terms import Code, Failure
from resolverd_lsp.languages import Language, parser
from resolverd_lsp.nearest import nearest_name
from resolverd_lsp.packages import is_installed, names_in, package_named
from resolverd_lsp.spelling import Ending, is_relative, stem, written_as
from resolverd_lsp.targets import pairs
from resolverd_lsp.text import Text

_SOURCE_DIRECTORIES = ("", "src", "lib")
"""Where in a package a file of a subpath's name may lie."""

_INDENT = "  "


class Correction(NamedTuple):
    """A specifier to write instead, and what an editor's user is told that this does."""

    title: str
    written: str


class Export(NamedTuple):
    """A subpath that a package of the workspace could export: its package.json, the subpath and the file that it leads to."""

    manifest: str
    subpath: str
    target: str


def corrections(written: str, failure: Failure, path: str) -> Iterator[Correction]:
    """Give what may be written instead in the file `path`, the likest first."""
    if is_relative(written) and failure.code in {Code.MODULE_NOT_FOUND, Code.UNSUPPORTED_DIR_IMPORT}:
        for completed in _completed(written, resolve(parent_of(path), written)):
            yield Correction(f"Add the extension: '{completed}'", completed)
    nearest = nearest_name(written, failure, path)
    if nearest is not None:
        yield Correction(f"Change to '{nearest}'", nearest)


def _completed(written: str, path: str) -> Iterator[str]:
    """Give a path with the rest of the names that are there, and with those of an index in it."""
    name = name_of(path)
    for found in _files_named(parent_of(path), name):
        yield written.rstrip("/") + found[len(name) :]
    for found in _files_named(path, "index"):
        yield f"{written.rstrip('/')}/{found}"


def _files_named(directory: str, name: str) -> Iterator[str]:
    """Give the names of files that may be meant by one without an extension; a TypeScript file's as it is imported first."""
    for there in names_in(directory):
        if stem(there) == name != there and os.path.isfile(join(directory, there)):
            yield from written_as(there, Ending.EMITTED)
            yield there


def exports(written: str, failure: Failure, path: str) -> Iterator[Export]:
    """Give what a package of the workspace could export, so that a specifier of the file `path` resolves."""
    if failure.code is not Code.PACKAGE_PATH_NOT_EXPORTED:
        return
    name, subpath = split_package(written)
    package = package_named(name, parent_of(path))
    if package is None or is_installed(package):
        return
    manifest = os.path.realpath(package.path)
    for directory in _SOURCE_DIRECTORIES:
        base = resolve(parent_of(manifest), join(directory or ".", subpath))
        files = [base] if os.path.isfile(base) else []
        files += (join(parent_of(base), found) for found in _files_named(parent_of(base), name_of(base)))
        files += (join(base, found) for found in _files_named(base, "index"))
        for file in files:
            if os.path.isfile(file):
                yield Export(manifest, subpath, f".{file[len(parent_of(manifest)) :]}")


def exporting(text: Text, export: Export) -> types.TextEdit | None:
    """Give the edit of a package.json that adds an entry to its `exports`; None where it has none."""
    root = parser(Language.PACKAGE).parse(text.data, encoding="utf16le").root_node
    value = next((value for top in root.named_children for key, value in pairs(top, text) if key == "exports"), None)
    if value is None:
        return None
    entry = f'"{export.subpath}": "{export.target}"'
    entries = list(pairs(value, text))
    if entries and entries[0][0].startswith("."):
        return _appended(text, value, entries[-1][1], entry)
    outer = _indent(text, value.start_byte)
    inner = f"\n{outer}{_INDENT}"
    old = text.slice(value.start_byte, value.end_byte).replace("\n", f"\n{_INDENT}")
    where = text.range(value.start_byte, value.end_byte)
    return types.TextEdit(where, f'{{{inner}".": {old},{inner}{entry}\n{outer}}}')


def _appended(text: Text, table: tree_sitter.Node, last: tree_sitter.Node, entry: str) -> types.TextEdit:
    """Add an entry behind the last, on a line of its own if the others have one."""
    is_on_one_line = text.point(last.start_byte)[0] == text.point(table.start_byte)[0]
    between = " " if is_on_one_line else f"\n{_indent(text, last.start_byte)}"
    return types.TextEdit(text.range(last.end_byte, last.end_byte), f",{between}{entry}")


def _indent(text: Text, offset: int) -> str:
    """Give what the line of an offset is indented by."""
    _, column = text.point(offset)
    written = text.slice(offset - column, offset)
    return written[: len(written) - len(written.lstrip())]
