"""The server, with everything that is said to it and by it written down: `python -m tests.e2e.lsp.tee FILE HOME`."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from tests.e2e.lsp.sessions import Step, append


def main() -> None:
    path, home = map(Path, sys.argv[1:])
    server = subprocess.Popen([sys.executable, "-m", "resolverd", "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None
    assert server.stdout is not None
    answering = threading.Thread(target=pump, args=("server", server.stdout, sys.stdout.buffer, path, home))
    answering.start()
    pump("editor", sys.stdin.buffer, server.stdin, path, home)
    server.stdin.close()
    answering.join()
    sys.exit(server.wait())


def pump(who: str, source: BinaryIO, sink: BinaryIO, path: Path, home: Path) -> None:
    """Pass messages on, each when it was written down."""
    while header := source.readline():
        size = 0
        while header.strip():
            name, _, value = header.partition(b":")
            size = int(value) if name == b"Content-Length" else size
            header = source.readline()
        body = source.read(size)
        append(path, home, Step(who, json.loads(body)))
        sink.write(b"Content-Length: %d\r\n\r\n" % size + body)
        sink.flush()


if __name__ == "__main__":
    main()
