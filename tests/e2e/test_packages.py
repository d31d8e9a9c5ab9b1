"""What is given away: the source distribution, the wheel made from it, and the Debian package made from that."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import SECONDS, Home, home

SOURCE = Path(__file__).parents[2]
UNITS = ("resolverd.service", "resolverd.socket", "resolverd@.service", "resolverd@.socket")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both distributions, as people build them; hatchling comes from the registry."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        (sys.executable, "-m", "build", "--outdir", folder, SOURCE), capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"nothing could be built: {done.stderr.strip()[-200:]}")
    return folder


@pytest.fixture(scope="module")
def package(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Debian package, unpacked."""
    if not shutil.which("dpkg-deb") or subprocess.run(("/usr/bin/python3", "-m", "venv", "-h"), check=False).returncode:
        pytest.skip("dpkg-deb and Debian's python3-venv are not installed")
    out = tmp_path_factory.mktemp("deb")
    command = (sys.executable, "packaging/deb.py", "--out", out, next(dist.glob("*.whl")))
    subprocess.run(command, cwd=SOURCE, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(("dpkg", "-x", next(out.glob("*.deb")), out / "root"), check=True)
    return out / "root"


@pytest.fixture
def user() -> Iterator[Home]:
    with home() as made:
        yield made


def test_the_wheel_has_what_runs_and_the_sources_what_makes_it(dist: Path) -> None:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert {
        "resolverd/py.typed",
        "resolverd_client/py.typed",
        *(f"resolverd/systemd/{unit}" for unit in UNITS),
    } <= names
    assert any(name.endswith("share/man/man8/resolverd.8") for name in names)
    assert not [name for name in names if name.startswith("tests")]
    with tarfile.open(next(dist.glob("*.tar.gz"))) as sources:
        inside = {name.partition("/")[2] for name in sources.getnames()}
    assert {"LICENSE", "Makefile", "constraints.txt", "docs/THREATS.md", "clients/node/index.cjs"} <= inside


def test_the_package_has_units_manual_and_completion_in_place(package: Path) -> None:
    there = {str(path.relative_to(package)) for path in package.rglob("*") if not path.is_dir()}
    assert {
        "usr/bin/resolverd",
        "usr/lib/systemd/user/resolverd.socket",
        "usr/lib/systemd/system/resolverd@.service",
        "usr/share/man/man1/resolverd.1.gz",
        "usr/share/bash-completion/completions/resolverd",
        "usr/share/doc/resolverd/copyright",
    } <= there
    assert not [path for path in there if path.endswith(".pyc") or path.startswith(("tmp", "home", "root"))]
    made_at = (b"root/usr/lib/resolverd", str(package.parent.parent).encode())
    texts = (package / path for path in there if not (package / path).is_symlink())
    assert not [path for path in texts if any(place in path.read_bytes() for place in made_at)]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize(("manager", "unit"), [("user", "resolverd.service"), ("system", "resolverd@1000.service")])
def test_systemd_finds_nothing_amiss_in_the_packaged_units(package: Path, manager: str, unit: str) -> None:
    folder = package / "usr/lib/systemd" / manager
    for path in folder.iterdir():
        text = path.read_text().replace("/usr/bin/resolverd", str(package / "usr/lib/resolverd/bin/python"))
        path.with_name(path.name.replace("@.", "@1000.")).write_text(text)
    done = subprocess.run(
        ("systemd-analyze", "verify", "--man=no", f"--{manager}", folder / unit),
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:", "XDG_RUNTIME_DIR": str(package.parent)},
    )
    assert done.stderr == ""


def test_what_was_installed_runs(package: Path, user: Home) -> None:
    """In an environment that has nothing but the wheel and what it asks for."""
    command = [package / "usr/lib/resolverd/bin/python", "-I", package / "usr/lib/resolverd/bin/resolverd"]

    def run(*arguments: str) -> str:
        return subprocess.run(
            (*command, *arguments), env=user.environment, capture_output=True, text=True, check=True, timeout=SECONDS
        ).stdout

    assert run("resolve", "palette", "--from", user.importer).startswith(str(user.workspace))
    assert "running" in run("status")
    assert "resolverd_requests_total" in run("stats", "--prometheus")
    assert "complete" in run("completion", "bash")
    run("stop")
