"""The units, run by a real systemd in namespaces of its own (`boot.sh`), as an administrator and a user would.

Nothing here waits by the clock: who asks at a socket of systemd's is answered when there is a daemon, and no sooner.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "systemd"
BOOT = Path(__file__).with_name("boot.sh")
CANNOT = 77
UID = "4242"
PACKAGED = "ExecStart=/usr/bin/resolverd run"
PYTHONPATH = f"{ROOT}:{ROOT}/clients/python"
HERE = f"{sys.executable} -P -m resolverd run"
PROJECT = "/home/dev/p"
FOUND = f"{PROJECT}/node_modules/a/index.js\n"

as_systemd_reads_them = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")


class Machine:
    """A booted systemd; commands in it as root, and as a user who has a project."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self.service = f"resolverd@{UID}.service"
        self.socket = f"resolverd@{UID}.socket"

    def root(self, *command: str, check: bool = True) -> str:
        """Run a command as root; what it says."""
        done = subprocess.run(
            (BOOT, "exec", self._state, *command), check=False, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0 or not check, (command, done.stdout, done.stderr)
        return done.stdout

    def user(self, *command: str, uid: str = UID, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command as the user, in the project."""
        variables = {"HOME": "/home/dev", "XDG_RUNTIME_DIR": f"/run/user/{UID}", "PYTHONPATH": PYTHONPATH} | environment
        become = ("setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", "env", "-C", PROJECT)
        given = (f"{name}={value}" for name, value in variables.items())
        return subprocess.run(
            (BOOT, "exec", self._state, *become, *given, *command),
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def resolverd(self, *arguments: str, **environment: str) -> str:
        """Run our command line as the user; what it says on both."""
        done = self.user(sys.executable, "-P", "-m", "resolverd", *arguments, **environment)
        return done.stdout + done.stderr

    def resolve(self, specifier: str) -> str:
        return self.resolverd("resolve", specifier, "--from", PROJECT)

    def pid(self) -> str:
        return self.root("systemctl", "show", "-P", "MainPID", self.service).strip()

    def write(self, path: str, text: str) -> None:
        self.root("install", "-D", "/dev/null", path)
        self.root("bash", "-c", 'printf %s "$0" > "$1"', text, path)

    def drop_in(self, text: str) -> None:
        """Say something more, or other, in the service."""
        self.write("/etc/systemd/system/resolverd@.service.d/test.conf", f"[Service]\n{text}\n")
        self.root("systemctl", "daemon-reload")


@pytest.fixture(scope="module")
def booted() -> Iterator[Machine]:
    state = Path(tempfile.mkdtemp(prefix="resolverd-boot-", dir="/run" if os.access("/run", os.W_OK) else None))
    try:
        shown = {ROOT, Path(sys.prefix), Path(sys.base_prefix)}
        # The environment is below the checkout, as a rule: what is shown twice is the second time in what can only be read.
        outside = [path for path in shown if not any(map(path.is_relative_to, {Path("/usr"), *shown} - {path}))]
        done = subprocess.run((BOOT, "start", state, *outside), check=False, capture_output=True, text=True)
        if done.returncode == CANNOT:
            pytest.skip(f"no systemd can be booted here: {done.stdout.strip()[-200:] or 'root and cgroups are needed'}")
        assert done.returncode == 0, done.stdout + done.stderr
        yield Machine(state)
    finally:
        subprocess.run((BOOT, "stop", state), check=True)
        shutil.rmtree(state)


@pytest.fixture
def machine(booted: Machine) -> Iterator[Machine]:
    """A machine with the project, and the template's socket started for the user."""
    booted.root("systemctl", "start", f"user@{UID}.service")
    for name in ("resolverd@.service", "resolverd@.socket"):
        booted.write(f"/etc/systemd/system/{name}", placed(name))
    booted.drop_in(f"Environment=PYTHONPATH={PYTHONPATH}")
    for name in ("package.json", "node_modules/a/index.js"):
        booted.write(f"{PROJECT}/{name}", "{}")
    booted.root("chown", "-R", f"{UID}:{UID}", "/home/dev")
    booted.root("systemctl", "start", booted.socket)
    yield booted
    booted.resolverd("stop")
    booted.root("systemctl", "stop", booted.socket, booted.service)
    booted.root("systemctl", "reset-failed")


def placed(name: str) -> str:
    """Give a unit that starts this checkout."""
    return (UNITS / name).read_text().replace(PACKAGED, f"ExecStart={HERE}")


def test_the_first_client_starts_it_and_what_changes_is_seen_through_the_sandbox(machine: Machine) -> None:
    assert machine.root("systemctl", "is-active", machine.service, check=False) == "inactive\n"
    assert machine.resolve("a") == FOUND
    assert machine.resolverd("status", "--json").startswith('{"running":true')
    assert "ERR_MODULE_NOT_FOUND" in machine.resolve("./new")
    machine.user("touch", "new.js")
    assert machine.resolve("./new") == f"{PROJECT}/new.js\n"
    machine.user("rm", "new.js")
    assert "ERR_MODULE_NOT_FOUND" in machine.resolve("./new")
    assert json.loads(machine.resolverd("stats", "--json"))["engine"]["unwatched"] == 0


def test_it_tells_systemd_how_it_is(machine: Machine) -> None:
    machine.drop_in(f"Environment=PYTHONPATH={PYTHONPATH}\nWatchdogSec=20")
    machine.resolve("a")
    told = machine.root("systemctl", "show", "-P", "StatusText", machine.service)
    assert "answers" in told
    assert machine.root("systemctl", "show", "-P", "Type", machine.service) == "notify\n"


def test_killed_it_is_back_for_the_next_question(machine: Machine) -> None:
    machine.resolve("a")
    machine.root("kill", "-9", before := machine.pid())
    assert machine.resolve("a") == FOUND
    assert machine.pid() not in {"0", before}


def test_a_question_waiting_at_a_daemon_that_hangs_is_answered_by_the_one_that_replaces_it(machine: Machine) -> None:
    machine.drop_in(f"Environment=PYTHONPATH={PYTHONPATH}\nWatchdogSec=1")
    machine.resolve("a")
    machine.root("kill", "-STOP", before := machine.pid())
    assert machine.resolve("a") == FOUND
    assert machine.pid() != before


STORMED = """
import itertools, subprocess, sys, time
from pathlib import Path
from resolverd_client import BlockingClient

STORM = "import itertools, os\\nfor number in itertools.count():\\n path = f'storm-{number % 64}.js'\\n os.close(os.open(path, os.O_CREAT))\\n os.unlink(path)"
path = Path("asked.js").absolute()
with BlockingClient() as client, subprocess.Popen((sys.executable, "-c", STORM)) as storm:
    began = time.monotonic()
    for asked in itertools.count():
        if asked > 100 and time.monotonic() > began + 5:
            break
        (path.unlink if path.exists() else path.touch)()
        assert (client.resolve("./asked", directory=path.parent).path is not None) == path.exists()
    assert storm.poll() is None
    storm.kill()
"""
"""More than twice as long as the watchdog waits."""


def test_beside_a_storm_the_watchdog_is_fed_and_every_answer_is_right(machine: Machine) -> None:
    machine.drop_in(f"Environment=PYTHONPATH={PYTHONPATH}\nWatchdogSec=2")
    machine.resolve("a")
    before = machine.pid()
    stormed = machine.user(sys.executable, "-c", STORMED)
    assert stormed.returncode == 0, stormed.stderr
    assert machine.pid() == before
    assert machine.root("systemctl", "show", "-P", "NRestarts", machine.service) == "0\n"


def test_one_that_crashes_again_and_again_is_given_up_and_clients_say_so(machine: Machine) -> None:
    machine.drop_in("ExecStart=\nExecStart=/bin/false")
    asked = machine.resolverd("resolve", "a", "--from", PROJECT, RESOLVERD_NO_AUTOSTART="1")
    assert FOUND not in asked
    assert "resolverd: " in asked
    assert machine.root("systemctl", "is-failed", machine.socket, check=False) == "failed\n"
    # Left alone, a client starts a daemon of its own.
    assert machine.resolve("a") == FOUND


def test_told_to_stop_it_is_there_again_for_the_next_client(machine: Machine) -> None:
    machine.resolve("a")
    assert "stopped" in machine.resolverd("stop")
    assert machine.root("systemctl", "is-active", machine.service, check=False) == "inactive\n"
    assert machine.root("systemctl", "show", "-P", "Result", machine.service) == "success\n"
    assert machine.resolve("a") == FOUND


def test_under_systemd_idleness_ends_it_only_if_it_is_told_so(machine: Machine) -> None:
    machine.drop_in(f"Environment=PYTHONPATH={PYTHONPATH} RESOLVERD_IDLE_SECONDS=0.01")
    machine.resolve("a")
    # `systemctl start --wait` would start it; what follows returns when the one that runs has left.
    machine.root(
        "bash",
        "-c",
        'p=$(systemctl show -P MainPID "$0"); [ "$p" = 0 ] || tail --pid "$p" -f /dev/null',
        machine.service,
    )
    assert machine.root("systemctl", "show", "-P", "Result", machine.service) == "success\n"
    assert machine.resolve("a") == FOUND


def test_another_user_is_refused(machine: Machine) -> None:
    machine.resolve("a")
    at = ("--socket", f"/run/user/{UID}/resolverd/socket")
    other = machine.user(sys.executable, "-P", "-m", "resolverd", *at, "status", uid="4243")
    assert other.returncode == 3
    assert "Permission denied" in other.stderr
    # Also where the modes would let them in.
    machine.root("chmod", "755", f"/run/user/{UID}", f"/run/user/{UID}/resolverd")
    machine.root("chmod", "666", f"/run/user/{UID}/resolverd/socket")
    other = machine.user(sys.executable, "-P", "-m", "resolverd", *at, "status", uid="4243")
    assert other.returncode == 4
    machine.root("chmod", "700", f"/run/user/{UID}")


def test_the_user_units_are_installed_start_this_installation_and_go_again(booted: Machine) -> None:
    booted.root("systemctl", "start", f"user@{UID}.service")
    booted.write(f"{PROJECT}/node_modules/a/index.js", "")
    units = "/home/dev/.config/systemd/user"
    booted.write(f"{units}/resolverd.service.d/test.conf", f"[Service]\nEnvironment=PYTHONPATH={PYTHONPATH}\n")
    booted.root("chown", "-R", f"{UID}:{UID}", "/home/dev")
    assert f"{units}/resolverd.service" in booted.resolverd("systemd", "install")
    assert booted.resolve("a") == FOUND
    pid = booted.user("systemctl", "--user", "show", "-P", "MainPID", "resolverd").stdout.strip()
    assert json.loads(booted.resolverd("status", "--json"))["pid"] == int(pid)
    booted.root("kill", "-9", pid)
    assert booted.resolve("a") == FOUND
    assert f"{units}/resolverd.service" in booted.resolverd("systemd", "uninstall")
    assert booted.resolverd("systemd", "uninstall") == "no unit of ours is installed\n"
    assert not booted.root("ls", f"/run/user/{UID}/resolverd").count("socket\n")


@as_systemd_reads_them
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        (tmp_path / unit.name).write_text(placed(unit.name))
    names = ("resolverd.socket", "resolverd.service", "resolverd@1000.socket", "resolverd@1000.service")
    done = _analyze("verify", "--man=no", *(str(tmp_path / name) for name in names))
    assert (done.returncode, done.stderr) == (0, "")


@as_systemd_reads_them
@pytest.mark.parametrize(("name", "tenths"), [("resolverd@.service", 4), ("resolverd.service", 10)])
def test_the_sandbox_is_as_tight_as_promised(name: str, tenths: int) -> None:
    done = _analyze("security", "--offline=true", f"--threshold={tenths}", "--no-pager", str(UNITS / name))
    assert done.returncode == 0, done.stdout


@pytest.fixture
def printed() -> Callable[[str], str]:
    def unit(name: str) -> str:
        program = "import sys; from resolverd.cli.systemd import unit; sys.stdout.write(unit(sys.argv[1]))"
        done = subprocess.run(
            (sys.executable, "-c", program, name), check=True, capture_output=True, text=True, cwd=ROOT
        )
        return done.stdout

    return unit


def test_a_unit_put_in_place_differs_from_the_shipped_one_in_what_it_starts(printed: Callable[[str], str]) -> None:
    assert printed("resolverd.service") == placed("resolverd.service")
    assert printed("resolverd.socket") == (UNITS / "resolverd.socket").read_text()


def _analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("systemd-analyze", *arguments), check=False, capture_output=True, text=True)
