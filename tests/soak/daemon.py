"""A daemon of this checkout for one test, on a socket of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

from resolverd_client import BlockingClient

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "resolverd", "run")
_RUN = "\nfrom resolverd.cli.main import main; main(['run'])"
_LONG = 120.0


class RunningDaemon(NamedTuple):
    """Its process and a connection to it."""

    pid: int
    client: BlockingClient


@contextlib.contextmanager
def running_daemon(*prefix: str, program: str | None = None, **environment: str) -> Generator[RunningDaemon]:
    """Start a daemon with these variables; when the block is left it is told to stop, and has to.

    `prefix` is a command that becomes the one it is given (`unshare`, `prlimit`, ...); `program` is Python to run first.
    """
    with tempfile.TemporaryDirectory() as scratch:
        socket = f"{scratch}/socket"
        settings = {"RESOLVERD_SOCKET": socket, "RESOLVERD_LOG_LEVEL": "info", "XDG_CONFIG_HOME": scratch}
        with (
            subprocess.Popen(
                (*prefix, *(COMMAND if program is None else (sys.executable, "-c", program + _RUN))),
                cwd=ROOT,
                env=os.environ | settings | environment,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            ) as process,
            _listening(process),
        ):
            # A batch of all rows is one silence; a loaded machine makes it a long one.
            with BlockingClient(socket, deadline=_LONG) as client:
                yield RunningDaemon(process.pid, client)
                client.stop()
            assert process.wait(_LONG) == 0


@contextlib.contextmanager
def _listening(process: subprocess.Popen[str]) -> Generator[None]:
    """Wait until it listens, and read on what it logs: a daemon that nobody reads hangs when the pipe is full."""
    assert process.stderr is not None
    reading = threading.Thread(target=process.stderr.read)
    try:
        _await_listening(process)
        reading.start()
        yield
    finally:
        process.kill()
        if reading.ident is not None:
            reading.join()


def _await_listening(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        if "listens at" in line:
            return
        said.append(line)
    raise RuntimeError(f"the daemon ended before it listened:\n{''.join(said)}")
