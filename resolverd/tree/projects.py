"""Which tsconfig a file belongs to, the referenced ones included.

Of the configs upwards, the nearest counts that takes the file in by its `files`, `include` and `exclude`, or refers to one
that does (references of references too, breadth first): a solution-style config takes in nothing itself. A file that no
config takes in belongs to none.

Where a config takes in a file and so does a reference of its (it has references and says nothing of files), both programs
hold it. Asked whose it is, the field's tools name the config itself (tsconfck); what applies to its imports is the
reference, which tsserver has for the file's default project, and oxc-resolver.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from resolverd.arena.edges import Trace
from resolverd.manifests.membership import TYPESCRIPT_EXTENSIONS, rivals
from resolverd.manifests.tsconfig import Tsconfig
from resolverd.paths import join, name_of, parent_of, resolve
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.dirtree import DirTree
from resolverd.tree.tsconfigs import Tsconfigs
from resolverd.view.base import EntryKind


class Projects:
    """Finds the config of a file, through the remembered configs."""

    __slots__ = ("_configs", "_tree")

    def __init__(self, tree: DirTree, configs: Tsconfigs) -> None:
        self._tree = tree
        self._configs = configs

    def owner(self, info: DirInfo, name: str, trace: Trace) -> Tsconfig | None:
        """Give the config whose program holds a file of a directory; the file need not exist."""
        path = join(info.path, name)
        for config in self._upwards(info, trace):
            if config.membership.claims(path):
                return config
            found = self.referenced(config, path, trace)
            if found is not None:
                return found
        return None

    def applying(self, info: DirInfo, name: str, trace: Trace) -> Tsconfig | None:
        """Give the config whose `paths` apply to a file.

        TypeScript takes in no `.js` without `allowJs`, and no `.vue` ever; whoever bundles them expects the nearest
        config to apply (esbuild, enhanced-resolve), so that is what an importer of no program is under.
        """
        path = join(info.path, name)
        for config in self._upwards(info, trace):
            found = self.referenced(config, path, trace)
            if found is not None:
                return found
            if config.membership.claims(path):
                return config
        is_typescript = "." not in name or name.endswith(TYPESCRIPT_EXTENSIONS)
        return None if is_typescript else self._configs.nearest(info, trace)

    def _upwards(self, info: DirInfo, trace: Trace) -> Iterator[Tsconfig]:
        above: DirInfo | None = info
        while above is not None and (config := self._configs.nearest(above, trace)) is not None:
            yield config
            home = self._tree.directory(config.directory, trace)
            above = None if home is None else self._tree.parent(home, trace)

    def referenced(self, config: Tsconfig, path: str, trace: Trace) -> Tsconfig | None:
        """Give the first config among the references that takes a file in."""
        return next((each for each in self._references(config, trace) if each.membership.claims(path)), None)

    def owns(self, config: Tsconfig, path: str, trace: Trace) -> bool:
        """Tell whether a file is part of a config's program: of `x.ts`, `x.d.ts` and `x.js` the first alone is."""
        if not config.membership.owns(path):
            return False
        return config.membership.lists(path) or not any(
            config.membership.owns(rival) and self._is_file(rival, trace) for rival in rivals(path)
        )

    def _is_file(self, path: str, trace: Trace) -> bool:
        info = self._tree.directory(parent_of(path), trace)
        return info is not None and self._tree.entry(info, name_of(path), trace) is EntryKind.FILE

    def _references(self, config: Tsconfig, trace: Trace) -> Iterator[Tsconfig]:
        """Give the configs that one refers to, and what those refer to, breadth first."""
        pending, seen = deque(self._targets(config)), {config.path}
        while pending:
            referenced = self._configs.load(self._configs.as_file(pending.popleft(), trace), trace)
            if referenced is not None and referenced.path not in seen:
                seen.add(referenced.path)
                pending.extend(self._targets(referenced))
                yield referenced

    def _targets(self, config: Tsconfig) -> tuple[str, ...]:
        return tuple(resolve(config.directory, each) for each in config.references)

    def nearest_named(self, info: DirInfo, names: tuple[str, ...], trace: Trace) -> str | None:
        """Give the path of the nearest file of one of these names, upwards, also in `node_modules`."""
        above: DirInfo | None = info
        while above is not None:
            for name in names:
                if self._tree.entry(above, name, trace) is EntryKind.FILE:
                    return join(above.path, name)
            above = self._tree.parent(above, trace)
        return None
