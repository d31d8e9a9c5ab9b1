"""Each resolver's outcome for each row, as text: a path relative to the workspace, or what came instead of one."""

from __future__ import annotations

import subprocess

import msgspec

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import Profile
from resolverd.terms import Answer, Kind, Status
from resolverd_client import BlockingClient
from resolverd_client.questions import Question
from tests.differential.option_sets import OptionSet
from tests.differential.rows import SCRIPTS, Questions

FAILED = "(failed)"


def outcome_of(answer: Answer, workspace: str) -> str:
    """Put an answer in the words of `scripts/`."""
    match answer.status:
        case Status.FOUND:
            assert answer.path is not None
            return answer.path.removeprefix(workspace + "/") + answer.query + answer.fragment
        case Status.BUILTIN:
            return f"(builtin {answer.builtin})"
        case Status.IGNORED:
            return "(ignored)"
        case Status.FAILED:
            return FAILED


def ask_engine(questions: Questions, profile: Profile) -> list[str]:
    """Ask a new engine in this process."""
    engine = Engine()
    number = engine.open_profile(profile)
    modes = {kind.value: engine.mode(number, kind) for kind in Kind}
    workspace = str(questions.workspace)

    def ask_all() -> list[str]:
        engine.begin_turn()
        return [
            outcome_of(engine.answer(modes[kind], f"{workspace}/{directory}", specifier), workspace)
            for directory, specifier, kind in questions.rows
        ]

    cold = ask_all()
    assert ask_all() == cold, "a warm answer is not the cold one"
    engine.check()
    return cold


def ask_oxc(questions: Questions, option_set: OptionSet) -> list[str]:
    return _ask_script(questions, ["oxc.mjs"], option_set)


def ask_enhanced(questions: Questions, option_set: OptionSet) -> list[str]:
    return _ask_script(questions, ["enhanced.mjs"], option_set)


def ask_node(questions: Questions) -> list[str]:
    return _ask_script(questions, ["--experimental-import-meta-resolve", "node.mjs"])


def _ask_script(questions: Questions, command: list[str], option_set: OptionSet | None = None) -> list[str]:
    *flags, script = command
    options = msgspec.json.encode(option_set.by_kind if option_set else {}).decode()
    done = subprocess.run(
        ["node", *flags, SCRIPTS / script, questions.peers, questions.workspace, questions.path, options],
        capture_output=True,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=list[str])


def ask_daemon(questions: Questions, option_set: OptionSet, client: BlockingClient) -> list[str]:
    """Ask a daemon over its socket, in batches."""
    workspace = str(questions.workspace)
    asked = [
        Question(specifier, f"{workspace}/{directory}", False, Kind(kind), options=option_set.by_kind[kind])
        for directory, specifier, kind in questions.rows
    ]
    return [outcome_of(answer, workspace) for answer in client.resolve_many(asked)]
