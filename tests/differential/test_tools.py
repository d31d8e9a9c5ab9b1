"""Each profile that is named for a tool beside that tool, from npm, on the imports of a real workspace."""

from __future__ import annotations

import pytest

from resolverd.resolution.profiles import named_profile
from tests.differential.conftest import Report
from tests.differential.install import Unavailable
from tests.differential.resolvers import FAILED, ask_engine
from tests.differential.rows import Questions
from tests.differential.tools import TOOLS, ask_tool, describe, known_differences, parted, share_alike

ENOUGH = 0.999


@pytest.mark.parametrize("name", TOOLS)
def test_a_profile_answers_as_the_tool_that_it_is_named_for(name: str, questions: Questions, report: Report) -> None:
    try:
        theirs = ask_tool(name, questions.workspace, questions.path)
    except Unavailable as why:
        report.add(f"skipped: {why}")
        pytest.skip(str(why))
    ours = ask_engine(questions, named_profile(name))
    share = share_alike(ours, theirs)
    found = parted(name, questions.rows, ours, theirs)
    report.add(
        f"{name:<9}{len(ours):>7} rows   as the tool itself {share:9.4%}   "
        f"parted {len(found)}   not resolved {ours.count(FAILED)}"
    )
    known = known_differences(name)
    unlisted = [each for each in found if not any(entry.covers(each) for entry in known)]
    gone = [entry for entry in known if not any(map(entry.covers, found))]
    assert not unlisted, f"not in tools.toml:\n{describe(unlisted)}"
    assert not gone, f"in tools.toml, and no longer so:\n{describe(gone)}"
    assert share >= ENOUGH
