"""What TypeScript's compiler options mean for a look-up.

Source: the TSConfig Reference, and `computedOptions`, `getConditions` and `getNodeResolutionFeatures` of TypeScript 5.9.
The options come from the tsconfig that applies, with those of the question over them. Where nothing says which
`moduleResolution`, it follows from `module`; where that says nothing (or `classic`, which knows no packages), `bundler`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from resolverd.manifests.jsonc import JsonValue
from resolverd.manifests.paths_table import PathsTable
from resolverd.manifests.tsconfig import Options, Tsconfig
from resolverd.paths import normal, resolve
from resolverd.resolution.options import ResolveOptions, TypescriptOptions
from resolverd.terms import Kind

TYPESCRIPT, JAVASCRIPT, DECLARATION, JSON = 1, 2, 4, 8
"""The kinds of files that a look-up may want, as bits."""
TYPES = TYPESCRIPT | DECLARATION

Resolution = Literal["bundler", "node16", "nodenext", "node10"]

_BY_NAME: dict[str, Resolution] = {
    "bundler": "bundler",
    "node16": "node16",
    "nodenext": "nodenext",
    "node10": "node10",
    "node": "node10",
}
_BY_MODULE: dict[str, Resolution] = {
    "node16": "node16",
    "node18": "node16",
    "node20": "node16",
    "nodenext": "nodenext",
    "commonjs": "node10",
}
_PATHS = ("baseUrl", "declarationDir", "outDir", "rootDir", "rootDirs", "typeRoots")
"""The options that are paths, or lists of them."""
_JSON_BY_DEFAULT = frozenset({"node20", "nodenext"})
"""Values of `module` under which `resolveJsonModule` is on."""


class TypeSettings(msgspec.Struct, frozen=True, eq=False):
    """One question's rules. `paths` and `base_url` lead to absolute candidates; `wanted` are bits.

    `is_esm` is TypeScript's EsmMode: in `node16` and `nodenext` an `import` completes no names. `out_dirs` are where the
    project writes what it makes from the files below `source_dir` (None: that is not said).
    """

    resolution: Resolution
    conditions: frozenset[str]
    wanted: int
    is_esm: bool
    uses_exports: bool
    uses_imports: bool
    uses_self_names: bool
    allows_js: bool
    preserves_symlinks: bool
    paths: PathsTable | None
    base_url: str | None
    root_dirs: tuple[str, ...]
    module_suffixes: tuple[str, ...]
    type_roots: tuple[str, ...] | None
    out_dirs: tuple[str, ...]
    source_dir: str | None
    config_path: str | None


def type_settings(options: ResolveOptions, kind: Kind, tsconfig: Tsconfig | None) -> TypeSettings:
    """Bring together what the question, its options and the tsconfig say."""
    given = options.typescript or TypescriptOptions()
    compiler = _compiler_options(given, tsconfig)
    resolution = _resolution(given, compiler)
    is_require = kind is Kind.REQUIRE
    has_features = resolution != "node10"
    # What Node does is not to be switched off in its own modes.
    may_refuse = resolution == "bundler"
    return TypeSettings(
        resolution=resolution,
        conditions=_conditions(options, compiler, resolution, is_require=is_require),
        wanted=_wanted(compiler, resolution),
        is_esm=resolution in {"node16", "nodenext"} and not is_require,
        uses_exports=has_features and not (may_refuse and compiler.get("resolvePackageJsonExports") is False),
        uses_imports=has_features and not (may_refuse and compiler.get("resolvePackageJsonImports") is False),
        uses_self_names=has_features,
        allows_js=compiler.get("allowJs", compiler.get("checkJs")) is True,
        preserves_symlinks=not options.symlinks or compiler.get("preserveSymlinks") is True,
        paths=_paths(given, compiler, tsconfig),
        base_url=_text(compiler.get("baseUrl")),
        root_dirs=_texts(compiler.get("rootDirs")) or (),
        module_suffixes=_texts(compiler.get("moduleSuffixes")) or (),
        type_roots=_texts(compiler.get("typeRoots")),
        out_dirs=_out_dirs(compiler),
        source_dir=_source_dir(compiler, tsconfig),
        config_path=None if tsconfig is None else tsconfig.path,
    )


def _out_dirs(compiler: Options) -> tuple[str, ...]:
    written = (_text(compiler.get("declarationDir")), _text(compiler.get("outDir")))
    return tuple(dict.fromkeys(each for each in written if each is not None))


def _source_dir(compiler: Options, tsconfig: Tsconfig | None) -> str | None:
    """`getCommonSourceDirectory`, as far as the options say."""
    named = _text(compiler.get("rootDir"))
    if named is None and tsconfig is not None and compiler.get("composite") is True:
        return tsconfig.directory
    return named


def _compiler_options(given: TypescriptOptions, tsconfig: Tsconfig | None) -> Options:
    """The tsconfig's options under those given, whose relative paths are seen from the tsconfig's directory."""
    own = given.compiler()
    directory = "/" if tsconfig is None else tsconfig.directory
    for name in _PATHS:
        value = own.get(name)
        if isinstance(value, str):
            own[name] = resolve(directory, value)
        elif isinstance(value, list):
            own[name] = [resolve(directory, each) for each in value if isinstance(each, str)]
    return ({} if tsconfig is None else tsconfig.options) | own


def _resolution(given: TypescriptOptions, compiler: Options) -> Resolution:
    named = given.module_resolution or compiler.get("moduleResolution")
    if isinstance(named, str):
        return _BY_NAME.get(named.lower(), "bundler")
    return _BY_MODULE.get(str(compiler.get("module")).lower(), "bundler")


def _conditions(
    options: ResolveOptions, compiler: Options, resolution: Resolution, *, is_require: bool
) -> frozenset[str]:
    """`getConditions`. Names given that have "types" among them are meant for declarations, and taken as they are."""
    custom = _texts(compiler.get("customConditions")) or ()
    if options.typescript is None and "types" in options.condition_names:
        return frozenset((*options.condition_names, *custom))
    node = () if resolution == "bundler" else ("node",)
    return frozenset(("require" if is_require else "import", "types", *node, *custom))


def _wanted(compiler: Options, resolution: Resolution) -> int:
    code = TYPESCRIPT | JAVASCRIPT | (0 if compiler.get("noDtsResolution") is True else DECLARATION)
    takes_json = compiler.get("resolveJsonModule")
    if takes_json is None:
        takes_json = resolution == "bundler" or str(compiler.get("module")).lower() in _JSON_BY_DEFAULT
    return code | JSON if takes_json is True else code


def _paths(given: TypescriptOptions, compiler: Options, tsconfig: Tsconfig | None) -> PathsTable | None:
    own = given.compiler().get("paths")
    if not isinstance(own, dict):
        return None if tsconfig is None else tsconfig.paths
    base = _text(compiler.get("baseUrl")) or ("/" if tsconfig is None else tsconfig.directory)
    return PathsTable(
        {key: tuple(resolve(base, each) for each in _texts(targets) or ()) for key, targets in own.items()}
    )


def _text(value: JsonValue) -> str | None:
    return normal(value) if isinstance(value, str) else None


def _texts(value: JsonValue) -> tuple[str, ...] | None:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else None
