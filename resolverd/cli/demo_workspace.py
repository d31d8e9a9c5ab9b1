"""The small real workspace that `resolverd demo` makes: what everyday projects are made of, one of each."""

from __future__ import annotations

import json
from pathlib import Path

Manifest = dict[str, object]

_ROOT: Manifest = {
    "name": "shop",
    "private": True,
    "type": "module",
    "workspaces": ["packages/*"],
    "imports": {"#settings": {"node": "./src/settings.server.ts", "default": "./src/settings.browser.ts"}},
    "dependencies": {"palette": "^2.0.0", "fetcher": "^1.0.0", "@shop/ui": "workspace:*"},
}

_TSCONFIG: Manifest = {"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}

_PALETTE: Manifest = {
    "name": "palette",
    "version": "2.0.0",
    "sideEffects": False,
    "exports": {
        ".": {"import": "./esm/index.mjs", "require": "./cjs/index.cjs"},
        "./colors/*": "./esm/colors/*.mjs",
        "./internal/*": None,
    },
}

_FETCHER: Manifest = {
    "name": "fetcher",
    "version": "1.4.2",
    "main": "./server.js",
    "browser": {"./server.js": "./browser.js", "./pool.js": False},
}

_UI: Manifest = {
    "name": "@shop/ui",
    "type": "module",
    "exports": {".": "./src/index.ts", "./button": "./src/button.tsx"},
}

_MANIFESTS = {
    "package.json": _ROOT,
    "tsconfig.json": _TSCONFIG,
    "packages/ui/package.json": _UI,
    "node_modules/palette/package.json": _PALETTE,
    "node_modules/fetcher/package.json": _FETCHER,
}

_SOURCES = (
    "src/app.ts",
    "src/cart.ts",
    "src/theme/index.ts",
    "src/settings.server.ts",
    "src/settings.browser.ts",
    "packages/ui/src/index.ts",
    "packages/ui/src/button.tsx",
    "node_modules/palette/esm/index.mjs",
    "node_modules/palette/esm/colors/teal.mjs",
    "node_modules/palette/esm/internal/table.mjs",
    "node_modules/palette/cjs/index.cjs",
    "node_modules/palette/next/index.mjs",
    "node_modules/fetcher/server.js",
    "node_modules/fetcher/browser.js",
    "node_modules/fetcher/pool.js",
)

IMPORTER = "src/app.ts"


def make_workspace(root: Path) -> int:
    """Write the workspace below `root`, which must not exist; how many files it has."""
    for name in _SOURCES:
        _write(root / name, f"// {name}\nexport {{}}\n")
    for name, manifest in _MANIFESTS.items():
        _write(root / name, json.dumps(manifest, indent=2) + "\n")
    scope = root / "node_modules/@shop"
    scope.mkdir()
    # What every package manager does with a workspace package: a link among the installed ones.
    (scope / "ui").symlink_to("../../packages/ui", target_is_directory=True)
    return len(_SOURCES) + len(_MANIFESTS)


def add_checkout(root: Path) -> None:
    """Write the module that an import was waiting for."""
    _write(root / "src/checkout.ts", "export {}\n")


def remove_checkout(root: Path) -> None:
    """Delete it again."""
    (root / "src/checkout.ts").unlink()


def upgrade_palette(root: Path) -> None:
    """Install "a new version" of one package, whose exports lead elsewhere."""
    manifest = root / "node_modules/palette/package.json"
    exports = {".": {"import": "./next/index.mjs", "require": "./cjs/index.cjs"}, "./colors/*": "./esm/colors/*.mjs"}
    _write(manifest, json.dumps(_PALETTE | {"version": "3.0.0", "exports": exports}, indent=2) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
