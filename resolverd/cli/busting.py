"""`bust` and `missing`: what is remembered is void, or is looked at again."""

from __future__ import annotations

import sys
from argparse import Namespace

import msgspec

from resolverd.cli.asking import open_client
from resolverd.cli.batch import open_source
from resolverd.cli.display import counted, encode_json, print_json, say
from resolverd.cli.exits import Exit, UsageError
from resolverd.cli.places import path_of
from resolverd.cli.resolving import origin_given
from resolverd.cli.rows import Malformed, MissingRow, RowReader, read_lines
from resolverd.terms import Busted, Code, Row
from resolverd_client.blocking import BlockingClient


def bust(arguments: Namespace) -> int:
    """Void paths, one import's answers, or everything; print how much it was."""
    given = [bool(arguments.paths), arguments.specifier is not None, arguments.all]
    if sum(given) != 1:
        raise UsageError("what is to be voided? Give paths, or --specifier S --from FILE, or --all")
    if arguments.origin is not None and arguments.specifier is None:
        raise UsageError("--from belongs to --specifier; to void what depends on a path, give the path alone")
    with open_client(arguments) as client:
        _print_busted(arguments, _bust(client, arguments))
    return Exit.DONE


def _bust(client: BlockingClient, arguments: Namespace) -> Busted:
    if arguments.all:
        return client.bust_all()
    if arguments.specifier is not None:
        origin, is_file = origin_given(arguments)
        if is_file:
            return client.bust_specifier(arguments.specifier, importer=origin)
        return client.bust_specifier(arguments.specifier, directory=origin)
    return client.bust(*map(path_of, arguments.paths))


def missing(arguments: Namespace) -> int:
    """Say that an answer could not be opened; print how much was voided because of it."""
    if (arguments.path is None) == (arguments.batch is None):
        raise UsageError("which answer could not be opened? Give its PATH, or --batch for rows on stdin")
    with open_client(arguments) as client:
        if arguments.batch is not None:
            return _missing_rows(client, arguments.batch)
        _print_busted(arguments, client.missing(path_of(arguments.path)))
    return Exit.DONE


def _missing_rows(client: BlockingClient, name: str) -> Exit:
    """Answer rows of `{"id", "path"}` with `{"id", "answers", "directories", "manifests", "error"}`."""
    code = Exit.DONE
    reader = RowReader(MissingRow)
    with open_source(name) as source:
        for lines in read_lines(source):
            out = bytearray()
            for line in lines:
                row = reader.read(line)
                if isinstance(row, Malformed):
                    code = Exit.NOT_RESOLVED
                    out += encode_json(_missing_row(row.id, Busted(), row.message)) + b"\n"
                else:
                    out += encode_json(_missing_row(row.id, client.missing(path_of(row.path)))) + b"\n"
            sys.stdout.buffer.write(out)
            sys.stdout.buffer.flush()
    return code


def _missing_row(row_id: object, busted: Busted, message: str | None = None) -> Row:
    error = None if message is None else {"code": Code.INVALID_REQUEST.value, "message": message}
    return {"id": row_id, **msgspec.structs.asdict(busted), "error": error}


def _print_busted(arguments: Namespace, busted: Busted) -> None:
    if arguments.json:
        print_json(msgspec.structs.asdict(busted))
    else:
        say(f"voided {describe(busted)}")


def describe(busted: Busted) -> str:
    """Write what was voided for people."""
    return (
        f"{counted(busted.answers, 'answer')}, {counted(busted.directories, 'directory')} "
        f"and {counted(busted.manifests, 'manifest')}"
    )
