"""Which tsconfig a file belongs to, the referenced ones included.

Source: tsserver's and oxc-resolver's search for the owning project. The nearest config upwards that takes the file in by
its `files`, `include` and `exclude` owns it, or the first of its references (theirs included, breadth first) that does: a
solution-style config owns nothing itself. A file that no config takes in belongs to none.
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
        """Give the config that a file of a directory belongs to; the file need not exist."""
        path = join(info.path, name)
        config = self._configs.nearest(info, trace)
        while config is not None:
            found = self.referenced(config, path, trace)
            if found is not None:
                return found
            if config.membership.claims(path):
                return config
            home = self._tree.directory(config.directory, trace)
            above = None if home is None else self._tree.parent(home, trace)
            config = None if above is None else self._configs.nearest(above, trace)
        return None

    def applying(self, info: DirInfo, name: str, trace: Trace) -> Tsconfig | None:
        """Give the config whose `paths` apply to a file: its owner's.

        TypeScript takes in no `.js` without `allowJs`, and no `.vue` ever; whoever bundles them expects the nearest
        config to apply (esbuild, enhanced-resolve), so that is what an importer of no program is under.
        """
        owner = self.owner(info, name, trace)
        if owner is not None or "." not in name or name.endswith(TYPESCRIPT_EXTENSIONS):
            return owner
        return self._configs.nearest(info, trace)

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
