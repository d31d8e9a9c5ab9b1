from __future__ import annotations

from resolverd.wire.address import pid_path, socket_path


def test_the_socket_is_in_the_runtime_directory() -> None:
    assert socket_path({"XDG_RUNTIME_DIR": "/run/user/7"}, 7) == "/run/user/7/resolverd/socket"


def test_without_a_runtime_directory_it_is_in_a_directory_of_the_user_s_own() -> None:
    assert socket_path({}, 7) == "/tmp/resolverd-7/socket"


def test_a_relative_runtime_directory_does_not_count() -> None:
    assert socket_path({"XDG_RUNTIME_DIR": "run"}, 7) == "/tmp/resolverd-7/socket"


def test_the_variable_says_otherwise() -> None:
    assert socket_path({"XDG_RUNTIME_DIR": "/run/user/7", "RESOLVERD_SOCKET": "/s"}, 7) == "/s"


def test_an_empty_variable_says_nothing() -> None:
    assert socket_path({"RESOLVERD_SOCKET": ""}, 7) == "/tmp/resolverd-7/socket"


def test_the_pid_file_is_beside_the_socket() -> None:
    assert pid_path("/run/user/7/resolverd/socket") == "/run/user/7/resolverd/socket.pid"
