"""`resolverd doctor` and `status`: what is wrong is named, with what to do about it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolverd.cli.findings import Level
from resolverd.cli.inotify_limits import ROUNDS, check_order, early_deletions, holders
from resolverd.cli.surroundings import check_place, check_socket, file_system_type
from resolverd.terms import Blindness
from resolverd.watch.inotify import Inotify
from resolverd.watch.mounts import MountTable
from tests.e2e.command import Home, home
from tests.e2e.live import NAMESPACES, require

SOURCE = Path(__file__).parents[2]

Row = dict[str, str]


@pytest.fixture
def user() -> Iterator[Home]:
    with home() as made:
        yield made


def findings(user: Home) -> dict[str, Row]:
    """The last finding of each check."""
    listed = user.json("doctor")["findings"]
    assert isinstance(listed, list)
    return {row["check"]: row for row in listed}


def test_without_a_daemon_it_starts_none_and_looks_at_the_rest(user: Home) -> None:
    done = user.run("doctor")
    assert done.returncode == 3
    assert b"nobody listens" in done.stdout
    assert b"inotify watches" in done.stdout
    assert user.run("status").returncode == 3


def test_a_sound_daemon_has_nothing_to_be_done(user: Home) -> None:
    user.run("resolve", "fs", "--from", user.importer)
    found = findings(user)
    assert found["invariants"]["level"] == found["watches"]["level"] == found["socket"]["level"] == "ok"
    assert user.run("doctor").returncode == 0


def test_places_beyond_the_limit_are_named_with_the_sysctl_line(user: Home) -> None:
    user.environment["RESOLVERD_MAX_WATCHES"] = "2"
    user.run("resolve", "./app", "--from", user.importer)
    row = findings(user)["watches"]
    assert row["level"] == "warning"
    assert re.search(r"sudo sysctl fs\.inotify\.max_user_watches=\d+", row["remedy"])
    assert "the limit of watches is reached (/" in row["message"]
    assert user.run("doctor").returncode == 1
    status = user.run("status")
    assert status.returncode == 1
    assert b"the limit of watches is reached (/" in status.stdout


def test_a_daemon_of_another_version_is_told_of(user: Home) -> None:
    with user.other_daemon("resolverd.__version__ = '9.9'"):
        row = findings(user)["version"]
        assert "9.9" in row["message"]
        assert row["remedy"] == "`resolverd restart`"
        user.run("stop")


def test_a_daemon_of_another_protocol_is_told_of(user: Home) -> None:
    with user.other_daemon("m.PROTOCOL = 2") as daemon:
        assert findings(user)["version"]["level"] == "fault"
        daemon.terminate()


def test_a_daemon_in_a_namespace_of_its_own_is_told_of_where_it_has_other_files(user: Home, tmp_path: Path) -> None:
    require(*NAMESPACES, "mount", "-t", "tmpfs", "none", "/mnt")
    program = (
        "sh",
        "-c",
        f'mount -t tmpfs none "{tmp_path}" && exec "$@"',
        "sh",
        sys.executable,
        "-m",
        "resolverd",
        "run",
    )
    with subprocess.Popen((*NAMESPACES, *program), env=user.environment, cwd=SOURCE) as daemon:
        while user.run("status").returncode == 3:
            assert daemon.poll() is None
        assert "mounts" not in findings(user)
        told = json.loads(user.run("doctor", "--json", cwd=tmp_path).stdout)["findings"]
        assert [row["message"] for row in told if row["check"] == "mounts"] == [
            f"the daemon is in another mount namespace, where {tmp_path} is something else"
        ]
        daemon.terminate()


def test_settings_that_no_daemon_starts_with_are_a_fault(user: Home) -> None:
    user.environment["RESOLVERD_MAX_WATCHES"] = "many"
    assert findings(user)["settings"]["level"] == "fault"
    assert user.run("doctor").returncode == 1


def test_a_runtime_directory_that_others_may_write_to_is_a_fault(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    (row,) = check_socket(str(tmp_path / "socket"), {})
    assert row.level is Level.FAULT
    assert row.remedy == f"chmod 700 {tmp_path}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_runtime_directory_of_another_user_is_a_fault(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, -1)
    (row,) = check_socket(str(tmp_path / "socket"), {})
    assert row.level is Level.FAULT
    assert "user 65534" in row.message


def test_what_is_no_socket_is_a_fault_where_the_socket_should_be(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "socket").touch()
    directory, socket = check_socket(str(tmp_path / "socket"), {})
    assert (directory.level, socket.level) == (Level.WELL, Level.FAULT)


def test_a_place_on_a_file_system_that_tells_nothing_is_named() -> None:
    (row,) = check_place("/proc/self/fdinfo")
    assert row.level is Level.WARNING
    assert "proc changes without this kernel's knowing" in row.message


def test_a_place_on_a_disk_can_be_watched(tmp_path: Path) -> None:
    assert next(iter(check_place(str(tmp_path)))).level is Level.WELL


def test_the_file_system_says_itself_what_it_is() -> None:
    assert file_system_type("/proc") == 0x9FA0
    assert MountTable(Path("/proc/self/mountinfo").read_text(encoding="utf-8")).type_of("/proc") == "proc"
    assert file_system_type("/there/is/no/such/place") is None


def test_who_holds_watches_is_found(tmp_path: Path) -> None:
    watcher = Inotify()
    try:
        watcher.watch_directory(str(tmp_path))
        (ours,) = (holder for holder in holders() if holder.pid == os.getpid())
        assert ours.instances >= 1
        assert ours.watches >= 1
    finally:
        watcher.close()


def test_a_deletion_that_is_told_of_before_it_is_to_be_seen_is_a_fault(tmp_path: Path) -> None:
    def is_still_there(path: str) -> bool:
        return path.endswith("7")

    assert early_deletions(tmp_path, is_still_there) == ROUNDS // 10
    assert early_deletions(tmp_path) == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("release", "level"), [("5.2.0", Level.WELL), ("5.10.0-18-amd64", Level.NOTE), ("6.1.0", Level.WELL)]
)
def test_kernels_that_may_be_out_of_order_are_noted(tmp_path: Path, release: str, level: Level) -> None:
    assert check_order(tmp_path, release).level is level


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can be another user for a moment")
def test_a_directory_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    watcher = Inotify()
    try:
        assert watcher.blindness(str(tmp_path)).why is Blindness.LIMIT
        os.seteuid(65534)
        assert watcher.blindness(str(tmp_path)).why is Blindness.PERMISSION
        assert str(tmp_path) in next(iter(check_place(str(tmp_path)))).message
    finally:
        os.seteuid(0)
        watcher.close()
