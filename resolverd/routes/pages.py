"""The pages below one directory, kept as the disk has them.

The facts. A router that reads its directories again at each `reload` is either stale or slow. The engine holds listings that
are watched, and tells who observes a directory when anything in it is another (`cache/observations`).

What we do. Each directory of pages is observed once. A change voids one directory's observation; the next refresh reads that
directory again and no other, and notes which pages are others than before. So a page is there for the first question after it
was created, and nobody has to ask for a re-scan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resolverd.cache.engine import Engine
from resolverd.cache.observations import Observation
from resolverd.errors import InvariantError, RoutesError
from resolverd.paths import join, normal

EXTENSIONS = (".tsx", ".jsx", ".ts", ".mjs", ".cjs", ".js")
"""What pages end in unless it is said."""

MAX_DIRECTORIES = 10_000
MAX_PAGES = 100_000
"""What a directory of pages may hold; more is a mistake (`/`, a home) that would keep everybody waiting."""

PART = 32
"""Directories that are read between two turns of others: about 2 ms."""


class _Directory:
    """One directory as it was read last: the pages and the directories in it, by their paths from the root of pages."""

    __slots__ = ("directories", "observation", "pages")

    def __init__(self, observation: Observation, pages: dict[str, str], directories: set[str]) -> None:
        self.observation = observation
        self.pages = pages
        self.directories = directories


class Pages:
    """`files` are the real paths by the page's path from `root`; `doubtful` are those that changed, until it is cleared.

    `reads` counts the directories read. All of it belongs to turns that were begun (`Engine.begin_turn`).
    """

    __slots__ = ("_engine", "_extensions", "_known", "_stale", "_unsure", "doubtful", "files", "reads", "root")

    def __init__(self, engine: Engine, directory: str, extensions: Iterable[str] = ()) -> None:
        """`directory` is an absolute path; nothing is looked at yet. No extensions: `EXTENSIONS`."""
        self._engine = engine
        self.root = normal(directory)
        self._extensions = frozenset(extensions) or frozenset(EXTENSIONS)
        self._known: dict[str, _Directory] = {}
        self._stale: set[str] = {""}
        self._unsure: set[str] = set()
        self.files: dict[str, str] = {}
        self.doubtful: set[str] = set()
        self.reads = 0

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to read, and nothing to compare with the disk."""
        return not self._stale and not self._unsure

    @property
    def directories(self) -> int:
        """Count the directories that are observed."""
        return len(self._known)

    def changed(self, path: str) -> None:
        """Take note that a directory is to be read again."""
        self._stale.add(path[len(self.root) :].lstrip("/"))

    def refresh(self) -> Iterator[None]:
        """Read again what changed. At each step others may be let in."""
        for path in self._unsure:
            self._engine.is_still_so(self._known[path].observation)
        seen: set[str] = set()
        # Reading compares with the disk what is not watched, which may void what was read before.
        while stale := sorted(self._stale - seen):
            seen.update(stale)
            for path in stale:
                if path in self._stale and self._is_within_limits(path):
                    self._read(path)
                    if self.reads % PART == 0:
                        yield

    def _is_within_limits(self, path: str) -> bool:
        return path in self._known or len(self._known) < MAX_DIRECTORIES

    def _read(self, path: str) -> None:
        """Read a directory; those in it that were not known are to be read next."""
        self.reads += 1
        self._stale.discard(path)
        known = self._observe(path)
        before = self._known.get(path) or _Directory(known.observation, {}, set())
        self._known[path] = known
        self._note_pages(before.pages, known.pages)
        self._stale |= known.directories - before.directories
        for gone in before.directories - known.directories:
            self._forget(gone)

    def _observe(self, path: str) -> _Directory:
        observation = self._engine.observe(join(self.root, path) if path else self.root, self)
        if not observation.node:
            # It could not be looked at, which nobody will tell of when it can be.
            self._stale.add(path)
        if observation.is_sure:
            self._unsure.discard(path)
        else:
            self._unsure.add(path)
        if observation.real_path in self._enclosing(path):
            # A link back to what encloses it would never end.
            return _Directory(observation, {}, set())
        pages = {_below(path, name): file for name, file in observation.files.items() if self._is_page(name)}
        return _Directory(
            observation, pages, {_below(path, name) for name in observation.directories if _is_entered(name)}
        )

    def _is_page(self, name: str) -> bool:
        dot = name.rfind(".")
        return dot > 0 and name[0] != "." and name[dot:] in self._extensions

    def _enclosing(self, path: str) -> set[str | None]:
        """Give the real paths of the directories around one."""
        above = [path[:place] for place, character in enumerate(path) if character == "/"]
        return {self._known[each].observation.real_path for each in (["", *above] if path else ())}

    def _note_pages(self, before: dict[str, str], pages: dict[str, str]) -> None:
        for source in before.keys() - pages.keys():
            del self.files[source]
        self.files.update(pages)
        self.doubtful.update(source for source, _ in before.items() ^ pages.items())

    def _forget(self, path: str) -> None:
        """Let go of a directory that is gone, with all below it."""
        pending = [path]
        while pending:
            path = pending.pop()
            self._stale.discard(path)
            self._unsure.discard(path)
            known = self._known.pop(path, None)
            if known is not None:
                self._engine.let_go(known.observation)
                self._note_pages(known.pages, {})
                pending += known.directories

    def close(self) -> None:
        """Let go of everything; the next refresh begins anew."""
        self._forget("")
        self._stale.add("")

    def hold_readable(self) -> None:
        """Raise `RoutesError` where there is no directory, or not all of it was read."""
        root = self._known[""].observation
        if root.real_path is None and not root.trouble:
            raise RoutesError(f"Unable to find directory: {self.root}", is_directory=True)
        for path in sorted(self._stale):
            known = self._known.get(path)
            if known is not None and known.observation.trouble:
                raise RoutesError(f"A directory of pages cannot be read: {known.observation.trouble}")
        if len(self.files) > MAX_PAGES or not self._stale <= self._known.keys():
            raise RoutesError(
                f"{self.root} has more than {MAX_DIRECTORIES} directories or {MAX_PAGES} pages: is it the directory of pages?"
            )

    def check(self) -> None:
        """Hold what is kept against what was read. Raises `InvariantError`."""
        read = {source for known in self._known.values() for source in known.pages}
        if read != self.files.keys():
            raise InvariantError(f"pages of {self.root}: what is kept is not what was read")
        if not self._unsure <= self._known.keys():
            raise InvariantError(f"pages of {self.root}: a directory that is gone is still compared with the disk")


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _is_entered(name: str) -> bool:
    return not name.startswith(".") and name != "node_modules"
