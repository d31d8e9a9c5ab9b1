"""Which files a tsconfig's `files`, `include` and `exclude` take in, as pure matching of text.

Source: TypeScript's handbook (TSConfig Reference) and `getFileNamesFromConfigSpecs` with its wildcard matchers. There the
patterns become regular expressions; here they are matched component by component, in time that grows with pattern times
path alone, since a stranger's pattern may have any number of stars.

`*` and `?` stay in one component, `**/` is any number of them, a last component without a wildcard or an extension means
everything below that directory. Wildcards of `include` take no name that begins with a dot, no package folder, and no
`.min.js`; those of `exclude` take all, and the subtree with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

PACKAGE_FOLDERS = frozenset({"node_modules", "bower_components", "jspm_packages"})
TYPESCRIPT_EXTENSIONS = (".ts", ".tsx", ".mts", ".cts")
JAVASCRIPT_EXTENSIONS = (".js", ".jsx", ".mjs", ".cjs")

_SUPPORTED = (
    (".ts", ".tsx", ".d.ts", ".js", ".jsx"),
    (".cts", ".d.cts", ".cjs"),
    (".mts", ".d.mts", ".mjs"),
)
_MIN_JS = ".min.js"

_Test = Callable[[str], bool]
_Match = Callable[[str, str], bool]


class Membership:
    """The files of one config; every path is absolute and normal.

    `include` None is what TypeScript takes it for: everything below the config's directory, unless it lists `files`.
    """

    __slots__ = ("_exclude", "_extensions", "_files", "_include", "_takes_json")

    def __init__(
        self,
        directory: str,
        files: Sequence[str] | None,
        include: Sequence[str] | None,
        exclude: Sequence[str],
        *,
        allows_js: bool,
        takes_json: bool,
    ) -> None:
        self._files = frozenset(files or ())
        if include is None:
            include = [f"{directory.rstrip('/')}/**/*"] if files is None else []
        self._include = [_components(pattern) for pattern in include if not pattern.endswith("/**")]
        self._exclude = [_components(pattern) for pattern in exclude]
        self._extensions = TYPESCRIPT_EXTENSIONS + (JAVASCRIPT_EXTENSIONS if allows_js else ())
        self._takes_json = takes_json

    def lists(self, path: str) -> bool:
        """Tell whether `files` names a file."""
        return path in self._files

    def owns(self, path: str) -> bool:
        """Tell whether a file is part of the program by this config (imports may bring in others)."""
        if path in self._files:
            return True
        if path.endswith(self._extensions):
            return self._is_included(path, self._include)
        if self._takes_json and path.endswith(".json"):
            return self._is_included(path, [pattern for pattern in self._include if pattern[-1].endswith(".json")])
        return False

    def claims(self, path: str) -> bool:
        """Tell whether an importer belongs to this config: what it owns, and what `include` names by its extension.

        `src/**/*.vue` is of no use to TypeScript alone; its author says where those files' imports belong.
        """
        if self.owns(path):
            return True
        dot = path.rfind(".", path.rfind("/") + 1)
        if dot < 0 or path.endswith(JAVASCRIPT_EXTENSIONS):
            return False
        return self._is_included(path, [pattern for pattern in self._include if pattern[-1].endswith(path[dot:])])

    def _is_included(self, path: str, patterns: list[list[str]]) -> bool:
        names = path.split("/")[1:]
        return any(_includes(pattern, names) for pattern in patterns) and not any(
            _excludes(pattern, names) for pattern in self._exclude
        )


def rivals(path: str) -> list[str]:
    """Give the files that would be taken in a file's place, had they been there (`supportedExtensions`, in order)."""
    for group in _SUPPORTED:
        # `.d.ts` ends in `.ts`, and is none.
        extension = next((each for each in sorted(group, key=len, reverse=True) if path.endswith(each)), None)
        if extension is not None:
            base = path[: len(path) - len(extension)]
            # What ends in `.d` and an extension declares something else.
            before = () if base.endswith(".d") else group[: group.index(extension)]
            # JavaScript stays beside its declarations.
            return [base + each for each in before if not (each == ".d.ts" and extension in JAVASCRIPT_EXTENSIONS)]
    return []


def _components(pattern: str) -> list[str]:
    """Split a pattern; a last component that is neither a wildcard nor has an extension is a directory, taken whole."""
    components = [component for component in pattern.split("/") if component]
    is_directory = not components or not any(char in "*?." for char in components[-1])
    return [*components, "**", "*"] if is_directory else components


def _includes(pattern: list[str], names: list[str]) -> bool:
    """Match all components (`filesMatcher`)."""
    return len(names) in _reached(pattern, names, _is_plain, _is_taken)


def _excludes(pattern: list[str], names: list[str]) -> bool:
    """Match a leading part of the components: what is below an excluded directory is excluded (`excludeMatcher`)."""
    return bool(_reached(pattern, names, _is_any, _is_like))


def _reached(pattern: list[str], names: list[str], may_skip: _Test, matches: _Match) -> set[int]:
    """Give the counts of leading names that the whole pattern may stand for."""
    reached = {0}
    for component in pattern:
        if component == "**":
            for count, name in enumerate(names):
                if count in reached and may_skip(name):
                    reached.add(count + 1)
        else:
            reached = {count + 1 for count in reached if count < len(names) and matches(component, names[count])}
    return reached


def _is_any(_name: str) -> bool:
    return True


def _is_plain(name: str) -> bool:
    return not name.startswith(".") and name not in PACKAGE_FOLDERS


def _is_taken(component: str, name: str) -> bool:
    """Match one component of `include`: its wildcards do not take everything."""
    if "*" not in component and "?" not in component:
        return component == name
    spared = len(name) - len(_MIN_JS) if name.endswith(_MIN_JS) else -1
    return name not in PACKAGE_FOLDERS and _is_like(component, name, spared, spares_dot=True)


def _is_like(component: str, name: str, spared: int = -1, *, spares_dot: bool = False) -> bool:
    """Match a name with wildcards, by the set of positions that each part of the component may end at.

    No `*` takes the character at `spared`; with `spares_dot` a leading wildcard does not take a leading dot.
    """
    reached = {0}
    for index, char in enumerate(component):
        first = 1 if spares_dot and index == 0 and name.startswith(".") else 0
        if char == "*":
            for position in range(first, len(name)):
                if position in reached and position != spared:
                    reached.add(position + 1)
        elif char == "?":
            reached = {position + 1 for position in reached if first <= position < len(name)}
        else:
            reached = {position + 1 for position in reached if name[position : position + 1] == char}
    return len(name) in reached
