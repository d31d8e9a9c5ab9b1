from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import Home, home


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


def test_resolve_prints_the_path_alone(shop: Home) -> None:
    done = shop.run("resolve", "palette", "--from", shop.importer)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"{shop.workspace}/node_modules/palette/esm/index.mjs\n"


def test_from_is_relative_to_the_working_directory(shop: Home) -> None:
    done = shop.run("resolve", "./cart.js", "--from", "shop/src/../src/app.ts")
    assert done.stdout.decode() == f"{shop.workspace}/src/cart.ts\n"


@pytest.mark.parametrize("origin", ["shop/src", "shop/src/"])
def test_from_may_be_a_directory(shop: Home, origin: str) -> None:
    assert shop.run("resolve", "./cart", "--from", origin).stdout.decode() == f"{shop.workspace}/src/cart.ts\n"


def test_from_may_be_a_file_that_is_not_saved_yet(shop: Home) -> None:
    assert (
        shop.run("resolve", "./cart", "--from", "shop/src/new.ts").stdout.decode() == f"{shop.workspace}/src/cart.ts\n"
    )


def test_kind_and_profile_select_the_answer(shop: Home) -> None:
    required = shop.run("resolve", "palette", "--from", shop.importer, "--kind", "require")
    assert required.stdout.endswith(b"/palette/cjs/index.cjs\n")
    browser = shop.run("resolve", "fetcher", "--from", shop.importer, "--profile", "browser")
    assert browser.stdout.endswith(b"/fetcher/browser.js\n")


def test_types_asks_for_declarations(shop: Home) -> None:
    (shop.root / "shop/src/money.js").write_text("")
    (shop.root / "shop/src/money.d.ts").write_text("")
    for flags, name in (((), "money.js"), (("--types",), "money.d.ts"), (("--profile", "typescript"), "money.d.ts")):
        done = shop.run("resolve", "./money.js", "--from", shop.importer, *flags)
        assert done.stdout.decode() == f"{shop.workspace}/src/{name}\n"


def test_options_alone_stand_on_enhanced_resolves_defaults(shop: Home) -> None:
    options = shop.root / "options.json"
    options.write_text(json.dumps({"conditionNames": ["require"]}))
    alone = shop.run("resolve", "palette", "--from", shop.importer, "--options", str(options))
    assert alone.stdout.endswith(b"/palette/cjs/index.cjs\n")
    # enhanced-resolve knows no .ts unless it is told; the bundler profile does.
    assert shop.run("resolve", "./cart", "--from", shop.importer, "--options", str(options)).returncode == 1
    both = shop.run("resolve", "./cart", "--from", shop.importer, "--options", str(options), "--profile", "bundler")
    assert both.stdout.endswith(b"/src/cart.ts\n")


def test_a_builtin_is_printed_by_name(shop: Home) -> None:
    assert shop.run("resolve", "fs", "--from", shop.importer).stdout == b"node:fs\n"


def test_an_ignored_import_prints_no_path_and_says_so_on_stderr(shop: Home) -> None:
    done = shop.run("resolve", "fetcher/pool.js", "--from", shop.importer, "--profile", "browser")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"ignored" in done.stderr


def test_a_failure_goes_to_stderr_with_its_code_and_the_next_step(shop: Home) -> None:
    done = shop.run("resolve", "palete", "--from", shop.importer, "--kind", "require")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"ERR_MODULE_NOT_FOUND" in done.stderr
    assert f"resolverd explain palete --from {shop.importer} --kind require".encode() in done.stderr


def test_json_is_the_whole_row(shop: Home) -> None:
    assert shop.json("resolve", "palette", "--from", shop.importer) == {
        "id": None,
        "status": "found",
        "path": f"{shop.workspace}/node_modules/palette/esm/index.mjs",
        "query": "",
        "fragment": "",
        "builtin": None,
        "format": "module",
        "package_json": f"{shop.workspace}/node_modules/palette/package.json",
        "side_effects": False,
        "error": None,
    }


def test_json_of_a_failure_has_code_and_message_and_exits_1(shop: Home) -> None:
    done = shop.run("resolve", "palette/internal/table", "--from", shop.importer, "--json")
    row = json.loads(done.stdout)
    assert (done.returncode, row["status"], row["path"]) == (1, "failed", None)
    assert row["error"]["code"] == "ERR_PACKAGE_PATH_NOT_EXPORTED"


def test_odd_bytes_of_a_path_come_out_as_they_are(shop: Home) -> None:
    odd = os.fsencode(shop.workspace) + b"/src/odd\xff"
    Path(os.fsdecode(odd)).mkdir()
    Path(os.fsdecode(odd + b"/index.js")).touch()
    done = shop.run("resolve", "./index.js", "--from", os.fsdecode(odd))
    assert done.stdout == odd + b"/index.js\n"
    row = json.loads(shop.run("resolve", "./index.js", "--from", os.fsdecode(odd), "--json").stdout)
    assert os.fsencode(row["path"]) == odd + b"/index.js"


