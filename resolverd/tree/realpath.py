"""Following links to their end, out of listings, exactly as the kernel would (path_resolution(7)).

A link's target is walked one component at a time from the real directory that holds the link: `..` goes up from where
the walk really is, a component that is a link is followed in turn, and more than 40 links in all is a loop (ELOOP).
Each step is a fact in the trace, so a link retargeted, a dangling link whose target appears, and a directory renamed
on the way each void the result.
"""

from __future__ import annotations

from typing import Protocol

from resolverd.arena.edges import Trace
from resolverd.paths import join, parent_of
from resolverd.tree.dirinfo import DirInfo, Link
from resolverd.view.base import DirectoryView, EntryKind

MAX_HOPS = 40
"""The kernel's limit (MAXSYMLINKS)."""


class LinkTree(Protocol):
    """What following a link needs of the tree."""

    def directory(self, path: str, trace: Trace) -> DirInfo | None:
        """Give the record of a directory."""
        ...

    def raw_entry(self, info: DirInfo, name: str, trace: Trace) -> EntryKind | None:
        """Tell what a name is, links not followed."""
        ...

    def read_link(self, directory: str, name: str, trace: Trace) -> str | None:
        """Read what a link in a real directory says."""
        ...


def follow(tree: LinkTree, directory: str, name: str, trace: Trace) -> Link:
    """Follow the link `name` in a real directory."""
    return _follow(tree, directory, name, trace, ())


def _follow(tree: LinkTree, directory: str, name: str, trace: Trace, underway: tuple[str, ...]) -> Link:
    path = join(directory, name)
    text = tree.read_link(directory, name, trace)
    if text is None or path in underway or len(underway) >= MAX_HOPS:
        return Link(None, directory, name, MAX_HOPS)
    return _walk(tree, directory, text, trace, (*underway, path))


def _walk(tree: LinkTree, directory: str, text: str, trace: Trace, underway: tuple[str, ...]) -> Link:
    """Walk a target from a real directory; `kind` of the result is None where the walk breaks off."""
    here = "/" if text.startswith("/") else directory
    hops = 1
    leaf: tuple[EntryKind, str, str] | None = None
    for part in text.split("/"):
        if leaf is not None:
            # Something that is no directory, with more path behind it (a bare trailing slash counts): ENOTDIR.
            return Link(None, here, part, hops)
        if part in {"", "."}:
            continue
        info = tree.directory(here, trace)
        if info is None:
            return Link(None, here, part, hops)
        if part == "..":
            here = parent_of(here)
            continue
        kind = tree.raw_entry(info, part, trace)
        if kind is EntryKind.LINK:
            step = _follow(tree, here, part, trace, underway)
            hops += step.hops
            kind, holder, part = step.kind, step.directory, step.name  # noqa: PLW2901  the walk goes on from the link's end
        else:
            holder = here
        if kind is None or hops > MAX_HOPS:
            return Link(None, here, part, hops)
        if kind is EntryKind.DIRECTORY:
            here = holder if part == "" else join(holder, part)
        else:
            leaf = (kind, holder, part)
    if leaf is not None:
        return Link(leaf[0], leaf[1], leaf[2], hops)
    return Link(EntryKind.DIRECTORY, here, "", hops)


def physical_path(view: DirectoryView, path: str) -> str:
    """Give the real path of a path as the disk has it now, remembering nothing. What is not there stays as written."""
    here = "/"
    pending = path.split("/")[::-1]
    hops = 0
    while pending:
        part = pending.pop()
        if part in {"", "."}:
            continue
        if part == "..":
            here = parent_of(here)
            continue
        target = _link_text(view, join(here, part)) if hops < MAX_HOPS else None
        if target is None:
            here = join(here, part)
            continue
        hops += 1
        here = "/" if target.startswith("/") else here
        pending.extend(target.split("/")[::-1])
    return here


def _link_text(view: DirectoryView, path: str) -> str | None:
    try:
        return view.read_link(path)
    except OSError:
        return None
