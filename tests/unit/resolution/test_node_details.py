"""Corners of Node's algorithms that trees drawn at random found; each is Node's own behaviour."""

from __future__ import annotations

import json

import pytest

from resolverd.cache.engine import Engine
from resolverd.terms import Answer, Code
from resolverd.view.memory import MemoryView


def resolve(files: dict[str, object], specifier: str, directory: str, kind: str) -> Answer:
    view = MemoryView()
    for path, content in files.items():
        view.write(path, content if isinstance(content, str) else json.dumps(content))
    return Engine(view).resolve(specifier, directory=directory, kind=kind, profile="node")


def code(answer: Answer) -> Code | None:
    return None if answer.error is None else answer.error.code


def test_a_package_whose_main_leads_nowhere_ends_the_search_of_require() -> None:
    files = {
        "/p/src/node_modules/b/package.json": {"main": "gone"},
        "/p/node_modules/b/index.js": "",
    }
    assert code(resolve(files, "b", "/p/src", "require")) is Code.MODULE_NOT_FOUND
    files["/p/src/node_modules/b/package.json"] = {}
    assert resolve(files, "b", "/p/src", "require").path == "/p/node_modules/b/index.js"


def test_a_package_with_a_slash_behind_it_is_no_import() -> None:
    files: dict[str, object] = {"/p/node_modules/a/package.json": {}, "/p/node_modules/a/index.js": ""}
    assert code(resolve(files, "a/", "/p", "import")) is Code.UNSUPPORTED_DIR_IMPORT
    assert resolve(files, "a/", "/p", "require").path == "/p/node_modules/a/index.js"


@pytest.mark.parametrize("kind", ["import", "require"])
def test_imports_are_looked_for_no_further_than_node_modules(kind: str) -> None:
    files: dict[str, object] = {"/p/package.json": {"imports": {"#x": "./x.js"}}, "/p/x.js": ""}
    files["/p/node_modules/a/index.js"] = ""
    assert resolve(files, "#x", "/p", kind).path == "/p/x.js"
    assert resolve(files, "#x", "/p/node_modules/a", kind).path is None


@pytest.mark.parametrize("kind", ["import", "require"])
def test_what_imports_name_in_a_package_is_not_completed(kind: str) -> None:
    files: dict[str, object] = {"/p/package.json": {"imports": {"#x": "b/x", "#y": "b/x.js", "#b": "b"}}}
    files |= {"/p/node_modules/b/x.js": "", "/p/node_modules/b/index.js": ""}
    assert resolve(files, "#x", "/p", kind).path is None
    assert resolve(files, "#y", "/p", kind).path == "/p/node_modules/b/x.js"
    assert resolve(files, "#b", "/p", kind).path == "/p/node_modules/b/index.js"


def test_only_require_joins_a_path_through_a_package_that_is_not_there() -> None:
    files: dict[str, object] = {"/p/node_modules/b/index.js": "", "/p/src/node_modules/c/index.js": ""}
    assert resolve(files, "a/../b", "/p/src", "require").path == "/p/node_modules/b/index.js"
    assert resolve(files, "a/../b", "/p/src", "import").path is None
