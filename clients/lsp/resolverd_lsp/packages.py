"""What is on the disk around an import: names in directories, package.json files and what they let in, read as they are now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

from resolverd.manifests.jsonc import JsonValue
from resolverd.manifests.package_json import PackageJson, parse_package_json
from resolverd.paths import ancestors, join, parent_of, resolve

_FILE = "package.json"

MODULES = "node_modules"

_MOST_FILES = 2000
"""Files that are looked at for what a pattern stands for; a package of icons has some thousands."""


def names_in(directory: str) -> list[str]:
    """List a directory; nothing where that cannot be done."""
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def package_at(path: str) -> PackageJson | None:
    """Read a package.json; None for one that is not there or cannot be used."""
    try:
        with open(path, "rb") as file:
            parsed = parse_package_json(file.read(), path)
    except OSError:
        return None
    return parsed if isinstance(parsed, PackageJson) else None


def package_above(directory: str) -> PackageJson | None:
    """Read the nearest package.json, from a directory upwards."""
    found = (package_at(join(above, _FILE)) for above in ancestors(directory))
    return next((package for package in found if package is not None), None)


def package_named(name: str, directory: str) -> PackageJson | None:
    """Read the package.json that a package's name leads to from a directory: the own one, or the nearest that is installed."""
    own = package_above(directory)
    if own is not None and own.name == name:
        return own
    installed = (join(each, f"{name}/{_FILE}") for each in module_directories(directory))
    return next((package for path in installed if (package := package_at(path)) is not None), None)


def module_directories(directory: str) -> Iterator[str]:
    """Give the module directories that are seen from a directory, the nearest first."""
    return (join(above, MODULES) for above in ancestors(directory))


def exported(package: PackageJson) -> Iterator[str]:
    """Give the subpaths (`.` and `./x`) that `exports` name, patterns by the files that they let in."""
    value = package.fields.get("exports")
    if isinstance(value, dict) and any(key.startswith(".") for key in value):
        yield from _keys(value, package.directory)
    elif value is not None:
        yield "."


def imported(package: PackageJson) -> Iterator[str]:
    """Give the names (`#x`) that `imports` define, patterns by the files that they let in."""
    value = package.fields.get("imports")
    return _keys(value, package.directory) if isinstance(value, dict) else iter(())


def _keys(table: dict[str, JsonValue], directory: str) -> Iterator[str]:
    for key, value in table.items():
        if "*" not in key and not key.endswith("/"):
            yield key
            continue
        pattern = key if "*" in key else f"{key}*"
        for target in _targets(value):
            for star in _stars(target if "*" in target else f"{target}*", directory):
                yield pattern.replace("*", star)


def _targets(value: JsonValue) -> Iterator[str]:
    """Give every path that a target may lead to, under whatever conditions."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _targets(inner)


def _stars(target: str, directory: str) -> Iterator[str]:
    """Give what the star of a target may stand for."""
    before, _, after = target.partition("*")
    if "*" in after or not target.startswith("./"):
        return
    base = resolve(directory, before.rpartition("/")[0])
    for path in islice(_files(base), _MOST_FILES):
        written = f"./{path[len(directory.rstrip('/')) + 1 :]}"
        if written.startswith(before) and written.endswith(after) and len(written) > len(before) + len(after):
            yield written[len(before) : len(written) - len(after)]


def _files(directory: str) -> Iterator[str]:
    for above, directories, names in os.walk(directory):
        directories[:] = sorted(name for name in directories if name != MODULES)
        yield from (join(above, name) for name in sorted(names))


def is_installed(package: PackageJson) -> bool:
    """Whether a package is somebody else's, and not part of the workspace."""
    return f"/{MODULES}/" in os.path.realpath(parent_of(package.path)) + "/"
