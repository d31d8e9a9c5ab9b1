"""From a package's own output back to its sources: `./dist/x.js` in `exports` or `imports` means `src/x.ts` to the package.

Source: `tryLoadInputFileForPath` of TypeScript 5.9. Before a project is built its output is not there, so a target below
`outDir` or `declarationDir` is looked for as the input that it would be made from. Where neither `rootDir` nor `composite`
says where inputs begin, every directory from the root to the package is tried.
"""

from __future__ import annotations

from collections.abc import Iterator

from resolverd.paths import ancestors, is_inside, join, normal
from resolverd.resolution.type_settings import JAVASCRIPT, JSON, TYPESCRIPT, TypeSettings

_INPUTS = (
    ((".d.mts", ".mjs"), (".mts", ".mjs")),
    ((".d.cts", ".cjs"), (".cts", ".cjs")),
    ((".d.json.ts",), (".json",)),
    ((".d.ts", ".js", ".json"), (".tsx", ".ts", ".jsx", ".js")),
)
"""What an output may be made from, by its extension."""

_KINDS = {
    **dict.fromkeys((".ts", ".tsx", ".mts", ".cts"), TYPESCRIPT),
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs"), JAVASCRIPT),
    ".json": JSON,
}


def input_candidates(settings: TypeSettings, package: str, target: str, wanted: int) -> Iterator[str]:
    """Give the sources that a target of a package's own manifest may be made from, in order."""
    if not settings.out_dirs or "/node_modules/" in target:
        return
    if settings.config_path is not None and not is_inside(settings.config_path, package):
        return
    begins = [settings.source_dir] if settings.source_dir is not None else reversed(ancestors(package))
    for begin in begins:
        for out_dir in settings.out_dirs:
            if is_inside(target, out_dir):
                yield from _inputs(normal(join(begin, target[len(out_dir.rstrip("/")) + 1 :])), wanted)


def _inputs(path: str, wanted: int) -> Iterator[str]:
    for outputs, inputs in _INPUTS:
        extension = next((each for each in outputs if path.endswith(each)), None)
        if extension is not None:
            base = path[: len(path) - len(extension)]
            yield from (base + each for each in inputs if wanted & _KINDS[each])
            return
