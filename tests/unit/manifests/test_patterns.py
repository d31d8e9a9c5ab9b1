"""Patterns beside Python's own matcher, and those that no backtracking matcher gets through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolverd.manifests.patterns import Exhausted, Pattern

YARN = r"(^(?:\.yarn\/sdks(?:\/(?!\.{1,2}(?:\/|$))(?:(?:(?!(?:^|\/)\.{1,2}(?:\/|$)).)*?)|$))$)"


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (YARN, ".yarn/sdks/typescript/lib/tsc.js", True),
        (YARN, ".yarn/sdks", True),
        (YARN, ".yarn/sdks/../cache", False),
        (YARN, "src/.yarn/sdks/x", False),
        ("^not-a-workspace(/|$)", "not-a-workspace/x", True),
        ("^not-a-workspace(/|$)", "not-a-workspaces/x", False),
        (r"^(?:packages\/(?!\.)(?=.)[^/]*?\/legacy\/[^/]*?)$", "packages/a/legacy/x.js", True),
        (r"^(?:packages\/(?!\.)(?=.)[^/]*?\/legacy\/[^/]*?)$", "packages/.a/legacy/x.js", False),
        (r"(?<=a)b(?<!c)", "ab", True),
        (r"(?<name>x{2,})-\bend\B", "xx-ends", True),
        (r"[\w.-]+@[^\s]", "a.b@c", True),
        (r"\x41\u0042\t{1}", "AB\t", True),
        ("a{,2}", "a{,2}", True),
        ("[]", "a", False),
        ("[^]", "\n", True),
        (".", "\n", False),
        ("a$", "a\n", False),
        ("", "", True),
        ("^(?:(?:(?:a)+)+)+$", "a" * 50 + "b", False),
    ],
)
def test_a_pattern_matches_as_in_javascript(pattern: str, text: str, expected: bool) -> None:
    assert Pattern(pattern).matches(text) is expected


@pytest.mark.parametrize(
    "pattern", ["(", ")", "*", "a**", "[a", "[b-a]", "\\", r"(a)\1", "(?<n", "(" * 101 + ")" * 101]
)
def test_what_is_no_pattern_or_has_back_references_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError):
        Pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["^(a|aa)+$", "^(?:(?:a|ab|b)+)+x$", "^(a*)*b$", "^(?:.*a){30}b$", "^(?:a?){50}a{50}b$"]
)
def test_a_pattern_made_to_take_for_ever_is_done_at_once(pattern: str) -> None:
    assert not Pattern(pattern).matches("a" * 500 + "!")


def test_what_is_too_much_is_told() -> None:
    nested = "(?:a" * 40 + "(?=a)" + ")*" * 40 + "(?:(?=(?:(?=a*b).)*)a)*$"
    with pytest.raises(Exhausted):
        Pattern(nested).matches("a" * 4000)


atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\w", r"\.", "^", "$", r"\b", "(?=a)", "(?!b)", "/"])
sources = st.recursive(
    atoms,
    lambda inner: (
        st.builds("(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,}", "*?", "+?"]))
        | st.builds("(?:{}|{})".format, inner, inner)
        | st.builds("{}{}".format, inner, inner)
        | st.builds("(?!{})".format, inner)
    ),
    max_leaves=6,
)


@given(sources, st.text(alphabet="ab/.", max_size=8))
def test_every_pattern_matches_as_pythons_does(source: str, text: str) -> None:
    assert Pattern(source).matches(text) is (re.search(source, text) is not None), (source, text)
