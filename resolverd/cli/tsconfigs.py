"""`tsconfig`: what one comes to and where each value comes from, which one a file is under, one at a time or in rows."""

from __future__ import annotations

import sys
from argparse import Namespace

import msgspec

from resolverd.cli.asking import open_asker
from resolverd.cli.batch import open_source
from resolverd.cli.display import encode_json, note, print_json, print_pairs, say
from resolverd.cli.exits import Exit, UsageError
from resolverd.cli.places import path_of
from resolverd.cli.rows import Malformed, RowReader, TsconfigRow, read_lines
from resolverd.errors import OptionsError
from resolverd.terms import TsconfigOp, TsconfigProblem, TsconfigQuestion, TsconfigReport
from resolverd_client.blocking import BlockingClient

_ACTIONS = {
    "show": (TsconfigOp.LOAD, ("TSCONFIG",)),
    "find": (TsconfigOp.FIND, ("FILE",)),
    "owns": (TsconfigOp.OWNS, ("TSCONFIG", "FILE")),
    "paths": (TsconfigOp.PATHS, ("TSCONFIG", "SPECIFIER")),
}


def tsconfig(arguments: Namespace) -> int:
    """Answer one question about tsconfigs, or with `--batch` rows of them."""
    if (arguments.action is None) == (arguments.batch is None):
        raise UsageError("what is asked? Give show, find, owns or paths with its operands, or --batch FILE")
    if arguments.batch is not None:
        with open_asker(arguments) as client:
            return _answer_rows(client, arguments.batch)
    question = _question(arguments)
    with open_asker(arguments) as client:
        report = client.tsconfig(question)
    if arguments.json:
        print_json(report_row(report))
    else:
        _print_report(question, report)
    return _exit_of(question, report)


def _question(arguments: Namespace) -> TsconfigQuestion:
    op, names = _ACTIONS[arguments.action]
    if len(arguments.operands) != len(names):
        raise UsageError(f"`resolverd tsconfig {arguments.action}` takes {' '.join(names)}")
    given = dict(zip(names, arguments.operands, strict=True))
    tsconfig, file = (path_of(given[name]) if name in given else None for name in ("TSCONFIG", "FILE"))
    return TsconfigQuestion(op, tsconfig, file, given.get("SPECIFIER"), arguments.owning)


def _exit_of(question: TsconfigQuestion, report: TsconfigReport) -> Exit:
    """No, nowhere and none are 1, as they are to `grep`."""
    answered = {TsconfigOp.OWNS: report.owns, TsconfigOp.PATHS: report.candidates}.get(question.op, report.tsconfig)
    return Exit.DONE if answered and not _errors(report) else Exit.NOT_RESOLVED


# -- rows --------------------------------------------------------------------------------------------------------------


def _answer_rows(client: BlockingClient, name: str) -> Exit:
    """Answer each row in its place; a row that cannot be asked has an error of its own. "No" and "none" are answers."""
    code = Exit.DONE
    reader = RowReader(TsconfigRow)
    with open_source(name) as source:
        for lines in read_lines(source):
            out = bytearray()
            for row in map(reader.read, lines):
                report = _report(client, row)
                code = Exit.NOT_RESOLVED if _errors(report) else code
                out += encode_json(report_row(report, row.id)) + b"\n"
            sys.stdout.buffer.write(out)
            sys.stdout.buffer.flush()
    return code


def _report(client: BlockingClient, row: TsconfigRow | Malformed) -> TsconfigReport:
    if isinstance(row, Malformed):
        return _refused(row.message)
    try:
        return client.tsconfig(row.question())
    except OptionsError as error:
        return _refused(str(error))


def _refused(message: str) -> TsconfigReport:
    return TsconfigReport(problems=(TsconfigProblem("invalid_request", "", message),))


def report_row(report: TsconfigReport, row_id: object = None) -> dict[str, object]:
    """A report as JSON has it: `errors` are kinds, `problems` say more."""
    return {
        "id": row_id,
        "options": report.options,
        "tsconfig": report.tsconfig,
        "owns": report.owns,
        "candidates": report.candidates,
        "errors": _errors(report),
        "problems": [msgspec.structs.asdict(problem) for problem in report.problems],
        **{name: report.lists.get(name) for name in ("files", "include", "exclude", "references")},
        "origins": report.origins,
        "sources": report.sources,
    }


def _errors(report: TsconfigReport) -> list[str]:
    """The kinds of what is wrong, each once; a value of a wrong type is passed over by TypeScript too."""
    return list(dict.fromkeys(problem.kind for problem in report.problems if problem.kind != "type"))


# -- for people --------------------------------------------------------------------------------------------------------


def _print_report(question: TsconfigQuestion, report: TsconfigReport) -> None:
    for problem in report.problems:
        note(f"{problem.path}: {problem.message}")
    match question.op:
        case TsconfigOp.LOAD:
            _print_config(report)
        case TsconfigOp.FIND if report.tsconfig is None:
            note(f"no tsconfig {'takes in' if question.owning else 'is above'} {question.file}")
        case TsconfigOp.FIND:
            say(report.tsconfig or "")
        case TsconfigOp.OWNS:
            say("yes" if report.owns else "no")
        case TsconfigOp.PATHS:
            for candidate in report.candidates or ():
                say(candidate)


def _print_config(report: TsconfigReport) -> None:
    if report.tsconfig is None:
        return
    say(report.tsconfig)
    values = {**(report.options or {}), **report.lists}
    if values:
        print_pairs(
            (f"  {name}", encode_json(value).decode(), report.origins.get(name, f"(implied by {report.tsconfig})"))
            for name, value in values.items()
        )
