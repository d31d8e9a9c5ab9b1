"""`exports`, `imports` and `typesVersions` as TypeScript reads them: what a subpath leads to, file by file.

Source: `loadModuleFromExports`, `loadModuleFromExportsOrImports` and `getPackageJsonTypesVersionsPaths` of TypeScript 5.9.
They are Node's tables with another end: a target counts only if a file that is wanted is there, so the search goes on
through conditions and arrays where Node's would stop, and `types@<5` is a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from resolverd.manifests.jsonc import JsonValue
from resolverd.manifests.package_json import PackageJson
from resolverd.manifests.versions import is_in_range
from resolverd.resolution.answer import Hit

Load = Callable[[str], Hit | None]
"""Takes a target, its pattern filled in, to a file."""

_MOST_DEPTH = 64


def is_given(exports: JsonValue) -> bool:
    """Tell whether a manifest has exports: an empty object or list is one, as it is true in JavaScript."""
    return bool(exports) or isinstance(exports, dict | list)


def load_exported(exports: JsonValue, subpath: str, conditions: frozenset[str], load: Load) -> Hit | None:
    """Take a subpath ("." or "./...") through `exports`."""
    if subpath == ".":
        is_table = isinstance(exports, dict) and any(key.startswith(".") for key in exports)
        main = cast("dict[str, JsonValue]", exports).get(".") if is_table else exports
        return load_target(main, None, conditions, load)
    if not isinstance(exports, dict) or not all(key.startswith(".") for key in exports):
        return None
    return load_matched(exports, subpath, conditions, load)


def load_matched(table: dict[str, JsonValue], name: str, conditions: frozenset[str], load: Load) -> Hit | None:
    """Take a key of `exports` or `imports` to its target: itself, else the pattern that says most."""
    if name in table and not name.endswith("/") and "*" not in name:
        return load_target(table[name], None, conditions, load)
    for key in sorted((key for key in table if key.count("*") == 1 or key.endswith("/")), key=_precedence):
        prefix, star, suffix = key.partition("*")
        if not name.startswith(prefix) or (star and not (name.endswith(suffix) and len(name) >= len(key) - 1)):
            continue
        return load_target(table[key], (name[len(prefix) : len(name) - len(suffix)], bool(star)), conditions, load)
    return None


def _precedence(key: str) -> tuple[int, bool, int]:
    """PATTERN_KEY_COMPARE."""
    star = key.find("*")
    return (-len(key) if star < 0 else -star - 1, star < 0, -len(key))


def load_target(
    target: JsonValue, match: tuple[str, bool] | None, conditions: frozenset[str], load: Load, depth: int = 0
) -> Hit | None:
    """Take the first target that leads to a file. `match` is what stands for the star, and whether there is one."""
    if isinstance(target, str):
        filled = _filled(target, match)
        return None if filled is None else load(filled)
    if depth > _MOST_DEPTH:
        return None
    if isinstance(target, dict):
        inner = [value for key, value in target.items() if _holds(key, conditions)]
    else:
        inner = target if isinstance(target, list) else []
    hits = (load_target(each, match, conditions, load, depth + 1) for each in inner)
    return next((hit for hit in hits if hit is not None), None)


def _holds(condition: str, conditions: frozenset[str]) -> bool:
    if condition == "default" or condition in conditions:
        return True
    return condition.startswith("types@") and "types" in conditions and is_in_range(condition[len("types@") :])


def _filled(target: str, match: tuple[str, bool] | None) -> str | None:
    """Put what the star stands for into a target; None for one that leads out, or has no place for it."""
    subpath, is_pattern = match or ("", False)
    if not is_pattern and subpath and not target.endswith("/"):
        return None
    parts = [*target.split("/")[1:], *subpath.split("/")] if target.startswith("./") else []
    if {"..", ".", "node_modules"} & set(parts):
        return None
    return target.replace("*", subpath) if is_pattern else target + subpath


def types_versions(manifest: PackageJson) -> dict[str, tuple[str, ...]] | None:
    """Give the paths of the first range in `typesVersions` that holds."""
    versions = manifest.fields.get("typesVersions")
    if not isinstance(versions, dict):
        return None
    chosen = next((paths for text, paths in versions.items() if is_in_range(text)), None)
    return dict(_paths(chosen)) if isinstance(chosen, dict) else None


def _paths(paths: dict[str, JsonValue]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for pattern, targets in paths.items():
        if isinstance(targets, list):
            yield pattern, tuple(each for each in targets if isinstance(each, str))
