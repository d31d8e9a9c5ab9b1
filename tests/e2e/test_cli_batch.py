from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import SECONDS, Home, home


@pytest.fixture(scope="module")
def shop() -> Iterator[Home]:
    with home() as made:
        made.run("start")
        yield made


@pytest.fixture(scope="module")
def unwatched() -> Iterator[Home]:
    with home(RESOLVERD_WATCH="false") as made:
        made.run("start")
        yield made


def _batch(shop: Home, rows: list[object], *arguments: str) -> tuple[int, list[dict[str, object]], bytes]:
    lines = b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows)
    done = shop.run("resolve", "--batch", "-", *arguments, stdin=lines)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def _code(row: dict[str, object]) -> object:
    error = row["error"]
    return error["code"] if isinstance(error, dict) else None


def test_rows_are_answered_in_order_with_their_ids(shop: Home) -> None:
    ids: list[object] = [7, "seven", None, {"a": [1]}, 2.5]
    rows = [{"id": row_id, "specifier": "./cart", "importer": shop.importer} for row_id in ids]
    code, answers, _ = _batch(shop, [*rows, {"specifier": "fs", "directory": str(shop.root)}])
    assert code == 0
    assert [row["id"] for row in answers] == [*ids, None]
    assert [row["path"] for row in answers[:5]] == [f"{shop.workspace}/src/cart.ts"] * 5
    assert answers[5]["builtin"] == "node:fs"


def test_a_row_has_the_shape_of_the_interface(shop: Home) -> None:
    _, (row,), _ = _batch(shop, [{"specifier": "./cart.js?raw", "importer": shop.importer}])
    assert list(row) == [
        "id",
        "status",
        "path",
        "query",
        "fragment",
        "builtin",
        "format",
        "package_json",
        "side_effects",
        "error",
    ]
    assert row["query"] == "?raw"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"nonsense", "not a JSON object"),
        (b"[1, 2]", "not a row"),
        (b'{"id": 1}', "specifier"),
        (b'{"id": 1, "specifier": 5, "directory": "/"}', "specifier"),
        (b'{"id": 1, "specifier": "a"}', "give either importer"),
        (b'{"id": 1, "specifier": "a", "importer": "/a", "directory": "/"}', "give either importer"),
        (b'{"id": 1, "specifier": "a", "directory": "/", "kind": "dynamic"}', "kind"),
        (b'{"id": 1, "specifier": "a", "directory": "/", "profile": "bunder"}', "did you mean 'bundler'"),
        (b'{"id": 1, "specifier": "a", "directory": "/", "options": {"extension": []}}', "did you mean 'extensions'"),
        (b'{"id": 1, "specifier": "a", "directory": "/", "options": []}', "options"),
        (b'{"id": 1, "specifier": "' + b"a" * 2_000_000 + b'", "directory": "/"}', "at most"),
        (b"[" * 100_000, "not a JSON object"),
    ],
)
def test_a_malformed_row_is_answered_in_its_place_and_the_rest_are_right(shop: Home, line: bytes, says: str) -> None:
    good = {"id": "good", "specifier": "./cart", "importer": shop.importer}
    code, answers, stderr = _batch(shop, [good, line, good])
    assert (code, stderr) == (1, b"")
    assert [row["status"] for row in answers] == ["found", "failed", "found"]
    assert _code(answers[1]) == "ERR_INVALID_REQUEST"
    assert says in str(answers[1]["error"])
    assert answers[1]["id"] == (1 if line.startswith(b'{"id": 1') and len(line) < 2_000_000 else None)


def test_blank_lines_are_no_rows_and_the_last_line_needs_no_end(shop: Home) -> None:
    row = json.dumps({"specifier": "fs", "directory": "/"}).encode()
    done = shop.run("resolve", "--batch", "-", stdin=b"\n" + row + b"\n \n" + row)
    assert len(done.stdout.splitlines()) == 2


