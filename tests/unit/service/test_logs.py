"""What the journal is given."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resolverd.service.logs import JournalFormatter, is_read_by_journal


def test_the_journal_is_known_by_the_file_that_it_reads(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w") as file:
        status = os.fstat(file.fileno())
        named = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        assert is_read_by_journal(named, file.fileno())
        with (tmp_path / "elsewhere").open("w") as other:
            assert not is_read_by_journal(named, other.fileno())
        assert not is_read_by_journal({}, file.fileno())


@pytest.mark.parametrize(("level", "priority"), [(logging.INFO, 6), (logging.WARNING, 4), (logging.ERROR, 3)])
def test_each_line_has_its_priority_and_no_time(level: int, priority: int) -> None:
    record = logging.LogRecord("it", level, "", 0, "one\n%s", ("two",), None)
    assert JournalFormatter().format(record) == f"<{priority}>one\n<{priority}>two"


def test_elsewhere_a_line_has_its_time_and_who_wrote_it() -> None:
    program = "import logging; from resolverd.service.logs import begin_logging; begin_logging('warning'); logging.warning('so')"
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True)
    assert done.stderr.endswith("WARNING so\n")
    assert "resolverd[" in done.stderr
