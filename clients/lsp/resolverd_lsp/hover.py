"""What is shown beside a specifier: the file that it means and how that was found, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from resolverd.paths import is_inside
from resolverd.terms import Answer, Explanation, Step
from resolverd_lsp.packages import package_at

_CONDITION = re.compile(r"condition '(.+)' (holds|leads to no target)")


def describe(explanation: Explanation, roots: Sequence[str]) -> str:
    """Give the answer, its format, package and conditions, and the steps to it; paths are seen from the open folders."""
    head = [_meaning(explanation.answer), _particulars(explanation)]
    steps = "\n".join("  " * step.depth + step.text for step in explanation.steps)
    return _shortened("\n\n".join([*filter(None, head), f"~~~text\n{steps}\n~~~"]), roots)


def shown(path: str, roots: Sequence[str]) -> str:
    """Give a path as it is seen from the open folder that it is in."""
    root = next((root for root in roots if root not in {"/", path} and is_inside(path, root)), None)
    return path if root is None else path[len(root) + 1 :]


def _meaning(answer: Answer) -> str:
    if answer.error is not None:
        return f"**{answer.error.code}**\n\n{answer.error.message}"
    if answer.path is None:
        return (
            f"**{answer.builtin}** (built-in module)" if answer.builtin else "**nothing**: a browser map says `false`"
        )
    return f"**{answer.path}**{answer.query}{answer.fragment}"


def _particulars(explanation: Explanation) -> str:
    answer = explanation.answer
    told: list[str] = []
    if answer.format is not None:
        told.append(f"format `{answer.format}`")
    package = None if answer.package_json is None else package_at(answer.package_json)
    if package is not None and package.name is not None:
        told.append(f"package `{package.name}`{f' {package.version}' if package.version else ''}")
    conditions = conditions_of(explanation.steps)
    if conditions:
        told.append("conditions " + ", ".join(f"`{condition}`" for condition in conditions))
    if answer.side_effects is False:
        told.append("no side effects")
    return " · ".join(told)


def conditions_of(steps: Sequence[Step]) -> list[str]:
    """Give the conditions of `exports` or `imports` by which a target was selected, the outermost first."""
    holding: list[str] = []
    selected: list[str] = []
    for step in steps:
        found = _CONDITION.fullmatch(step.text)
        if found is not None and found[2] == "holds":
            holding.append(found[1])
        elif found is not None:
            holding.pop()
        elif " selects " in step.text:
            selected += holding
            holding.clear()
    return selected


def _shortened(text: str, roots: Sequence[str]) -> str:
    for root in roots:
        text = text if root == "/" else text.replace(f"{root}/", "")
    return text