def test_each_row_may_ask_in_its_own_way(shop: Home) -> None:
    def ask(specifier: str, **more: object) -> object:
        return {"specifier": specifier, "importer": shop.importer, **more}

    _, answers, _ = _batch(
        shop,
        [
            ask("palette"),
            ask("palette", kind="require"),
            ask("fetcher", profile="browser"),
            ask("palette", options={"conditionNames": ["require"]}),
            ask("./cart", options={"conditionNames": ["require"]}),
            ask("./cart", options={"conditionNames": ["require"]}, profile="bundler"),
        ],
    )
    paths = [str(row["path"]).rpartition("/")[2] for row in answers]
    assert paths == ["index.mjs", "index.cjs", "browser.js", "index.cjs", "None", "cart.ts"]


def test_the_command_line_speaks_for_rows_that_do_not(shop: Home) -> None:
    row = {"specifier": "fetcher", "importer": shop.importer}
    _, answers, _ = _batch(shop, [row, row | {"profile": "bundler"}], "--profile", "browser", "--kind", "require")
    assert [str(answer["path"]).rpartition("/")[2] for answer in answers] == ["browser.js", "server.js"]


def test_more_profiles_than_one_connection_may_open_are_answered_all_the_same(shop: Home) -> None:
    rows: list[object] = [
        {
            "id": number,
            "specifier": "./cart",
            "importer": shop.importer,
            "options": {"extensions": [f".{number}", ".ts"]},
        }
        for number in range(150)
    ]
    code, answers, _ = _batch(shop, rows * 2)
    assert code == 0
    assert [row["id"] for row in answers] == [*range(150)] * 2


def test_equal_options_open_one_profile(shop: Home) -> None:
    shop.run("restart")
    rows: list[object] = [
        {"specifier": "./cart", "importer": shop.importer, "options": {"extensions": [".ts"]}} for _ in range(500)
    ]
    assert _batch(shop, rows)[0] == 0
    assert shop.json("stats")["engine"]["profiles"] == 1  # type: ignore[index]


def test_odd_bytes_go_in_and_come_out(shop: Home) -> None:
    odd = os.fsencode(shop.workspace) + b"/src/odd\xff"
    Path(os.fsdecode(odd)).mkdir()
    Path(os.fsdecode(odd + b"/index.js")).touch()
    raw = b'{"specifier": "./index.js", "directory": "' + odd + b'"}'
    escaped = {"specifier": "./index.js", "directory": os.fsdecode(odd)}
    code, answers, _ = _batch(shop, [raw, escaped])
    assert code == 0
    assert [os.fsencode(str(row["path"])) for row in answers] == [odd + b"/index.js"] * 2


def test_a_pipe_may_hold_a_conversation(shop: Home) -> None:
    with shop.spawn("resolve", "--batch", "-") as talk:
        assert talk.stdin is not None
        assert talk.stdout is not None
        for specifier, status in (("./cart", b'"found"'), ("palete", b'"failed"'), ("fs", b'"builtin"')):
            talk.stdin.write(json.dumps({"specifier": specifier, "importer": shop.importer}).encode() + b"\n")
            talk.stdin.flush()
            assert status in talk.stdout.readline()
        talk.stdin.close()
        assert talk.wait(SECONDS) == 1


def test_a_conversation_survives_a_restart_of_the_daemon(shop: Home) -> None:
    with shop.spawn("resolve", "--batch", "-") as talk:
        assert talk.stdin is not None
        assert talk.stdout is not None
        for _ in range(2):
            talk.stdin.write(json.dumps({"specifier": "./cart", "importer": shop.importer}).encode() + b"\n")
            talk.stdin.flush()
            assert b"cart.ts" in talk.stdout.readline()
            shop.run("restart")
        talk.stdin.close()
        assert talk.wait(SECONDS) == 0


def test_a_fresh_row_that_agrees_looks_like_any_other(shop: Home) -> None:
    row = {"specifier": "./cart", "importer": shop.importer}
    _, (warm, fresh), stderr = _batch(shop, [row, row | {"fresh": True}])
    assert warm == fresh
    assert stderr == b""


