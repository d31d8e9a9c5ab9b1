"""A mode: options ready to resolve with. What can be decided once per set of options is decided here."""

from __future__ import annotations

from typing import NamedTuple

from resolverd.paths import normal
from resolverd.resolution.options import AliasRule, AliasTarget, ResolveOptions


class CompiledAlias(NamedTuple):
    """An alias rule in the forms that matching needs; `prefix` and `suffix` stand around a wildcard, if there is one."""

    name: str
    inside: str
    targets: tuple[AliasTarget, ...]
    only_module: bool
    prefix: str
    suffix: str
    is_wildcard: bool


class Mode:
    """Options of one kind of import, compiled. `is_node` selects Node's letter where bundlers part from it."""

    __slots__ = (
        "aliases",
        "completes_no_exact_target",
        "completes_no_target",
        "conditions",
        "dotted_directories",
        "extension_aliases",
        "fallbacks",
        "is_node",
        "is_node_import",
        "is_node_require",
        "module_groups",
        "options",
        "remaps_files",
        "restrictions",
    )

    def __init__(self, options: ResolveOptions) -> None:
        self.options = options
        self.conditions = frozenset(options.condition_names)
        self.is_node = options.algorithm == "node"
        self.is_node_import = self.is_node and options.fully_specified
        self.is_node_require = self.is_node and not options.fully_specified
        self.dotted_directories = self.is_node or options.dotted_directories
        self.completes_no_target = self.is_node or options.fully_specified_targets is True
        self.completes_no_exact_target = self.completes_no_target or options.fully_specified_targets == "exact"
        self.aliases = tuple(_compile(rule) for rule in options.alias)
        self.fallbacks = tuple(_compile(rule) for rule in options.fallback)
        self.remaps_files = bool(options.alias or options.alias_fields)
        self.extension_aliases = options.extension_alias
        self.restrictions = tuple(r.pattern() or normal(r.path or "/") for r in options.restrictions)
        self.module_groups = _group_modules(options.modules)

    def excludes_extension(self, name: str) -> bool:
        """Tell whether the extension aliases say that a name's own extension is never meant."""
        return any(
            name.endswith(extension) and extension not in aliases for extension, aliases in self.extension_aliases
        )


def _compile(rule: AliasRule) -> CompiledAlias:
    prefix, star, suffix = rule.name.partition("*")
    is_wildcard = bool(star) and "*" not in suffix and not rule.only_module
    return CompiledAlias(rule.name, f"{rule.name}/", rule.targets, rule.only_module, prefix, suffix, is_wildcard)


def _group_modules(modules: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Keep consecutive relative names together: they are searched directory by directory, not name by name."""
    groups: list[tuple[str, ...]] = []
    for entry in modules:
        if entry.startswith("/") or not groups or groups[-1][0].startswith("/"):
            groups.append((entry,))
        else:
            groups[-1] += (entry,)
    return tuple(groups)
