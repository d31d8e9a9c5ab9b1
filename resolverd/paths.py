"""Absolute POSIX paths as `str` (odd bytes as surrogate escapes): pure text, no file system.

`os.path` would do most of this; the core may not import `os`, and the hot path wants the two-argument forms.
"""

from __future__ import annotations

import posixpath

SEPARATOR = "/"


def join(directory: str, name: str) -> str:
    """`directory/name`, for one plain name; the root needs no second slash."""
    return directory + name if directory == "/" else f"{directory}/{name}"


def parent_of(path: str) -> str:
    """The directory of an absolute normal path; the root is its own parent."""
    return path[: path.rfind("/")] or "/"


def name_of(path: str) -> str:
    """The last component of an absolute normal path, "" for the root."""
    return path[path.rfind("/") + 1 :]


def normal(path: str) -> str:
    """Collapse `.`, `..` and doubled slashes as text, as URL and Node's `path` do: links are not looked at."""
    normalised = posixpath.normpath(path)
    # POSIX lets exactly two leading slashes mean something else; no resolver does.
    return normalised[1:] if normalised.startswith("//") else normalised


def resolve(directory: str, path: str) -> str:
    """`path` seen from `directory`, normalised as text."""
    return normal(path) if path.startswith("/") else normal(f"{directory}/{path}")


def as_written(path: str) -> str:
    """As `normal`, but a trailing slash, which says that a directory is meant, stays."""
    normalised = normal(path)
    return f"{normalised}/" if path.endswith("/") and normalised != "/" else normalised


def resolve_as_written(directory: str, path: str) -> str:
    """As `resolve`, but a trailing slash stays."""
    return as_written(path if path.startswith("/") else f"{directory}/{path}")


def is_inside(path: str, directory: str) -> bool:
    """Whether `path` is `directory` or below it."""
    return directory in {"/", path} or path.startswith(directory + "/")


def ancestors(path: str) -> list[str]:
    """`path` and each directory above it, nearest first, ending with the root."""
    chain = [path]
    while path != "/":
        path = parent_of(path)
        chain.append(path)
    return chain


def split_package(path: str) -> tuple[str, str]:
    """Split `@scope/name/sub/path` into the package's name and `./sub/path` ("." where there is none).

    PACKAGE_RESOLVE, steps 3 to 7.
    """
    slash = path.find("/")
    if path.startswith("@") and slash >= 0:
        slash = path.find("/", slash + 1)
    return (path, ".") if slash < 0 else (path[:slash], f".{path[slash:]}")
