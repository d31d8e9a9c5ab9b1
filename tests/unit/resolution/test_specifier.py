from __future__ import annotations

import pytest

from resolverd.paths import split_package
from resolverd.resolution.specifier import (
    InvalidSpecifier,
    Specifier,
    is_package_name,
    is_relative,
    parse_specifier,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("./a", Specifier("./a")),
        ("./a?q#f", Specifier("./a", "?q", "#f")),
        ("./a#f?q", Specifier("./a", "", "#f?q")),
        ("#imports", Specifier("#imports")),
        ("#imports#f", Specifier("#imports", "", "#f")),
        ("./a/", Specifier("./a", is_directory=True)),
        ("/", Specifier("/", is_directory=True)),
        ("./a\0#b", Specifier("./a#b")),
        ("./a\0?b?c", Specifier("./a?b", "?c")),
        ("file:///a%20b.js?q", Specifier("/a b.js", "?q")),
        ("file://localhost/a.js", Specifier("/a.js")),
        ("file:/a.js", Specifier("/a.js")),
    ],
)
def test_parts(text: str, expected: Specifier) -> None:
    assert parse_specifier(text) == expected


@pytest.mark.parametrize(
    "text", ["", "?q", "file://host/a.js", "file://./a.js", "file:a.js", "file:///a%2Fb.js", "a\0"]
)
def test_what_means_nothing(text: str) -> None:
    assert isinstance(parse_specifier(text), InvalidSpecifier)


@pytest.mark.parametrize(
    ("path", "name", "subpath"),
    [("a", "a", "."), ("a/b/c", "a", "./b/c"), ("@s/a", "@s/a", "."), ("@s/a/b", "@s/a", "./b"), ("@s", "@s", ".")],
)
def test_a_package_specifier_splits_after_its_name(path: str, name: str, subpath: str) -> None:
    assert split_package(path) == (name, subpath)


@pytest.mark.parametrize("path", [".", "..", "./a", "../a"])
def test_relative(path: str) -> None:
    assert is_relative(path)


@pytest.mark.parametrize("path", [".a", "..a", "a", "/a", "#a", "...", ".a/b"])
def test_not_relative(path: str) -> None:
    assert not is_relative(path)


@pytest.mark.parametrize("name", ["a", "@s/a", "a.b", "a-b", "A"])
def test_package_names(name: str) -> None:
    assert is_package_name(name)


@pytest.mark.parametrize("name", [".a", "@s", "a%20b", "a\\b", "@s/", "@/a"])
def test_no_package_names(name: str) -> None:
    assert not is_package_name(name)