@pytest.mark.parametrize("specifier", ["./cart.js", "@/theme", "#settings", "@shop/ui/button", "fs", "palete"])
def test_no_daemon_answers_as_the_daemon_does(shop: Home, specifier: str) -> None:
    arguments = ("resolve", specifier, "--from", shop.importer, "--json")
    ours, theirs = shop.run(*arguments, "--no-daemon", RESOLVERD="off"), shop.run(*arguments)
    assert (ours.stdout, ours.returncode) == (theirs.stdout, theirs.returncode)


def test_explain_shows_the_steps_and_the_answer(shop: Home) -> None:
    done = shop.run("explain", "palette", "--from", shop.importer)
    lines = done.stdout.decode().splitlines()
    assert lines[0] == f"palette from {shop.importer}"
    assert any('exports "." selects ./esm/index.mjs' in line for line in lines)
    assert lines[-1] == f"= {shop.workspace}/node_modules/palette/esm/index.mjs"


def test_explain_lists_what_the_answer_is_made_from_and_what_of_it_was_remembered(shop: Home) -> None:
    question = ("palette", "--from", shop.importer)
    shop.run("bust", "--all")
    cold = shop.json("explain", *question)
    shop.run("resolve", *question)
    warm = shop.json("explain", *question)
    assert (cold["remembered"], warm["remembered"]) == (False, True)
    origins = warm["origins"]
    assert isinstance(origins, list)
    assert all(origin["is_remembered"] for origin in origins)
    listed = shop.run("explain", *question, "--origins")
    assert f"= name {shop.workspace}/node_modules/palette/esm/index.mjs: there".encode() in listed.stdout
    assert b"the answer was remembered; it is made from" in listed.stdout


def test_explain_of_a_failure_exits_1_and_json_has_answer_and_steps(shop: Home) -> None:
    done = shop.run("explain", "palette/internal/table", "--from", shop.importer, "--json", "--no-daemon")
    explained = json.loads(done.stdout)
    assert done.returncode == 1
    assert explained["answer"]["error"]["code"] == "ERR_PACKAGE_PATH_NOT_EXPORTED"
    assert all(set(step) == {"depth", "text", "look", "path"} for step in explained["steps"])


def test_bust_makes_an_edit_known_where_nothing_is_watched(unwatched: Home) -> None:
    shop = unwatched
    settings = shop.workspace / "src/late.ts"
    ask = ("resolve", "./late", "--from", shop.importer)
    settings.write_text("")
    assert shop.run(*ask).returncode == 0
    settings.unlink()
    busted = shop.json("bust", str(settings))
    assert busted["answers"] == 1
    assert shop.run(*ask).returncode == 1


def test_bust_of_one_specifier_and_of_all_say_how_much(shop: Home) -> None:
    shop.run("resolve", "#settings", "--from", shop.importer)
    assert shop.json("bust", "--specifier", "#settings", "--from", shop.importer)["answers"] == 1
    assert shop.json("bust", "--specifier", "#settings", "--from", shop.importer)["answers"] == 0
    shop.run("resolve", "fs", "--from", shop.importer)
    done = shop.run("bust", "--all")
    assert done.stdout.startswith(b"voided ")
    assert shop.json("stats")["engine"]["answers"] == 0  # type: ignore[index]


def test_missing_makes_a_file_that_went_away_known_where_nothing_is_watched(unwatched: Home) -> None:
    shop = unwatched
    gone = shop.workspace / "src/gone.ts"
    gone.write_text("")
    ask = ("resolve", "./gone", "--from", shop.importer)
    assert shop.run(*ask).returncode == 0
    gone.unlink()
    assert shop.json("missing", str(gone))["answers"] == 1
    assert shop.run(*ask).returncode == 1


def test_missing_takes_rows(shop: Home) -> None:
    rows = f'{{"id": 1, "path": "{shop.importer}"}}\n{{"id": 2}}\n'.encode()
    done = shop.run("missing", "--batch", stdin=rows)
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1
    assert first == {"id": 1, "answers": 0, "directories": 0, "manifests": 0, "error": None}
    assert (second["id"], second["error"]["code"]) == (2, "ERR_INVALID_REQUEST")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), b"COMMAND"),
        (("resolve",), b"SPECIFIER"),
        (("resolve", "a"), b"--from FILE"),
        (("resolve", "a", "--from", ".", "--kind", "dynamic"), b"invalid choice"),
        (("resolve", "a", "--from", ".", "--profile", "bunder"), b"did you mean 'bundler'"),
        (("resolve", "a", "--from", ".", "--options", "/nowhere.json"), b"No such file"),
        (("resolve", "a", "--batch", "-"), b"rows"),
        (("resolve", "--batch", "/nowhere.jsonl"), b"No such file"),
        (("resolve", "--batch", "."), b"directory"),
        (("bust",), b"--all"),
        (("bust", "--all", "a"), b"--all"),
        (("bust", "a", "--from", "b"), b"--specifier"),
        (("missing",), b"--batch"),
        (("profiles", "brower"), b"did you mean 'browser'"),
        (("tsconfig",), b"--batch"),
        (("remember",), b"invalid choice"),
    ],
)
def test_wrong_usage_exits_2_and_says_what_to_do(shop: Home, arguments: tuple[str, ...], says: bytes) -> None:
    done = shop.run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert says in done.stderr


