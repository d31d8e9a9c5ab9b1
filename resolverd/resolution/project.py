"""Named profiles of a project: `resolverd.toml`, beside its package.json.

    [profiles.app]
    extends = "browser"                 # a shipped profile; without it, enhanced-resolve's defaults
    summary = "what our build does"
    alias = { "@" = "./src" }           # resolve options, for every kind of import
    [profiles.app.require]              # and for one kind
    mainFields = ["main"]
    [editor]                            # the language server's own (`resolverd_lsp.choices`)
    profile = "app"

The nearest file upwards counts, and no other. A path in `alias`, `fallback`, `roots`, `restrictions`, `tsconfig` and `cwd`
that begins with a dot is seen from the file's own directory. The file is read whenever a profile of it is opened.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import cast

from msgspec.structs import replace

from resolverd.errors import OptionsError
from resolverd.paths import ancestors, join, normal, parent_of, resolve
from resolverd.resolution.options import AliasRule, ResolveOptions, parse_options
from resolverd.resolution.profiles import Profile, all_profiles, nearest_name, unknown_profile
from resolverd.terms import Kind
from resolverd.view.base import DirectoryView

FILE = "resolverd.toml"

_KINDS = frozenset(kind.value for kind in Kind)
_TABLES = frozenset({"profiles", "editor"})
"""What a file may say; `editor` is for the language server."""

_OWN_KEYS = frozenset({"extends", "summary"})

_Table = Mapping[str, object]


def find_profile(view: DirectoryView, name: str, directory: str | None) -> Profile:
    """Find a profile by name: a shipped one, or one of the project that a directory is in. Raises `OptionsError`."""
    shipped = {profile.name: profile for profile in all_profiles()}
    if name in shipped:
        return shipped[name]
    own = {} if directory is None else {profile.name: profile for profile in project_profiles(view, directory)}
    if name in own:
        return own[name]
    raise unknown_profile(name, [*shipped, *own])


def project_profiles(view: DirectoryView, directory: str) -> tuple[Profile, ...]:
    """List the profiles of the project that a directory is in. Raises `OptionsError` for a file that cannot be used."""
    for above in ancestors(normal(directory)):
        path = join(above, FILE)
        try:
            data = view.read(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise OptionsError(f"{path} cannot be read: {error.strerror}") from None
        return _parse(data, path)
    return ()


def _parse(data: bytes, path: str) -> tuple[Profile, ...]:
    try:
        document = cast("_Table", tomllib.loads(data.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OptionsError(f"{path} is no TOML: {error}") from None
    for name in document:
        if name not in _TABLES:
            raise OptionsError(f"{path}: unknown table {name!r}; profiles are tables [profiles.NAME]")
    tables = _table(document.get("profiles", {}), f"{path}: profiles")
    return tuple(_profile(name, _table(table, f"{path}: profiles.{name}"), path) for name, table in tables.items())


def _table(value: object, where: str) -> _Table:
    if not isinstance(value, dict):
        raise OptionsError(f"{where} is no table")
    return cast("_Table", value)


def _profile(name: str, table: _Table, path: str) -> Profile:
    where = f"{path}: profiles.{name}"
    shipped = {profile.name: profile for profile in all_profiles()}
    if name in shipped:
        raise OptionsError(f"{where}: {name!r} is the name of a shipped profile; take another, and extend it")
    extends = table.get("extends")
    if extends is not None and extends not in shipped:
        hint = nearest_name(str(extends), shipped)
        raise OptionsError(f"{where}: extends has to be a shipped profile, and {extends!r} is none{hint}")
    base = {} if extends is None else dict(shipped[cast("str", extends)].by_kind)
    general = {key: value for key, value in table.items() if key not in _KINDS | _OWN_KEYS}
    by_kind: list[tuple[Kind, ResolveOptions]] = []
    for kind in Kind:
        own = _table(table.get(kind.value, {}), f"{where}.{kind.value}")
        by_kind.append((kind, _options({**general, **own}, base.get(kind), where, parent_of(path))))
    summary = table.get("summary")
    shown = summary if isinstance(summary, str) else "enhanced-resolve's defaults" if extends is None else str(extends)
    return Profile(name, f"{shown} ({path})", tuple(by_kind))


def _options(raw: dict[str, object], base: ResolveOptions | None, where: str, directory: str) -> ResolveOptions:
    if isinstance(raw.get("cwd"), str):
        raw["cwd"] = resolve(directory, cast("str", raw["cwd"]))
    try:
        return _anchored(parse_options(raw, base), directory)
    except OptionsError as error:
        raise OptionsError(f"{where}: {error}") from None


def _anchored(options: ResolveOptions, directory: str) -> ResolveOptions:
    """Make the paths that are meant from the file's directory absolute."""

    def absolute(path: str) -> str:
        return resolve(directory, path) if path in {".", ".."} or path.startswith(("./", "../")) else path

    def anchored(rules: tuple[AliasRule, ...]) -> tuple[AliasRule, ...]:
        return tuple(
            replace(rule, targets=tuple(absolute(to) if isinstance(to, str) else to for to in rule.targets))
            for rule in rules
        )

    tsconfig = options.tsconfig
    if tsconfig is not None and tsconfig.config_file is not None:
        tsconfig = replace(tsconfig, config_file=absolute(tsconfig.config_file))
    return replace(
        options,
        alias=anchored(options.alias),
        fallback=anchored(options.fallback),
        roots=tuple(map(absolute, options.roots)),
        restrictions=tuple(
            each if each.path is None else replace(each, path=absolute(each.path)) for each in options.restrictions
        ),
        tsconfig=tsconfig,
    )
