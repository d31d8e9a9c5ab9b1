"""File URIs, as editors write them, and absolute paths."""

from __future__ import annotations

import os
from urllib.parse import quote, unquote_to_bytes, urlsplit


def uri_of(path: str) -> str:
    """Give the URI of an absolute path; names that are not UTF-8 keep their bytes."""
    return "file://" + quote(os.fsencode(path))


def path_of(uri: str) -> str | None:
    """Give the absolute path of a file's URI; None for what is no file (an unsaved buffer)."""
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
        return None
    return os.fsdecode(unquote_to_bytes(parts.path)) or None