def test_options_that_cannot_be_used_exit_2(shop: Home) -> None:
    options = shop.root / "wrong.json"
    for text, says in (
        ("{", b"no JSON"),
        ("[]", b"object"),
        ('{"extension": []}', b"did you mean 'extensions'"),
    ):
        options.write_text(text)
        done = shop.run("resolve", "a", "--from", ".", "--options", str(options))
        assert (done.returncode, done.stdout) == (2, b"")
        assert says in done.stderr


def test_version_and_help_exit_0(shop: Home) -> None:
    assert shop.run("--version").stdout.startswith(b"resolverd ")
    assert b"exit codes" in shop.run("--help").stdout
    assert b"--from" in shop.run("resolve", "--help").stdout


def test_a_projects_own_profile_is_resolved_by_listed_and_shown(shop: Home) -> None:
    config = shop.workspace / "resolverd.toml"
    config.write_text('[profiles.app]\nextends = "node"\nsummary = "ours"\nalias = { "~" = "./src" }\n')
    question = ("~/cart.ts", "--from", shop.importer, "--profile", "app")
    path = str(shop.workspace / "src/cart.ts").encode()
    for flags in ((), ("--no-daemon",), ("--json",)):
        assert path in shop.run("resolve", *question, *flags).stdout
    row = json.dumps({"specifier": "~/cart.ts", "importer": shop.importer, "profile": "app"}).encode()
    assert b"unknown profile 'app'" in shop.run("resolve", "--batch", "-", stdin=row).stdout
    assert path in shop.run("resolve", "--batch", "-", stdin=row, cwd=shop.workspace).stdout
    assert b"app" in shop.run("profiles", cwd=shop.workspace).stdout
    assert f"ours ({config})".encode() in shop.run("profiles", cwd=shop.workspace).stdout
    shown = json.loads(shop.run("profiles", "app", "--json", cwd=shop.workspace).stdout)
    assert shown["options"]["import"]["alias"] == [
        {"name": "~", "alias": [str(shop.workspace / "src")], "onlyModule": False}
    ]


def test_a_projects_file_that_is_wrong_is_named_and_other_profiles_go_on(shop: Home) -> None:
    config = shop.workspace / "resolverd.toml"
    config.write_text("[profiles.app]\nextension = 5\n")
    refused = shop.run("resolve", "./cart.ts", "--from", shop.importer, "--profile", "app")
    assert refused.returncode == 2
    assert f"{config}: profiles.app: unknown option 'extension'; did you mean 'extensions'?".encode() in refused.stderr
    assert shop.run("resolve", "./cart.ts", "--from", shop.importer, "--profile", "node").returncode == 0


def test_profiles_tell_their_options(shop: Home) -> None:
    assert b"bundler" in shop.run("profiles").stdout
    profile = shop.json("profiles", "node")
    assert profile["options"]["import"]["conditionNames"][0] == "node"  # type: ignore[index]
    assert b"conditionNames" in shop.run("profiles", "node").stdout


def test_config_says_where_a_setting_comes_from(shop: Home) -> None:
    settings = json.loads(shop.run("config", "--json", RESOLVERD_IDLE_SECONDS="7").stdout)
    assert settings["idle_seconds"] == {"value": 7.0, "source": "RESOLVERD_IDLE_SECONDS"}
    assert settings["socket"]["value"] == str(shop.socket)
    wrong = shop.run("config", RESOLVERD_IDLE_SECONDS="soon")
    assert (wrong.returncode, wrong.stdout) == (2, b"")


def test_stats_show_memory_and_its_limit(shop: Home) -> None:
    service = shop.json("stats")["service"]
    assert 0 < service["rss"] < service["memory_limit"]  # type: ignore[index]
    assert b"rss" in shop.run("stats").stdout


def test_a_client_of_a_running_daemon_imports_neither_trio_nor_rich_nor_the_engine(shop: Home) -> None:
    program = (
        "import sys; from resolverd.cli.main import main; code = main(sys.argv[1:]);"
        "print(*sorted({name.split('.')[0] for name in sys.modules} & {'trio', 'rich', 'asyncio', 'subprocess'}),"
        "*sorted(name for name in sys.modules if name.startswith(('resolverd.cache', 'resolverd.service', 'resolverd.resolution'))),"
        "file=sys.stderr); sys.exit(code)"
    )
    for arguments in (
        ("resolve", "fs", "--from", shop.importer),
        ("explain", "fs", "--from", shop.importer),
        ("bust", shop.importer),
        ("stats",),
        ("status",),
    ):
        done = shop.run(*arguments, program=program)
        assert (done.returncode, done.stderr) == (0, b"\n")
