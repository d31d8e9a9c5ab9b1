"""Changes of a tree on disk, as people and their tools make them. Each is a verb and its operands; paths are relative.

| edit                            | what is done                                                                |
|---------------------------------|-----------------------------------------------------------------------------|
| write PATH TEXT                 | written in place; its directories are made                                  |
| archive PATH NAME...            | a zip archive of empty files, written in place                              |
| append PATH TEXT                | written at the end                                                          |
| replace PATH TEXT               | written beside it, and renamed over it, as editors do                       |
| disguise PATH TEXT              | written in place with as many bytes, and the old times put back             |
| touch PATH                      | its times set, and nothing written                                          |
| directory PATH                  | made                                                                        |
| link PATH TARGET                | a symbolic link; one that is there is removed first                         |
| relink PATH TARGET              | a symbolic link made beside it and renamed over it                          |
| hardlink PATH EXISTING          | another name of a file                                                      |
| rename FROM TO                  | also over what is there                                                     |
| swap ONE OTHER                  | two names change places, by three renames                                   |
| exchange ONE OTHER              | the same in one call (renameat2)                                            |
| remove PATH                     | with all that is in it                                                      |
| mode PATH OCTAL                 | chmod                                                                       |
"""

from __future__ import annotations

import ctypes
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.conformance.grounds import ROOT

BYTE = "{BYTE}"
"""Stands for a byte that is no UTF-8."""

Edit = tuple[str, ...]

_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


_OF_TWO_NAMES = frozenset({"hardlink", "rename", "swap", "exchange"})


def make(edits: Iterable[Edit], root: str) -> None:
    """Carry out edits below `root`, which {ROOT} in a text or a target stands for."""
    for verb, path, *rest in edits:
        operands = [written(operand, root) for operand in rest]
        if verb in _OF_TWO_NAMES:
            operands = [f"{root}/{operand}" for operand in operands]
        _VERBS[verb](Path(root, written(path, root)), *operands)


def written(text: str, root: str) -> str:
    """A text with what its placeholders stand for."""
    return text.replace(ROOT, root).replace(BYTE, "\udcff")


def _write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _archive(path: Path, *names: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"")


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text)
    beside.rename(path)


def _disguise(path: Path, text: str) -> None:
    before = path.stat()
    assert len(text) == before.st_size, f"{path}: {len(text)} bytes, not {before.st_size}"
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _touch(path: Path) -> None:
    os.utime(path, (1, 1))


def _directory(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)


def _link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _relink(path: Path, target: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.symlink_to(target)
    beside.rename(path)


def _hardlink(path: Path, existing: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.hardlink_to(existing)


def _rename(path: Path, to: str) -> None:
    Path(to).parent.mkdir(parents=True, exist_ok=True)
    path.rename(to)


def _swap(path: Path, other: str) -> None:
    aside = path.with_name(f".{path.name}.aside")
    path.rename(aside)
    Path(other).rename(path)
    aside.rename(other)


def _exchange(path: Path, other: str) -> None:
    call = ctypes.CDLL(None, use_errno=True).renameat2
    if call(_AT_FDCWD, os.fsencode(path), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _mode(path: Path, octal: str) -> None:
    path.chmod(int(octal, 8))


_VERBS: dict[str, Callable[..., None]] = {
    "write": _write,
    "append": _append,
    "archive": _archive,
    "replace": _replace,
    "disguise": _disguise,
    "touch": _touch,
    "directory": _directory,
    "link": _link,
    "relink": _relink,
    "hardlink": _hardlink,
    "rename": _rename,
    "swap": _swap,
    "exchange": _exchange,
    "remove": _remove,
    "mode": _mode,
}
