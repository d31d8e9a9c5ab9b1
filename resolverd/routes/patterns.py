"""The path of one page, relative to the directory of pages, as the pattern that it stands for.

Next.js' Pages Router: `[name]` takes one segment, `[...name]` one or more, `[[...name]]` none or more; an `index` is its
directory. A segment is dynamic as a whole or not at all. Messages begin as Bun's do, and go on with the file.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from resolverd.errors import RoutesError
from resolverd.terms import RouteKind

_INDEX = "index"


class Takes(IntEnum):
    """What a segment of a pattern takes of a path."""

    ITSELF = 0
    ONE = 1
    SOME = 2
    ANY = 3


_KINDS = (RouteKind.EXACT, RouteKind.DYNAMIC, RouteKind.CATCH_ALL, RouteKind.OPTIONAL_CATCH_ALL)


class Segment(NamedTuple):
    """One part of a pattern; `name` is its text, or that of its parameter."""

    takes: Takes
    name: str


class Pattern(NamedTuple):
    """What a page answers to. `name` is the route's, as `/blog/[slug]`."""

    name: str
    kind: RouteKind
    segments: tuple[Segment, ...]


def parse_pattern(route: str, file: str) -> Pattern:
    """Read a page's path without its extension (`blog/[slug]`, `blog/index`). Raises `RoutesError`, which names the file."""
    parts = route.split("/")
    if parts[-1] == _INDEX:
        del parts[-1]
    segments = tuple(_parse_segment(part, file) for part in parts)
    if any(segment.takes > Takes.ONE for segment in segments[:-1]):
        raise RoutesError(f"Catch-all route must be at the end of the path: {file}")
    names = [segment.name for segment in segments if segment.takes]
    if len(set(names)) < len(names):
        raise RoutesError(f"Two segments of one route have the same parameter: {file}")
    kind = _KINDS[max((segment.takes for segment in segments), default=Takes.ITSELF)]
    return Pattern("/" + "/".join(parts), kind, segments)


def _parse_segment(text: str, file: str) -> Segment:
    if "[" not in text:
        return Segment(Takes.ITSELF, text)
    if not text.startswith("["):
        raise _half_dynamic(text, file)
    if text.startswith("[["):
        return _parameter(text, "[[...", "]]", Takes.ANY, file)
    if text.startswith("[."):
        return _parameter(text, "[...", "]", Takes.SOME, file)
    return _parameter(text, "[", "]", Takes.ONE, file)


def _parameter(text: str, opening: str, closing: str, takes: Takes, file: str) -> Segment:
    if not text.startswith(opening):
        raise RoutesError(f"{_INVALID[takes]}: {file}")
    name, closed, rest = text[len(opening) :].partition(closing)
    if not closed or not name:
        raise RoutesError(f"{_INVALID[takes] if takes is Takes.ONE else 'Route is missing a closing bracket]'}: {file}")
    if rest or "[" in name or "]" in name:
        raise _half_dynamic(text, file)
    if name.startswith("."):
        raise RoutesError(f"{_INVALID[takes]}: {file}")
    return Segment(takes, name)


_INVALID = {
    Takes.ONE: "Invalid dynamic route",
    Takes.SOME: "Invalid catch-all route, e.g. should be [...param]",
    Takes.ANY: "Invalid optional catch-all route, e.g. should be [[...param]]",
}


def _half_dynamic(text: str, file: str) -> RoutesError:
    return RoutesError(f'A segment is dynamic as a whole or not at all, and "{text}" is neither: {file}')


_LATE = bytes.maketrans(b"[]/", bytes((252, 253, 254)))


def sort_key(pattern: Pattern) -> tuple[object, ...]:
    """Order patterns as Bun lists them: by kind, parameters after text; of catch-alls, those with more parameters first."""
    parameters = sum(segment.takes > Takes.ITSELF for segment in pattern.segments)
    rank = _KINDS.index(pattern.kind)
    name = (pattern.name[1:] or "/").lower().encode(errors="surrogateescape").translate(_LATE)
    return rank, -parameters if rank > 1 else 0, name, pattern.name
