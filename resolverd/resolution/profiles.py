"""Profiles: resolve options with a name, by kind of import.

A profile is a table, so that `resolverd profiles` can show it and a project can derive its own. `sources` says of each
option that a shipped profile sets where its tool says so.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

from resolverd.errors import OptionsError
from resolverd.resolution.options import ResolveOptions
from resolverd.resolution.shipped import ByKind, Sources, shipped
from resolverd.terms import Kind

DEFAULT_PROFILE = "bundler"


class Profile(msgspec.Struct, frozen=True):
    """A named set of options for each kind of import."""

    name: str
    summary: str
    by_kind: ByKind
    sources: Sources = ()

    def options(self, kind: Kind) -> ResolveOptions:
        """Give the options for one kind."""
        return dict(self.by_kind)[kind]


def single(name: str, summary: str, options: ResolveOptions) -> Profile:
    """Make a profile that asks alike for every kind, as a tool does that passes its own options."""
    return Profile(name, summary, tuple((kind, options) for kind in Kind))


def unknown_profile(name: str, known: Iterable[str]) -> OptionsError:
    """Make the error for a name that no profile has."""
    return OptionsError(f"unknown profile {name!r}{nearest_name(name, known)}")


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Give the end of a message about a name that is not known: the nearest one, or all."""
    names = list(known)
    near = difflib.get_close_matches(name, names, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(names)}"


def named_profile(name: str) -> Profile:
    """Find the shipped profile of a name. Raises `OptionsError` that names the nearest one."""
    known = {profile.name: profile for profile in all_profiles()}
    if name not in known:
        raise unknown_profile(name, known)
    return known[name]


def all_profiles() -> tuple[Profile, ...]:
    """List the shipped profiles in the order in which `resolverd profiles` lists them."""
    return tuple(Profile(*fields) for fields in shipped())
