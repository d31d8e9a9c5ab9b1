"""tsconfig.json and jsconfig.json as values: what one file says, and what a chain of `extends` comes to.

Source: TypeScript's handbook (TSConfig Reference) and its `commandLineParser`. Bytes in, values out: finding and reading
the files of a chain is `tree/tsconfigs.py`.

Paths in a tsconfig are relative to the file that wrote them, so they are made absolute before anything is merged; only
`${configDir}` (TypeScript 5.5) means the directory of the config that is finally asked for, and waits until the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

import msgspec

from resolverd.manifests.jsonc import JsonError, JsonValue, parse_jsonc
from resolverd.manifests.membership import Membership
from resolverd.manifests.paths_table import PathsTable
from resolverd.paths import join, name_of, normal, parent_of, resolve

CONFIG_DIR = "${configDir}"

_PATH_OPTIONS = frozenset(
    {
        "baseUrl",
        "declarationDir",
        "generateCpuProfile",
        "mapRoot",
        "outDir",
        "outFile",
        "rootDir",
        "sourceRoot",
        "tsBuildInfoFile",
    }
)
_PATH_LIST_OPTIONS = frozenset({"rootDirs", "typeRoots"})
_PATHS_BASE = "pathsBasePath"
"""Where TypeScript, too, keeps the directory of the config that wrote `paths`; not an option that anybody can write."""

Options = dict[str, JsonValue]

_ENUMERATIONS = frozenset({"jsx", "module", "moduleDetection", "moduleResolution", "newLine", "target"})
_ALIASES = {"node": "node10", "es2015": "es6"}
_IMPLIED: dict[str, Options] = {
    "jsconfig.json": {
        "allowJs": True,
        "maxNodeModuleJsDepth": 2,
        "allowSyntheticDefaultImports": True,
        "skipLibCheck": True,
        "noEmit": True,
    }
}
"""What a config of a name says unless it says otherwise (`getDefaultCompilerOptions`)."""


class Diagnostic(msgspec.Struct, frozen=True):
    """What is wrong with a config: in which file, and what."""

    kind: Literal["syntax", "not_found", "circular", "type", "unreadable"]
    path: str
    message: str


class TsconfigFile(msgspec.Struct, frozen=True):
    """What one file says, paths in `options` absolute (but for `${configDir}`), all else as written.

    `origins` says, of what was merged, which file wrote each option and list.
    """

    path: str
    extends: tuple[str, ...] = ()
    options: Options = {}
    files: tuple[str, ...] | None = None
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    references: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    origins: dict[str, str] = {}


class Tsconfig:
    """A config with everything that it extends merged in. Paths are absolute; `sources` are the files of the chain."""

    __slots__ = (
        "base_url",
        "diagnostics",
        "directory",
        "exclude",
        "files",
        "include",
        "membership",
        "options",
        "origins",
        "path",
        "paths",
        "references",
        "sources",
    )

    def __init__(self, file: TsconfigFile, sources: tuple[str, ...], diagnostics: tuple[Diagnostic, ...]) -> None:
        self.path = file.path
        self.directory = parent_of(file.path)
        base = file.options.get(_PATHS_BASE)
        options = _IMPLIED.get(name_of(file.path), {}) | file.options
        options.pop(_PATHS_BASE, None)
        # null takes back what a base says.
        kept: Options = {name: value for name, value in options.items() if value is not None}
        self.options = cast("Options", _substitute(kept, self.directory))
        self.base_url = _text(self.options.get("baseUrl"))
        self.paths = self._paths_table(self.base_url or _text(base) or self.directory)
        self.files = _absolute_all(file.files, self.directory)
        self.include = _absolute_all(file.include, self.directory)
        self.exclude = _absolute_all(file.exclude, self.directory)
        self.references = _absolute_all(file.references, self.directory) or ()
        self.membership = self._membership()
        self.origins = file.origins
        self.sources = sources
        self.diagnostics = diagnostics

    def _membership(self) -> Membership:
        written = (self.options.get("outDir"), self.options.get("declarationDir"))
        return Membership(
            self.directory,
            self.files,
            self.include,
            _texts(list(written)) if self.exclude is None else self.exclude,
            allows_js=self.allows_js,
            takes_json=self.options.get("resolveJsonModule") is True,
        )

    def _paths_table(self, base: str) -> PathsTable | None:
        written = self.options.get("paths")
        if not isinstance(written, dict):
            return None
        paths = {key: tuple(resolve(base, target) for target in _texts(targets)) for key, targets in written.items()}
        self.options["paths"] = {key: list(targets) for key, targets in paths.items()}
        return PathsTable(paths)

    def candidates(self, specifier: str) -> tuple[str, ...]:
        """Where TypeScript looks first: by `paths`, or where none of them matches by `baseUrl`."""
        matched = () if self.paths is None else self.paths.candidates(specifier)
        return matched if matched or self.base_url is None else (resolve(self.base_url, specifier),)

    def path_candidates(self, specifier: str) -> tuple[str, ...]:
        """Where `paths`, and then `baseUrl`, say that a specifier which is not relative may lie."""
        candidates = () if self.paths is None else self.paths.candidates(specifier)
        if self.base_url is None or specifier.startswith("/"):
            return candidates
        return (*candidates, resolve(self.base_url, specifier))

    def root_dir_candidates(self, path: str) -> tuple[str, ...]:
        """Where a relative specifier that names `path` may lie: there, then in the same place of the other `rootDirs`."""
        within = [root for root in self.root_dirs if path.startswith(root.rstrip("/") + "/")]
        if not within:
            return ()
        own = max(within, key=len)
        suffix = path[len(own.rstrip("/")) :]
        return (path, *(normal(root + suffix) for root in self.root_dirs if root != own))

    @property
    def effective_options(self) -> Options:
        """The options as TypeScript prints them: names of enumerations in its own spelling, paths absolute."""
        return {name: _spelt(value) if name in _ENUMERATIONS else value for name, value in self.options.items()}

    @property
    def allows_js(self) -> bool:
        """Whether JavaScript is part of the program (`allowJs`; `checkJs` implies it)."""
        return self.options.get("allowJs", self.options.get("checkJs")) is True

    @property
    def root_dirs(self) -> tuple[str, ...]:
        """Directories that count as one (`rootDirs`)."""
        return _texts(self.options.get("rootDirs"))

    @property
    def module_suffixes(self) -> tuple[str, ...]:
        """Suffixes tried before a file's extension (`moduleSuffixes`)."""
        return _texts(self.options.get("moduleSuffixes"))

    @property
    def custom_conditions(self) -> tuple[str, ...]:
        """Conditions beside those of the mode (`customConditions`)."""
        return _texts(self.options.get("customConditions"))


