"""`resolve` and `explain`: one question from the command line (many at a time: `batch`)."""

from __future__ import annotations

import shlex
import sys
from argparse import Namespace
from pathlib import Path
from typing import cast

import msgspec

from resolverd.cli.asking import open_asker
from resolverd.cli.display import console, is_terminal, note, print_json, say
from resolverd.cli.exits import Exit, UsageError
from resolverd.cli.places import origin_of, project_of
from resolverd.terms import Answer, Explanation, Kind, Status, answer_row
from resolverd_client.questions import Options, Question


def resolve(arguments: Namespace) -> int:
    """Print the path that an import means; with `--batch`, answer rows."""
    if arguments.batch is not None:
        if arguments.specifier is not None or arguments.origin is not None:
            raise UsageError(
                "--batch takes its specifiers and importers from its rows; give no SPECIFIER and no --from"
            )
        from resolverd.cli.batch import resolve_rows  # noqa: PLC0415  one question need not pay for many

        return resolve_rows(arguments, read_options(arguments))
    asked = _question(arguments)
    with open_asker(arguments) as client:
        answer = client.ask(asked)
    if arguments.json:
        print_json(answer_row(answer))
    else:
        print_answer(asked, answer)
    return exit_of(answer)


def explain(arguments: Namespace) -> int:
    """Print every step of one resolve, as a tree, and what came of it."""
    asked = _question(arguments)
    with open_asker(arguments) as client:
        explanation = client.ask_explanation(asked)
    if arguments.compare is not None:
        from resolverd.cli.comparing import compare  # noqa: PLC0415  it brings profiles along, and runs a process

        compare(arguments, asked, explanation)
    elif arguments.json:
        print_json(explanation_row(explanation))
    else:
        print_steps(asked, explanation)
        if arguments.origins:
            _print_origins(explanation)
    return exit_of(explanation.answer)


def explanation_row(explanation: Explanation) -> dict[str, object]:
    """The explanation as JSON; `made_from` of an origin names others by their place in the list."""
    return {
        "answer": answer_row(explanation.answer),
        "remembered": explanation.is_remembered,
        "steps": [msgspec.structs.asdict(step) for step in explanation.steps],
        "origins": [msgspec.structs.asdict(origin) for origin in explanation.origins],
    }


def exit_of(answer: Answer) -> Exit:
    """Give the exit code of one answer."""
    return Exit.NOT_RESOLVED if answer.status is Status.FAILED else Exit.DONE


# -- the question ------------------------------------------------------------------------------------------------------


def _question(arguments: Namespace) -> Question:
    if arguments.specifier is None:
        raise UsageError("what is imported? `resolverd resolve SPECIFIER --from FILE`, or --batch FILE")
    origin, is_file = origin_given(arguments)
    return Question(
        arguments.specifier,
        origin,
        is_file,
        Kind(arguments.kind),
        arguments.types,
        arguments.profile,
        read_options(arguments),
        project=project_of(origin, is_file=is_file),
    )


def origin_given(arguments: Namespace) -> tuple[str, bool]:
    """Give the path of `--from`, and whether it is a file. Raises `UsageError`."""
    if arguments.origin is None:
        raise UsageError(f"where is {arguments.specifier!r} imported from? Give the importing file: --from FILE")
    return origin_of(arguments.origin)


def read_options(arguments: Namespace) -> Options | None:
    """Read the file of `--options`. Raises `UsageError`."""
    if arguments.options is None:
        return None
    try:
        options: object = msgspec.json.decode(Path(arguments.options).read_bytes())
    except OSError as error:
        raise UsageError(f"--options {arguments.options}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"--options {arguments.options} is no JSON: {error}") from None
    if not isinstance(options, dict):
        raise UsageError(f"--options {arguments.options} has to hold an object of resolve options")
    return cast("Options", options)


# -- the answer --------------------------------------------------------------------------------------------------------


def print_answer(asked: Question, answer: Answer) -> None:
    """Write the path alone to stdout; what is no path is told on stderr."""
    if answer.error is not None:
        note(f"{answer.error.code}: {answer.error.message}")
        note(f"every step of it: {_explain_command(asked)}")
    elif answer.status is Status.IGNORED:
        note(f"{asked.specifier!r} is ignored here (a browser map or an alias says false): there is no path")
    else:
        say(answer.path or answer.builtin or "")


def _explain_command(asked: Question) -> str:
    """Write the command that explains a question."""
    words = ["resolverd", "explain", asked.specifier, "--from", asked.origin]
    if asked.kind is not Kind.IMPORT:
        words += ["--kind", asked.kind.value]
    if asked.types:
        words.append("--types")
    if asked.profile is not None:
        words += ["--profile", asked.profile]
    return shlex.join(words)


def print_steps(asked: Question, explanation: Explanation) -> None:
    """Write the steps to stdout, each below the one that led to it."""
    answer = explanation.answer
    heading = f"{asked.specifier} from {asked.origin}"
    outcome = answer.path or answer.builtin or "ignored" if answer.error is None else _failure(answer)
    if is_terminal(sys.stdout):
        _print_tree(heading, explanation, outcome, found=answer.error is None)
    else:
        say(heading)
        for step in explanation.steps:
            say("  " * (step.depth + 1) + step.text)
        say(f"= {outcome}")


def _print_origins(explanation: Explanation) -> None:
    """List what the answer was made from: it falls when a name or a manifest among them changes."""
    say(f"the answer was {'' if explanation.is_remembered else 'not '}remembered; it is made from")
    for place, origin in enumerate(explanation.origins):
        sources = f"  <- {' '.join(map(str, origin.made_from))}" if origin.made_from else ""
        say(f"{place:>4} {'=' if origin.is_remembered else '+'} {origin.text}{sources}")
    say("(= was remembered, + was looked at now, <- was made from)")


def _failure(answer: Answer) -> str:
    return "" if answer.error is None else f"{answer.error.code}: {answer.error.message}"


def _print_tree(heading: str, explanation: Explanation, outcome: str, *, found: bool) -> None:
    from rich.text import Text  # noqa: PLC0415  a terminal shows it
    from rich.tree import Tree  # noqa: PLC0415

    tree = Tree(Text(heading, style="bold"), guide_style="dim")
    branches = [tree]
    for step in explanation.steps:
        del branches[step.depth + 1 :]
        branches.append(branches[-1].add(Text(step.text)))
    tree.add(Text(outcome, style="bold green" if found else "bold red"))
    console(sys.stdout).print(tree)
