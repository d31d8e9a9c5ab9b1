"""The profiles that ship, each with the source of every option that it sets.

A profile is what its tool does without a configuration file; each is compared with its tool, from npm, on the same trees
(`tests/differential/test_tools.py`). Where a tool decides by more than options can say (the importer's own extension,
what is in a file), `tests/differential/tools.toml` tells what that comes to.
"""

from __future__ import annotations

from msgspec.structs import replace

from resolverd.resolution.options import INDEX, ResolveOptions, TsconfigChoice
from resolverd.terms import Kind

ByKind = tuple[tuple[Kind, ResolveOptions], ...]

Sources = tuple[tuple[str, str], ...]
"""By the option's JSON name, the section of the documentation or the file of the source that states it."""

Shipped = tuple[str, str, ByKind, Sources]
"""Name, summary, options, sources: the fields of a `Profile`."""

_OWNING = TsconfigChoice()


def _kinds(esm: ResolveOptions, require: ResolveOptions, style: ResolveOptions) -> ByKind:
    return ((Kind.IMPORT, esm), (Kind.REQUIRE, require), (Kind.STYLE, style))


def _node() -> Shipped:
    require = ResolveOptions(
        algorithm="node",
        condition_names=("node", "require", "node-addons", "module-sync"),
        builtin_modules=True,
        module_type=True,
    )
    esm = replace(require, condition_names=("node", "import", "node-addons", "module-sync"), fully_specified=True)
    packages = "Node.js API, Modules: Packages"
    return (
        "node",
        "Node's own algorithms, to the letter",
        _kinds(esm, require, require),
        (
            (
                "algorithm",
                "Node.js API, Modules: ECMAScript modules, Resolution Algorithm; Modules: CommonJS modules, All together",
            ),
            ("conditionNames", f"{packages}, Conditional exports"),
            ("fullySpecified", "Node.js API, Modules: ECMAScript modules, Mandatory file extensions"),
            ("builtinModules", "Node.js API, Modules: CommonJS modules, Built-in modules"),
            ("moduleType", f"{packages}, Determining module system"),
        ),
    )


_BUNDLER_EXTENSIONS = (".tsx", ".ts", ".jsx", ".js", ".mjs", ".cjs", ".json")
_TYPESCRIPT_NAMES = (
    (".js", (".ts", ".tsx", ".js")),
    (".jsx", (".tsx", ".jsx")),
    (".mjs", (".mts", ".mjs")),
    (".cjs", (".cts", ".cjs")),
)

_BUNDLER_SOURCES = (
    ("conditionNames", "Node.js API, Modules: Packages, Community conditions definitions; webpack, Package exports"),
    ("extensions", "esbuild, Resolve extensions, and Vite's resolve.extensions, whose names these are"),
    ("extensionAlias", "TypeScript Handbook, Modules: Reference, File extension substitution"),
    ("mainFields", "esbuild, Main fields (platform node: main before module); webpack, resolve.mainFields"),
    ("preferRelative", "webpack, resolve.preferRelative, as its css-loader asks"),
    ("tsconfig", "TypeScript Handbook, Modules: Reference, paths; esbuild, tsconfig.json"),
    ("pnp", "Yarn, Plug'n'Play specification; enhanced-resolve's PnpPlugin"),
    ("builtinModules", "esbuild, Platform; webpack, target"),
    ("moduleType", "Node.js API, Modules: Packages, Determining module system"),
)


def _bundler() -> Shipped:
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
    esm = replace(require, condition_names=("node", "import", "module"))
    style = replace(
        require,
        condition_names=("style",),
        main_fields=("style", "main"),
        extensions=(".css",),
        extension_alias=(),
        prefer_relative=True,
        builtin_modules=False,
    )
    summary = "what Vite, esbuild and webpack agree on (the default)"
    return "bundler", summary, _kinds(esm, require, style), _BUNDLER_SOURCES


