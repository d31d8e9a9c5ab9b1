from __future__ import annotations

import re
from pathlib import Path

import pytest

from resolverd.service.config import NAMES, ConfigError, config_path, load


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path), "XDG_RUNTIME_DIR": "/run/user/7"}


def write_config(environ: dict[str, str], text: str) -> str:
    path = Path(config_path(environ))
    path.parent.mkdir()
    path.write_text(text)
    return str(path)


def source_of(environ: dict[str, str], name: str, **flags: object) -> tuple[object, str]:
    (found,) = [row for row in load(environ, flags).rows() if row.name == name]
    return found.value, found.source


def test_every_setting_is_in_the_manual_and_shown(environ: dict[str, str]) -> None:
    manual = (Path(__file__).parents[3] / "packaging/man/resolverd.8").read_text()
    assert re.findall(r"^\.BR ([a-z_]+) \"", manual, re.MULTILINE) == list(NAMES)
    assert [row.name for row in load(environ).rows()] == ["socket", *NAMES]


def test_without_anything_said_all_are_defaults(environ: dict[str, str]) -> None:
    rows = load(environ).rows()
    assert {row.source for row in rows} == {"default"}
    assert ("socket", "/run/user/7/resolverd/socket", "default") in rows
    assert ("idle_seconds", 1800.0, "default") in rows


def test_a_flag_comes_before_the_environment_and_that_before_the_file(environ: dict[str, str]) -> None:
    path = write_config(environ, "idle_seconds = 1\n")
    assert source_of(environ, "idle_seconds") == (1.0, path)
    environ["RESOLVERD_IDLE_SECONDS"] = "2"
    assert source_of(environ, "idle_seconds") == (2.0, "RESOLVERD_IDLE_SECONDS")
    assert source_of(environ, "idle_seconds", idle_seconds="3") == (3.0, "--idle-seconds")


def test_a_flag_that_was_not_given_says_nothing(environ: dict[str, str]) -> None:
    assert source_of(environ, "idle_seconds", idle_seconds=None) == (1800.0, "default")


def test_limits_are_settings_too(environ: dict[str, str]) -> None:
    write_config(environ, "connections = 5\nframe_seconds = 2.5\n")
    assert load(environ).settings.limits.connections == 5
    assert load(environ).settings.limits.frame_seconds == 2.5


def test_the_socket_comes_from_its_variable(environ: dict[str, str]) -> None:
    environ["RESOLVERD_SOCKET"] = "/s"
    assert source_of(environ, "socket") == ("/s", "RESOLVERD_SOCKET")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("idle_second = 1\n", "did you mean 'idle_seconds'?"),
        ('socket = "/s"\n', "unknown setting 'socket'"),
        ("idle_seconds = -1\n", ">= 0"),
        ("connections = 0\n", ">= 1"),
        ('connections = "many"\n', "int"),
        ("connections = 1.5\n", "int"),
        ('log_level = "loud"\n', "loud"),
        ("memory_bytes = 10\n", "1048576"),
        ("table_bytes = 10\n", "1048576"),
        ('metrics_file = "here"\n', "metrics_file"),
        ("[limits\n", "TOML"),
        ("\0", "TOML"),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_path(environ: dict[str, str], text: str, told: str) -> None:
    path = write_config(environ, text)
    with pytest.raises(ConfigError) as raised:
        load(environ)
    assert path in str(raised.value)
    assert told in str(raised.value)


def test_a_file_that_is_no_text_is_told(environ: dict[str, str]) -> None:
    path = Path(write_config(environ, ""))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(environ)


def test_what_is_wrong_in_the_environment_is_told_with_the_variable(environ: dict[str, str]) -> None:
    environ["RESOLVERD_CONNECTIONS"] = "0"
    with pytest.raises(ConfigError, match="RESOLVERD_CONNECTIONS"):
        load(environ)


def test_without_a_config_home_it_is_in_the_home() -> None:
    assert config_path({"HOME": "/home/u"}) == "/home/u/.config/resolverd/config.toml"
    assert config_path({"HOME": "/home/u", "XDG_CONFIG_HOME": "relative"}) == "/home/u/.config/resolverd/config.toml"
