"""`resolverd tsconfig`: for people, for scripts, and in rows."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.e2e.command import Home, home

CONFIG = {"compilerOptions": {"strict": True, "paths": {"~/*": ["./src/*"]}}, "include": ["src"]}


@pytest.fixture(scope="module")
def shop() -> Iterator[Home]:
    with home() as made:
        (made.workspace / "tsconfig.json").write_text(json.dumps(CONFIG))
        made.run("start")
        yield made


@pytest.mark.parametrize("where", [(), ("--no-daemon",)])
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("find", "shop/src/app.ts", "--owning"), 0, "{shop}/tsconfig.json\n"),
        (("find", "shop/other/new.ts"), 0, "{shop}/tsconfig.json\n"),
        (("find", "shop/other/new.ts", "--owning"), 1, ""),
        (("owns", "shop/tsconfig.json", "shop/src/app.ts"), 0, "yes\n"),
        (("owns", "shop/tsconfig.json", "shop/other.ts"), 1, "no\n"),
        (("paths", "shop/tsconfig.json", "~/cart"), 0, "{shop}/src/cart\n"),
        (("paths", "shop/tsconfig.json", "./cart"), 1, ""),
        (("show", "shop/none.json"), 1, ""),
        (("show",), 2, ""),
        ((), 2, ""),
    ],
)
def test_one_question(shop: Home, where: tuple[str, ...], words: tuple[str, ...], code: int, told: str) -> None:
    done = shop.run("tsconfig", *words, *where)
    assert (done.returncode, done.stdout.decode()) == (code, told.format(shop=shop.workspace))


def test_show_says_where_each_value_comes_from(shop: Home) -> None:
    lines = shop.run("tsconfig", "show", "shop").stdout.decode().splitlines()
    config = f"{shop.workspace}/tsconfig.json"
    assert lines[0] == config
    assert [line.split() for line in lines[1:]] == [
        ["strict", "true", config],
        ["paths", f'{{"~/*":["{shop.workspace}/src/*"]}}', config],
        ["include", f'["{shop.workspace}/src"]', config],
    ]
    row = json.loads(shop.run("tsconfig", "show", "shop", "--json").stdout)
    assert row["options"] == {"strict": True, "paths": {"~/*": [f"{shop.workspace}/src/*"]}}
    assert (row["tsconfig"], row["errors"], row["include"]) == (config, [], [f"{shop.workspace}/src"])


def test_rows_are_answered_one_for_one(shop: Home) -> None:
    config = f"{shop.workspace}/tsconfig.json"
    rows: list[object] = [
        {"id": 1, "op": "load", "tsconfig": config},
        {"id": 2, "op": "owns", "tsconfig": config, "file": f"{shop.workspace}/x.ts"},
        {"id": 3, "op": "paths", "tsconfig": config, "specifier": "~/a"},
        {"id": 4, "op": "find", "file": shop.importer, "owning": True},
        {"id": 5, "op": "find", "file": shop.importer, "configName": "none.json"},
        {"id": 6, "op": "owns", "tsconfig": config},
        {"id": 7, "op": "guess"},
        {"id": 8, "op": "load", "tsconfig": f"{shop.workspace}/none.json"},
    ]
    done = shop.run("tsconfig", "--batch", "-", stdin=b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in told] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert told[0]["options"]["strict"] is True
    assert (told[1]["owns"], told[2]["candidates"]) == (False, [f"{shop.workspace}/src/a"])
    assert [row["tsconfig"] for row in told[3:5]] == [config, None]
    assert [row["errors"] for row in told] == [[]] * 5 + [["invalid_request"]] * 2 + [["not_found"]]
    assert done.returncode == 1
