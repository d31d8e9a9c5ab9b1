"""A build hook: the hot path of the wheel as C, by mypyc. Off by default; `make compiled` builds with it.

The facts. A cold resolve is a few hundred small Python operations and few system calls; compiled, it takes a little more
than half the time. mypyc takes typed Python as it is, but a class that msgspec makes has to stay msgspec's.

What we do. Sources are copied, compiled there, and the modules put into the wheel beside the sources, which stay: tracebacks
read them, and without the modules they are what runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILED = ("arena", "tree", "resolution", "cache")
LEFT = {"__init__.py", "options.py", "profiles.py", "specifier.py", "type_settings.py"}
"""Files whose classes msgspec makes, and those with nothing in them."""

MYPY = ("--follow-imports=silent", "--ignore-missing-imports")
"""pyright is what checks the types; here they are only made use of."""


class CompiledCore(BuildHookInterface[Any]):
    """Adds the compiled modules to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  hatchling's signature
        """Compile, and name the results to the builder."""
        self._scratch = TemporaryDirectory()
        copy = Path(self._scratch.name)
        shutil.copytree(Path(self.root) / "resolverd", copy / "resolverd")
        command = [sys.executable, "-m", "mypyc", *MYPY, *_sources(copy)]
        subprocess.run(command, cwd=copy, env=os.environ | {"MYPYC_OPT_LEVEL": "3"}, check=True)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        modules = [*copy.glob("*.so"), *(copy / "resolverd").rglob("*.so")]
        build_data["force_include"] |= {str(module): str(module.relative_to(copy)) for module in modules}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Take the copy away."""
        self._scratch.cleanup()


def _sources(root: Path) -> list[str]:
    core = [path for layer in COMPILED for path in sorted((root / "resolverd" / layer).glob("*.py"))]
    return [str(path.relative_to(root)) for path in core if path.name not in LEFT]
