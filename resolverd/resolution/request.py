"""What is being resolved at the moment: a specifier, seen from a directory, on its way through the steps."""

from __future__ import annotations

from resolverd.tree.dirinfo import DirInfo


class Request:
    """One path to resolve from a directory. `depth` counts the remappings that led here; `is_inner` marks them.

    `is_remapped` is off for a target that no browser map may take elsewhere. `allows_internal` is off behind an `imports` target: PACKAGE_IMPORTS_RESOLVE does not resolve `#` again.
    """

    __slots__ = (
        "allows_internal",
        "depth",
        "fragment",
        "fully_specified",
        "info",
        "is_directory",
        "is_remapped",
        "path",
        "query",
    )

    def __init__(
        self,
        info: DirInfo,
        path: str,
        query: str,
        fragment: str,
        *,
        is_directory: bool,
        fully_specified: bool,
        depth: int = 0,
        allows_internal: bool = True,
        is_remapped: bool = True,
    ) -> None:
        self.info = info
        self.path = path
        self.query = query
        self.fragment = fragment
        self.is_directory = is_directory
        self.fully_specified = fully_specified
        self.depth = depth
        self.allows_internal = allows_internal
        self.is_remapped = is_remapped