def _browser() -> Shipped:
    def for_browser(options: ResolveOptions) -> ResolveOptions:
        return replace(
            options,
            condition_names=tuple("browser" if name == "node" else name for name in options.condition_names),
            main_fields=("browser", *options.main_fields),
            alias_fields=("browser",),
            builtin_modules=False,
        )

    _, _, by_kind, _ = _bundler()
    return (
        "browser",
        "the bundler profile for code that runs in a browser: browser maps, no built-in modules",
        tuple((kind, for_browser(options)) for kind, options in by_kind),
        (*_BUNDLER_SOURCES[:-2], ("aliasFields", "package-browser-field-spec"), _BUNDLER_SOURCES[-1]),
    )


def _webpack() -> Shipped:
    """What webpack 5 does with its defaults: target `web`, mode `production`.

    `roots` is the compiler's context, which a profile that ships cannot know: `roots = ["."]` in resolverd.toml.
    """
    always = ("module-sync", "module", "webpack", "production", "browser")
    esm = ResolveOptions(
        condition_names=("import", *always),
        extensions=(".js", ".json", ".wasm", ".css"),
        main_fields=("browser", "module", "main"),
        alias_fields=("browser",),
        ignore_urls=True,
        module_type=True,
    )
    require = replace(esm, condition_names=("require", *always), extensions=(".js", ".json", ".wasm"))
    style = ResolveOptions(
        condition_names=("webpack", "production", "style"),
        extensions=(".css",),
        main_fields=("style", "main"),
        main_files=(),
        prefer_relative=True,
        ignore_urls=True,
    )
    defaults = "webpack, lib/config/defaults.js, getResolveDefaults"
    return (
        "webpack",
        "webpack 5 with its defaults (target web, mode production)",
        _kinds(esm, require, style),
        (
            ("conditionNames", f"{defaults}; webpack, resolve.conditionNames"),
            ("extensions", f"{defaults}; webpack, resolve.extensions"),
            ("mainFields", f"{defaults}; webpack, resolve.mainFields"),
            ("aliasFields", f"{defaults}; webpack, resolve.aliasFields"),
            ("mainFiles", f"{defaults} (css-import)"),
            ("preferRelative", f"{defaults} (css-import)"),
            ("ignoreUrls", "webpack, externalsPresets (web)"),
            ("moduleType", "webpack, lib/config/defaults.js, the rules for `type: module`"),
        ),
    )


def _vite() -> Shipped:
    """What Vite 6 and 7 do in the client environment of its development server.

    Built-in modules are not known to a browser: what Vite puts in their place is its own.
    """
    esm = ResolveOptions(
        condition_names=("module", "browser", "development", "import"),
        extensions=(".mjs", ".js", ".mts", ".ts", ".jsx", ".tsx", ".json"),
        extension_alias=(
            (".js", (".js", ".ts", ".tsx")),
            (".jsx", (".jsx", ".tsx")),
            (".mjs", (".mjs", ".mts")),
            (".cjs", (".cjs", ".cts")),
        ),
        extension_alias_for_exports=True,
        main_fields=("browser", "module", "jsnext:main", "jsnext", "main"),
        alias_fields=("browser",),
        ignore_urls=True,
        module_type=True,
    )
    require = replace(esm, condition_names=("module", "browser", "development", "require"))
    style = ResolveOptions(
        condition_names=("style", "development"),
        extensions=(".css",),
        main_fields=("style", "main"),
        main_files=(),
        prefer_relative=True,
        ignore_urls=True,
    )
    constants = "Vite, packages/vite/src/node/constants.ts"
    resolve = "Vite, packages/vite/src/node/plugins/resolve.ts"
    styles = "packages/vite/src/node/plugins/css.ts, createCSSResolvers"
    return (
        "vite",
        "Vite's development server, for the client",
        _kinds(esm, require, style),
        (
            ("conditionNames", f"{constants}, DEFAULT_CLIENT_CONDITIONS; {styles}"),
            ("extensions", f"{constants}, DEFAULT_EXTENSIONS; Vite, resolve.extensions; {styles}"),
            ("extensionAlias", f"{resolve}, tryCleanFsResolve (isPossibleTsOutput)"),
            ("extensionAliasForExports", f"{resolve}, resolvePackageEntry and resolveDeepImport, through tryFsResolve"),
            ("mainFields", f"{constants}, DEFAULT_CLIENT_MAIN_FIELDS; {resolve}, resolvePackageEntry; {styles}"),
            ("aliasFields", f"{resolve}, mapWithBrowserField"),
            ("mainFiles", f"{styles} (tryIndex off)"),
            ("preferRelative", styles),
            ("ignoreUrls", f"{resolve}, resolvePlugin (isExternalUrl, isDataUrl)"),
            ("moduleType", f"{resolve}, tryNodeResolve (package type)"),
        ),
    )


