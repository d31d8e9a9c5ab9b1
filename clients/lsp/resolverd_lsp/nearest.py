"""The name that was probably meant by one that is not there."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Sequence

from resolverd.paths import join, name_of, parent_of, split_package
from resolverd.terms import Code, Failure
from resolverd_lsp.packages import exported, imported, names_in, package_above, package_named
from resolverd_lsp.spelling import Ending, stem, written_as

_ABSENT = frozenset({Code.MODULE_NOT_FOUND, Code.PACKAGE_PATH_NOT_EXPORTED, Code.PACKAGE_IMPORT_NOT_DEFINED})

_CLOSE = 0.7
"""How much of a name has to be the same, 1 being all of it."""


def nearest_name(written: str, failure: Failure, path: str) -> str | None:
    """Give the specifier that was probably meant in the file `path`: the closest that is there."""
    if failure.code not in _ABSENT:
        return None
    found = _nearest_path(written, failure.tried)
    return _nearest_defined(written, parent_of(path)) if found is None and written[:1] not in {".", "/"} else found


def _nearest_defined(written: str, directory: str) -> str | None:
    """Give the closest name that a package.json defines: its own `imports`, or another package's `exports`."""
    if written.startswith("#"):
        package = package_above(directory)
        return None if package is None else _closest(written, imported(package))
    name, subpath = split_package(written)
    package = package_named(name, directory)
    found = None if package is None else _closest(subpath, exported(package))
    return None if found is None or subpath == "." else f"{name}{found[1:]}"


def _nearest_path(written: str, tried: Sequence[str]) -> str | None:
    """Put another name in place of the topmost one that is not there, in the first path that was tried and has any like it."""
    parts = written.split("/")
    for path in tried:
        directory, name = _missing(path)
        if name not in parts:
            continue
        there = names_in(directory)
        emitted = [name_of(each) for each_there in there for each in written_as(each_there, Ending.EMITTED)]
        found = _closest(name, [*there, *emitted])
        if found is not None and found != name:
            is_completed = "." not in name and any(each.startswith(f"{join(directory, name)}.") for each in tried)
            place = len(parts) - 1 - parts[::-1].index(name)
            parts[place] = stem(found) if is_completed and stem(found) != name else found
            return "/".join(parts)
    return None


def _missing(path: str) -> tuple[str, str]:
    """Give the nearest directory above a path that is there, and the name in it that is not."""
    directory = parent_of(path)
    while not os.path.isdir(directory):
        path, directory = directory, parent_of(directory)
    return directory, name_of(path)


def _closest(name: str, there: Iterable[str]) -> str | None:
    """Give the name that differs least, in case alone above all; an extension that was left out does not count."""
    known = list(there)
    folded = name.casefold()
    for each in known:
        if each.casefold() == folded:
            return each
    by_stem = {each if "." in name else each.partition(".")[0]: each for each in reversed(known)}
    found = difflib.get_close_matches(name, by_stem, n=1, cutoff=_CLOSE)
    return by_stem[found[0]] if found else None
