"""Questions, and how many of them become few requests.

The facts. A request has one profile, kind and look-up, and groups its specifiers by importer; rows of a real batch come
in any order. The daemon opens few profiles for one connection and takes requests of a stated size.

What we do. `arrange` sorts questions into parts, a part for each request, and remembers the place that each answer goes
to. Parts of one profile stand together, so that a profile is opened at most once for a batch.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping, Sequence

import msgspec

from resolverd.terms import Answer, Code, Failure, Kind, Status
from resolverd.wire.messages import Group

FilePath = str | os.PathLike[str]
Options = Mapping[str, object]

PART_SPECIFIERS = 4096
"""Specifiers in one request: enough to make framing free, few enough that answers start to flow."""

PART_CHARACTERS = 256 * 1024
"""Length of the specifiers and origins, or of the paths, in one request, unless a single one is longer."""


class Question(msgspec.Struct, frozen=True, gc=False):
    """What one import is asked with. `origin` is an absolute path: the importing file, or a directory.

    Without a profile and without options the profile is `bundler`; options alone stand on enhanced-resolve's
    defaults, options with a profile on the profile's. `fresh` asks the disk, past every cache, and compares.
    `project` is the directory from which a profile that does not ship is looked for, in `resolverd.toml` files upwards.
    """

    specifier: str
    origin: str
    is_file: bool = True
    kind: Kind = Kind.IMPORT
    types: bool = False
    profile: str | None = None
    options: Options | None = None
    fresh: bool = False
    project: str | None = None


def question(
    specifier: str,
    *,
    importer: FilePath | None = None,
    directory: FilePath | None = None,
    kind: str | Kind = Kind.IMPORT,
    types: bool = False,
    profile: str | None = None,
    options: Options | None = None,
    fresh: bool = False,
) -> Question:
    """Make a question; a relative path and a project's profile are seen from the working directory. Raises `ValueError`."""
    origin = directory if importer is None else importer
    if origin is None or (importer is not None and directory is not None):
        raise ValueError("give either importer (a file) or directory")
    project = None if profile is None else os.getcwd()  # noqa: PTH109  text in, text out
    is_file = importer is not None
    return Question(specifier, absolute(origin), is_file, Kind(kind), types, profile, options, fresh, project)


def absolute(path: FilePath) -> str:
    """`path` seen from the working directory; the daemon has another one."""
    text = os.fspath(path)
    return text if text.startswith("/") else os.path.join(os.getcwd(), text)  # noqa: PTH109, PTH118  text in, text out


class Replies(msgspec.Struct):
    """What a batch was answered. A question that was refused has a failure with `ERR_INVALID_REQUEST` in its place.

    `stale` has, for `fresh` questions by their number, what the cache said where it differed from the disk: a bug.
    """

    answers: list[Answer]
    stale: dict[int, Answer]


def refused_answer(message: str) -> Answer:
    """Give the answer to a question that was not taken."""
    return Answer(Status.FAILED, error=Failure(Code.INVALID_REQUEST, message))


ProfileKey = tuple[str | None, bytes, str | None]
"""A profile by its name, its options' JSON and its project; JSON keeps the order of keys, which matters to aliases."""


def profile_key(asked: Question) -> ProfileKey:
    """Give what tells one profile from another."""
    options = b"" if asked.options is None else msgspec.json.encode(asked.options)
    return asked.profile, options, None if asked.profile is None else asked.project


class Part(msgspec.Struct):
    """One request in the making. `places[i]` is where the answer to its i-th specifier belongs in the batch."""

    mode: Question
    """Any of the questions: they share profile, options, kind, types and fresh."""
    groups: list[Group]
    places: list[int]


_Asked = dict[tuple[str, bool], list[tuple[int, str]]]
"""The (place, specifier) of each origin."""


def arrange(questions: Sequence[Question], limit: int = PART_SPECIFIERS, answered: Container[int] = ()) -> list[Part]:
    """Sort questions into requests of at most `limit` specifiers; those of one profile stand together."""
    modes: dict[ProfileKey, dict[tuple[Kind, bool, bool], tuple[Question, _Asked]]] = {}
    for place, asked in enumerate(questions):
        if place in answered:
            continue
        of_profile = modes.setdefault(profile_key(asked), {})
        _, origins = of_profile.setdefault((asked.kind, asked.types, asked.fresh), (asked, {}))
        origins.setdefault((asked.origin, asked.is_file), []).append((place, asked.specifier))
    return [
        part
        for of_profile in modes.values()
        for mode, origins in of_profile.values()
        for part in _cut(mode, origins, limit)
    ]


def cut_paths(paths: Sequence[str], limit: int = PART_SPECIFIERS) -> list[tuple[str, ...]]:
    """Cut paths into what goes into one request: at most `limit` of them, and of a moderate size; at least one part."""
    parts: list[tuple[str, ...]] = []
    start = room = 0
    for place, path in enumerate(paths):
        if place > start and (room < len(path) or place - start == limit):
            parts.append(tuple(paths[start:place]))
            start = place
        room = (PART_CHARACTERS if place == start else room) - len(path)
    return [*parts, tuple(paths[start:])]


def _cut(mode: Question, origins: _Asked, limit: int) -> list[Part]:
    """Cut the questions of one mode into requests of a moderate size."""
    parts: list[Part] = []
    room = 0
    for (origin, is_file), asked in origins.items():
        specifiers: list[str] = []
        for place, specifier in asked:
            if not parts or room < len(specifier) or len(parts[-1].places) >= limit:
                parts.append(Part(mode, [], []))
                specifiers = []
                room = PART_CHARACTERS
            if not specifiers:
                parts[-1].groups.append((origin, is_file, specifiers))
                room -= len(origin)
            specifiers.append(specifier)
            parts[-1].places.append(place)
            room -= len(specifier)
    return parts