def _esbuild() -> Shipped:
    """What esbuild does with its defaults: platform `browser`."""
    esm = ResolveOptions(
        condition_names=("browser", "module", "import"),
        extensions=(".tsx", ".ts", ".jsx", ".js", ".css", ".json"),
        node_modules_extensions=(".jsx", ".js", ".tsx", ".ts", ".css", ".json"),
        extension_alias=(
            (".js", (".js", ".ts", ".tsx")),
            (".jsx", (".jsx", ".ts", ".tsx")),
            (".mjs", (".mjs", ".mts")),
            (".cjs", (".cjs", ".cts")),
        ),
        extension_alias_for_exports=True,
        fully_specified_targets=True,
        remap_targets=False,
        dotted_directories=True,
        ignore_urls=True,
        main_fields=("browser", "module", "main"),
        alias_fields=("browser",),
        tsconfig=_OWNING,
        pnp=True,
        module_type=True,
    )
    require = replace(
        esm, condition_names=("browser", "module", "require"), main_fields=("browser", "main", INDEX, "module")
    )
    style = replace(
        esm,
        condition_names=("browser", "module"),
        extensions=(".css",),
        node_modules_extensions=None,
        extension_alias=(),
        extension_alias_for_exports=False,
        prefer_relative=True,
    )
    resolver = "esbuild, internal/resolver/resolver.go"
    return (
        "esbuild",
        "esbuild with its defaults (platform browser)",
        _kinds(esm, require, style),
        (
            ("conditionNames", "esbuild, API, Conditions"),
            ("extensions", f"esbuild, API, Resolve extensions; {resolver}, cssExtensionOrder"),
            ("nodeModulesExtensions", f"{resolver}, nodeModulesExtensionOrder"),
            ("extensionAlias", f"{resolver}, rewrittenFileExtensions"),
            ("extensionAliasForExports", f"{resolver}, finalizeImportsExports"),
            ("fullySpecifiedTargets", f"{resolver}, finalizeImportsExports"),
            ("remapTargets", f"{resolver}, finalizeImportsExports"),
            ("dottedDirectories", f"{resolver} (issue 4144)"),
            ("ignoreUrls", f"{resolver}, Resolve (`http:`, `https:`, `data:` and `//` are external)"),
            ("mainFields", f"esbuild, API, Main fields; {resolver}, loadAsMainField (autoMain: `main` for require)"),
            ("aliasFields", "esbuild, API, Platform"),
            ("preferRelative", f"{resolver}, resolveWithoutRemapping (ImportAt)"),
            ("tsconfig", "esbuild, Content types, TypeScript, tsconfig.json"),
            ("pnp", "esbuild, API, Path resolution; internal/resolver/yarnpnp.go"),
            ("moduleType", "esbuild, internal/js_parser, module type by package.json"),
        ),
    )


