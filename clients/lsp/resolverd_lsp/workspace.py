"""The files of the open folders that may import others: what git ignores, and what packages are installed into, is left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from pathspec import GitIgnoreSpec

from resolverd.paths import ancestors, join
from resolverd_lsp.languages import language_of

_NO_SOURCES = frozenset({"node_modules", "bower_components", ".git", ".hg", ".svn", ".yarn"})

Stamp = tuple[int, int, int, int]
"""What a file is known again by: inode, size, mtime and ctime."""


class _Rules(NamedTuple):
    """A `.gitignore` and the directory it stands in."""

    directory: str
    spec: GitIgnoreSpec


def sources(root: str) -> Iterator[tuple[str, Stamp]]:
    """Give the files below a directory that specifiers are looked for in. Links are not followed."""
    pending = [(root, _rules_above(root))]
    while pending:
        directory, rules = pending.pop()
        try:
            with os.scandir(directory) as listed:
                entries = list(listed)
        except OSError:
            continue
        rules = (*rules, *_rules_in(directory))
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _NO_SOURCES and not _is_ignored(entry.path, rules):
                        pending.append((entry.path, rules))
                elif entry.is_file(follow_symlinks=False) and language_of(entry.name) is not None:
                    yield entry.path, stamp_of(entry.stat(follow_symlinks=False))
            except OSError:
                continue


def stamp_of(status: os.stat_result) -> Stamp:
    """Give what a file is known again by."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _rules_above(root: str) -> tuple[_Rules, ...]:
    """Give the rules of the repository that a folder is a part of, the outermost first."""
    found: list[_Rules] = []
    for above in ancestors(root)[1:]:
        found[:0] = _rules_in(above)
        if os.path.exists(join(above, ".git")):
            return tuple(found)
    return ()


def _rules_in(directory: str) -> tuple[_Rules, ...]:
    try:
        with open(join(directory, ".gitignore"), encoding="utf-8", errors="surrogateescape") as file:
            return (_Rules(directory, GitIgnoreSpec.from_lines(file)),)
    except OSError:
        return ()


def _is_ignored(path: str, rules: tuple[_Rules, ...]) -> bool:
    """Whether git ignores a directory: the nearest `.gitignore` that says anything about it decides."""
    for directory, spec in reversed(rules):
        said = spec.check_file(f"{path[len(directory) :].lstrip('/')}/").include
        if said is not None:
            return said
    return False
