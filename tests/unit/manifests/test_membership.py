"""Which files `files`, `include` and `exclude` take in."""

from __future__ import annotations

import pytest

from resolverd.manifests.membership import Membership, rivals


def of(
    include: list[str] | None = None,
    exclude: tuple[str, ...] = (),
    files: list[str] | None = None,
    *,
    allows_js: bool = False,
    takes_json: bool = False,
) -> Membership:
    return Membership("/p", files, include, exclude, allows_js=allows_js, takes_json=takes_json)


@pytest.mark.parametrize(
    ("include", "path", "owns"),
    [
        (None, "/p/deep/a.ts", True),
        (None, "/p/deep/a.d.mts", True),
        (None, "/other/a.ts", False),
        (None, "/p/a.js", False),
        (None, "/p/a.json", False),
        (None, "/p/node_modules/x/a.ts", False),
        (None, "/p/.cache/a.ts", False),
        (None, "/p/.a.ts", False),
        (["/p/src"], "/p/src/deep/a.ts", True),
        (["/p/src"], "/p/srcs/a.ts", False),
        (["/p/node_modules/x"], "/p/node_modules/x/a.ts", True),
        (["/p/.*/*"], "/p/.cache/a.ts", True),
        (["/p/*/a.ts"], "/p/x/a.ts", True),
        (["/p/*/a.ts"], "/p/x/y/a.ts", False),
        (["/p/*/a.ts"], "/p/node_modules/a.ts", False),
        (["/p/?.ts"], "/p/a.ts", True),
        (["/p/?.ts"], "/p/ab.ts", False),
        (["/p/**/*.test.ts"], "/p/a.test.ts", True),
        (["/p/**/x/**/*"], "/p/a/x/b/c.ts", True),
        (["/p/**"], "/p/a.ts", False),
        ([], "/p/a.ts", False),
    ],
)
def test_what_include_takes_in(include: list[str] | None, path: str, *, owns: bool) -> None:
    assert of(include).owns(path) is owns


def test_what_is_excluded_is_out_unless_files_lists_it() -> None:
    member = of(exclude=("/p/dist", "/p/src/gen*", "/p/**/*.test.ts"), files=None)
    assert [
        member.owns(path)
        for path in ("/p/dist/a.ts", "/p/src/gen-x/deep/a.ts", "/p/src/deep/a.test.ts", "/p/a.test.ts", "/p/src/a.ts")
    ] == [False, False, False, False, True]
    assert of([], ("/p/a.ts",), ["/p/a.ts"]).owns("/p/a.ts")


def test_files_alone_takes_in_nothing_else() -> None:
    assert not of(files=["/p/a.ts"]).owns("/p/b.ts")
    assert of(files=["/p/a.js"]).owns("/p/a.js")


def test_javascript_and_json_have_to_be_allowed() -> None:
    assert of(allows_js=True).owns("/p/a.mjs")
    assert not of(allows_js=True).owns("/p/a.min.js")
    assert of(["/p/*.min.js"], allows_js=True).owns("/p/a.min.js")
    assert of(["/p/*.json"], takes_json=True).owns("/p/a.json")
    assert not of(["/p/*"], takes_json=True).owns("/p/a.json")


def test_an_importer_of_another_kind_is_claimed_by_name_of_its_extension() -> None:
    member = of(["/p/src/**/*.vue", "/p/src/**/*.ts"])
    assert member.claims("/p/src/deep/App.vue")
    assert not member.owns("/p/src/deep/App.vue")
    assert not member.claims("/p/App.vue")
    assert not of(["/p/src/*.js"]).claims("/p/src/a.js")


def test_a_pattern_of_many_stars_ends() -> None:
    member = of(["/p/" + "**/" * 40 + "*a" * 60 + ".ts"], ("/p/" + "*b" * 60 + "/x",))
    # As a regular expression it would not end.
    assert not member.owns("/p/" + "a/" * 200 + "a" * 200 + ".tsx")


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("/p/a.ts", []),
        ("/p/a.d.ts", ["/p/a.ts", "/p/a.tsx"]),
        ("/p/a.js", ["/p/a.ts", "/p/a.tsx"]),
        ("/p/a.jsx", ["/p/a.ts", "/p/a.tsx", "/p/a.js"]),
        ("/p/a.cjs", ["/p/a.cts", "/p/a.d.cts"]),
        ("/p/a.vue", []),
        ("/p/a.d.js", []),
    ],
)
def test_which_files_would_be_taken_instead(path: str, before: list[str]) -> None:
    assert rivals(path) == before
