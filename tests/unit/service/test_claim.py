from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from resolverd.service.claim import AlreadyRunningError, ClaimError, claim
from resolverd.wire.address import pid_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "resolverd" / "socket"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_socket_and_directory_are_ours_alone(path: Path) -> None:
    with claim(str(path)) as listener:
        assert listener.getblocking() is False
        assert (mode_of(path.parent), mode_of(path)) == (0o700, 0o600)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))


def test_the_pid_file_tells_who_listens(path: Path) -> None:
    with claim(str(path)):
        assert Path(pid_path(str(path))).read_text() == f"{os.getpid()}\n"


def test_nothing_is_left_behind(path: Path) -> None:
    with claim(str(path)):
        pass
    assert not list(path.parent.iterdir())


def test_nothing_is_left_behind_by_a_daemon_that_breaks_off(path: Path) -> None:
    with pytest.raises(OSError, match="broken"), claim(str(path)):
        raise OSError("broken")
    assert not list(path.parent.iterdir())


def test_a_second_daemon_is_told_of_the_first_and_changes_nothing(path: Path) -> None:
    with claim(str(path)):
        with pytest.raises(AlreadyRunningError) as raised, claim(str(path)):
            pass
        assert raised.value.pid == os.getpid()
        assert str(path) in str(raised.value)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
        assert Path(pid_path(str(path))).exists()


def test_a_path_can_be_claimed_again(path: Path) -> None:
    for _ in range(2):
        with claim(str(path)):
            pass


def test_the_socket_of_a_daemon_that_died_is_replaced(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    Path(pid_path(str(path))).write_text("4194999\n")
    with claim(str(path)), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_what_a_daemon_left_that_died_while_it_started_is_replaced(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    Path(f"{path}.new").touch()
    with claim(str(path)):
        assert not Path(f"{path}.new").exists()


def test_a_file_that_is_no_socket_is_not_touched(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_text("precious")
    with pytest.raises(ClaimError, match="no socket"), claim(str(path)):
        pass
    assert path.read_text() == "precious"


def test_a_successor_s_socket_is_not_removed(path: Path) -> None:
    with claim(str(path)):
        path.unlink()
        path.touch()
    assert path.exists()


def test_a_directory_in_which_others_may_write_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o777)
    with pytest.raises(ClaimError, match="others may write"), claim(str(path)):
        pass


def test_a_sticky_directory_such_as_tmp_is_accepted(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o1777)
    with claim(str(path)):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_directory_that_is_somebody_else_s_is_refused(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    os.chown(path.parent, 12345, 12345)
    with pytest.raises(ClaimError, match="not a directory of ours"), claim(str(path)):
        pass


def test_a_link_in_the_directory_s_place_is_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    path.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ClaimError, match="not a directory of ours"), claim(str(path)):
        pass


def test_a_link_in_the_pid_file_s_place_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    (tmp_path / "precious").write_text("precious")
    Path(pid_path(str(path))).symlink_to(tmp_path / "precious")
    with pytest.raises(ClaimError), claim(str(path)):
        pass
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_path_that_is_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClaimError, match="bytes"), claim(str(tmp_path / ("x" * 100) / "socket")):
        pass


def test_a_parent_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClaimError, match="no socket can be made"), claim(str(tmp_path / "a" / "b" / "socket")):
        pass
