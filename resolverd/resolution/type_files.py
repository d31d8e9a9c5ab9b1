"""Files as TypeScript looks for them: the extension written stands for others, and code for its declarations.

Source: `loadModuleFromFile`, `tryAddingExtensions`, `loadFileNameFromPackageJsonField` and `tryFile` of TypeScript 5.9.
Unlike a bundler's extension lists, the order depends on the extension written, and what is tried on what is wanted: `./x.js`
is `x.ts`, `x.tsx`, `x.d.ts`, `x.js`, `x.jsx`, of which only the declarations count in `@types`.
"""

from __future__ import annotations

from resolverd.paths import name_of, parent_of
from resolverd.resolution.answer import Hit
from resolverd.resolution.probe import Probe
from resolverd.resolution.type_settings import DECLARATION, JAVASCRIPT, JSON, TYPESCRIPT, TypeSettings
from resolverd.view.base import EntryKind

_KNOWN = (".d.ts", ".d.mts", ".d.cts", ".mjs", ".mts", ".cjs", ".cts", ".ts", ".js", ".tsx", ".jsx", ".json")
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
_SOURCES = (".ts", ".tsx", ".mts", ".cts")

_Trials = tuple[tuple[int, str], ...]

_TS: _Trials = (
    (TYPESCRIPT, ".ts"),
    (TYPESCRIPT, ".tsx"),
    (DECLARATION, ".d.ts"),
    (JAVASCRIPT, ".js"),
    (JAVASCRIPT, ".jsx"),
)
_TSX: _Trials = (
    (TYPESCRIPT, ".tsx"),
    (TYPESCRIPT, ".ts"),
    (DECLARATION, ".d.ts"),
    (JAVASCRIPT, ".jsx"),
    (JAVASCRIPT, ".js"),
)
_MTS: _Trials = ((TYPESCRIPT, ".mts"), (DECLARATION, ".d.mts"), (JAVASCRIPT, ".mjs"))
_CTS: _Trials = ((TYPESCRIPT, ".cts"), (DECLARATION, ".d.cts"), (JAVASCRIPT, ".cjs"))
_TRIALS: dict[str, _Trials] = {
    **dict.fromkeys(("", ".ts", ".d.ts", ".js"), _TS),
    **dict.fromkeys((".tsx", ".jsx"), _TSX),
    **dict.fromkeys((".mts", ".d.mts", ".mjs"), _MTS),
    **dict.fromkeys((".cts", ".d.cts", ".cjs"), _CTS),
    ".json": ((DECLARATION, ".d.json.ts"), (JSON, ".json")),
}
"""What an extension that was written may stand for, in order, each where that kind of file is wanted."""


class TypeFiles:
    """Looks for files on behalf of one question. Paths are absolute and normal."""

    __slots__ = ("_probe", "_settings")

    def __init__(self, probe: Probe, settings: TypeSettings) -> None:
        self._probe = probe
        self._settings = settings

    def completed(self, path: str, wanted: int, *, is_esm: bool) -> Hit | None:
        """Look for a file by a name that may lack its extension (`loadModuleFromFile`)."""
        hit = self.written(path, wanted)
        return hit or (None if is_esm else self._any(path, _TS, wanted))

    def written(self, path: str, wanted: int) -> Hit | None:
        """Look for a file by a name with its extension, or one that stands for it (`...NoImplicitExtensions`)."""
        name = name_of(path)
        if "." not in name:
            return None
        extension = known_extension(name) or name[name.rfind(".") :]
        base = path[: len(path) - len(extension)]
        trials = _TRIALS.get(extension)
        if trials is None:
            # `./app.css` may be declared by `app.d.css.ts` (allowArbitraryExtensions).
            trials = () if _is_declaration(name) else ((DECLARATION, f".d{extension}.ts"),)
        return self._any(base, trials, wanted)

    def of_field(self, path: str, wanted: int) -> Hit | None:
        """Look for the file that a manifest names: a source or declaration as it is (`...FromPackageJsonField`)."""
        if (wanted & TYPESCRIPT and path.endswith(_SOURCES)) or (wanted & DECLARATION and path.endswith(_DECLARATIONS)):
            return self.exact(path)
        return self.written(path, wanted)

    def _any(self, base: str, trials: _Trials, wanted: int) -> Hit | None:
        for kind, extension in trials:
            if wanted & kind:
                hit = self.exact(base + extension)
                if hit is not None:
                    return hit
        return None

    def exact(self, path: str) -> Hit | None:
        """Take the file of a name, or with `moduleSuffixes` the first that there is with one of them (`tryFile`)."""
        suffixes = self._settings.module_suffixes
        if not suffixes:
            return self._there(path)
        extension = known_extension(name_of(path)) or ""
        base = path[: len(path) - len(extension)]
        hits = (self._there(base + suffix + extension) for suffix in suffixes)
        return next((hit for hit in hits if hit is not None), None)

    def _there(self, path: str) -> Hit | None:
        info, name = self._probe.directory(parent_of(path)), name_of(path)
        kind = None if info is None or not name else self._probe.kind(info, name)
        if info is None or kind is None:
            return None
        is_link = kind is EntryKind.LINK
        if kind is EntryKind.FILE or (is_link and self._probe.is_link_to_file(info, name)):
            return Hit(info, name, "", "", is_link=is_link)
        return None


def known_extension(name: str) -> str | None:
    """Give a name's extension, if it is one that TypeScript knows."""
    return next((extension for extension in _KNOWN if name.endswith(extension)), None)


def _is_declaration(name: str) -> bool:
    return name.endswith(_DECLARATIONS) or (name.endswith(".ts") and ".d." in name)
