"""What the command line tells other programs: counters, and what completes its own line."""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from resolverd.cli.arguments import parser
from resolverd.service.config import NAMES
from tests.e2e.command import Home, home

MANUAL = Path(__file__).parents[2] / "packaging" / "man"


@pytest.fixture
def user() -> Iterator[Home]:
    with home() as made:
        yield made


def test_the_counters_are_told_as_prometheus_reads_them(user: Home) -> None:
    user.run("resolve", "fs", "--from", user.importer)
    families = list(text_string_to_metric_families(user.run("stats", "--prometheus").stdout.decode()))
    assert {"resolverd_misses", "resolverd_requests", "resolverd_resident_bytes"} <= {each.name for each in families}
    assert user.run("stats", "--prometheus", "--json").returncode == 2


def test_a_running_daemon_keeps_its_metrics_file_written(user: Home) -> None:
    path = user.root / "resolverd.prom"
    user.run("start", RESOLVERD_METRICS_FILE=str(path))
    while not path.exists():
        assert user.run("status").returncode == 0
    assert "resolverd_uptime_seconds" in path.read_text()


def test_bash_completes_commands_options_and_choices(user: Home) -> None:
    script = user.root / "completion"
    script.write_bytes(user.run("completion", "bash").stdout)
    assert {"resolve", "restart"} <= _completed(script, "re")
    assert "--specifier" in _completed(script, "bust", "--s")
    assert _completed(script, "completion", "") == {"bash", "zsh", "fish"}


def _completed(script: Path, *words: str) -> set[str]:
    program = f"""
        source {script}
        COMP_WORDS=(resolverd "$@"); COMP_CWORD=$#; COMP_LINE="resolverd $*"; COMP_POINT=${{#COMP_LINE}}
        "$(complete -p resolverd | sed 's/.*-F \\([^ ]*\\).*/\\1/')" resolverd "${{@: -1}}"
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(("bash", "-c", program, "bash", *words), capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_manual_names_every_command_and_option() -> None:
    manual = (MANUAL / "resolverd.1").read_text().replace("\\-", "-")
    missing = [name for name in _names(parser()) if name not in manual]
    assert not missing


def test_the_manual_has_every_setting() -> None:
    manual = (MANUAL / "resolverd.8").read_text()
    assert not [name for name in NAMES if f".BR {name} " not in manual]


def _names(grammar: argparse.ArgumentParser) -> Iterator[str]:
    for action in grammar._actions:
        if action.help is not argparse.SUPPRESS:
            yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices
            for command in action.choices.values():
                yield from _names(command)


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
@pytest.mark.parametrize("page", ["resolverd.1", "resolverd.8"])
def test_the_manual_is_set_without_a_warning(page: str) -> None:
    done = subprocess.run(
        ("groff", "-man", "-Tutf8", "-ww", MANUAL / page), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