def _bun() -> Shipped:
    """What Bun's runtime does. Its extensions depend on the kind of import, and on whether the importer's file is in a package."""
    esm = ResolveOptions(
        condition_names=("bun", "node", "node-addons", "import"),
        extensions=(".tsx", ".jsx", ".mts", ".ts", ".mjs", ".js", ".cts", ".cjs", ".json"),
        node_modules_extensions=(".mjs", ".jsx", ".mts", ".js", ".cjs", ".tsx", ".ts", ".cts", ".json"),
        extension_alias=(
            (".js", (".js", ".ts", ".tsx", ".mts")),
            (".jsx", (".jsx", ".ts", ".tsx")),
            (".mjs", (".mjs", ".mts")),
            (".cjs", (".cjs", ".cts")),
        ),
        extension_alias_for_exports=True,
        fully_specified_targets="exact",
        manifest_exported=True,
        dotted_directories=True,
        ignore_urls=True,
        main_fields=("main", INDEX, "module", "jsnext:main"),
        tsconfig=_OWNING,
        builtin_modules=True,
        module_type=True,
    )
    require = replace(
        esm,
        condition_names=("bun", "node", "node-addons", "require"),
        extensions=(".tsx", ".ts", ".jsx", ".cts", ".cjs", ".js", ".mjs", ".mts", ".json", ".node"),
        node_modules_extensions=(".jsx", ".cjs", ".js", ".mjs", ".mts", ".tsx", ".ts", ".cts", ".json", ".node"),
    )
    style = ResolveOptions(
        condition_names=("style", "browser", "module", "development"),
        extensions=(".css",),
        main_fields=("browser", "module", "jsnext:main", "main"),
        alias_fields=("browser",),
        prefer_relative=True,
        ignore_urls=True,
        tsconfig=_OWNING,
    )
    options, resolver = "Bun, src/options.zig", "Bun, src/resolver/resolver.zig"
    return (
        "bun",
        "Bun's runtime; styles as its bundler",
        _kinds(esm, require, style),
        (
            ("conditionNames", f"{options}, Target.default_conditions, and `node-addons`; Bun, Module resolution"),
            ("extensions", f"{options}, ResolveFileExtensions"),
            ("nodeModulesExtensions", f"{options}, ResolveFileExtensions (node_modules)"),
            ("extensionAlias", f"{resolver}, loadAsFile (TypeScript names)"),
            ("extensionAliasForExports", f"{resolver}, handleESMResolution"),
            ("fullySpecifiedTargets", f"{resolver}, handleESMResolution (only wildcards are tried with extensions)"),
            ("manifestExported", f"{resolver}, loadNodeModules (`./package.json` past `exports`)"),
            ("dottedDirectories", f"{resolver}"),
            ("ignoreUrls", f"{resolver} (`http:`, `https:`, `data:` and `//` are external)"),
            ("mainFields", f"{options}, Target.default_main_fields"),
            ("aliasFields", f"{options}, Target.browser"),
            ("preferRelative", f"{resolver}, resolveWithoutSymlinks (`@import`)"),
            ("tsconfig", "Bun, Module resolution, Path re-mapping"),
            ("builtinModules", "Bun, Node.js compatibility"),
            ("moduleType", "Bun, Module resolution, CommonJS and ES modules"),
        ),
    )


def _typescript() -> Shipped:
    """What TypeScript 5.9 does under the tsconfig that owns the importer: the file that it type-checks an import against."""
    options = ResolveOptions(algorithm="typescript", tsconfig=_OWNING, pnp=True)
    return (
        "typescript",
        "what TypeScript checks an import against: declarations and sources, by the owning tsconfig",
        _kinds(options, options, options),
        (
            ("algorithm", "TypeScript Handbook, Modules: Reference; TypeScript, src/compiler/moduleNameResolver.ts"),
            ("tsconfig", "TypeScript Handbook, Project References; TypeScript, tsserver's search for a file's project"),
            ("pnp", "Yarn, @yarnpkg/plugin-compat, patch-typescript"),
        ),
    )


def shipped() -> tuple[Shipped, ...]:
    """Give all of them, in the order in which `resolverd profiles` lists them."""
    return (_node(), _bundler(), _browser(), _webpack(), _vite(), _esbuild(), _bun(), _typescript())
