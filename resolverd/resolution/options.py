"""Resolve options: enhanced-resolve's vocabulary, validated once, frozen, comparable.

JSON carries enhanced-resolve's own names (`conditionNames`), Python the same in snake_case. `parse_options` is the
only way in; after it nothing needs to be checked again, and two equal values are one mode of the engine.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Literal, TypeGuard, cast

import msgspec

from resolverd.errors import OptionsError
from resolverd.manifests.jsonc import JsonValue

FieldPath = str | tuple[str, ...]
"""A field of package.json by name, or by the path to it through nested objects."""

INDEX = "."
"""Among the main fields: the directory's main files, before the fields that follow (esbuild's and Bun's `module`)."""

AliasTarget = str | Literal[False]
"""Where an alias leads; False means: resolve to nothing (ignored)."""


class AliasRule(msgspec.Struct, frozen=True, rename={"targets": "alias", "only_module": "onlyModule"}):
    """One entry of `alias` or `fallback`. `targets` are tried in order; `only_module` is the trailing `$`."""

    name: str
    targets: tuple[AliasTarget, ...]
    only_module: bool = False


class Restriction(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where an answer may lie: below `path`, or matching `regex` (exactly one is set)."""

    path: str | None = None
    regex: str | None = None
    flags: str = ""

    def __post_init__(self) -> None:
        if (self.path is None) == (self.regex is None):
            raise ValueError("give either path or regex")
        try:
            self.pattern()
        except (re.error, OverflowError) as error:
            raise ValueError(f"{self.regex!r} is no regular expression: {error}") from None

    def pattern(self) -> re.Pattern[str] | None:
        """Compile the regex (`re` caches it); JavaScript's `i`, `m` and `s` flags are honoured."""
        if self.regex is None:
            return None
        flags = sum({"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}.get(flag, 0) for flag in self.flags)
        return re.compile(self.regex, flags)


class TsconfigChoice(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Which tsconfig applies: a given file, or (`config_file` None) the one that owns the importer."""

    config_file: str | None = None
    references: tuple[str, ...] | Literal["auto"] | None = None
    base_url: str | None = None


class TypescriptOptions(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """What a declaration look-up is asked with; the tsconfig that applies says what is not said here.

    `compiler_options` is the text of a JSON object (so that equal options are one mode); options may give the object.
    `directive` asks for what `/// <reference types="...">` and the compiler option `types` name.
    """

    module_resolution: Literal["bundler", "node16", "nodenext", "node10", "node"] | None = None
    compiler_options: str = "{}"
    directive: bool = False

    def __post_init__(self) -> None:
        try:
            is_object = isinstance(msgspec.json.decode(self.compiler_options), dict)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            is_object = False
        if not is_object:
            raise ValueError("compilerOptions is no JSON object")

    def compiler(self) -> dict[str, JsonValue]:
        """Give the compiler options as a new object."""
        return cast("dict[str, JsonValue]", msgspec.json.decode(self.compiler_options))


class ResolveOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a resolve is asked with; the defaults are enhanced-resolve's.

    `algorithm` "node" follows Node's published algorithms to the letter where bundlers part from them
    (ARCHITECTURE.md, "Where the peers disagree"); "bundler" is enhanced-resolve's; "typescript" looks for declarations as
    `ts.resolveModuleName`, and of the other options heeds `symlinks`, `tsconfig`, `pnp` and `condition_names`. `pnp` follows a Plug'n'Play manifest
    where there is one: the nearest above `cwd` if that is given, else above the importer.
    Seven are not enhanced-resolve's: `node_modules_extensions` stand in for `extensions` in packages (esbuild, Bun);
    `fully_specified_targets` completes no target of `exports` and `imports` by an extension (esbuild), "exact" none
    but those of patterns (Bun); without `remap_targets` no browser map applies to them (esbuild); `manifest_exported`
    reaches package.json whatever `exports` say (Bun); with `dotted_directories` a relative path that ends in `..` names
    the directory also beside a file of the directory's name (Node, esbuild, Bun; enhanced-resolve and oxc-resolver take
    that file); `ignore_urls` leaves `https:` and `data:` URLs alone, for which those two look for a package; an answer with `oxc_results`
    tells of a format only where an extension or a `type` states it, and names the package's own package.json instead of
    the nearest one, which then says what has side effects, too.
    """

    algorithm: Literal["bundler", "node", "typescript"] = "bundler"
    condition_names: tuple[str, ...] = ()
    extensions: tuple[str, ...] = (".js", ".json", ".node")
    node_modules_extensions: tuple[str, ...] | None = None
    enforce_extension: bool = False
    extension_alias: tuple[tuple[str, tuple[str, ...]], ...] = ()
    extension_alias_for_exports: bool = False
    fully_specified: bool = False
    fully_specified_targets: bool | Literal["exact"] = False
    manifest_exported: bool = False
    dotted_directories: bool = False
    ignore_urls: bool = False
    oxc_results: bool = False
    remap_targets: bool = True
    main_fields: tuple[FieldPath, ...] = ("main",)
    main_files: tuple[str, ...] = ("index",)
    alias_fields: tuple[FieldPath, ...] = ()
    alias: tuple[AliasRule, ...] = ()
    fallback: tuple[AliasRule, ...] = ()
    exports_fields: tuple[FieldPath, ...] = ("exports",)
    imports_fields: tuple[FieldPath, ...] = ("imports",)
    modules: tuple[str, ...] = ("node_modules",)
    roots: tuple[str, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    description_files: tuple[str, ...] = ("package.json",)
    symlinks: bool = True
    prefer_relative: bool = False
    prefer_absolute: bool = False
    resolve_to_context: bool = False
    tsconfig: TsconfigChoice | None = None
    typescript: TypescriptOptions | None = None
    builtin_modules: bool = False
    module_type: bool = False
    allow_package_exports_in_directory_resolve: bool = False
    pnp: bool = False
    cwd: str | None = None

    def __post_init__(self) -> None:
        if self.cwd is not None and not self.cwd.startswith("/"):
            raise ValueError(f"cwd is not an absolute path: {self.cwd!r}")


OPTION_NAMES = tuple(field.encode_name for field in msgspec.structs.fields(ResolveOptions))

JsonObject = Mapping[str, object]


def parse_options(raw: JsonObject, base: ResolveOptions | None = None) -> ResolveOptions:
    """Validate options in their JSON shape, on top of `base` (enhanced-resolve's defaults).

    Raises `OptionsError`, which for an unknown name gives the nearest known one.
    """
    for name in raw:
        if name not in OPTION_NAMES:
            near = difflib.get_close_matches(name, OPTION_NAMES, 1, 0.5)
            raise OptionsError(f"unknown option {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    given = {name: _canonical(name, value) for name, value in raw.items() if value is not None}
    extensions = given.get("extensions")
    if isinstance(extensions, list) and given.get("enforceExtension") is None:
        # enhanced-resolve: an empty extension among others means that the listed ones have to be written.
        given["enforceExtension"] = "" in cast("list[object]", extensions)
    try:
        return msgspec.convert(option_fields(base or ResolveOptions()) | given, ResolveOptions)
    except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
        raise OptionsError(f"invalid options: {error}") from None


def option_fields(options: ResolveOptions) -> dict[str, object]:
    """The options as JSON, under enhanced-resolve's names."""
    return cast("dict[str, object]", msgspec.to_builtins(options))


def describe_options(options: ResolveOptions) -> str:
    """Say in a line what a resolve is asked with, as far as an explanation needs it."""
    parts = {
        "conditions": options.condition_names,
        "extensions": options.extensions,
        "main fields": tuple(field if isinstance(field, str) else ".".join(field) for field in options.main_fields),
        "main files": options.main_files,
    }
    told = "; ".join(f"{name} {' '.join(values) or 'none'}" for name, values in parts.items())
    return told + ("; names are completed by nothing" if options.fully_specified else "")


def _canonical(name: str, value: object) -> object:
    """One of the shapes that enhanced-resolve takes, in the one that `ResolveOptions` has."""
    if name in {"alias", "fallback"}:
        return _canonical_rules(value)
    if name == "extensionAlias" and isinstance(value, Mapping):
        targets = cast("JsonObject", value)
        return [[extension, _listed(target)] for extension, target in targets.items()]
    if name == "restrictions" and isinstance(value, list):
        return [{"path": entry} if isinstance(entry, str) else entry for entry in cast("list[object]", value)]
    if name == "tsconfig" and isinstance(value, str):
        return {} if value == "auto" else {"configFile": value}
    if name == "typescript" and isinstance(value, Mapping):
        return _canonical_typescript(cast("JsonObject", value))
    return value if name in {"algorithm", "cwd", "fullySpecifiedTargets"} else _listed(value)


def _canonical_typescript(value: JsonObject) -> JsonObject:
    """The compiler options as text, if they are given as an object."""
    compiler = value.get("compilerOptions")
    if not isinstance(compiler, Mapping):
        return value
    return {**value, "compilerOptions": msgspec.json.encode(compiler, order="sorted").decode()}


def _canonical_rules(value: object) -> object:
    """Both forms of `alias`: an object whose keys may end in `$`, or an ordered array."""
    if isinstance(value, Mapping):
        return [_keyed_rule(name, targets) for name, targets in cast("Mapping[object, object]", value).items()]
    if isinstance(value, list):
        listed = cast("list[object]", value)
        return [rule | {"alias": _listed(rule["alias"], "alias")} if _is_rule(rule) else rule for rule in listed]
    return value


def _keyed_rule(name: object, targets: object) -> dict[str, object]:
    """One entry of the object form; a key that is no text, which MessagePack can have, is left to validation."""
    is_exact = isinstance(name, str) and name.endswith("$")
    bare = name.removesuffix("$") if isinstance(name, str) else name
    return {"name": bare, "alias": _listed(targets, "alias"), "onlyModule": is_exact}


def _is_rule(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict) and "alias" in value


def _listed(value: object, name: str = "") -> object:
    """A lone string (for an alias also a lone False) means a list of one."""
    return [value] if isinstance(value, str) or (name == "alias" and value is False) else value
