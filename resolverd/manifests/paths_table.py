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
        return tuple(normal(candidate) for candidate, _ in self.matches(specifier))

    def matches(self, specifier: str) -> tuple[tuple[str, str], ...]:
        """Match a specifier (TypeScript's `matchPatternOrExact`): each candidate with the target that it is made from.

        A candidate that ends with a slash means a directory.
        """
        if specifier in {".", ".."} or specifier.startswith(("./", "../")):
            return ()
        targets = self._exact.get(specifier)
        if targets is not None:
            return tuple((target, target) for target in targets)
        for (prefix, _, suffix), patterns in self._patterns:
            if len(specifier) < len(prefix) + len(suffix):
                continue
            if specifier.startswith(prefix) and specifier.endswith(suffix):
                star = specifier[len(prefix) : len(specifier) - len(suffix)]
                return tuple((as_written(pattern.replace("*", star, 1)), pattern) for pattern in patterns)
        return ()
