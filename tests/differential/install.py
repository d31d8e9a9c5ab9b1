"""The workspaces and the peers, installed by npm, Yarn and pnpm outside of the checkout, once for each lock file.

A resolver walks upwards, so nothing above the workspace may hold a manifest or a `node_modules`; the checkout might.
The lock files name no download address: each asks the registry that npm is set up for on this machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

HERE = Path(__file__).parent
_MANIFESTS = ("package.json", "package-lock.json")
_FOREIGN = ("package.json", "tsconfig.json", "jsconfig.json", "node_modules", ".pnp.cjs", ".pnp.data.json")
_UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH")
_PATIENCE = ("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-factor=2", "--fetch-timeout=30000")
_NPM_CI = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", *_PATIENCE)

Manager = Literal["yarn", "pnpm"]


class Unavailable(Exception):  # noqa: N818  no error: what is compared with cannot be had on this machine
    """npm, Node or the registry is missing; the message says which."""


def install(name: str) -> Path:
    """Install `workspace`, `peers` or another folder beside this file by npm; its directory. Raises `Unavailable`."""
    return _made(name, [HERE / name / file for file in _MANIFESTS], _NPM_CI, {})


def build(name: Manager) -> Path:
    """Install the workspace of that name by that manager, its sources beside it; its directory. Raises `Unavailable`."""
    managers = install("managers") / "node_modules"
    files = sorted(path for path in (HERE / name).rglob("*") if path.is_file())
    if name == "pnpm":
        store = f"--store-dir={managers.parent.parent / 'pnpm-store'}"
        command = (
            "node",
            str(managers / "pnpm/bin/pnpm.cjs"),
            "install",
            "--frozen-lockfile",
            "--ignore-scripts",
            store,
        )
        return _made(name, files, (*command, *_PATIENCE), {})
    command = ("node", str(managers / "@yarnpkg/cli-dist/bin/yarn.js"), "install", "--immutable")
    return _made(name, files, command, _yarn_settings(managers.parent.parent / "yarn-global"))


def build_solution() -> Path:
    """Install the TypeScript solution by npm and build it by its `tsc`; its directory. Raises `Unavailable`."""
    files = sorted(path for path in (HERE / "solution").rglob("*") if path.is_file())
    return _made("solution", files, _NPM_CI, {}, ("node", "node_modules/typescript/bin/tsc", "--build"))


def printed_once(tree: Path, name: str, command: Sequence[str | Path], *made_from: bytes) -> Path:
    """Give the file that has what a command prints about a tree which nobody changes; it is kept beside the tree.

    What it is made from, but for the tree, goes into its name.
    """
    kept = tree.with_suffix(f".{name}-{hashlib.sha256(b''.join(made_from)).hexdigest()[:16]}")
    with _locked(tree.with_suffix(f".{name}.lock")):
        if not kept.exists():
            part = kept.with_suffix(".part")
            part.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
            part.rename(kept)
    return kept


def build_code_server() -> Path:
    """Install code-server by npm and build the native modules that it cannot do without. Raises `Unavailable`."""
    files = [HERE / "code_server" / file for file in (*_MANIFESTS, "build.sh")]
    return _made("code_server", files, _NPM_CI, {}, ("sh", "build.sh"))


def _yarn_settings(folder: Path) -> dict[str, str]:
    """Yarn does not read npm's settings: it is told of the registry that this machine is set up for."""
    asked = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=True)
    registry = asked.stdout.strip()
    return {
        "YARN_NPM_REGISTRY_SERVER": registry,
        "YARN_UNSAFE_HTTP_WHITELIST": urlsplit(registry).hostname or "",
        "YARN_GLOBAL_FOLDER": str(folder),
        "YARN_HTTP_RETRY": "1",
    }


def _made(
    name: str, files: Sequence[Path], command: Sequence[str], settings: Mapping[str, str], then: Sequence[str] = ()
) -> Path:
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise Unavailable(f"{tool} is not installed")
    home = _home(name, files)
    home.parent.mkdir(parents=True, exist_ok=True)
    with _locked(home.with_suffix(".lock")):
        if not (home / ".complete").exists():
            _copy(HERE / name, files, home)
            for each in filter(None, (command, then)):
                _run(home, each, settings)
            (home / ".complete").touch()
    return home


def _home(name: str, files: Sequence[Path]) -> Path:
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    home = Path(cache, "resolverd-tests", f"{name}-{digest[:16]}").resolve()
    for directory in home.parents:
        for foreign in _FOREIGN:
            if (directory / foreign).exists():
                raise Unavailable(
                    f"{directory / foreign} would change the answers: set XDG_CACHE_HOME to another place"
                )
    return home


@contextlib.contextmanager
def _locked(path: Path) -> Generator[None]:
    # Two test runs at once: the second waits, and finds it complete. The lock goes with the process.
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy(source: Path, files: Sequence[Path], home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    for file in files:
        target = home / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def _run(home: Path, command: Sequence[str], settings: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, cwd=home, capture_output=True, text=True, check=False, env={**os.environ, **settings}
    )
    if done.returncode != 0:
        said = done.stdout + done.stderr
        if any(code in said for code in _UNREACHABLE):
            raise Unavailable("npm cannot reach its registry")
        raise RuntimeError(f"{' '.join(command)} in {home} failed:\n{said[-2000:]}")
