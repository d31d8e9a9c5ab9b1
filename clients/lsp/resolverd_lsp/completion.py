"""What may be written where a specifier is being typed. Which of it leads to a file, the daemon is asked before it is offered."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from lsprotocol.types import CompletionItemKind

from resolverd.manifests.package_json import PackageJson
from resolverd.paths import join, parent_of, resolve, split_package
from resolverd.resolution.formats import BUILTINS
from resolverd.terms import Answer, Kind
from resolverd_lsp.packages import (
    MODULES,
    exported,
    imported,
    module_directories,
    names_in,
    package_above,
    package_named,
)
from resolverd_lsp.specifier import Specifier, Syntax
from resolverd_lsp.spelling import Ending, ending_of, is_relative, written_as

_PATHS = frozenset({Syntax.TARGET, Syntax.MAIN, Syntax.EXTENDS, Syntax.REFERENCE, Syntax.PATHS, Syntax.GLOB})
"""What is a path, seen from a manifest."""

_FILES = _PATHS | {Syntax.ASSET}
_DECLARATIONS = re.compile(r"\.d\.[cm]?ts$")
_SCRIPTS = re.compile(r"\.[cm]?[jt]sx?$")

_OFFERED_BUILTINS = sorted(name for name in BUILTINS if not name.startswith("_"))
_DEPENDENCIES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")

# What is being typed may not be closed yet, so that no parser sees a specifier.
_BEGUN = re.compile(
    r"""(?:\bfrom|\bimport|@import|\b(?P<call>import|require(?:\.resolve)?)\s*\()\s*["'`](?P<text>[^"'`\n]*)$"""
)


class Candidate(msgspec.Struct, frozen=True):
    """Ways to write one thing, of which the first that resolves (to `path`, if that is given) is offered.

    What `is_certain` is offered without asking: it is not complete, or there are too many to ask about.
    """

    spellings: tuple[str, ...]
    kind: CompletionItemKind
    path: str | None = None
    is_certain: bool = False
    is_likely: bool = False

    def fits(self, answer: Answer | None) -> bool:
        """Whether an answer is what this stands for."""
        if answer is None or answer.error is not None:
            return False
        return self.path is None or answer.path == os.path.realpath(self.path)


class Aliases(msgspec.Struct, frozen=True):
    """What a tsconfig lets be written: `paths` with absolute targets, and the directory of `baseUrl`."""

    paths: Mapping[str, Sequence[str]] = {}
    base_url: str | None = None


def begun(line: str) -> tuple[str, Kind] | None:
    """Give what was typed of a specifier at the end of a line up to the cursor, and how it is imported."""
    found = _BEGUN.search(line)
    if found is None:
        return None
    is_require = found["call"] is not None and found["call"].startswith("require")
    return found["text"], Kind.REQUIRE if is_require else Kind.IMPORT


def endings(written: Sequence[tuple[str, str]]) -> tuple[Ending, ...]:
    """Give how file names are to be ended, by how a document's relative specifiers and what they mean have it so far."""
    styles = [
        Ending.STEM if ending is Ending.DIRECTORY else ending
        for text, path in written
        if is_relative(text) and _SCRIPTS.search(path)
        for ending in (ending_of(text, path),)
    ]
    style = max(styles, key=styles.count, default=Ending.STEM)
    if style is Ending.WHOLE and not any(written_as(path, Ending.EMITTED) for _, path in written):
        style = Ending.EMITTED
    return (style, *(each for each in (Ending.EMITTED, Ending.WHOLE, Ending.STEM) if each is not style))


class Typed:
    """A specifier that is being typed in the file `path`; `text` is what stands before the cursor."""

    def __init__(self, specifier: Specifier, text: str, path: str, endings: Sequence[Ending]) -> None:
        self._syntax = specifier.syntax
        self._kind = specifier.kind
        self._path = path
        self._endings = endings
        self._text = text
        self._directory = resolve(parent_of(path), specifier.base)
        self.head = text[: text.rfind("/") + 1]
        """What is typed of directories; what is offered stands behind it."""

    @property
    def may_be_alias(self) -> bool:
        """Whether a tsconfig has a say."""
        return self._syntax not in _FILES and self._kind is not Kind.STYLE and not is_relative(self._text)

    def candidates(self, aliases: Aliases) -> Iterator[Candidate]:
        """Give what may be meant."""
        if self._text in {"", ".", ".."}:
            yield from (Candidate((text,), CompletionItemKind.Folder, is_certain=True) for text in ("./", "../"))
        if self._syntax in _FILES or self._kind is Kind.STYLE or is_relative(self._text):
            yield from self._files(self.head, resolve(self._directory, self.head or "."))
        if self._syntax not in _FILES and not is_relative(self._text):
            yield from self._aliased(aliases)
            yield from self._imported()
            yield from self._of_packages()

    def _files(self, head: str, directory: str) -> Iterator[Candidate]:
        """Give what is in a directory."""
        for name in names_in(directory):
            path = join(directory, name)
            if name.startswith(".") or name == MODULES or path == self._path:
                continue
            if os.path.isdir(path):
                yield Candidate((head + name,), CompletionItemKind.Folder, is_certain=True)
                continue
            is_plain = self._syntax in _FILES or not _SCRIPTS.search(name)
            spellings = (head + name,) if is_plain else tuple(head + each for each in self._written(name))
            yield Candidate(spellings, CompletionItemKind.File, path, is_certain=self._syntax in _FILES)

    def _written(self, name: str) -> Iterator[str]:
        """Give what a script may be written as; declarations are never written as they are."""
        for ending in self._endings:
            if ending is not Ending.WHOLE or not _DECLARATIONS.search(name):
                yield from written_as(name, ending)

    def _aliased(self, aliases: Aliases) -> Iterator[Candidate]:
        for key, targets in aliases.paths.items():
            before, star, after = key.partition("*")
            if not star:
                yield Candidate((key,), CompletionItemKind.Module)
            elif not self.head.startswith(before):
                yield Candidate((before,), CompletionItemKind.Folder, is_certain=True)
            elif not after:
                for target in targets:
                    yield from self._files(self.head, target.replace("*", self.head[len(before) :]))
        if aliases.base_url is not None:
            yield from self._files(self.head, resolve(aliases.base_url, self.head or "."))

    def _imported(self) -> Iterator[Candidate]:
        package = package_above(self._directory)
        for name in () if package is None else imported(package):
            yield Candidate((name,), CompletionItemKind.Module)

    def _of_packages(self) -> Iterator[Candidate]:
        name, subpath = split_package(self._text)
        if subpath == ".":
            yield from self._packages()
            return
        package = package_named(name, self._directory)
        if package is None:
            return
        if "exports" in package.fields:
            for each in exported(package):
                yield Candidate((f"{name}{each[1:]}",), CompletionItemKind.Module)
        else:
            yield from self._files(self.head, resolve(package.directory, self.head[len(name) + 1 :] or "."))

    def _packages(self) -> Iterator[Candidate]:
        own = package_above(self._directory)
        for name in () if own is None else _declared(own):
            yield Candidate((name,), CompletionItemKind.Module, is_certain=True, is_likely=True)
        for directory in module_directories(self._directory):
            for name in _installed(directory):
                yield Candidate((name,), CompletionItemKind.Module, is_certain=True)
        if self._kind is not Kind.STYLE:
            yield from (Candidate((f"node:{name}",), CompletionItemKind.Module) for name in _OFFERED_BUILTINS)


def _declared(package: PackageJson) -> Iterator[str]:
    """Give the names of packages that one depends on, and its own where it may be imported by that."""
    for field in _DEPENDENCIES:
        value = package.fields.get(field)
        yield from value if isinstance(value, dict) else ()
    if package.name is not None and "exports" in package.fields:
        yield package.name


def _installed(directory: str) -> Iterator[str]:
    """Give the names of packages in a module directory; what only has types is not imported by its name."""
    for name in names_in(directory):
        if name.startswith("@") and name != "@types":
            yield from (f"{name}/{each}" for each in names_in(join(directory, name)))
        elif not name.startswith((".", "@")):
            yield name
