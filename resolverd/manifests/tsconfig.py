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
from resolverd.paths import join, parent_of, resolve

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


class Diagnostic(msgspec.Struct, frozen=True):
    """What is wrong with a config: in which file, and what."""

    kind: Literal["syntax", "not_found", "circular", "type", "unreadable"]
    path: str
    message: str


class TsconfigFile(msgspec.Struct, frozen=True):
    """What one file says, paths in `options` absolute (but for `${configDir}`), all else as written."""

    path: str
    extends: tuple[str, ...] = ()
    options: Options = {}
    files: tuple[str, ...] | None = None
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    references: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class PathsTable:
    """`paths`: candidates for a specifier, absolute, in order."""

    __slots__ = ("_base", "_exact", "_patterns")

    def __init__(self, paths: dict[str, tuple[str, ...]], base: str) -> None:
        self._base = base
        self._exact = {key: targets for key, targets in paths.items() if "*" not in key}
        patterns = [(key.partition("*"), targets) for key, targets in paths.items() if key.count("*") == 1]
        # The longest prefix wins; of equal ones, the first written.
        self._patterns = sorted(patterns, key=lambda entry: -len(entry[0][0]))

    def candidates(self, specifier: str) -> tuple[str, ...]:
        """Match a specifier (TypeScript's `matchPatternOrExact`); () where nothing matches."""
        targets = self._exact.get(specifier)
        if targets is not None:
            return tuple(resolve(self._base, target) for target in targets)
        for (prefix, _, suffix), patterns in self._patterns:
            if len(specifier) < len(prefix) + len(suffix):
                continue
            if specifier.startswith(prefix) and specifier.endswith(suffix):
                star = specifier[len(prefix) : len(specifier) - len(suffix)]
                return tuple(resolve(self._base, pattern.replace("*", star, 1)) for pattern in patterns)
        return ()


class Tsconfig:
    """A config with everything that it extends merged in. Paths are absolute; `sources` are the files of the chain."""

    __slots__ = (
        "base_url",
        "diagnostics",
        "directory",
        "exclude",
        "files",
        "include",
        "options",
        "path",
        "paths",
        "references",
        "sources",
    )

    def __init__(self, file: TsconfigFile, sources: tuple[str, ...], diagnostics: tuple[Diagnostic, ...]) -> None:
        self.path = file.path
        self.directory = parent_of(file.path)
        base = file.options.get(_PATHS_BASE)
        options = {name: value for name, value in file.options.items() if name != _PATHS_BASE}
        self.options = cast("Options", _substitute(options, self.directory))
        self.base_url = _text(self.options.get("baseUrl"))
        self.paths = self._paths_table(_text(base) or self.directory)
        self.files = _absolute_all(file.files, self.directory)
        self.include = _absolute_all(file.include, self.directory)
        self.exclude = _absolute_all(file.exclude, self.directory)
        self.references = _absolute_all(file.references, self.directory) or ()
        self.sources = sources
        self.diagnostics = diagnostics

    def _paths_table(self, base: str) -> PathsTable | None:
        paths = self.options.get("paths")
        if not isinstance(paths, dict):
            return None
        return PathsTable({key: _texts(targets) for key, targets in paths.items()}, self.base_url or base)

    def path_candidates(self, specifier: str) -> tuple[str, ...]:
        """Where `paths`, and then `baseUrl`, say that a specifier which is not relative may lie."""
        candidates = () if self.paths is None else self.paths.candidates(specifier)
        if self.base_url is None or specifier.startswith("/"):
            return candidates
        return (*candidates, resolve(self.base_url, specifier))

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
        return TsconfigFile(path, diagnostics=(Diagnostic("syntax", path, "it is no JSON object"),))
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
    lists: dict[str, tuple[str, ...] | None] = {"files": None, "include": None, "exclude": None}
    for base in bases:
        options |= base.options
        for name in lists:
            inherited: tuple[str, ...] | None = getattr(base, name)
            if inherited is not None:
                lists[name] = inherited
    options |= file.options
    for name in lists:
        own: tuple[str, ...] | None = getattr(file, name)
        if own is not None:
            lists[name] = _anchored(own, parent_of(file.path))
    return msgspec.structs.replace(file, options=options, **lists)


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
        if name in _PATH_OPTIONS and isinstance(value, str):
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
        return resolve(directory, f".{value[len(CONFIG_DIR) :]}") if value.startswith(CONFIG_DIR) else value
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


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()