def parse_tsconfig(data: bytes, path: str) -> TsconfigFile:
    """Parse one file. What is malformed is dropped, each with a diagnostic; nothing is raised."""
    try:
        value = parse_jsonc(data)
    except JsonError as error:
        return TsconfigFile(path, diagnostics=(Diagnostic("syntax", path, str(error)),))
    if not isinstance(value, dict):
        return TsconfigFile(path, diagnostics=(Diagnostic("type", path, "it is no JSON object"),))
    notes: list[Diagnostic] = []
    raw = value.get("compilerOptions")
    options = raw if isinstance(raw, dict) else {}
    if raw is not None and not isinstance(raw, dict):
        notes.append(Diagnostic("type", path, '"compilerOptions" is not an object'))
    extends = value.get("extends")
    return TsconfigFile(
        path,
        _strings([extends] if isinstance(extends, str) else extends, "extends", path, notes) or (),
        _absolute_options(options, path, notes),
        _strings(value.get("files"), "files", path, notes),
        _strings(value.get("include"), "include", path, notes),
        _strings(value.get("exclude"), "exclude", path, notes),
        _references(value.get("references"), path, notes),
        tuple(notes),
    )


def merge_tsconfigs(file: TsconfigFile, bases: Sequence[TsconfigFile]) -> TsconfigFile:
    """Merge a file over what it extends: later bases win over earlier ones, the file over all.

    `files`, `include` and `exclude` are replaced whole (and stay relative to their own file); `references` are never
    inherited. The bases are merged already.
    """
    options: Options = {}
    origins: dict[str, str] = {}
    lists: dict[str, tuple[str, ...] | None] = {"files": None, "include": None, "exclude": None}
    for base in bases:
        options |= base.options
        origins |= base.origins
        for name in lists:
            inherited: tuple[str, ...] | None = getattr(base, name)
            if inherited is not None:
                lists[name] = inherited
    options |= file.options
    for name in lists:
        own: tuple[str, ...] | None = getattr(file, name)
        if own is not None:
            lists[name] = _anchored(own, parent_of(file.path))
            origins[name] = file.path
    origins |= dict.fromkeys(file.options, file.path)
    return msgspec.structs.replace(file, options=options, origins=origins, **lists)


