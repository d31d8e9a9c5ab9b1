"""Every system call of a daemon that is asked for everything, by who means it ill: it writes its own files, and starts nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from resolverd.errors import RoutesError
from resolverd_client import BlockingClient, Question
from resolverd_client.table import fetch
from tests.e2e.live import require
from tests.soak.daemon import running_daemon

CALLS = (
    "openat,open,creat,execve,execveat,fork,vfork,clone,clone3,socket,bind,connect,rename,renameat,renameat2,unlink,unlinkat,mkdir,"
    "mkdirat,rmdir,link,linkat,symlink,symlinkat,chmod,fchmodat,chown,lchown,fchownat,truncate,mknod,mknodat,utimensat,setxattr"
)
"""Those that a processor's kernel may not have are asked for with a question mark (strace(1))."""

READING = {"openat", "open"}
OWN = ("socket", "socket.new", "socket.pid")
"""What the daemon may make, rename and remove, all in the directory of its socket."""


def ask_for_everything(client: BlockingClient, project: Path) -> None:
    """Ask in every way, with paths that would better not be written."""
    precious = project / "precious.txt"
    for specifier in (
        "dep",
        "./precious.txt",
        "../../../../etc/passwd",
        "file:///etc/passwd",
        "data:text/javascript,1",
        "#x",
    ):
        for kind in ("import", "require", "style"):
            client.resolve(specifier, importer=project / "src/app.js", kind=kind)
        client.explain(specifier, importer=project / "src/app.js")
    client.resolve_many([Question("dep", str(project / "src/app.js"), fresh=True, types=True)])
    client.routes(project / "src")
    client.match_route("/app", directory=project / "src")
    for path in (precious, "/etc/passwd", Path(client.socket), project):
        client.missing(path)
        client.bust(path)
    client.bust_all()
    client.status()
    client.stats()
    table = fetch(client.socket)
    assert table is not None
    table.close()
    with pytest.raises(RoutesError):
        client.routes(precious, reload=True)


def test_it_writes_its_own_files_and_starts_nothing(tmp_path: Path) -> None:
    require("strace", "-qq", "-o", os.devnull, "true")
    project, log = tmp_path.resolve() / "project", tmp_path / "log"
    for name in ("src/app.js", "precious.txt", "node_modules/dep/index.js", "node_modules/dep/.pnp.cjs"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("kept")
    (project / "package.json").write_text(
        '{"imports": {"#x": "./precious.txt"}, "scripts": {"postinstall": "touch pwned"}}'
    )
    before = state(project)
    trace = ("strace", "-D", "-f", "-qq", "-e", "trace=" + CALLS.replace(",", ",?"), "-o", str(log))
    with running_daemon(*trace, PYTHONDONTWRITEBYTECODE="1") as daemon:
        ask_for_everything(daemon.client, project)
        own = {f"{Path(daemon.client.socket).parent}/{name}" for name in OWN}
    calls = [call for line in log.read_text().splitlines() if (call := re.match(r"\d+ +(\w+)\((.*)", line))]
    # What trio has ctypes look up while it is loaded starts ldconfig: before there is anything to connect to.
    begun = next(place for place, call in enumerate(calls) if "socket.pid" in call[2])
    assert [call[0] for call in calls[begun:] if not is_harmless(call[1], call[2], own)] == []
    assert any(call[1] == "unlink" for call in calls)
    assert state(project) == before


def state(directory: Path) -> dict[Path, tuple[int, int]]:
    return {path: ((status := path.stat()).st_ino, status.st_mtime_ns) for path in directory.rglob("*")}


def is_harmless(call: str, arguments: str, own: set[str]) -> bool:
    """Tell whether a call reads, makes a thread or a Unix socket, or is about files of the daemon's own."""
    if call in READING and not re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", arguments):
        return True
    if call in {"clone", "clone3"}:
        return "CLONE_THREAD" in arguments
    if call == "socket":
        return arguments.startswith("AF_UNIX")
    named = re.findall(r'"([^"]*)"', arguments)
    return bool(named) and own.issuperset(named)
