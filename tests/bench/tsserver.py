"""TypeScript's language server, as VS Code speaks to it: lines of JSON in, framed JSON out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class TypeScriptServer:
    """One `tsserver`; diagnostics are asked for after each edit, and when it says that projects changed in the background."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._sent = 0

    def _send(self, command: str, **arguments: object) -> None:
        self._sent += 1
        message = {"seq": self._sent, "type": "request", "command": command, "arguments": arguments}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def _event(self, name: str) -> dict[str, Any]:
        """Give the body of the next event of a name."""
        stdout = self.process.stdout
        assert stdout is not None
        while True:
            header = stdout.readline()
            assert header, "tsserver has left"
            size = int(header.partition(b":")[2])
            stdout.readline()
            message = json.loads(stdout.read(size))
            if message.get("event") == name:
                return message["body"]

    def open(self, file: Path, text: str) -> None:
        self._send("open", file=str(file), fileContent=text)

    def edit(self, file: Path, line: int, column: int, text: str, *, over: int = 0) -> None:
        """Type at a place, counted from 0, over so many characters."""
        place = {"line": line + 1, "offset": column + 1, "endLine": line + 1, "endOffset": column + 1 + over}
        self._send("change", file=str(file), insertString=text, **place)

    def errors(self, file: Path) -> int:
        """Ask for diagnostics, and count those of meaning: what does not resolve is one."""
        self._send("geterr", files=[str(file)], delay=0)
        found = self._event("semanticDiag")
        self._event("requestCompleted")
        return len(found["diagnostics"])

    def await_no_errors(self, file: Path) -> None:
        """Ask again whenever something changed in the background, until nothing is wrong."""
        while self._event("projectsUpdatedInBackground") and self.errors(file):
            pass


@contextmanager
def typescript_server(peers: Path) -> Iterator[TypeScriptServer]:
    """Start the one that npm installed."""
    script = peers / "node_modules/typescript/lib/tsserver.js"
    flags = ("--disableAutomaticTypingAcquisition", "--noGetErrOnBackgroundUpdate")
    command = ("node", script, *flags)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield TypeScriptServer(process)
        finally:
            process.kill()
