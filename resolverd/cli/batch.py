"""`resolve --batch`: a stream of questions, answered in order as they come.

The facts. The other end may send one row and wait for its answer, or 20,000 without waiting. A round trip for each row
would make the second slow, and collecting rows would make the first hang.

What we do. Whatever rows are there are asked together, and their answers are written before more is read.
"""

from __future__ import annotations

import os
import stat
import sys
from argparse import Namespace
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import BinaryIO, Protocol

import msgspec

from resolverd.cli.asking import open_asker
from resolverd.cli.display import console, is_terminal, note
from resolverd.cli.exits import Exit, UsageError
from resolverd.cli.rows import Defaults, Malformed, ResolveRow, RowReader, answer_line, read_lines
from resolverd.terms import Answer, Kind, Status
from resolverd_client.blocking import BlockingClient
from resolverd_client.questions import Options, Question, refused_answer


class Advance(Protocol):
    """Told how many rows were answered, and how many bytes they had."""

    def __call__(self, rows: int, size: int) -> None:
        """Move the progress bar on."""
        ...


class Tally(msgspec.Struct):
    """What has been answered so far."""

    rows: int = 0
    failed: int = 0
    stale: int = 0

    @property
    def exit(self) -> Exit:
        """The exit code if this was all."""
        return Exit.NOT_RESOLVED if self.failed or self.stale else Exit.DONE


def resolve_rows(arguments: Namespace, options: Options | None) -> Exit:
    """Answer every row of `--batch` on stdout."""
    defaults = Defaults(Kind(arguments.kind), arguments.types, arguments.profile, options)
    tally = Tally()
    with open_source(arguments.batch) as source, open_asker(arguments) as client, _progress(source) as advance:
        reader = RowReader(ResolveRow)
        for lines in read_lines(source):
            rows = [reader.read(line) for line in lines]
            _answer_rows(client, rows, defaults, tally)
            advance(len(rows), sum(map(len, lines)) + len(lines))
    return tally.exit


def _answer_rows(client: BlockingClient, rows: list[ResolveRow | Malformed], defaults: Defaults, tally: Tally) -> None:
    """Ask what can be asked, and write every row's answer in its place."""
    questions: list[Question] = []
    refused: dict[int, Answer] = {}
    for place, row in enumerate(rows):
        try:
            questions.append(_question(row, defaults))
        except ValueError as error:
            refused[place] = refused_answer(str(error))
    replies = client.resolve_batch(questions)
    answers = iter(enumerate(replies.answers))
    out = bytearray()
    for place, row in enumerate(rows):
        number, answer = (-1, refused[place]) if place in refused else next(answers)
        stale = replies.stale.get(number)
        if stale is not None:
            tally.stale += 1
            _report_stale(questions[number], answer, stale)
        tally.failed += answer.status is Status.FAILED
        out += answer_line(row.id, answer, stale)
    tally.rows += len(rows)
    _write(sys.stdout.buffer, out)


def _question(row: ResolveRow | Malformed, defaults: Defaults) -> Question:
    if isinstance(row, Malformed):
        raise ValueError(row.message)  # noqa: TRY004  it is told as any other row that cannot be asked
    return row.question(defaults)


def _write(stdout: BinaryIO, out: bytearray) -> None:
    stdout.write(out)
    stdout.flush()


def _report_stale(asked: Question, fresh: Answer, stale: Answer) -> None:
    note(
        f"bug: {asked.specifier!r} from {asked.origin} was remembered as {_outcome(stale)}, and the disk says "
        f"{_outcome(fresh)}; the fresh answer was given. Please report it, and run `resolverd bust --all`"
    )


def _outcome(answer: Answer) -> str:
    return answer.path or answer.builtin or (answer.error.code.value if answer.error else "ignored")


# -- where rows come from ----------------------------------------------------------------------------------------------


@contextmanager
def open_source(name: str) -> Generator[int]:
    """Open the file of `--batch` (`-` is stdin) for unbuffered reading. Raises `UsageError`."""
    if name == "-":
        yield sys.stdin.fileno()
        return
    try:
        source = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"--batch {name}: {error.strerror}") from None
    try:
        if stat.S_ISDIR(os.fstat(source).st_mode):
            raise UsageError(f"--batch {name} is a directory; give a file of JSON lines, or - for stdin")
        yield source
    finally:
        os.close(source)


# -- progress ----------------------------------------------------------------------------------------------------------


def _progress(source: int) -> AbstractContextManager[Advance]:
    """Give what moves the progress bar: on a terminal's stderr, unless the rows themselves run over that terminal."""
    if is_terminal(sys.stderr) and not is_terminal(sys.stdout):
        return _bar(source)
    return nullcontext(_silently)


def _silently(rows: int, size: int) -> None:
    """Nobody watches."""


@contextmanager
def _bar(source: int) -> Generator[Advance]:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    status = os.fstat(source)
    total = status.st_size if stat.S_ISREG(status.st_mode) else None
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]:,} rows"), TimeElapsedColumn())
    with Progress(*columns, console=console(sys.stderr)) as progress:
        task = progress.add_task("resolve", total=total, rows=0)
        answered = 0

        def advance(rows: int, size: int) -> None:
            nonlocal answered
            answered += rows
            progress.update(task, advance=size, rows=answered)

        yield advance
