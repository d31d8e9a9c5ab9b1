from __future__ import annotations

from pathlib import Path

import pytest

from resolverd.terms import Kind
from resolverd_client.questions import PART_CHARACTERS, Question, arrange, cut_paths, question


def test_a_question_needs_one_clear_origin() -> None:
    with pytest.raises(ValueError, match="either"):
        question("a")
    with pytest.raises(ValueError, match="either"):
        question("a", importer="/b", directory="/c")


def test_relative_paths_are_seen_from_the_working_directory() -> None:
    asked = question("a", importer=Path("b.js"))
    assert (asked.origin, asked.is_file) == (f"{Path.cwd()}/b.js", True)
    assert question("a", directory="/c").is_file is False


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="dynamic"):
        question("a", importer="/b", kind="dynamic")


def test_questions_are_grouped_by_importer_and_every_answer_has_its_place() -> None:
    asked = [
        Question("a", "/x.js"),
        Question("b", "/y.js"),
        Question("c", "/x.js"),
        Question("d", "/x.js", is_file=False),
    ]
    (part,) = arrange(asked)
    assert part.groups == [("/x.js", True, ["a", "c"]), ("/y.js", True, ["b"]), ("/x.js", False, ["d"])]
    assert part.places == [0, 2, 1, 3]


def test_what_is_asked_differently_goes_in_different_requests() -> None:
    asked = [
        Question("a", "/x"),
        Question("a", "/x", kind=Kind.REQUIRE),
        Question("a", "/x", types=True),
        Question("a", "/x", fresh=True),
        Question("a", "/x", profile="node"),
        Question("a", "/x", options={"symlinks": False}),
    ]
    assert [part.places for part in arrange(asked)] == [[0], [1], [2], [3], [4], [5]]


def test_equal_options_share_a_request_and_parts_of_one_profile_stand_together() -> None:
    browser = {"options": {"mainFields": ["browser"]}}
    asked = [
        Question("a", "/x", options={"mainFields": ["browser"]}),
        Question("b", "/x"),
        Question("c", "/x", kind=Kind.REQUIRE, **browser),
        Question("d", "/x", **browser),
    ]
    assert [part.places for part in arrange(asked)] == [[0, 3], [2], [1]]


def test_the_order_of_aliases_is_part_of_the_options() -> None:
    first = {"alias": {"a": "b", "a/c": "d"}}
    second = {"alias": {"a/c": "d", "a": "b"}}
    assert len(arrange([Question("a", "/x", options=first), Question("a", "/x", options=second)])) == 2


def test_a_part_has_at_most_as_many_specifiers_as_are_allowed() -> None:
    parts = arrange([Question(str(number), "/x") for number in range(7)], limit=3)
    assert [part.groups for part in parts] == [
        [("/x", True, ["0", "1", "2"])],
        [("/x", True, ["3", "4", "5"])],
        [("/x", True, ["6"])],
    ]
    assert [place for part in parts for place in part.places] == list(range(7))


@pytest.mark.parametrize(
    ("lengths", "parts"),
    [
        ([], [0]),
        ([1], [1]),
        ([1] * 7, [3, 3, 1]),
        ([PART_CHARACTERS + 1], [1]),
        ([1, PART_CHARACTERS, 1, 1], [1, 1, 2]),
        ([PART_CHARACTERS // 2] * 3, [2, 1]),
    ],
)
def test_paths_are_cut_by_number_and_by_size(lengths: list[int], parts: list[int]) -> None:
    paths = [str(place % 10) * length for place, length in enumerate(lengths)]
    cut = cut_paths(paths, limit=3)
    assert [len(part) for part in cut] == parts
    assert [path for part in cut for path in part] == paths


def test_long_specifiers_are_spread_over_requests() -> None:
    long = "a" * (PART_CHARACTERS // 2)
    parts = arrange([Question(long, "/x"), Question(long + long, "/x"), Question("b", "/x")])
    assert [part.places for part in parts] == [[0], [1], [2]]
