"""A FUSE mount whose server never answers, under a daemon that others ask as well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from resolverd.terms import Code, Status
from resolverd_client import BlockingClient
from tests.e2e.live import live, require

NAMESPACES = ("unshare", "--mount", "--propagation", "private")

SERVER = """
import ctypes, os, sys
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
if ctypes.CDLL(None, use_errno=True).mount(b"silent", os.fsencode(sys.argv[1]), b"fuse", 0, options):
    sys.exit(os.strerror(ctypes.get_errno()))
print("mounted", flush=True)
sys.stdin.read()
"""
"""Mounts, and never reads what it is asked. When it ends, what waits fails."""


def test_a_mount_that_never_answers_stops_nobody_else(tmp_path: Path) -> None:
    require(*NAMESPACES, sys.executable, "-c", SERVER, str(tmp_path))
    root = tmp_path.resolve()
    (root / "near").mkdir()
    (root / "near/x.js").touch()
    (root / "far").mkdir()
    with live(*NAMESPACES) as daemon:
        inside = ("nsenter", "--target", str(daemon.pid), "--mount")
        with subprocess.Popen(
            (*inside, sys.executable, "-c", SERVER, root / "far"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as server:
            assert server.stdout is not None
            if server.stdout.readline() != b"mounted\n":
                pytest.skip("no FUSE file system can be mounted here")
            for _ in range(3):
                answer = daemon.client.resolve("./x.js", directory=root / "far")
                assert answer.status is Status.FAILED
                assert answer.error is not None
                assert answer.error.code is Code.UNREADABLE
                assert f"{root}/far (fuse) does not answer" in answer.error.message
                with BlockingClient(daemon.client.socket) as other:
                    assert other.resolve("./x.js", directory=root / "near").path == f"{root}/near/x.js"
            assert any(f"umount -l {root}/far" in trouble for trouble in daemon.client.status().troubles)
            assert server.stdin is not None
            server.stdin.close()
        while any("has not answered" in trouble for trouble in daemon.client.status().troubles):
            pass  # the kernel lets the thread go when the server has ended
        subprocess.run((*inside, "umount", root / "far"), check=True)
        assert daemon.client.resolve("./x.js", directory=root / "far").error
        subprocess.run((*inside, "touch", root / "far/x.js"), check=True)
        assert daemon.client.resolve("./x.js", directory=root / "far").path == f"{root}/far/x.js"
