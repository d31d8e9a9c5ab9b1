"""The sets of options that all resolvers are asked with, in enhanced-resolve's names."""

from __future__ import annotations

from typing import NamedTuple

from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import Profile
from resolverd.terms import Kind

Options = dict[str, object]


class OptionSet(NamedTuple):
    """Options by kind of import, for the peers as JSON and for the engine as a profile."""

    name: str
    by_kind: dict[str, Options]

    def profile(self) -> Profile:
        """Give the same as a profile (styles are not asked for)."""
        parsed = {kind: parse_options(options) for kind, options in self.by_kind.items()}
        return Profile(self.name, "", tuple((kind, parsed.get(kind, parsed["require"])) for kind in Kind))


def _by_kind(conditions: list[str], options: Options) -> dict[str, Options]:
    return {kind: options | {"conditionNames": [*conditions, kind]} for kind in ("import", "require")}


_EXTENSIONS = [".js", ".json", ".node", ".mjs", ".cjs"]

NODE = OptionSet(
    "node", _by_kind(["node"], {"builtinModules": True, "extensions": _EXTENSIONS, "mainFields": ["module", "main"]})
)

BROWSER = OptionSet(
    "browser",
    _by_kind(
        ["browser"],
        {"aliasFields": ["browser"], "extensions": _EXTENSIONS, "mainFields": ["browser", "module", "main"]},
    ),
)

# Unusual on purpose: TypeScript's names first, and conditions that few packages have.
SOURCES = OptionSet(
    "sources",
    _by_kind(
        ["module-sync", "development", "module"],
        {
            "extensionAlias": {".js": [".ts", ".js"], ".mjs": [".mts", ".mjs"]},
            "extensions": [".ts", ".mjs", ".js"],
            "mainFields": ["source", "module", "main"],
            "preferRelative": True,
        },
    ),
)

OPTION_SETS = (NODE, BROWSER, SOURCES)
