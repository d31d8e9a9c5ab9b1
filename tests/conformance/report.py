"""Print each wrong case (memory view, cold): `python -m tests.conformance.report [SUITE ...] [--id ID] [--explain]`.

SUITE is a suite of the oracles, or a file of the project's own cases. For whoever works on the resolver; the tests
say the same, with less to read.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import cast

from tests.conformance import features, oracles
from tests.conformance.grounds import ROOT, MemoryGround, plant
from tests.conformance.oracles import SUITES, Algorithm, Case, Replies
from tests.conformance.questions import JsonObject, Question, ask_cold, explain

_LONG = 4
"""An alias table with more rules than this is cut down."""


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    names = [*asked.suites, *asked.suite] or [*SUITES, *features.names()]
    unknown = [name for name in names if name not in SUITES and name not in features.names()]
    if unknown:
        print(f"no such suite: {', '.join(unknown)}; known: {', '.join([*SUITES, *features.names()])}")
        return 2
    if absence := oracles.absence():
        print(absence)
        names = [name for name in names if name not in SUITES]
    wrong = [_report_suite(name, asked) if name in SUITES else _report_feature(name, asked) for name in names]
    return 1 if any(wrong) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.report", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="all, unless some are named")
    parser.add_argument("--suite", action="append", default=[], help="the same")
    parser.add_argument("--id", action="append", default=[], help="these cases only (ids), right ones too")
    parser.add_argument("--tag", help="the cases with this tag only")
    parser.add_argument("--undisputed", action="store_true", help="the cases in which no peer dissents only")
    parser.add_argument("--known", action="store_true", help="the known differences too")
    parser.add_argument("--algorithm", choices=["bundler", "node"], help="instead of the suite's own")
    parser.add_argument("--explain", action="store_true", help="the steps of each resolve")
    parser.add_argument("--limit", type=int, default=1000, help="print no more cases of a suite than this")
    return parser


# -- the oracles -----------------------------------------------------------------------------------------------------


def _report_suite(name: str, asked: argparse.Namespace) -> int:
    suite = oracles.load(name)
    algorithm: Algorithm = asked.algorithm or SUITES[name]
    ground = MemoryGround(f"/oracle/{name}")
    plant(ground, suite.tree)
    cases = [case for case in suite.cases if _is_asked(case, asked)]
    if not cases:
        return 0
    replies = {case.id: tuple(oracles.play(case, ground, algorithm)) for case in cases}
    wrong = oracles.wrong_ids(replies)
    known = oracles.known_ids(name)
    shown = [case for case in cases if asked.id or (case.id in wrong and (asked.known or case.id not in known))]
    for case in shown[: asked.limit]:
        _print_case(case, replies[case.id], ground.root, known=case.id in known)
        if asked.explain:
            _print_steps(ground, case.question(ground.root, algorithm))
    unlisted = [case for case in cases if case.id in wrong - known]
    undisputed = [case for case in unlisted if case.undisputed]
    print(
        f"== {name}: {len(cases)} cases, {len(wrong)} wrong; not listed: {len(unlisted)}, undisputed: {len(undisputed)}"
    )
    return len(unlisted)


def _is_asked(case: Case, asked: argparse.Namespace) -> bool:
    return (
        (not asked.id or case.id in asked.id)
        and (asked.tag is None or asked.tag in case.tags)
        and (not asked.undisputed or case.undisputed)
    )


def _print_case(case: Case, replies: Replies, root: str, *, known: bool) -> None:
    dissent = {peer: answer for peer, answer in case.peers.items() if answer != "same"}
    notes = [f"{peer}: {json.dumps(answer)}" for peer, answer in dissent.items()]
    notes += ["known difference"] if known else []
    print(f"-- {case.id}  {case.specifier!r} from {case.context_dir or case.importer or '.'}  ({case.test})")
    print(f"   options  {json.dumps(_relevant(case))}")
    for stage, reply in zip(case.stages, replies, strict=True):
        for edit in stage.edits:
            print(f"   then     {edit.op} {edit.path} {edit.content[:200].strip()}")
        print(f"   expected {reply.expected}")
        print(f"   got      {str(reply).replace(root, '~')}{'' if reply.is_right else '   <-- wrong'}")
    for note in notes:
        print(f"   but      {note}")


def _relevant(case: Case) -> JsonObject:
    """The options, a long alias table cut down to the rules that may apply."""
    options = dict(case.options)
    for name in ("alias", "fallback"):
        rules = cast("list[JsonObject]", options.get(name, []))
        if len(rules) > _LONG:
            options[name] = [*(rule for rule in rules if _may_apply(str(rule["name"]), case.specifier)), "..."]
    return options


def _may_apply(name: str, specifier: str) -> bool:
    return specifier.startswith((name.split("*", maxsplit=1)[0], ".")) or name.startswith(ROOT)


# -- the project's own cases -----------------------------------------------------------------------------------------


def _report_feature(name: str, asked: argparse.Namespace) -> int:
    if asked.id or asked.tag:
        return 0
    feature = features.load(name)
    ground = MemoryGround("/own/tree")
    plant(ground, feature.entries(ground.root))
    wrong = 0
    for case in feature.cases:
        question = feature.question(case, ground.root)
        complaints = features.complaints(case, ask_cold(ground.view, question), ground.root)
        if not complaints:
            continue
        wrong += 1
        if wrong > asked.limit:
            continue
        print(f"-- {name}: {case.name}")
        print(f"   {case.ask!r} from {case.directory or case.importer or '.'}  {json.dumps(case.options)}")
        print("   " + "\n   ".join(complaint.replace(ground.root, "~") for complaint in complaints))
        if asked.explain:
            _print_steps(ground, question)
    print(f"== {name}: {len(feature.cases)} cases, {wrong} wrong")
    return wrong


def _print_steps(ground: MemoryGround, question: Question) -> None:
    for step in explain(ground.view, question).steps:
        print(f"     {'  ' * step.depth}{step.text.replace(ground.root, '~')}")


if __name__ == "__main__":
    sys.exit(main())
