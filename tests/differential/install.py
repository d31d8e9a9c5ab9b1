"""The workspace and the peers, installed by npm outside of the checkout, once for each lock file.

A resolver walks upwards, so nothing above the workspace may hold a manifest or a `node_modules`; the checkout might.
The lock files name no download address: npm asks the registry that this machine is set up for.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

HERE = Path(__file__).parent
_MANIFESTS = ("package.json", "package-lock.json")
_FOREIGN = ("package.json", "tsconfig.json", "jsconfig.json", "node_modules")
_UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH")
_PATIENCE = ("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-factor=2", "--fetch-timeout=30000")
_NPM_CI = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", *_PATIENCE)


class Unavailable(Exception):  # noqa: N818  no error: what is compared with cannot be had on this machine
    """npm, Node or the registry is missing; the message says which."""


def install(name: str) -> Path:
    """Install `workspace` or `peers`; its directory. Raises `Unavailable`."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise Unavailable(f"{tool} is not installed")
    home = _home(name)
    home.parent.mkdir(parents=True, exist_ok=True)
    with _locked(home.with_suffix(".lock")):
        if not (home / ".complete").exists():
            _install(name, home)
    return home


def _home(name: str) -> Path:
    digest = hashlib.sha256(b"".join((HERE / name / file).read_bytes() for file in _MANIFESTS)).hexdigest()
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


def _install(name: str, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    for file in _MANIFESTS:
        shutil.copy(HERE / name / file, home)
    done = subprocess.run(_NPM_CI, cwd=home, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        if any(code in done.stderr for code in _UNREACHABLE):
            raise Unavailable("npm cannot reach its registry")
        raise RuntimeError(f"npm ci in {home} failed:\n{done.stderr[-2000:]}")
    (home / ".complete").touch()
