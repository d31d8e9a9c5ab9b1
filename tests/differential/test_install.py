from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.differential.install import HERE, Unavailable, install


@pytest.mark.parametrize(
    ("lock", "sum_"),
    [
        ("workspace/package-lock.json", '"integrity"'),
        ("peers/package-lock.json", '"integrity"'),
        ("managers/package-lock.json", '"integrity"'),
        ("tools/package-lock.json", '"integrity"'),
        ("adapters/package-lock.json", '"integrity"'),
        ("code_server/package-lock.json", '"integrity"'),
        ("../../clients/vscode/package-lock.json", '"integrity"'),
        ("yarn/yarn.lock", "checksum: "),
        ("pnpm/pnpm-lock.yaml", "integrity: "),
    ],
)
def test_lock_files_name_no_download_address(lock: str, sum_: str) -> None:
    text = (HERE / lock).read_text()
    assert sum_ in text
    assert not [address for address in ('"resolved"', "tarball:", "__archiveUrl") if address in text]


def test_a_machine_without_node_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="node is not installed"):
        install("peers")


def test_a_manifest_above_the_cache_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package.json").write_text("{}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(Unavailable, match="set XDG_CACHE_HOME"):
        install("peers")


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_a_registry_that_cannot_be_reached_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1/")
    with pytest.raises(Unavailable, match="cannot reach its registry"):
        install("peers")
