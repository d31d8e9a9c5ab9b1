"""Declaration look-ups: what TypeScript takes an import for, and that it is right after every edit."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from resolverd.cache.engine import Engine
from resolverd.errors import OptionsError
from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import named_profile, single
from resolverd.terms import Answer, Code, Format, Kind
from resolverd.view.memory import MemoryView


def view_of(files: Mapping[str, object]) -> MemoryView:
    """A tree; what is no text is written as JSON."""
    view = MemoryView()
    for path, content in files.items():
        view.write(path, content if isinstance(content, str) else json.dumps(content))
    return view


def ask(files: Mapping[str, object], specifier: str, kind: Kind = Kind.IMPORT, **compiler: object) -> Answer:
    """Ask from /p/src/a.ts, without a tsconfig."""
    options = {"algorithm": "typescript", "typescript": {"compilerOptions": compiler}}
    engine = Engine(view_of(files))
    mode = engine.mode(engine.open_profile(single("test", "", parse_options(options))), kind)
    return engine.answer_from(mode, "/p/src/a.ts", specifier)


PACKAGE = {
    "/p/node_modules/k/package.json": {
        "exports": {
            ".": {"import": "./esm.mjs", "require": "./cjs.cjs"},
            "./versioned": {"types@<5": "./old.d.ts", "types@>=5": "./new.d.ts"},
            "./custom": {"mine": "./mine.ts", "default": "./other.ts"},
            "./gone": {"types": "./gone.d.ts", "default": "./esm.mjs"},
            "./null": None,
            "./f/*.js": "./dist/*.js",
        }
    },
    **dict.fromkeys(
        [f"/p/node_modules/k/{name}" for name in ("esm.d.mts", "cjs.d.cts", "old.d.ts", "new.d.ts", "mine.ts")]
        + [f"/p/node_modules/k/{name}" for name in ("other.ts", "dist/x.d.ts", "null.d.ts", "index.d.ts")],
        "",
    ),
}


@pytest.mark.parametrize(
    ("names", "specifier", "found"),
    [
        (("x.ts", "x.tsx", "x.d.ts", "x.js"), "./x.js", "x.ts"),
        (("x.tsx", "x.d.ts", "x.js"), "./x.js", "x.tsx"),
        (("x.d.ts", "x.js"), "./x", "x.d.ts"),
        (("x.jsx", "x.js"), "./x", "x.js"),
        (("x.mts", "x.ts"), "./x.mjs", "x.mts"),
        (("x.d.cts", "x.cjs"), "./x.cjs", "x.d.cts"),
        (("x.css", "x.d.css.ts"), "./x.css", "x.d.css.ts"),
        (("x.css",), "./x.css", None),
        (("x.json", "x.d.json.ts"), "./x.json", "x.d.json.ts"),
        (("x.json",), "./x.json", "x.json"),
        (("x.d.ts", "x/index.ts"), "./x/", "x/index.ts"),
        (("x.js.ts",), "./x.js", "x.js.ts"),
    ],
)
def test_what_a_name_stands_for(names: tuple[str, ...], specifier: str, found: str | None) -> None:
    answer = ask(dict.fromkeys([f"/p/src/{name}" for name in names], ""), specifier)
    assert answer.path == (found and f"/p/src/{found}")


def test_json_has_to_be_wanted() -> None:
    files = {"/p/src/x.json": ""}
    assert ask(files, "./x.json", moduleResolution="node10").path is None
    assert ask(files, "./x.json", moduleResolution="node10", resolveJsonModule=True).path == "/p/src/x.json"


@pytest.mark.parametrize(
    ("resolution", "kind", "found"),
    [
        ("bundler", Kind.IMPORT, "esm.d.mts"),
        ("bundler", Kind.REQUIRE, "cjs.d.cts"),
        ("node16", Kind.IMPORT, "esm.d.mts"),
        ("nodenext", Kind.REQUIRE, "cjs.d.cts"),
        ("node10", Kind.IMPORT, "index.d.ts"),
    ],
)
def test_exports_by_mode(resolution: str, kind: Kind, found: str) -> None:
    assert ask(PACKAGE, "k", kind, moduleResolution=resolution).path == f"/p/node_modules/k/{found}"


@pytest.mark.parametrize(
    ("specifier", "found"),
    [("k/versioned", "new.d.ts"), ("k/custom", "other.ts"), ("k/gone", "esm.d.mts"), ("k/f/x.js", "dist/x.d.ts")],
)
def test_targets_of_exports_count_where_a_file_is(specifier: str, found: str) -> None:
    assert ask(PACKAGE, specifier).path == f"/p/node_modules/k/{found}"


def test_what_exports_do_not_name_is_not_there() -> None:
    assert ask(PACKAGE, "k/null").path is None
    assert ask(PACKAGE, "k/esm.mjs").error is not None
    assert ask(PACKAGE, "k/custom", customConditions=["mine"]).path == "/p/node_modules/k/mine.ts"
    assert ask(PACKAGE, "k", resolvePackageJsonExports=False).path == "/p/node_modules/k/index.d.ts"


def test_an_import_completes_no_name_in_node16() -> None:
    files = {"/p/src/x.ts": "", "/p/src/d/index.ts": ""}
    for specifier in ("./x", "./d"):
        assert ask(files, specifier, moduleResolution="node16").path is None
        assert ask(files, specifier, Kind.REQUIRE, moduleResolution="node16").path is not None
    assert ask(files, "./x.js", moduleResolution="nodenext").path == "/p/src/x.ts"


def test_types_come_before_javascript_that_is_nearer() -> None:
    files = {
        "/p/src/node_modules/k/index.js": "",
        "/p/node_modules/@types/k/index.d.ts": "",
        "/p/src/node_modules/js/index.js": "",
        "/p/node_modules/@types/scope__name/sub.d.ts": "",
        "/p/src/node_modules/@scope/name/sub.js": "",
    }
    assert ask(files, "k").path == "/p/node_modules/@types/k/index.d.ts"
    assert ask(files, "js").path == "/p/src/node_modules/js/index.js"
    assert ask(files, "@scope/name/sub").path == "/p/node_modules/@types/scope__name/sub.d.ts"


def test_typings_go_before_types_before_main() -> None:
    files: dict[str, object] = {f"/p/node_modules/k/{name}.d.ts": "" for name in ("one", "two", "three", "index")}
    fields: dict[str, object] = {}
    for field, name in (("main", "three.js"), ("types", "two.d.ts"), ("typings", "./one")):
        files["/p/node_modules/k/package.json"] = (fields := fields | {field: name})
        assert ask(files, "k").path == f"/p/node_modules/k/{name.removeprefix('./').split('.')[0]}.d.ts"


def test_types_versions_map_the_main_and_subpaths() -> None:
    manifest = {"types": "index.d.ts", "typesVersions": {"<5": {"*": ["old/*"]}, ">=5": {"*": ["new/*"]}}}
    files = {"/p/node_modules/k/package.json": manifest, "/p/node_modules/k/index.d.ts": ""}
    files |= {
        f"/p/node_modules/k/{name}": "" for name in ("new/index.d.ts", "new/sub.d.ts", "old/sub.d.ts", "sub.d.ts")
    }
    assert ask(files, "k").path == "/p/node_modules/k/new/index.d.ts"
    assert ask(files, "k/sub").path == "/p/node_modules/k/new/sub.d.ts"


def test_a_star_that_stands_for_nothing_stays_in_the_target() -> None:
    files: dict[str, object] = {"/p/node_modules/k/index.d.ts": "", "/p/node_modules/k/new/index.d.ts": ""}
    files["/p/node_modules/k/package.json"] = {"main": ".", "typesVersions": {"*": {"*": ["new/*"]}}}
    assert ask(files, "k").path is None
    assert ask({"/p/lib/index.ts": ""}, "@/", paths={"@/*": ["/p/lib/*"]}).path is None


def test_types_versions_map_what_leads_upwards_in_a_package_too() -> None:
    files = {"/p/node_modules/k/package.json": {"typesVersions": {"*": {"*": ["new.d.ts"]}}}}
    files |= {"/p/node_modules/k/new.d.ts": ""}
    assert ask(files, "k/../other").path == "/p/node_modules/k/new.d.ts"


def test_a_main_that_names_a_directory_is_mapped_without_its_slash() -> None:
    manifest = {"main": "./lib/", "typesVersions": {"*": {"lib/*": ["new/*"]}}}
    files = {"/p/node_modules/k/package.json": manifest, "/p/node_modules/k/index.js": ""}
    assert ask(files, "k").path == "/p/node_modules/k/index.js"


def test_a_package_knows_itself_and_its_imports() -> None:
    manifest = {
        "name": "@me/p",
        "exports": {".": "./src/main.js", "./x": "./src/x.js"},
        "imports": {"#x": "./src/x.js", "#k": "k/versioned", "#loop": "#loop"},
    }
    files = {"/p/package.json": manifest, "/p/src/main.ts": "", "/p/src/x.tsx": "", **PACKAGE}
    assert ask(files, "@me/p").path == "/p/src/main.ts"
    assert ask(files, "@me/p/x").path == ask(files, "@me/p/x/").path == "/p/src/x.tsx"
    assert ask(files, "#x").path == "/p/src/x.tsx"
    assert ask(files, "#k").path == "/p/node_modules/k/new.d.ts"
    assert ask(files, "#loop").path is None
    assert ask(files, "#x", moduleResolution="node10").path is None


def test_a_package_finds_its_sources_by_its_output() -> None:
    manifest = {
        "name": "me",
        "exports": {"./x": "./dist/x.js", "./y": "./types/y.d.mts"},
        "imports": {"#x": "./dist/x.js"},
    }
    files = {"/p/package.json": manifest, "/p/src/x.tsx": "", "/p/src/y.mts": "", "/p/dist/x.d.ts": ""}
    written = {"outDir": "/p/dist", "declarationDir": "/p/types"}
    assert ask(files, "me/x").path == "/p/dist/x.d.ts"
    for specifier in ("me/x", "#x"):
        assert ask(files, specifier, **written, rootDir="/p/src").path == "/p/src/x.tsx"
    assert ask(files, "me/y", **written, rootDir="/p/src").path == "/p/src/y.mts"
    assert ask(files, "me/y", **written).path is None
    assert ask(files | {"/p/y.mts": ""}, "me/y", **written).path == "/p/y.mts"


def test_paths_then_base_url_then_packages() -> None:
    files = {"/p/lib/k.ts": "", "/p/base/only.ts": "", "/p/mapped.css": "", **PACKAGE}
    compiler = {"baseUrl": "/p/base", "paths": {"k": ["../lib/k"], "nothing": ["../gone"], "style": ["../mapped.css"]}}
    assert ask(files, "k", **compiler).path == "/p/lib/k.ts"
    assert ask(files, "only", **compiler).path == "/p/base/only.ts"
    assert ask(files, "k/custom", **compiler).path == "/p/node_modules/k/other.ts"
    assert ask(files, "nothing", **compiler).path is None


def test_root_dirs_module_suffixes_and_type_roots() -> None:
    files = {"/p/gen/x.ts": "", "/p/src/y.ios.ts": "", "/p/src/y.ts": "", "/p/typings/g/index.d.ts": ""}
    assert ask(files, "./x", rootDirs=["/p/src", "/p/gen"]).path == "/p/gen/x.ts"
    assert ask(files, "./y", moduleSuffixes=[".ios", ""]).path == "/p/src/y.ios.ts"
    assert ask(files, "./y", moduleSuffixes=[".android", ""]).path == "/p/src/y.ts"
    assert ask(files, "g", typeRoots=["/p/typings"]).path == "/p/typings/g/index.d.ts"


def test_module_decides_where_module_resolution_is_not_given() -> None:
    assert ask(PACKAGE, "k", module="commonjs").path == "/p/node_modules/k/index.d.ts"
    assert ask(PACKAGE, "k", Kind.REQUIRE, module="Node18").path == "/p/node_modules/k/cjs.d.cts"
    assert ask(PACKAGE, "k", module="esnext").path == "/p/node_modules/k/esm.d.mts"


def test_packages_are_real_and_relative_imports_keep_their_path() -> None:
    view = view_of({"/store/k/index.d.ts": "", "/store/k/x.d.ts": ""})
    view.symlink("/p/node_modules/k", "/store/k")
    view.symlink("/p/src/linked", "/store/k")
    engine = Engine(view)
    assert engine.resolve("k", directory="/p/src", types=True).path == "/store/k/index.d.ts"
    assert engine.resolve("./linked/x", directory="/p/src", types=True).path == "/p/src/linked/x.d.ts"
    kept = engine.resolve("k", directory="/p/src", types=True, options={"symlinks": False})
    assert kept.path == "/p/node_modules/k/index.d.ts"


def test_a_builtin_module_has_no_file_and_a_failure_says_the_mode() -> None:
    answer = ask({}, "node:fs", moduleResolution="node16")
    assert answer.error is not None
    assert answer.error.code is Code.MODULE_NOT_FOUND
    assert "moduleResolution node16" in answer.error.message
    assert ask({}, "").error is not None


def test_names_given_with_types_among_them_are_the_conditions() -> None:
    view = view_of({"/p/node_modules/k/package.json": {"exports": {"mine": "./a.d.ts", "types": "./b.d.ts"}}})
    for name in "ab":
        view.write(f"/p/node_modules/k/{name}.d.ts", "")
    engine = Engine(view)
    for names, found in ((["types", "mine"], "a"), (["mine"], "b")):
        answer = engine.resolve("k", directory="/p", types=True, options={"conditionNames": names})
        assert answer.path == f"/p/node_modules/k/{found}.d.ts"


def test_every_profile_can_be_asked_for_types_and_typescript_needs_not_be() -> None:
    engine = Engine(view_of({"/p/src/x.d.ts": "", "/p/src/x.js": "", "/p/src/package.json": {"type": "module"}}))
    assert engine.resolve("./x.js", importer="/p/src/a.ts").path == "/p/src/x.js"
    for profile, types in (("bundler", True), ("node", True), ("typescript", False)):
        answer = engine.resolve("./x.js", importer="/p/src/a.ts", types=types, profile=profile)
        assert answer.path == "/p/src/x.d.ts"
        assert answer.format is Format.MODULE
        assert answer.package_json == "/p/src/package.json"


def test_the_owning_tsconfig_sets_the_mode() -> None:
    config = {"compilerOptions": {"module": "node16", "paths": {"@/*": ["./src/*"]}}}
    engine = Engine(view_of({"/p/tsconfig.json": config, "/p/src/x.ts": ""}))
    assert engine.resolve("./x", importer="/p/src/a.ts", profile="typescript").path is None
    assert engine.resolve("@/x.js", importer="/p/src/a.ts", profile="typescript").path == "/p/src/x.ts"


def test_an_answer_follows_every_edit() -> None:
    view = view_of({"/p/src/x.js": "", "/p/node_modules/k/index.js": "", "/p/tsconfig.json": {}})
    engine = Engine(view, is_told=True)
    mode = engine.mode(engine.open_profile(named_profile("typescript")), Kind.IMPORT)

    def after(path: str, content: object, specifier: str) -> str | None:
        view.write(path, json.dumps(content))
        engine.bust_path(path)
        found = engine.answer_from(mode, "/p/src/a.ts", specifier).path
        engine.check()
        assert found == engine.fresh(mode, "/p/src/a.ts", specifier, is_file=True).path
        return found

    assert after("/p/other", 0, "./x.js") == "/p/src/x.js"
    assert after("/p/src/x.d.ts", 0, "./x.js") == "/p/src/x.d.ts"
    assert after("/p/src/x.ts", 0, "./x.js") == "/p/src/x.ts"
    assert after("/p/other", 0, "k") == "/p/node_modules/k/index.js"
    assert after("/p/node_modules/@types/k/index.d.ts", 0, "k") == "/p/node_modules/@types/k/index.d.ts"
    assert after("/p/node_modules/k/t.d.ts", 0, "k") == "/p/node_modules/@types/k/index.d.ts"
    assert after("/p/node_modules/k/package.json", {"types": "t"}, "k") == "/p/node_modules/k/t.d.ts"
    assert after("/p/tsconfig.json", {"compilerOptions": {"paths": {"k": ["src/x"]}}}, "k") == "/p/src/x.ts"


@pytest.mark.parametrize(
    "given",
    [
        {"compilerOptions": "["},
        {"compilerOptions": "[]"},
        {"compilerOptions": 1},
        {"moduleResolution": "classic"},
        {"strict": True},
    ],
)
def test_what_is_wrong_with_the_options_is_an_error(given: dict[str, object]) -> None:
    with pytest.raises(OptionsError):
        parse_options({"typescript": given})


def test_a_type_reference_directive_is_looked_for_in_the_type_roots_and_then_as_a_package() -> None:
    config = {"compilerOptions": {"outDir": "dist"}}
    files: dict[str, object] = {"/p/tsconfig.json": config, "/p/src/deep/a.ts": ""}
    files |= dict.fromkeys(
        (f"/p/{place}.d.ts" for place in ("node_modules/@types/k/index", "src/node_modules/k/index")), ""
    )
    files |= dict.fromkeys(("/p/typings/loose.d.ts", "/p/node_modules/js/index.js", "/p/src/own.d.ts"), "")

    def named(name: str, **compiler: object) -> str | None:
        options = {"tsconfig": "auto", "typescript": {"directive": True, "compilerOptions": compiler}}
        return Engine(view_of(files)).resolve(name, importer="/p/src/a.ts", types=True, options=options).path

    assert named("k") == "/p/node_modules/@types/k/index.d.ts"
    assert named("k", typeRoots=["/p/typings"]) == "/p/src/node_modules/k/index.d.ts"
    assert named("loose") is None
    assert named("loose", typeRoots=["./typings"]) == "/p/typings/loose.d.ts"
    assert named("js") is None
    assert named("./own") == "/p/src/own.d.ts"


def test_a_trailing_slash_means_a_directory_everywhere() -> None:
    manifest = {"typesVersions": {"*": {"mapped/*": ["./*"]}}}
    files = {"/p/node_modules/k/package.json": manifest}
    files |= dict.fromkeys((f"/p/{place}.d.ts" for place in ("lib/x", "src/x", "node_modules/k/x")), "")
    compiler = {"paths": {"@/*": ["/p/lib/*"]}, "rootDirs": ["/p/src", "/p/lib"], "baseUrl": "/p/lib"}
    for specifier in ("@/x/", "./x/", "x/", "k/x/", "k/mapped/x/"):
        assert ask(files, specifier, **compiler).path is None
        assert ask(files, specifier.rstrip("/"), **compiler).path is not None
    indexed = files | dict.fromkeys((f"/p/{place}/x/index.d.ts" for place in ("src", "node_modules/k")), "")
    assert ask(indexed, "./x/", **compiler).path == "/p/src/x/index.d.ts"
    assert ask(indexed, "k/x/").path == "/p/node_modules/k/x/index.d.ts"


def test_only_a_target_that_is_written_with_an_extension_may_be_any_kind_of_file() -> None:
    files = {"/p/lib/a.css": "", "/p/lib/b.js": "", "/p/lib/b.d.ts": ""}
    assert ask(files, "@/b.js", paths={"@/*": ["/p/lib/*"]}).path == "/p/lib/b.d.ts"
    assert ask(files, "b", paths={"*": ["/p/lib/*.js"]}).path == "/p/lib/b.js"
    assert ask(files, "a.css", paths={"*": ["/p/lib/*"]}).path is None


def test_exports_may_be_empty_and_node_modes_always_heed_them() -> None:
    files = {"/p/node_modules/k/package.json": {"exports": []}, "/p/node_modules/k/index.d.ts": ""}
    assert ask(files, "k").path is None
    assert ask(files, "k", moduleResolution="node10").path is not None
    assert ask(files, "k", moduleResolution="node16", resolvePackageJsonExports=False).path is None
