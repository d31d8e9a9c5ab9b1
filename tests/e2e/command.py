"""The command line as a user has it: real processes, in a runtime directory of the test's own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resolverd.cli.demo_workspace import make_workspace

SECONDS = 60
"""No command takes that long; a test that hangs should say which one did."""


class Home:
    """A user's directories, and commands run in them."""

    def __init__(self, root: Path, **environment: str) -> None:
        self.root = root
        self.socket = root / "run" / "resolverd" / "socket"
        self.log = root / "state" / "resolverd" / "log"
        self.workspace = root / "shop"
        self.importer = str(self.workspace / "src/app.ts")
        for name in ("run", "state", "config"):
            (root / name).mkdir(mode=0o700)
        make_workspace(self.workspace)
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("RESOLVERD", "XDG_"))
        } | {
            "XDG_RUNTIME_DIR": str(root / "run"),
            "XDG_STATE_HOME": str(root / "state"),
            "XDG_CONFIG_HOME": str(root / "config"),
            **environment,
        }

    def spawn(
        self,
        *arguments: str,
        program: str | None = None,
        cwd: Path | None = None,
        terminal: int = subprocess.PIPE,
        **environment: str,
    ) -> subprocess.Popen[bytes]:
        """Start a command with pipes, or on a terminal; `program` is Python to run instead of the module."""
        start = ["-m", "resolverd"] if program is None else ["-c", program]
        return subprocess.Popen(
            [sys.executable, *start, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=self.environment | environment,
            cwd=cwd or self.root,
        )

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        program: str | None = None,
        cwd: Path | None = None,
        **environment: str,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end."""
        with self.spawn(*arguments, program=program, cwd=cwd, **environment) as process:
            out, err = process.communicate(stdin, SECONDS)
            return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def other_daemon(self, patch: str) -> subprocess.Popen[bytes]:
        """A daemon of another version: this one with a line changed."""
        program = (
            "import resolverd, resolverd.wire.messages as m; "
            f"{patch}; from resolverd.cli.main import main; main(['run'])"
        )
        process = self.spawn(program=program)
        while not self.socket.exists():
            assert process.poll() is None
            self.run("status")
        return process

    def json(self, *arguments: str) -> dict[str, object]:
        """Run a command with `--json` and read its answer."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def pid(self) -> int:
        """The pid of the daemon that runs."""
        pid = self.json("status")["pid"]
        assert isinstance(pid, int)
        return pid

    def end(self) -> None:
        """End the daemon, if any was started here."""
        try:
            pid = int(Path(f"{self.socket}.pid").read_bytes())
            watched = os.pidfd_open(pid)
        except (OSError, ValueError):
            return
        signal.pidfd_send_signal(watched, signal.SIGKILL)
        os.close(watched)


@contextmanager
def home(**environment: str) -> Iterator[Home]:
    """A home that is removed at the end, with its daemon. Its path is short: a socket's may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="rd-") as directory:
        made = Home(Path(directory).resolve(), **environment)
        try:
            yield made
        finally:
            made.end()
