"""Profiles: resolve options with a name, by kind of import.

A profile is a table, so that `resolverd profiles` can show it and a project can derive its own.
"""

from __future__ import annotations

import difflib

import msgspec

from resolverd.errors import OptionsError
from resolverd.resolution.options import ResolveOptions, TsconfigChoice
from resolverd.terms import Kind


class Profile(msgspec.Struct, frozen=True):
    """A named set of options for each kind of import."""

    name: str
    summary: str
    by_kind: tuple[tuple[Kind, ResolveOptions], ...]

    def options(self, kind: Kind) -> ResolveOptions:
        """Give the options for one kind."""
        return dict(self.by_kind)[kind]


def single(name: str, summary: str, options: ResolveOptions) -> Profile:
    """Make a profile that asks alike for every kind, as a tool does that passes its own options."""
    return Profile(name, summary, tuple((kind, options) for kind in Kind))


def _node() -> Profile:
    # Node.js API, "Determining module resolution": default conditions of the two loaders.
    require = ResolveOptions(
        algorithm="node",
        condition_names=("node", "require", "node-addons", "module-sync"),
        builtin_modules=True,
        module_type=True,
    )
    esm = msgspec.structs.replace(
        require, condition_names=("node", "import", "node-addons", "module-sync"), fully_specified=True
    )
    return Profile("node", "Node's own algorithms, to the letter", _kinds(esm, require, require))


_OWNING = TsconfigChoice()

_BUNDLER_EXTENSIONS = (".tsx", ".ts", ".jsx", ".js", ".mjs", ".cjs", ".json")
_TYPESCRIPT_NAMES = (
    (".js", (".ts", ".tsx", ".js")),
    (".jsx", (".tsx", ".jsx")),
    (".mjs", (".mts", ".mjs")),
    (".cjs", (".cts", ".cjs")),
)


def _bundler() -> Profile:
    # What Vite, esbuild and webpack do alike for a build that is not bound to a browser.
    require = ResolveOptions(
        condition_names=("node", "require", "module"),
        extensions=_BUNDLER_EXTENSIONS,
        extension_alias=_TYPESCRIPT_NAMES,
        main_fields=("module", "main"),
        tsconfig=_OWNING,
        pnp=True,
        builtin_modules=True,
        module_type=True,
    )
    esm = msgspec.structs.replace(require, condition_names=("node", "import", "module"))
    style = msgspec.structs.replace(
        require,
        condition_names=("style",),
        main_fields=("style", "main"),
        extensions=(".css",),
        extension_alias=(),
        prefer_relative=True,
        builtin_modules=False,
    )
    return Profile("bundler", "what Vite, esbuild and webpack agree on (the default)", _kinds(esm, require, style))


def _browser() -> Profile:
    bundler = _bundler()

    def for_browser(options: ResolveOptions) -> ResolveOptions:
        return msgspec.structs.replace(
            options,
            condition_names=tuple("browser" if name == "node" else name for name in options.condition_names),
            main_fields=("browser", *options.main_fields),
            alias_fields=("browser",),
            builtin_modules=False,
        )

    return Profile(
        "browser",
        "the bundler profile for code that runs in a browser: browser maps, no built-in modules",
        tuple((kind, for_browser(options)) for kind, options in bundler.by_kind),
    )


def _kinds(
    esm: ResolveOptions, require: ResolveOptions, style: ResolveOptions
) -> tuple[tuple[Kind, ResolveOptions], ...]:
    return ((Kind.IMPORT, esm), (Kind.REQUIRE, require), (Kind.STYLE, style))


def _builtin_profiles() -> dict[str, Profile]:
    return {profile.name: profile for profile in (_node(), _bundler(), _browser())}


DEFAULT_PROFILE = "bundler"


def named_profile(name: str) -> Profile:
    """Find the built-in profile of a name. Raises `OptionsError` that names the nearest one."""
    known = _builtin_profiles()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, 1, 0.5)
    raise OptionsError(
        f"unknown profile {name!r}" + (f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}")
    )


def all_profiles() -> tuple[Profile, ...]:
    """List the built-in profiles in the order in which `resolverd profiles` lists them."""
    return tuple(_builtin_profiles().values())
