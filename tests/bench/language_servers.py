"""The language server beside TypeScript's: how long a diagnostic outlives its cause, and what a keystroke costs."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
from lsprotocol import types

from tests.bench.ground import Ground
from tests.bench.tsserver import TypeScriptServer, typescript_server
from tests.e2e.command import home
from tests.e2e.editor import Editor, editor, write

ROUNDS = 7
KEYS = 60
LINES = (200, 5_000)

_TICK = os.sysconf("SC_CLK_TCK")


class Key(msgspec.Struct):
    """What one keystroke cost, the median of many: milliseconds until all is told, and milliseconds of CPU."""

    wall: float
    cpu: float


class Measured(msgspec.Struct):
    """`gone`: seconds from npm's end until the diagnostic went, ours and TypeScript's in each round. `keys` by lines and place."""

    gone: list[tuple[float, float]]
    keys: dict[str, tuple[Key, Key]]


class Both(NamedTuple):
    """Two servers that watch one project."""

    root: Path
    ours: Editor
    daemon: int
    theirs: TypeScriptServer


def measure(ground: Ground) -> Measured:
    with _both(ground) as both:
        gone = [_install(both, number) for number in range(ROUNDS)]
        keys = {f"{lines} {place}": _type(both, lines, place) for lines in LINES for place in ("code", "import")}
        return Measured(gone, keys)


@contextmanager
def _both(ground: Ground) -> Iterator[Both]:
    with ExitStack() as stack:
        user = stack.enter_context(home())
        root = user.root / "project"
        write(root / "package.json", '{"name": "project", "private": true}')
        options = {"module": "esnext", "moduleResolution": "bundler", "types": [], "noEmit": True}
        write(root / "tsconfig.json", json.dumps({"compilerOptions": options}))
        write(root / "src/there.ts", "export default 1;\n")
        ours = stack.enter_context(editor(user, root))
        theirs = stack.enter_context(typescript_server(ground.peers))
        ours.await_codes(ours.open(root / "src/first.ts", "import './there';\n"))
        yield Both(root, ours, user.pid(), theirs)


# -- a package that is installed ---------------------------------------------------------------------------------------


def _install(both: Both, number: int) -> tuple[float, float]:
    """Install what a file imports: seconds from the end of that until each server has nothing more to say."""
    name = f"late-{number}"
    package = both.root / "vendor" / name
    write(package / "package.json", json.dumps({"name": name, "version": "1.0.0", "main": "index.js"}))
    write(package / "index.js", "module.exports = 1;\n")
    write(package / "index.d.ts", "declare const late: number;\nexport default late;\n")
    text = f"import late from '{name}';\nlate;\n"
    file = write(both.root / f"src/importer-{number}.ts", text)
    uri = both.ours.open(file)
    both.theirs.open(file, text)
    both.ours.await_codes(uri, "ERR_MODULE_NOT_FOUND")
    assert both.theirs.errors(file) == 1
    with ThreadPoolExecutor() as pool:
        ends = [
            pool.submit(_time, lambda: both.ours.await_codes(uri)),
            pool.submit(_time, lambda: both.theirs.await_no_errors(file)),
        ]
        _run_npm(both.root, package)
        installed = time.perf_counter()
        ours, theirs = (end.result() - installed for end in ends)
    return ours, theirs


def _time(wait: Callable[[], None]) -> float:
    wait()
    return time.perf_counter()


def _run_npm(root: Path, package: Path) -> None:
    command = ("npm", "install", "--install-links", "--offline", "--no-audit", "--no-fund", str(package))
    subprocess.run(command, cwd=root, check=True, capture_output=True)


# -- keystrokes --------------------------------------------------------------------------------------------------------


def _type(both: Both, lines: int, place: str) -> tuple[Key, Key]:
    """Type in the middle of a document, a letter and its removal by turns, in a name or in an import."""
    text = _text(lines)
    file = write(both.root / f"src/typed-{lines}-{place}.ts", text)
    uri = both.ours.open(file)
    both.theirs.open(file, text)
    both.ours.await_codes(uri)
    assert both.theirs.errors(file) == 0
    line = lines // 2 + (place == "code")
    column = len(f"const a{line} = f({line}, 'x" if place == "code" else f"import v{line} from './there")

    def ours(letter: str, over: int) -> None:
        both.ours.type(uri, line, column, letter, over=over)
        if place == "import":
            both.ours.await_codes(uri, *["ERR_MODULE_NOT_FOUND"] * (1 - over))
        else:
            both.ours.at(types.TEXT_DOCUMENT_HOVER, uri, line, column)

    def theirs(letter: str, over: int) -> None:
        both.theirs.edit(file, line, column, letter, over=over)
        assert both.theirs.errors(file) == (1 - over if place == "import" else 0)

    ours_cost = _cost(ours, both.ours.process.pid, both.daemon)
    theirs_cost = _cost(theirs, both.theirs.process.pid)
    both.ours.close(uri)
    return ours_cost, theirs_cost


def _cost(press: Callable[[str, int], None], *processes: int) -> Key:
    walls: list[float] = []
    before = sum(map(_cpu, processes))
    for number in range(KEYS):
        started = time.perf_counter()
        press("" if number % 2 else "z", number % 2)
        walls.append(time.perf_counter() - started)
    return Key(1000 * statistics.median(walls), 1000 * (sum(map(_cpu, processes)) - before) / KEYS)


def _cpu(process: int) -> float:
    """Give the seconds of CPU that a process has used, all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _text(lines: int) -> str:
    """A file of so many lines, of which every fiftieth imports something."""
    head = "declare function f(line: number, text: string): number;\n"
    body = (
        f"import v{line} from './there';\n" if line % 50 == 0 else f"const a{line} = f({line}, 'x');\n"
        for line in range(1, lines)
    )
    return head + "".join(body)


def report(measured: Measured) -> str:
    ours, theirs = zip(*measured.gone, strict=True)
    rows = [
        f"| {_PLACES[place]}, {int(lines):,} lines | {ours.wall:.1f} | {ours.cpu:.1f} | {theirs.wall:.1f} | {theirs.cpu:.1f} |"
        for name, (ours, theirs) in measured.keys.items()
        for lines, place in (name.split(),)
    ]
    return _REPORT.format(
        rounds=len(measured.gone), keys=KEYS, ours=_spread(ours), theirs=_spread(theirs), rows="\n".join(rows)
    )


_PLACES = {"code": "in a string", "import": "in a specifier, which fails and resolves by turns"}


def _spread(seconds: tuple[float, ...]) -> str:
    return f"{statistics.median(seconds):.2f} | {min(seconds):.2f} to {max(seconds):.2f}"


_REPORT = """\
`resolverd lsp` and TypeScript's `tsserver` watch one project; each is spoken to as by an editor.

A file imports a package that is not there; `npm install` puts it there, in each of {rounds} rounds. Seconds from npm's end until
there is no diagnostic any more; less than nothing: before npm had ended.

| | median | lowest to highest |
|---|--:|--:|
| resolverd lsp, which the daemon tells | {ours} |
| tsserver, asked again whenever it says that something changed | {theirs} |

One keystroke in the middle of a document, medians of {keys}: milliseconds until all that is to be told is told, and of CPU (the
server's, the daemon's with it). tsserver is asked for diagnostics after each, and checks types too.

| | resolverd, wall | CPU | tsserver, wall | CPU |
|---|--:|--:|--:|--:|
{rows}
"""
