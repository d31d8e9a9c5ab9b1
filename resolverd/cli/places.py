"""Paths as they are written on the command line."""

from __future__ import annotations

import os

from resolverd.paths import resolve


def path_of(text: str) -> str:
    """A path from the command line, absolute and normal; links are not looked at."""
    return resolve(os.getcwd(), text)  # noqa: PTH109  text in, text out; pathlib costs 8 ms


def origin_of(text: str) -> tuple[str, bool]:
    """The path of `--from`, and whether it is a file; one that does not exist is a file still to be saved."""
    path = path_of(text)
    return path, not (text.endswith("/") or os.path.isdir(path))  # noqa: PTH112  as above


def project_of(origin: str, *, is_file: bool) -> str:
    """The directory that a project's profiles are looked for from."""
    return origin.rpartition("/")[0] or "/" if is_file else origin
