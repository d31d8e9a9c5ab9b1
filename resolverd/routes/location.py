"""What a request asks for: the text of a path or a URL as decoded segments and a query.

A path is cut into segments before it is decoded, as Next.js does it: `%2F` is part of a segment. Names on disk may be any
bytes, so what decodes to no UTF-8 becomes surrogate escapes, as everywhere in resolverd.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from resolverd.errors import RequestError

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")

Query = dict[str, str | list[str]]
"""Values by name; a list where a name has several."""


class Location(NamedTuple):
    """`pathname` is the whole decoded text, its query included (as Bun has it); `segments` what is matched."""

    pathname: str
    segments: tuple[str, ...]
    query: Query


def parse_location(text: str) -> Location:
    """Read a path, with or without its first slash, or a URL. Raises `RequestError` for a broken percent-encoding."""
    if _BROKEN.search(text):
        raise RequestError(f"DecodingError parsing path: {text}")
    origin = _ORIGIN.match(text)
    if origin is not None:
        text = text[origin.end() :].partition("#")[0]
    if not text.startswith("/"):
        text = "/" + text
    path, _, query = text.partition("?")
    return Location(_decoded(text), _segments(path), _parse_query(query))


def _segments(path: str) -> tuple[str, ...]:
    """Cut a path; the slashes around it are nothing, and a last `index` is the directory."""
    parts = path.strip("/").split("/")
    while len(parts) > 1 and parts[-1] in {"index", ""}:
        del parts[-1]
    return () if parts in ([""], ["index"]) else tuple(map(_decoded, parts))


def _parse_query(text: str) -> Query:
    query: Query = {}
    for pair in text.split("&") if text else ():
        name, _, value = map(_decoded, pair.partition("="))
        known = query.get(name)
        if not name:
            continue
        if known is None:
            query[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            query[name] = [known, value]
    return query


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    return unquote_to_bytes(text.encode(errors="surrogateescape")).decode(errors="surrogateescape")
