"""`paths` of a tsconfig, and `typesVersions` of a package.json, which has the same form: patterns to candidates.

Source: TypeScript's `matchPatternOrExact`, `tryParsePatterns` and `tryLoadModuleUsingPaths`.
"""

from __future__ import annotations

from resolverd.paths import as_written, normal


class PathsTable:
    """Candidates for a specifier, in order: absolute where the targets are."""

    __slots__ = ("_exact", "_patterns")

    def __init__(self, paths: dict[str, tuple[str, ...]]) -> None:
        self._exact = {key: targets for key, targets in paths.items() if "*" not in key}
        patterns = [(key.partition("*"), targets) for key, targets in paths.items() if key.count("*") == 1]
        # The longest prefix wins; of equal ones, the first written.
        self._patterns = sorted(patterns, key=lambda entry: -len(entry[0][0]))

    def candidates(self, specifier: str) -> tuple[str, ...]:
        """Match a specifier; () where nothing matches, or it is relative."""
        if specifier in {".", ".."} or specifier.startswith(("./", "../")):
            return ()
        star, targets = self._match(specifier)
        return tuple(normal(target if star is None else target.replace("*", star, 1)) for target in targets)

    def matches(self, name: str) -> tuple[tuple[str, str], ...]:
        """Match a name as TypeScript does: each candidate with the target that it is made from.

        A candidate that ends with a slash means a directory. Where the star stands for nothing, it stays in the target.
        """
        star, targets = self._match(name)
        return tuple((as_written(target.replace("*", star, 1)) if star else target, target) for target in targets)

    def _match(self, name: str) -> tuple[str | None, tuple[str, ...]]:
        targets = self._exact.get(name)
        if targets is not None:
            return None, targets
        for (prefix, _, suffix), targets in self._patterns:
            if len(name) >= len(prefix) + len(suffix) and name.startswith(prefix) and name.endswith(suffix):
                return name[len(prefix) : len(name) - len(suffix)], targets
        return None, ()
