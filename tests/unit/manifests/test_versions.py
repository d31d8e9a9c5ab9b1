"""Version ranges, as TypeScript reads them."""

from __future__ import annotations

import pytest

from resolverd.manifests.versions import is_in_range


@pytest.mark.parametrize(
    "text",
    [
        *("", "*", "x", "5", "5.9", "5.9.3", "=5.9.3", "5.x", ">=4", ">=4.0 <6", "<6.0", "<=5", "<=5.9", ">5.8", ">4"),
        *(
            ">5.9.2",
            "~5.9",
            "~5.9.1",
            "^5.0",
            "^5",
            "4 - 5",
            "5.9 - 5.9.3",
            "* - 5",
            "<4 || >=5",
            ">=5.9.3-beta",
            "||5",
        ),
    ],
)
def test_ranges_that_hold_for_5_9_3(text: str) -> None:
    assert is_in_range(text)


@pytest.mark.parametrize(
    "text",
    [
        *("4", "6", ">5", ">=6", "<5", "<=5.8", "~5.8", "~4", "^4", "5.9.4", "=5.9.3-beta", "1 - 4", "<x", ">*"),
        *("<5.9.3", "latest", ">= 4", "^0.0.3", "5.9.3.1", "5 || latest", ">=5.9 <5.9.3", "9" * 2000),
    ],
)
def test_ranges_that_do_not_hold_or_are_none(text: str) -> None:
    assert not is_in_range(text)


@pytest.mark.parametrize(("text", "after"), [("^0.0.3", (0, 0, 4)), ("^0.2.3", (0, 3, 0)), ("^0", (1, 0, 0))])
def test_a_caret_holds_the_first_part_that_is_not_zero(text: str, after: tuple[int, int, int]) -> None:
    assert is_in_range(text, (0, 0, 3)) or is_in_range(text, (0, 2, 3))
    assert not is_in_range(text, after)
