"""Build a Debian package: `python packaging/deb.py [--out FOLDER] [WHEEL]` (`make deb`), in dist/ by default.

An environment of its own under /usr/lib/resolverd, as Debian's versions of what we depend on are older than what we need;
units, manual and completion are where the system looks for them. Needs dpkg-deb, Debian's python3, and pip's registry.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).parents[1]
HOME = Path("usr/lib/resolverd")
PYTHON = "/usr/bin/python3"
COMPLETIONS = {
    "bash": "usr/share/bash-completion/completions/resolverd",
    "zsh": "usr/share/zsh/vendor-completions/_resolverd",
    "fish": "usr/share/fish/vendor_completions.d/resolverd.fish",
}
_POSTINST = f"""\
#!/bin/sh
set -e
if [ "$1" = configure ]; then /{HOME}/bin/python -m compileall -q /{HOME}/lib; fi
"""
_PRERM = f"""\
#!/bin/sh
set -e
find /{HOME} -name __pycache__ -type d -prune -exec rm -r {{}} +
"""


def main() -> None:
    """Build it from a wheel, or else from these sources, and print where it is."""
    parser = argparse.ArgumentParser(prog="python packaging/deb.py")
    parser.add_argument("wheel", nargs="?", default=str(SOURCE))
    parser.add_argument("--out", type=Path, default=SOURCE / "dist")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "root"
        _install(arguments.wheel, root)
        _put_in_place(root)
        print(_pack(root, arguments.out))


def _run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _install(wheel: str, root: Path) -> None:
    """Make the environment, and its command find its interpreter at the place where it will be."""
    home = root / HOME
    _run(PYTHON, "-m", "venv", "--without-pip", "--symlinks", home)
    options = ("--quiet", "--no-compile", "--disable-pip-version-check", "--constraint", SOURCE / "constraints.txt")
    _run(sys.executable, "-m", "pip", "--python", home / "bin/python", "install", *options, wheel)
    command = home / "bin/resolverd"
    _, _, program = command.read_text().partition("\n")
    command.write_text(f"#!/{HOME}/bin/python\n{program}")
    for other in home.glob("bin/*"):
        if other.name not in {"resolverd", "python", "python3"}:
            other.unlink()
    _forget_where_it_was_made(home)
    (root / "usr/bin").mkdir()
    (root / "usr/bin/resolverd").symlink_to("../lib/resolverd/bin/resolverd")


def _forget_where_it_was_made(home: Path) -> None:
    config = home / "pyvenv.cfg"
    kept = [line for line in config.read_text().splitlines(keepends=True) if not line.startswith("command")]
    config.write_text("".join(kept))
    for note in home.glob("lib/*/site-packages/resolverd-*.dist-info/direct_url.json"):
        note.unlink()


def _put_in_place(root: Path) -> None:
    home = root / HOME
    for unit in sorted((SOURCE / "systemd").iterdir()):
        _copy(unit, root / "usr/lib/systemd" / ("system" if "@" in unit.name else "user") / unit.name)
    for page in sorted((SOURCE / "packaging/man").iterdir()):
        _compress(page.read_bytes(), root / f"usr/share/man/man{page.suffix[1:]}/{page.name}.gz")
    for shell, path in COMPLETIONS.items():
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text(_run(home / "bin/python", home / "bin/resolverd", "completion", shell) + "\n")
    _copy(SOURCE / "LICENSE", root / "usr/share/doc/resolverd/copyright")
    _compress((SOURCE / "CHANGELOG.md").read_bytes(), root / "usr/share/doc/resolverd/changelog.gz")
    shutil.rmtree(home / "share", ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _compress(data: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(data, mtime=0))


def _pack(root: Path, out: Path) -> Path:
    """Write the package's own files and pack it. What is compiled is for the minor version of Python that is here."""
    version = _run(root / HOME / "bin/python", "-c", "import resolverd; print(resolverd.__version__)")
    minor = int(_run(PYTHON, "-c", "import sys; print(sys.version_info.minor)"))
    architecture = _run("dpkg", "--print-architecture")
    for cache in root.rglob("__pycache__"):
        shutil.rmtree(cache)
    size = sum(path.lstat().st_size for path in root.rglob("*")) // 1024
    control = root / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(
        f"Package: resolverd\nVersion: {version}\nArchitecture: {architecture}\nSection: devel\nPriority: optional\n"
        f"Maintainer: The resolverd authors <resolverd@localhost>\nInstalled-Size: {size}\n"
        f"Depends: python3 (>= 3.{minor}), python3 (<< 3.{minor + 1})\nRecommends: systemd\n"
        "Description: which file does this import mean?\n"
        " One resident daemon answers for every JavaScript and TypeScript tool of a user.\n"
    )
    for name, script in (("postinst", _POSTINST), ("prerm", _PRERM)):
        (control / name).write_text(script)
        (control / name).chmod(0o755)
    target = out / f"resolverd_{version}_{architecture}.deb"
    out.mkdir(exist_ok=True)
    _run("dpkg-deb", "--root-owner-group", "--build", root, target)
    return target


if __name__ == "__main__":
    main()