def extends_candidates(specifier: str, directory: str) -> tuple[str, ...]:
    """Give the files that a relative or absolute `extends` may mean; () for a package specifier."""
    if specifier.startswith(CONFIG_DIR):
        specifier = f".{specifier[len(CONFIG_DIR) :]}"
    if not (specifier.startswith(("/", "./", "../")) or specifier in {".", ".."}):
        return ()
    path = resolve(directory, specifier)
    if specifier in {".", ".."} or specifier.endswith("/"):
        return (join(path, "tsconfig.json"),)
    return (path,) if path.endswith(".json") else (path, f"{path}.json")


def _absolute_options(options: dict[str, JsonValue], path: str, notes: list[Diagnostic]) -> Options:
    directory = parent_of(path)
    kept: Options = {}
    for name, value in options.items():
        if value is None:
            kept[name] = None
        elif name in _PATH_OPTIONS and isinstance(value, str):
            kept[name] = _absolute(value, directory)
        elif name in _PATH_LIST_OPTIONS and isinstance(value, list):
            kept[name] = [_absolute(entry, directory) for entry in value if isinstance(entry, str)]
        elif name == "paths":
            if not isinstance(value, dict):
                notes.append(Diagnostic("type", path, '"paths" is not an object'))
                continue
            kept[name] = value
            kept[_PATHS_BASE] = directory
        elif name in _PATH_OPTIONS or name in _PATH_LIST_OPTIONS:
            notes.append(Diagnostic("type", path, f'"{name}" has the wrong type'))
        else:
            kept[name] = value
    return kept


def _absolute(value: str, directory: str) -> str:
    return value if value.startswith(CONFIG_DIR) else resolve(directory, value)


def _anchored(patterns: tuple[str, ...], directory: str) -> tuple[str, ...]:
    """Make patterns absolute as text; `resolve` would do, but a pattern's `**` and trailing slash are kept anyhow."""
    return tuple(_absolute(pattern, directory) for pattern in patterns)


def _absolute_all(patterns: tuple[str, ...] | None, directory: str) -> tuple[str, ...] | None:
    if patterns is None:
        return None
    return tuple(resolve(directory, pattern.replace(CONFIG_DIR, directory, 1)) for pattern in patterns)


def _substitute(value: JsonValue, directory: str) -> JsonValue:
    """Put the final config's directory for a leading `${configDir}`, wherever a path may stand."""
    if isinstance(value, str):
        return resolve(directory, f"./{value[len(CONFIG_DIR) :]}") if value.startswith(CONFIG_DIR) else value
    if isinstance(value, list):
        return [_substitute(entry, directory) for entry in value]
    if isinstance(value, dict):
        return {key: _substitute(entry, directory) for key, entry in value.items()}
    return value


def _strings(value: JsonValue, name: str, path: str, notes: list[Diagnostic]) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        notes.append(Diagnostic("type", path, f'"{name}" has the wrong type'))
        return None
    if not all(isinstance(entry, str) for entry in value):
        notes.append(Diagnostic("type", path, f'"{name}" has entries that are no strings'))
    return _texts(value)


def _references(value: JsonValue, path: str, notes: list[Diagnostic]) -> tuple[str, ...]:
    if value is None:
        return ()
    entries = value if isinstance(value, list) else []
    found = [entry.get("path") for entry in entries if isinstance(entry, dict)]
    if not isinstance(value, list) or len(found) != len(value) or not all(isinstance(entry, str) for entry in found):
        notes.append(Diagnostic("type", path, '"references" has entries that are no {"path": ...}'))
    return _texts(found)


def _spelt(value: JsonValue) -> JsonValue:
    """Give a name of an enumeration in lower case, and the first of its aliases."""
    return _ALIASES.get(value.lower(), value.lower()) if isinstance(value, str) else value


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()
