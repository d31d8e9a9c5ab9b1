"""`resolverd demo`: the main job in a few seconds, on real files, by a real daemon of its own.

It makes a workspace in a temporary directory, starts a daemon on a private socket, asks it over that socket, changes
files under its feet, shows a failure, and takes everything away again. Nothing of the user's is touched.
"""

from __future__ import annotations

import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from resolverd import __version__
from resolverd.cli import launch
from resolverd.cli.asking import CLIENT
from resolverd.cli.demo_workspace import IMPORTER, add_checkout, make_workspace, remove_checkout, upgrade_palette
from resolverd.cli.display import print_pairs, say, say_bold
from resolverd.cli.exits import Exit
from resolverd.cli.lifecycle import stop_daemon
from resolverd.terms import Answer, Kind
from resolverd_client.blocking import BlockingClient
from resolverd_client.connection import Connection, SocketConnection
from resolverd_client.questions import Question
from resolverd_client.session import Session

_ROUNDS = 500
"""How often everything is asked again, to time it."""


class _Ask(msgspec.Struct, frozen=True):
    """One line of the tour: what is asked, and which rule answers it."""

    specifier: str
    rule: str
    kind: Kind = Kind.IMPORT
    profile: str | None = None

    @property
    def how(self) -> str:
        """The way it is asked, in a word."""
        return self.profile or self.kind.value


_ASKS = (
    _Ask("./cart.js", "TypeScript name"),
    _Ask("@/theme", "tsconfig paths"),
    _Ask("#settings", "#imports"),
    _Ask("#settings", "#imports", profile="browser"),
    _Ask("@shop/ui/button", "workspace link"),
    _Ask("palette", "exports: import"),
    _Ask("palette", "exports: require", kind=Kind.REQUIRE),
    _Ask("fetcher", "browser map", profile="browser"),
    _Ask("fetcher/pool.js", "browser map: none", profile="browser"),
    _Ask("fs", "built-in"),
)

_EDITS = (
    ("./checkout is written", "./checkout", add_checkout),
    ("palette 3 is installed", "palette", upgrade_palette),
    ("./checkout is deleted", "./checkout", remove_checkout),
)

_FAILING = "palette/internal/table"


def demo(arguments: Namespace) -> int:  # noqa: ARG001  it has a socket of its own
    """Show the tour."""
    with tempfile.TemporaryDirectory(prefix="resolverd-demo-") as temporary:
        root = Path(temporary).resolve() / "shop"
        files = make_workspace(root)
        with _daemon(Path(temporary)) as client:
            tour = _Tour(client, root)
            _head(f"resolverd {__version__}: a tour on a workspace of {files} files, made in {root}")
            tour.ask()
            tour.ask_again()
            tour.change()
            tour.fail()
    _head("The daemon is stopped, the workspace removed. Yours: resolverd resolve SPECIFIER --from FILE")
    return Exit.DONE


@contextmanager
def _daemon(directory: Path) -> Generator[BlockingClient]:
    """Run a daemon of our own on a socket in `directory`, for as long as the tour lasts."""

    def dial(path: str, session: Session) -> Connection:
        return SocketConnection(launch.start(path, directory / "log"), session)

    with BlockingClient(directory / "socket", name=CLIENT, dial=dial) as client:
        client.greet()
        try:
            yield client
        finally:
            stop_daemon(client)


class _Tour:
    """The stations, in order."""

    def __init__(self, client: BlockingClient, root: Path) -> None:
        self._client = client
        self._root = root
        self._questions = [self._question(ask) for ask in _ASKS]

    def _question(self, ask: _Ask) -> Question:
        return Question(ask.specifier, str(self._root / IMPORTER), kind=ask.kind, profile=ask.profile)

    def ask(self) -> None:
        """Ask what the imports of one file mean."""
        _head(f"1  What do the imports of {IMPORTER} mean?")
        answers = self._client.resolve_many(self._questions)
        print_pairs(
            (f"  {ask.specifier}", ask.how, self._outcome(answer), ask.rule)
            for ask, answer in zip(_ASKS, answers, strict=True)
        )

    def ask_again(self) -> None:
        """Ask the same again, from memory."""
        questions = self._questions * _ROUNDS
        _head(f"2  The same again, {_ROUNDS} times over")
        began = time.perf_counter()
        self._client.resolve_many(questions)
        took = time.perf_counter() - began
        engine = self._client.stats().engine
        say(
            f"  {len(questions):,} answers in {took * 1e3:.0f} ms over the socket, {took / len(questions) * 1e6:.0f} µs each:"
        )
        say(f"  {engine.misses} were looked up on the disk, {engine.hits:,} remembered")

    def change(self) -> None:
        """Change files, say nothing, and ask at once."""
        _head("3  Files change; nobody tells the daemon, and the next question is right")
        print_pairs(self._before_and_after(what, specifier, edit) for what, specifier, edit in _EDITS)

    def _before_and_after(self, what: str, specifier: str, edit: Callable[[Path], None]) -> tuple[str, ...]:
        question = self._question(_Ask(specifier, ""))
        before = self._outcome(self._client.ask(question))
        edit(self._root)
        return f"  {what}", before, "->", self._outcome(self._client.ask(question))

    def fail(self) -> None:
        """Show an import that does not resolve, and why."""
        _head("4  An import that fails says why")
        explanation = self._client.explain(_FAILING, importer=self._root / IMPORTER)
        say(f"  $ resolverd explain {_FAILING} --from {IMPORTER}")
        for step in explanation.steps:
            say(f"  {'  ' * step.depth}{self._short(step.text)}")
        error = explanation.answer.error
        if error is not None:
            say(f"  {error.code}: {self._short(error.message)}")

    def _outcome(self, answer: Answer) -> str:
        if answer.error is not None:
            return answer.error.code.value
        return self._short(answer.path or answer.builtin or "(ignored)")

    def _short(self, text: str) -> str:
        """Leave out the workspace's own path."""
        return text.replace(f"{self._root}/", "")


def _head(text: str) -> None:
    say("")
    say_bold(text, style="bold cyan")
