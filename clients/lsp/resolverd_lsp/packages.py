"""The package.json files that an answer or a completion has to do with, read as they are now."""

from __future__ import annotations

from resolverd.manifests.package_json import PackageJson, parse_package_json
from resolverd.paths import ancestors, join

_FILE = "package.json"


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
