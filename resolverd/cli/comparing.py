"""`explain --compare PEER`: the same question asked of another resolver, and the first step where the two part.

The peer is the one that the importer's project has in its `node_modules`, else the one in the directory that
RESOLVERD_PEERS names. It runs in a Node.js of its own, with the options as far as it knows them.
"""

from __future__ import annotations

import os
import subprocess
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import msgspec

from resolverd.cli.display import print_json, say
from resolverd.cli.exits import UsageError
from resolverd.cli.resolving import explanation_row, print_steps
from resolverd.paths import ancestors, is_inside, name_of
from resolverd.resolution.options import ResolveOptions, option_fields, parse_options
from resolverd.resolution.profiles import DEFAULT_PROFILE
from resolverd.resolution.project import find_profile
from resolverd.terms import Answer, Explanation, Look, Status, Step
from resolverd.view.disk import DiskView
from resolverd_client.questions import Question

PACKAGES = {
    "node": None,
    "oxc": "oxc-resolver",
    "enhanced-resolve": "enhanced-resolve",
    "esbuild": "esbuild",
    "typescript": "typescript",
}
"""The npm package of each peer."""

_SCRIPTS = Path(__file__).parent / "peers"
_SECONDS = 60
_MOST_LINES = 200
"""Lines of a peer's own trace that are shown."""


class PeerOutcome(msgspec.Struct, frozen=True):
    """What a peer makes of a question. `trace` is its own log; `looked` the paths that it says it looked at, or none."""

    version: str
    status: Status
    path: str | None = None
    query: str = ""
    fragment: str = ""
    builtin: str | None = None
    code: str | None = None
    message: str = ""
    trace: tuple[str, ...] = ()
    looked: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The outcome in a line."""
        if self.path is not None:
            return f"{self.path}{self.query}{self.fragment}"
        return self.builtin or (self.message.splitlines() or [self.status.value])[0]


def compare(arguments: Namespace, asked: Question, explanation: Explanation) -> None:
    """Ask the peer and print both, side by side. Raises `UsageError` where the peer cannot be run."""
    outcome = ask_peer(arguments.compare, asked)
    same = is_same(explanation.answer, outcome)
    place = None if same else parting(explanation.steps, outcome)
    if arguments.json:
        peer = msgspec.to_builtins(outcome) | {"name": arguments.compare}
        print_json(explanation_row(explanation) | {"peer": peer, "same": same, "parted": place})
        return
    print_steps(asked, explanation)
    say(f"\n{arguments.compare} {outcome.version}: {outcome.shown}")
    for line in outcome.trace[:_MOST_LINES]:
        say(f"  {line}")
    if place is None:
        say("\nboth say the same")
    else:
        say(f"\nthey part at step {place + 1}: {explanation.steps[place].text}")


def is_same(answer: Answer, outcome: PeerOutcome) -> bool:
    """Tell whether a peer says the same. Failures are the same, whatever they are called."""
    ours = (answer.status, answer.path, answer.query, answer.fragment, answer.builtin)
    return ours == (outcome.status, outcome.path, outcome.query, outcome.fragment, outcome.builtin)


def parting(steps: Sequence[Step], outcome: PeerOutcome) -> int:
    """Find the first step that leads away from what the peer found; -1 where there are no steps.

    That is the step that did not take the peer's file, or that took or chose what is not on the peer's way: neither
    leads to its file nor was looked at by it. Where no step is such, the last one ended what the peer went on with.
    Of a peer that found nothing and says nothing of its way, only the end is known.
    """
    if outcome.path is None and not outcome.looked:
        return max((place for place, step in enumerate(steps) if step.look is Look.FOUND), default=len(steps) - 1)
    for place, step in enumerate(steps):
        if step.path is None or step.look is None:
            continue
        if step.path == outcome.path and step.look is not Look.CHOSEN:
            return place
        if step.look in {Look.FOUND, Look.CHOSEN} and not _is_on_the_way(step.path, outcome):
            return place
    return len(steps) - 1


def _is_on_the_way(path: str, outcome: PeerOutcome) -> bool:
    """Tell whether a path is what the peer has found or looked at, leads there, or is the same but for its extension."""
    stem = path.rpartition(".")[0] if "." in name_of(path) else path
    reached = outcome.looked if outcome.path is None else (*outcome.looked, outcome.path)
    return any(is_inside(each, path) or each.startswith((f"{path}.", f"{stem}.")) for each in reached)


# -- running it --------------------------------------------------------------------------------------------------------


def ask_peer(name: str, asked: Question) -> PeerOutcome:
    """Run a peer on a question. Raises `UsageError` where it is not installed, or broke off."""
    package = PACKAGES[name]
    root = None if package is None else find_peer(package, asked.origin)
    options = _options(asked)
    question = {
        "root": root,
        "specifier": asked.specifier,
        "origin": asked.origin,
        "is_file": asked.is_file,
        "kind": asked.kind.value,
        "profile": asked.profile,
        "options": {key: value for key, value in option_fields(options).items() if value is not None},
    }
    script = _SCRIPTS / f"{name}.mjs"
    command = ["node", "--no-warnings", "--experimental-import-meta-resolve", str(script)]
    try:
        # S603: the scripts are ours, and the question goes in by stdin.
        done = subprocess.run(  # noqa: S603
            command, input=msgspec.json.encode(question), capture_output=True, check=False, timeout=_SECONDS
        )
    except FileNotFoundError:
        raise UsageError("--compare runs the other resolver in Node.js, and there is no `node` on the PATH") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"--compare {name}: no answer within {_SECONDS} s") from None
    said = done.stderr.decode(errors="replace")
    try:
        outcome = msgspec.json.decode(done.stdout, type=PeerOutcome)
    except msgspec.DecodeError:
        raise UsageError(f"--compare {name} broke off:\n{said[-2000:]}") from None
    return _with_log(outcome, said)


def _with_log(outcome: PeerOutcome, said: str) -> PeerOutcome:
    """Add what a peer wrote to stderr to its trace (esbuild's log)."""
    lines = tuple(line.rstrip() for line in said.splitlines() if line.strip())
    looked = tuple(part for line in lines for part in line.split('"')[1::2] if part.startswith("/"))
    return msgspec.structs.replace(
        outcome, trace=(*outcome.trace, *lines), looked=tuple(dict.fromkeys((*outcome.looked, *looked)))
    )


def find_peer(package: str, origin: str) -> str:
    """Find the directory whose `node_modules` has a package: the importer's project, else RESOLVERD_PEERS."""
    given = os.environ.get("RESOLVERD_PEERS")
    for directory in (*ancestors(origin), *([] if given is None else [given, str(Path(given).parent)])):
        if Path(directory, "node_modules", package, "package.json").is_file():
            return directory
    where = "RESOLVERD_PEERS is not set" if given is None else f"not in RESOLVERD_PEERS ({given}) either"
    raise UsageError(
        f"{package} is not installed: in no node_modules above {origin}, and {where}."
        f" `npm install {package}` in the project, or in a directory that RESOLVERD_PEERS names"
    )


def _options(asked: Question) -> ResolveOptions:
    if asked.profile is None and asked.options is not None:
        return parse_options(asked.options)
    base = find_profile(DiskView(), asked.profile or DEFAULT_PROFILE, asked.project).options(asked.kind)
    return base if asked.options is None else parse_options(asked.options, base)
