"""Hostile projects on a real disk: each gives a clear answer, and the engine answers others as before."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolverd import Engine
from resolverd.terms import Answer, Code, Status


@pytest.fixture
def root(tmp_path: Path) -> Path:
    project = tmp_path / "p"
    (project / "src").mkdir(parents=True)
    (project / "src" / "ok.js").touch()
    (project / "package.json").write_text('{"name": "p"}')
    (project / "node_modules").mkdir()
    return project


@pytest.fixture
def engine(root: Path) -> Iterator[Engine]:
    engine = Engine()
    yield engine
    # Whatever was asked: the next question is answered, and every invariant holds.
    assert engine.resolve("./ok.js", directory=f"{root}/src").path == f"{root}/src/ok.js"
    engine.check()


def package(root: Path, name: str, manifest: bytes) -> Path:
    directory = root / "node_modules" / name
    directory.mkdir(parents=True)
    (directory / "package.json").write_bytes(manifest)
    (directory / "index.js").touch()
    return directory


def ask(engine: Engine, root: Path, specifier: str) -> Answer:
    return engine.resolve(specifier, directory=f"{root}/src", profile="node")


def code_of(answer: Answer) -> Code | None:
    return None if answer.error is None else answer.error.code


def test_a_package_json_of_100_mb_is_an_invalid_config(engine: Engine, root: Path) -> None:
    directory = package(root, "huge", b"{}")
    with (directory / "package.json").open("r+b") as file:
        file.truncate(100 * 1024 * 1024)
    answer = ask(engine, root, "huge")
    assert code_of(answer) is Code.INVALID_PACKAGE_CONFIG
    assert answer.error is not None
    assert "huge/package.json" in answer.error.message


@pytest.mark.parametrize("manifest", [b"[" * 100_000, b'{"exports":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001])
def test_json_of_depth_100000_is_an_invalid_config(engine: Engine, root: Path, manifest: bytes) -> None:
    package(root, "deep", manifest)
    assert code_of(ask(engine, root, "deep")) is Code.INVALID_PACKAGE_CONFIG


@pytest.mark.parametrize("manifest", [b"", b"\xff\xfe", b'{"name": "\xff"}', b"null", b"7", b"[]", b'{"a": 1,}'])
def test_what_is_no_json_object_is_an_invalid_config(engine: Engine, root: Path, manifest: bytes) -> None:
    package(root, "bad", manifest)
    assert code_of(ask(engine, root, "bad")) is Code.INVALID_PACKAGE_CONFIG


@pytest.mark.parametrize(
    "target",
    [
        "../secret.js",
        "./../secret.js",
        "./a/../../secret.js",
        "/etc/passwd",
        "./%2e%2e/secret.js",
        "./node_modules/x.js",
    ],
)
def test_exports_targets_that_leave_the_package_are_refused(engine: Engine, root: Path, target: str) -> None:
    package(root, "leaves", json.dumps({"exports": {".": target}}).encode())
    assert code_of(ask(engine, root, "leaves")) is Code.INVALID_PACKAGE_TARGET


def test_a_pattern_match_that_leaves_the_package_is_refused(engine: Engine, root: Path) -> None:
    package(root, "star", json.dumps({"exports": {"./*": "./lib/*"}}).encode())
    assert code_of(ask(engine, root, "star/../../secret.js")) is Code.INVALID_MODULE_SPECIFIER


def test_nul_in_a_specifier_is_an_answer(engine: Engine, root: Path) -> None:
    assert code_of(ask(engine, root, "./a\0b")) is not None


def test_nul_in_a_manifest_is_an_answer(engine: Engine, root: Path) -> None:
    package(root, "nul", json.dumps({"main": "a\0b.js"}).encode())
    answer = engine.resolve("nul", directory=f"{root}/src", profile="node", kind="require")
    assert answer.path == f"{root}/node_modules/nul/index.js"


def test_nul_in_an_origin_is_an_answer(engine: Engine) -> None:
    assert engine.resolve("./x", directory="/a\0b").status is Status.FAILED


def test_a_path_over_path_max_is_an_answer(engine: Engine, root: Path) -> None:
    assert code_of(ask(engine, root, "./" + "d/" * 3_000 + "x.js")) is Code.UNREADABLE
    assert code_of(ask(engine, root, "./" + "n" * 5_000)) is Code.MODULE_NOT_FOUND
    assert engine.resolve("./x.js", directory="/" + "d/" * 3_000).status is Status.FAILED


def test_a_directory_of_10000_entries(engine: Engine, root: Path) -> None:
    for number in range(10_000):
        (root / "src" / f"f{number}.js").touch()
    assert ask(engine, root, "./f9999.js").path == f"{root}/src/f9999.js"
    assert engine.resolve("./f10000.js", directory=f"{root}/src").status is Status.FAILED


@pytest.mark.parametrize("kind", ["fifo", "socket", "directory", "device link"])
def test_what_is_no_regular_file_is_never_opened_as_a_manifest(engine: Engine, root: Path, kind: str) -> None:
    path = package(root, "odd", b"{}") / "package.json"
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        directory = os.open(path.parent, os.O_PATH)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(f"/proc/self/fd/{directory}/package.json")
        os.close(directory)
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    answer = engine.resolve("odd", directory=f"{root}/src", profile="node", kind="require")
    assert answer.path == f"{root}/node_modules/odd/index.js"


def test_link_loops_and_long_chains_of_links(engine: Engine, root: Path) -> None:
    source = root / "src"
    (source / "loop.js").symlink_to("loop.js")
    (source / "ping.js").symlink_to("pong.js")
    (source / "pong.js").symlink_to("ping.js")
    for number in range(50):
        (source / f"l{number}.js").symlink_to(f"l{number - 1}.js" if number else "ok.js")
    for name in ("loop", "ping", "pong", "l49"):
        assert code_of(ask(engine, root, f"./{name}.js")) is Code.MODULE_NOT_FOUND, name
    assert ask(engine, root, "./l39.js").path == f"{source}/ok.js"


def test_a_link_bomb_is_cut_off(engine: Engine, root: Path) -> None:
    source = root / "src"
    (source / "b0").mkdir()
    for number in range(1, 40):
        (source / f"b{number}").symlink_to(f"b{number - 1}/../b{number - 1}/../b{number - 1}")
    assert code_of(ask(engine, root, "./b39/x.js")) is Code.MODULE_NOT_FOUND


def test_a_file_used_as_a_directory(engine: Engine, root: Path) -> None:
    assert code_of(ask(engine, root, "./ok.js/x.js")) is Code.MODULE_NOT_FOUND
    assert engine.resolve("./x", directory=f"{root}/src/ok.js").status is Status.FAILED


def test_names_that_are_not_utf_8(engine: Engine, root: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.js")
    (root / "src" / name).touch()
    assert ask(engine, root, f"./{name}").path == f"{root}/src/{name}"


def test_a_manifest_of_60000_nested_brackets_in_a_tsconfig(engine: Engine, root: Path) -> None:
    (root / "tsconfig.json").write_bytes(b"[" * 60_000)
    assert engine.resolve("./ok", importer=f"{root}/src/ok.js").path == f"{root}/src/ok.js"


def test_exports_of_50000_patterns(engine: Engine, root: Path) -> None:
    keys = {f"./k{number}/*": f"./d{number}/*.js" for number in range(50_000)}
    directory = package(root, "wide", json.dumps({"exports": keys}).encode())
    (directory / "d49999").mkdir()
    (directory / "d49999" / "x.js").touch()
    assert ask(engine, root, "wide/k49999/x").path == f"{directory}/d49999/x.js"


@pytest.mark.parametrize(
    "pattern", ["*a" * 30 + "b", "{a,b}" * 40, "**/" * 12 + "*a*a*b", "[" * 200, "{" * 200, "!(" * 50]
)
def test_a_side_effects_pattern_beyond_reason_does_not_stop_the_daemon(
    engine: Engine, root: Path, pattern: str
) -> None:
    directory = package(root, "globs", json.dumps({"sideEffects": [pattern], "main": "a" * 200 + ".js"}).encode())
    (directory / ("a" * 200 + ".js")).touch()
    answer = engine.resolve("globs", directory=f"{root}/src", profile="node", kind="require")
    assert answer.status is Status.FOUND


def test_a_condition_of_5000_digits(engine: Engine, root: Path) -> None:
    package(root, "digits", json.dumps({"exports": {"1" * 5_000: "./index.js", "default": "./index.js"}}).encode())
    assert ask(engine, root, "digits").status is Status.FOUND
    package(root, "index", json.dumps({"exports": {"1": "./index.js"}}).encode())
    assert code_of(ask(engine, root, "index")) is Code.INVALID_PACKAGE_CONFIG


def test_main_fields_and_maps_that_lead_in_circles(engine: Engine, root: Path) -> None:
    a = package(root, "a", b'{"main": "./b", "browser": {"./x.js": "./y.js", "./y.js": "./x.js"}}')
    (a / "index.js").unlink()
    (a / "b").mkdir()
    (a / "b" / "package.json").write_bytes(b'{"main": ".."}')
    options = {"aliasFields": ["browser"], "alias": {"p": "q", "q": "p"}}
    for specifier in ("a", "a/x.js", "p", "q/r"):
        answer = engine.resolve(specifier, directory=f"{root}/src", options=options)
        assert answer.status is Status.FAILED
