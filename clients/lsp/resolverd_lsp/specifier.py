"""An import specifier: what is written, where, and how it is meant."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from resolverd.terms import Kind


class Syntax(StrEnum):
    """What a specifier is written in; it decides how the daemon is asked, and what may be done about a failure."""

    IMPORT = "import"
    REQUIRE = "require"
    TYPE = "type"
    DIRECTIVE = "types reference"
    ASSET = "url"
    STYLE = "@import"
    TARGET = "target"
    MAIN = "main"
    GLOB = "glob"
    EXTENDS = "extends"
    REFERENCE = "reference"
    PATHS = "paths"


Key = tuple[str, Syntax, Kind, str]


class Specifier(msgspec.Struct, frozen=True, gc=False):
    """`text` stands between the offsets `start` and `end`; what makes it a specifier between `first` and `last`.

    An optional one is expected to fail (a `require` in a `try` block). `base` is the directory that a target of `paths` is
    seen from, as it is written.
    """

    text: str
    start: int
    end: int
    first: int
    last: int
    syntax: Syntax
    kind: Kind = Kind.IMPORT
    is_optional: bool = False
    base: str = ""

    @property
    def key(self) -> Key:
        """Give what decides the answer, in one document."""
        return self.text, self.syntax, self.kind, self.base

    @property
    def is_type(self) -> bool:
        """Whether a declaration is looked for."""
        return self.syntax in {Syntax.TYPE, Syntax.DIRECTIVE}

    @property
    def is_of_directory(self) -> bool:
        """Whether a directory is meant: a target of `paths` with something open in it."""
        return self.syntax is Syntax.PATHS and "*" in self.text

    def moved(self, delta: int) -> Specifier:
        """Give the same specifier, so many bytes further on."""
        return msgspec.structs.replace(
            self, start=self.start + delta, end=self.end + delta, first=self.first + delta, last=self.last + delta
        )
