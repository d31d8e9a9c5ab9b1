r"""Specifiers as text: what is asked for, its query and fragment, and the parts of a package specifier.

enhanced-resolve's identifier syntax: `path?query#fragment`, where `\0` before a character takes away its meaning
(webpack writes a literal `#` in a path as `\0#`), and a `#` at the very start belongs to the path (`#imports`).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

import msgspec


class Specifier(msgspec.Struct, frozen=True, gc=False):
    """A parsed specifier. `path` has no trailing slash; `is_directory` says that it had one."""

    path: str
    query: str = ""
    fragment: str = ""
    is_directory: bool = False


class InvalidSpecifier(msgspec.Struct, frozen=True, gc=False):
    """A specifier that means nothing, with the reason."""

    message: str


_ESCAPED = re.compile(r"(#?(?:\0.|[^?#\0])*)(\?(?:\0.|[^#\0])*)?(#.*)?", re.DOTALL)
_ESCAPE = re.compile(r"\0(.)", re.DOTALL)
_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]+:)?//|(?:data|blob):")


def parse_specifier(text: str) -> Specifier | InvalidSpecifier:
    """Split a specifier; a `file:` URL becomes the path that it names."""
    if "?" not in text and "#" not in text and "\0" not in text and not text.startswith("file:"):
        path, query, fragment = text, "", ""
    elif text.startswith("file:"):
        return _parse_file_url(text)
    elif (match := _ESCAPED.fullmatch(text)) is None:
        return InvalidSpecifier("a NUL character may only stand before the character that it escapes")
    else:
        path = _ESCAPE.sub(r"\1", match[1])
        query = _ESCAPE.sub(r"\1", match[2] or "")
        fragment = match[3] or ""
    if path.endswith("/"):
        return Specifier(path.rstrip("/") or "/", query, fragment, is_directory=True)
    if not path:
        return InvalidSpecifier("a specifier may not be empty")
    return Specifier(path, query, fragment)


def _parse_file_url(text: str) -> Specifier | InvalidSpecifier:
    """Give the path of a `file:` URL (WHATWG URL; Node's fileURLToPath)."""
    match = re.fullmatch(
        r"file:(//(?:localhost)?(?=/))?(/(?!/)[^?#]*)(\?[^#]*)?(#.*)?", text, re.DOTALL | re.IGNORECASE
    )
    if match is None:
        return InvalidSpecifier("a file: URL needs an absolute path and no host")
    if re.search("%2f", match[2], re.IGNORECASE):
        return InvalidSpecifier("a file: URL must not include encoded / characters")
    path = unquote(match[2], errors="surrogateescape")
    trimmed = path.rstrip("/") or "/"
    return Specifier(trimmed, match[3] or "", match[4] or "", is_directory=path.endswith("/"))


def parse_plainly(text: str) -> Specifier | InvalidSpecifier:
    """Split a specifier of Node's `require`, where all of it is a path."""
    if not text:
        return InvalidSpecifier("a specifier may not be empty")
    return Specifier(text.rstrip("/") or "/", is_directory=True) if text.endswith("/") else Specifier(text)


def as_url(specifier: Specifier) -> Specifier | InvalidSpecifier:
    """Read a specifier as Node's ESM loader does (ESM_RESOLVE): a path is part of a URL, a package's name is not."""
    if is_bare(specifier.path) or specifier.path.startswith("#"):
        whole = specifier.path + ("/" if specifier.is_directory else "") + specifier.query + specifier.fragment
        return Specifier(whole.rstrip("/"), is_directory=whole.endswith("/"))
    if "%" not in specifier.path:
        return specifier
    if re.search("%2f|%5c", specifier.path, re.IGNORECASE):
        return InvalidSpecifier('it must not include encoded "/" or "\\" characters')
    path = unquote(specifier.path, errors="surrogateescape")
    return Specifier(path, specifier.query, specifier.fragment, specifier.is_directory)


def is_remote(path: str) -> bool:
    """Tell whether a specifier is a URL that no file system answers."""
    return _SCHEME.match(path) is not None


def is_relative(path: str) -> bool:
    """Tell whether a path is seen from the importer: `.`, `..`, `./x`, `../x`."""
    return path.startswith(".") and (path in {".", ".."} or path.startswith(("./", "../")))


def is_bare(path: str) -> bool:
    """Tell whether a path names a package."""
    return not path.startswith(("/", "#")) and not is_relative(path)


_PACKAGE_NAME = re.compile(r"(?:@[^/\\%]+/)?[^./\\%@][^/\\%]*")


def is_package_name(name: str) -> bool:
    """Tell whether Node takes a text for a package's name (PACKAGE_RESOLVE, steps 2 to 6)."""
    return _PACKAGE_NAME.fullmatch(name) is not None
