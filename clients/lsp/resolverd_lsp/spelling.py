"""The ways to write a specifier for a file that has moved, the likest to how it was written first.

Which of them lead there, nobody knows here: whoever asks tries them in this order.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from enum import Enum

from resolverd.paths import is_inside, name_of, parent_of

_EXTENSION = re.compile(r"(?:\.d)?\.[^./]+$")
_EMITTED = {".ts": (".js",), ".tsx": (".js", ".jsx"), ".mts": (".mjs",), ".cts": (".cjs",)}
"""What a TypeScript file is called once it was compiled, and may be imported as before."""


class Ending(Enum):
    """How much of a file's name a specifier has."""

    WHOLE = 0
    STEM = 1
    EMITTED = 2
    DIRECTORY = 3


def is_relative(written: str) -> bool:
    """Whether a specifier is seen from the file that it stands in."""
    return written in {".", ".."} or written.startswith(("./", "../"))


def ending_of(written: str, target: str) -> Ending:
    """Tell how a specifier names its target."""
    name = name_of(written)
    if name == name_of(target):
        return Ending.WHOLE
    if name == name_of(stem(target)):
        return Ending.STEM
    return Ending.EMITTED if name in map(name_of, _emitted(target)) else Ending.DIRECTORY


def stem(path: str) -> str:
    """Give a path without its extension; that of a declaration file has two parts."""
    return _EXTENSION.sub("", path)


def written_as(path: str, ending: Ending) -> tuple[str, ...]:
    """Give what a file may be written as, with an ending."""
    match ending:
        case Ending.WHOLE:
            return (path,)
        case Ending.STEM:
            return (stem(path),)
        case Ending.EMITTED:
            return _emitted(path)
        case Ending.DIRECTORY:
            return (parent_of(path),) if name_of(stem(path)) == "index" else ()


def _emitted(path: str) -> tuple[str, ...]:
    extension = posixpath.splitext(path)[1]
    return tuple(stem(path) + emitted for emitted in _EMITTED.get(extension, ()))


def relative(path: str, directory: str) -> str:
    """Write a path as it is seen from a directory."""
    seen = posixpath.relpath(path, directory)
    return seen if is_relative(seen) else f"./{seen}"


def respelled(written: str, target: str, new_target: str, directory: str) -> Iterator[str]:
    """Give what may be written in a file of `directory` for `new_target`, where `written` meant `target`."""
    likest = ending_of(written, target)
    endings = [likest, *(ending for ending in (Ending.STEM, Ending.EMITTED, Ending.WHOLE) if ending is not likest)]
    if not is_relative(written):
        for old in written_as(target, likest):
            for ending in endings:
                for new in written_as(new_target, ending):
                    if (kept := _with_root_kept(written, old, new)) is not None:
                        yield kept
    for ending in endings:
        for new in written_as(new_target, ending):
            yield relative(new, directory)


def _with_root_kept(written: str, old: str, new: str) -> str | None:
    """Keep what stands for a directory in front (`@` in `@/a/b` for `/src/a/b`), if the new path is below that directory too."""
    parts, way = written.split("/"), old.split("/")
    same, most = 0, min(len(parts), len(way) - 1)
    while same < most and parts[-1 - same] == way[-1 - same]:
        same += 1
    root = "/".join(way[: len(way) - same])
    if not same or new == root or not is_inside(new, root):
        return None
    return "/".join([*parts[: len(parts) - same], new[len(root) + 1 :]])


def path_moved(written: str, directory: str, path: str) -> str:
    """Write a path that a manifest in a directory names, in the way that it was written: with a dot or not, with a slash or not."""
    if written.startswith("/"):
        seen = path
    else:
        seen = posixpath.relpath(path, directory)
        seen = f"./{seen}" if written.startswith("./") and not is_relative(seen) else seen
    return f"{seen}/" if written.endswith("/") else seen
