"""Outcomes while a resolve is under way.

A step returns a `Hit` (a file, not yet made real), an `Answer` (the end: a failure, a built-in, ignored), or None
(nothing here, look on). A failure's message says what is wrong and where; "imported from ..." is put behind it when
the answer leaves the resolver, so that one failure can serve many importers.
"""

from __future__ import annotations

from resolverd.terms import Answer, Code, Failure, Status
from resolverd.tree.dirinfo import DirInfo


class Hit:
    """A file in a directory (or, with an empty name, the directory itself), with the query and fragment it ends with.

    `is_link` says that the name is a link, so that its real location is another.
    """

    __slots__ = ("fragment", "info", "is_link", "name", "query")

    def __init__(self, info: DirInfo, name: str, query: str, fragment: str, *, is_link: bool = False) -> None:
        self.is_link = is_link
        self.info = info
        self.name = name
        self.query = query
        self.fragment = fragment


Outcome = Hit | Answer | None

IGNORED = Answer(Status.IGNORED)


def failed(code: Code, message: str) -> Answer:
    """Make a failure."""
    return Answer(Status.FAILED, error=Failure(code, message))


def is_failure(outcome: Outcome) -> bool:
    """Tell whether an outcome ends the resolve without a file."""
    return isinstance(outcome, Answer) and outcome.status is Status.FAILED
