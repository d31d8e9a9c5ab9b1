"""The extension for VS Code, packaged, and used in a browser: `make vscode` runs it, and leaves pictures to be looked at."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.differential.install import build_code_server
from tests.e2e.command import Home
from tests.e2e.editors.projects import SOURCE, Project

PICTURES = SOURCE / "dist/vscode"
EXTENSION = SOURCE / "clients/vscode/dist/resolverd.vsix"

pytestmark = pytest.mark.skipif(
    "RESOLVERD_VSCODE" not in os.environ, reason="VS Code has a target of its own: make vscode"
)


@contextmanager
def code_server(command: tuple[str, ...], user: Home) -> Iterator[str]:
    """Run it without a password, for this machine only; its address."""
    said = subprocess.run(
        (*command, "--install-extension", EXTENSION), env=user.environment, check=True, capture_output=True
    )
    assert b"successfully installed" in said.stdout
    with subprocess.Popen(
        (*command, "--auth", "none", "--bind-addr", "127.0.0.1:0"),
        env=user.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield next(line.split()[-1] for line in process.stdout if "HTTP server listening on" in line)
        finally:
            process.terminate()


def test_the_extension_does_in_vs_code_what_its_readme_says(user: Home) -> None:
    chromium = shutil.which("chromium")
    assert chromium is not None, "apt-get install chromium"
    installed = build_code_server()
    project = Project(user.root / "project")
    data = user.root / "data"
    settings = data / "User/settings.json"
    settings.parent.mkdir(parents=True)
    # The extension host takes its PATH from the login shell.
    preset = {
        "resolverd.command": [str(Path(sys.executable).with_name("resolverd")), "lsp"],
        "security.workspace.trust.enabled": False,
        "typescript.disableAutomaticTypeAcquisition": True,
        "workbench.startupEditor": "none",
    }
    settings.write_text(json.dumps(preset))
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    places = ("--user-data-dir", str(data), "--extensions-dir", str(user.root / "extensions"))
    command = ("node", str(installed / "node_modules/code-server/out/node/entry.js"), *places)
    with code_server((*command, "--disable-telemetry", "--disable-update-check"), user) as url:
        given = {
            "url": url,
            "chromium": chromium,
            "modules": str(installed / "node_modules"),
            "root": str(project.root),
            "install": project.installing,
            "pictures": str(PICTURES),
        }
        done = subprocess.run(
            ("node", Path(__file__).with_name("vscode.mjs"), json.dumps(given)),
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