def test_a_fresh_row_that_disagrees_with_the_cache_is_reported_as_a_bug(unwatched: Home) -> None:
    # Where nothing is watched, an edit that nobody busts is how a stale answer can be had on purpose.
    shop = unwatched
    late = shop.workspace / "src/stale.ts"
    late.write_text("")
    row = {"specifier": "./stale", "importer": shop.importer}
    _batch(shop, [row])
    late.rename(late.with_suffix(".js"))
    code, (answer,), stderr = _batch(shop, [row | {"fresh": True}])
    assert code == 1
    assert answer["path"] == f"{shop.workspace}/src/stale.js"
    stale = answer["stale"]
    assert isinstance(stale, dict)
    assert stale["path"] == f"{shop.workspace}/src/stale.ts"
    assert b"bug" in stderr
    shop.run("bust", "--all")
    assert _batch(shop, [row | {"fresh": True}])[0] == 0


def test_no_daemon_answers_a_batch_alike(shop: Home) -> None:
    rows: list[object] = [
        {"id": 1, "specifier": "palette", "importer": shop.importer},
        b"nonsense",
        {"id": 2, "specifier": "palette", "importer": shop.importer, "fresh": True, "options": {}},
    ]
    assert _batch(shop, rows, "--no-daemon") == _batch(shop, rows)


def test_twenty_thousand_rows_with_one_malformed(shop: Home) -> None:
    specifiers = ["./cart.js", "@/theme", "#settings", "@shop/ui", "palette", "fetcher", "palete", "fs"]
    rows = [
        json.dumps(
            {"id": number, "specifier": specifiers[number % 8], "importer": f"{shop.workspace}/src/f{number % 99}.ts"}
        )
        for number in range(20_000)
    ]
    rows[12_345] = '{"id": 12345, "specifier": '
    file = shop.root / "rows.jsonl"
    file.write_text("\n".join(rows) + "\n")
    done = shop.run("resolve", "--batch", str(file))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [row["id"] for row in answers] == [None if number == 12_345 else number for number in range(20_000)]
    statuses = ["found"] * 6 + ["failed", "builtin"]
    assert all(row["status"] == statuses[row["id"] % 8] for row in answers if row["id"] is not None)
    assert _code(answers[12_345]) == "ERR_INVALID_REQUEST"


def _on_a_terminal(shop: Home, *arguments: str, stdout: int) -> bytes:
    """Run a command whose stderr is a terminal; what the terminal got."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "resolverd", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout or theirs,
        stderr=theirs,
        env=shop.environment | {"TERM": "xterm"},
    ):
        os.close(theirs)
        shown = b""
        try:
            while data := os.read(ours, 4096):
                shown += data
        except OSError:  # EIO: the other end is closed
            pass
    os.close(ours)
    return shown


def test_a_terminal_sees_progress_on_stderr_while_rows_go_elsewhere(shop: Home) -> None:
    file = shop.root / "few.jsonl"
    file.write_text(json.dumps({"specifier": "fs", "directory": "/"}) + "\n")
    with (shop.root / "out.jsonl").open("w+b") as out:
        shown = _on_a_terminal(shop, "resolve", "--batch", str(file), stdout=out.fileno())
        assert b"1 rows" in shown
        assert b"100%" in shown
        out.seek(0)
        assert json.loads(out.read())["builtin"] == "node:fs"


def test_no_progress_is_drawn_over_rows_on_the_same_terminal(shop: Home) -> None:
    file = shop.root / "few.jsonl"
    file.write_text(json.dumps({"specifier": "fs", "directory": "/"}) + "\n")
    shown = _on_a_terminal(shop, "resolve", "--batch", str(file), stdout=0)
    assert json.loads(shown)["builtin"] == "node:fs"


def test_colours_are_for_terminals_and_no_color_is_honoured(shop: Home) -> None:
    arguments = ("explain", "palette", "--from", shop.importer)
    assert b"\x1b[1;32m" in _on_a_terminal(shop, *arguments, stdout=0)
    shop.environment["NO_COLOR"] = "1"
    try:
        assert b"32m" not in _on_a_terminal(shop, *arguments, stdout=0)
    finally:
        del shop.environment["NO_COLOR"]
    assert b"\x1b" not in shop.run(*arguments).stdout
