"""The engine: what a bust voids, what it leaves alone, and that nothing is left behind."""

from __future__ import annotations

import json

import pytest

from resolverd.cache.cached import CachedAnswer
from resolverd.cache.engine import Engine
from resolverd.errors import OptionsError
from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import named_profile, single
from resolverd.terms import Busted, Code, Kind, Status
from resolverd.view.memory import MemoryView

PACKAGE = json.dumps({"name": "lib", "exports": {".": "./a.js", "./b": "./b.js"}})


@pytest.fixture
def view() -> MemoryView:
    view = MemoryView()
    view.write("/p/package.json", '{"name": "p"}')
    view.write("/p/src/x.js", "")
    view.write("/p/src/y.js", "")
    view.write("/p/node_modules/lib/package.json", PACKAGE)
    view.write("/p/node_modules/lib/a.js", "")
    view.write("/p/node_modules/lib/b.js", "")
    return view


@pytest.fixture
def engine(view: MemoryView) -> Engine:
    return Engine(view, is_told=True)


@pytest.fixture
def mode(engine: Engine) -> int:
    return mode_of(engine)


def mode_of(engine: Engine) -> int:
    return engine.mode(engine.open_profile(named_profile("node")), Kind.REQUIRE)


def path_of(engine: Engine, mode: int, specifier: str, directory: str = "/p/src") -> str | None:
    return engine.answer(mode, directory, specifier).path


def test_a_warm_answer_is_the_very_object(engine: Engine, mode: int) -> None:
    assert engine.answer(mode, "/p/src", "lib") is engine.answer(mode, "/p/src", "lib")
    assert engine.stats().hits == 1


def test_a_bust_of_a_name_voids_what_asked_for_it_and_nothing_else(engine: Engine, view: MemoryView, mode: int) -> None:
    for specifier in ("./x", "./y", "lib", "lib/b"):
        engine.answer(mode, "/p/src", specifier)
    view.remove("/p/src/x.js")
    assert engine.bust_path("/p/src/x.js") == Busted(answers=1)
    assert engine.answer(mode, "/p/src", "./x").status is Status.FAILED
    assert path_of(engine, mode, "./y") == "/p/src/y.js"
    engine.check()


def test_a_file_that_nobody_asked_for_busts_nothing(engine: Engine, view: MemoryView, mode: int) -> None:
    engine.answer(mode, "/p/src", "./x")
    view.write("/p/src/unrelated.txt", "")
    assert engine.bust_path("/p/src/unrelated.txt") == Busted()


def test_where_nothing_tells_of_changes_what_was_found_is_compared_on_use(view: MemoryView) -> None:
    engine = Engine(view)
    mode = mode_of(engine)
    assert path_of(engine, mode, "lib") == "/p/node_modules/lib/a.js"
    view.write("/p/node_modules/lib/package.json", PACKAGE.replace("./a.js", "./b.js"))
    engine.begin_turn()
    assert path_of(engine, mode, "lib") == "/p/node_modules/lib/b.js"
    engine.check()


def test_an_edited_manifest_busts_its_dependents_only(engine: Engine, view: MemoryView, mode: int) -> None:
    for specifier in ("./x", "lib"):
        engine.answer(mode, "/p/src", specifier)
    view.write("/p/node_modules/lib/package.json", PACKAGE.replace("./a.js", "./b.js"))
    busted = engine.bust_path("/p/node_modules/lib/package.json")
    assert busted.answers == 1
    assert busted.manifests == 1
    assert path_of(engine, mode, "lib") == "/p/node_modules/lib/b.js"


def test_a_nearer_manifest_is_seen_by_children_that_were_never_busted(
    engine: Engine, view: MemoryView, mode: int
) -> None:
    view.write("/p/src/deep/z.js", "")
    assert engine.answer(mode, "/p/src/deep", "./z").package_json == "/p/package.json"
    view.write("/p/src/package.json", '{"type": "module"}')
    engine.bust_path("/p/src/package.json")
    answer = engine.answer(mode, "/p/src/deep", "./z")
    assert answer.package_json == "/p/src/package.json"
    assert answer.format == "module"


def test_a_broken_manifest_is_an_answer_and_mending_it_is_seen(engine: Engine, view: MemoryView, mode: int) -> None:
    view.write("/p/node_modules/lib/package.json", "{")
    answer = engine.answer(mode, "/p/src", "lib")
    assert answer.error is not None
    assert answer.error.code is Code.INVALID_PACKAGE_CONFIG
    view.write("/p/node_modules/lib/package.json", PACKAGE)
    engine.begin_turn()
    assert path_of(engine, mode, "lib") == "/p/node_modules/lib/a.js", "a failure is checked again in the next turn"


def test_a_directory_that_goes_voids_its_subtree_by_every_path(engine: Engine, view: MemoryView, mode: int) -> None:
    view.write("/w/lib2/deep/i.js", "")
    view.symlink("/p/node_modules/lib2", "/w/lib2")
    assert path_of(engine, mode, "lib2/deep/i.js") == "/w/lib2/deep/i.js"
    assert path_of(engine, mode, "./i.js", "/p/node_modules/lib2/deep") == "/w/lib2/deep/i.js"
    view.rename("/w/lib2", "/w/elsewhere")
    assert engine.bust_path("/w/lib2").answers == 2
    assert engine.answer(mode, "/p/src", "lib2/deep/i.js").status is Status.FAILED
    engine.check()


def test_a_bust_through_a_link_voids_what_was_asked_by_the_real_path(
    engine: Engine, view: MemoryView, mode: int
) -> None:
    view.write("/w/lib2/i.js", "")
    view.symlink("/p/node_modules/lib2", "/w/lib2")
    engine.answer(mode, "/w/lib2", "./i.js")
    assert engine.bust_path("/p/node_modules/lib2/i.js").answers == 1


def test_a_retargeted_link_is_seen(engine: Engine, view: MemoryView, mode: int) -> None:
    view.write("/w/one/i.js", "")
    view.write("/w/two/i.js", "")
    view.symlink("/p/node_modules/l", "/w/one")
    assert path_of(engine, mode, "l/i.js") == "/w/one/i.js"
    view.remove("/p/node_modules/l")
    view.symlink("/p/node_modules/l", "/w/two")
    engine.bust_path("/p/node_modules/l")
    assert path_of(engine, mode, "l/i.js") == "/w/two/i.js"
    engine.check()


def test_a_bust_of_a_path_below_what_was_not_there_is_honoured(engine: Engine, view: MemoryView, mode: int) -> None:
    engine.answer(mode, "/p/src", "./new/thing/a.js")
    view.write("/p/src/new/thing/a.js", "")
    assert engine.bust_path("/p/src/new/thing/a.js").answers == 1
    assert path_of(engine, mode, "./new/thing/a.js") == "/p/src/new/thing/a.js"


def test_bust_all_voids_everything_and_leaves_no_slot(engine: Engine, mode: int) -> None:
    for specifier in ("./x", "lib", "nope"):
        engine.answer(mode, "/p/src", specifier)
    before = engine.stats()
    busted = engine.bust_all()
    assert busted.answers == 3
    empty = engine.stats()
    assert (empty.answers, empty.directory_slots, empty.listings, empty.package_slots, empty.facts) == (0, 0, 0, 0, 0)
    assert empty.epoch == before.epoch + 1
    for specifier in ("./x", "lib", "nope"):
        engine.answer(mode, "/p/src", specifier)
    after = engine.stats()
    assert (after.directory_slots, after.package_slots, after.facts, after.edges) == (
        before.directory_slots,
        before.package_slots,
        before.facts,
        before.edges,
    )
    engine.check()


def test_busting_one_answer_leaves_the_others(engine: Engine, mode: int) -> None:
    engine.answer(mode, "/p/src", "./x")
    engine.answer(mode, "/p/src", "lib")
    assert engine.bust_specifier("/p/src", "lib", is_file=False).answers == 1
    assert engine.stats().answers == 1


def test_busting_one_answer_finds_what_changed_under_it(engine: Engine, view: MemoryView, mode: int) -> None:
    engine.answer(mode, "/p/src", "./x")
    view.remove("/p/src/x.js")
    engine.bust_specifier("/p/src", "./x", is_file=False)
    assert engine.answer(mode, "/p/src", "./x").status is Status.FAILED


def test_a_miss_is_not_believed_in_the_next_turn(engine: Engine, view: MemoryView, mode: int) -> None:
    assert engine.answer(mode, "/p/src", "./z").status is Status.FAILED
    view.write("/p/src/z.js", "")
    engine.begin_turn()
    assert path_of(engine, mode, "./z") == "/p/src/z.js"


def test_a_miss_from_a_listing_of_an_earlier_turn_is_retried_once(engine: Engine, view: MemoryView, mode: int) -> None:
    engine.answer(mode, "/p/src", "./x")
    view.write("/p/src/z.js", "")
    engine.begin_turn()
    assert path_of(engine, mode, "./z") == "/p/src/z.js"
    assert engine.stats().retries == 1


def test_misses_that_did_not_change_cost_no_parse_and_retain_nothing(
    engine: Engine, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.answer(mode, "/p/src", "nope")
    before = engine.stats()
    monkeypatch.setattr("resolverd.tree.scopes.parse_package_json", lambda *_: pytest.fail("parsed again"))
    for _ in range(20):
        engine.begin_turn()
        assert engine.answer(mode, "/p/src", "nope").status is Status.FAILED
    after = engine.stats()
    assert (after.facts, after.edges, after.package_slots) == (before.facts, before.edges, before.package_slots)


def test_word_of_a_missing_answer_busts_what_differs(engine: Engine, view: MemoryView, mode: int) -> None:
    engine.answer(mode, "/p/src", "./x")
    engine.answer(mode, "/p/src", "./y")
    assert engine.missing("/p/src/x.js") == Busted()
    view.remove("/p/src/x.js")
    assert engine.missing("/p/src/x.js").answers == 1
    assert engine.answer(mode, "/p/src", "./x").status is Status.FAILED


def test_unchanged_bytes_keep_the_parsed_manifest(engine: Engine, mode: int, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.answer(mode, "/p/src", "lib")
    monkeypatch.setattr("resolverd.tree.scopes.parse_package_json", lambda *_: pytest.fail("parsed again"))
    engine.bust_path("/p/node_modules/lib/package.json")
    assert path_of(engine, mode, "lib") == "/p/node_modules/lib/a.js"


def test_what_cannot_be_listed_is_answered_and_never_remembered(engine: Engine, view: MemoryView, mode: int) -> None:
    view.write("/s/secret/x.js", "")
    view.chmod("/s/secret", 0o311)
    assert path_of(engine, mode, "./x.js", "/s/secret") == "/s/secret/x.js"
    assert engine.stats().answers == 0
    view.remove("/s/secret/x.js")
    assert engine.answer(mode, "/s/secret", "./x.js").status is Status.FAILED
    engine.check()


def test_a_name_created_in_a_directory_that_may_be_read_and_not_searched_is_seen(
    engine: Engine, view: MemoryView, mode: int
) -> None:
    view.chmod("/p/src", 0o444)
    assert path_of(engine, mode, "./z.js") is None
    view.write("/p/src/z.js", "")
    engine.bust_path("/p/src/z.js")
    cold = Engine(view)
    assert engine.answer(mode, "/p/src", "./z.js") == cold.answer(mode_of(cold), "/p/src", "./z.js")


def test_what_was_read_below_what_cannot_be_listed_is_given_back(engine: Engine, view: MemoryView) -> None:
    view.write("/p/tsconfig.json", "{}")
    view.chmod("/p", 0o311)
    engine.resolve("lib", directory="/p/src")
    assert engine.stats().packages
    assert engine.stats().tsconfigs
    engine.bust_all()
    stats = engine.stats()
    assert (stats.packages, stats.package_slots, stats.tsconfigs, stats.tsconfig_slots) == (0, 0, 0, 0)


def test_what_could_not_be_looked_at_is_said_and_not_called_absent(engine: Engine, view: MemoryView, mode: int) -> None:
    view.write("/s/secret/x.js", "")
    view.chmod("/s/secret", 0o000)
    answer = engine.answer(mode, "/s", "./secret/x.js")
    assert answer.error is not None
    assert answer.error.code is Code.UNREADABLE
    assert "/s/secret/x.js" in answer.error.message
    view.chmod("/s/secret", 0o755)
    assert path_of(engine, mode, "./secret/x.js", "/s") == "/s/secret/x.js"


def test_a_failure_says_who_asked_and_what_was_tried(engine: Engine, mode: int) -> None:
    error = engine.answer(mode, "/p/src", "./nope").error
    assert error is not None
    assert "imported from /p/src" in error.message
    assert error.tried == ("/p/src/nope", "/p/src/nope.js", "/p/src/nope.json", "/p/src/nope.node")


def test_a_failure_does_not_list_what_is_looked_for_on_every_way(engine: Engine) -> None:
    error = engine.resolve("no-such-package", directory="/p/src").error
    assert error is not None
    assert error.tried
    assert all(tried.startswith("/p/node_modules/no-such-package") for tried in error.tried)


def test_what_is_there_was_not_tried_though_its_directory_cannot_be_listed(
    engine: Engine, view: MemoryView, mode: int
) -> None:
    view.chmod("/p", 0o311)
    error = engine.answer(mode, "/p/src", "./nope").error
    assert error is not None
    assert error.tried == ("/p/src/nope", "/p/src/nope.js", "/p/src/nope.json", "/p/src/nope.node")


def test_an_origin_that_does_not_exist_still_answers(engine: Engine, mode: int) -> None:
    assert path_of(engine, mode, "lib", "/p/gone/far") == "/p/node_modules/lib/a.js"
    assert path_of(engine, mode, "../../src/x", "/p/gone/far") == "/p/src/x.js"


def test_old_answers_are_given_up_at_the_limit_and_every_invariant_holds(view: MemoryView) -> None:
    for number in range(300):
        view.write(f"/p/src/m{number}/index.js", "")
    engine = Engine(view, limit=200_000)
    mode = engine.mode(engine.open_profile(named_profile("node")), Kind.REQUIRE)
    for number in range(300):
        engine.begin_turn()
        assert path_of(engine, mode, f"./m{number}") == f"/p/src/m{number}/index.js"
    engine.check()
    stats = engine.stats()
    assert stats.evictions > 0
    assert stats.answers < 250
    assert stats.directory_slots < 280


def test_equal_options_share_a_mode(engine: Engine) -> None:
    one = single("one", "", parse_options({"extensions": [".js"]}))
    two = single("two", "", parse_options({"extensions": [".js"]}))
    assert engine.mode(engine.open_profile(one), Kind.IMPORT) == engine.mode(engine.open_profile(two), Kind.REQUIRE)


def test_explain_gives_the_steps_and_keeps_nothing(engine: Engine, mode: int) -> None:
    explanation = engine.explain(mode, "/p/src", "lib/b", is_file=False)
    assert explanation.answer.path == "/p/node_modules/lib/b.js"
    assert any('exports "./b" selects ./b.js' in step.text for step in explanation.steps)
    assert engine.stats().answers == 0
    engine.check()


def test_fresh_answers_as_a_new_engine_would(engine: Engine, view: MemoryView, mode: int) -> None:
    engine.answer(mode, "/p/src", "./x")
    view.remove("/p/src/x.js")
    assert engine.answer(mode, "/p/src", "./x").path == "/p/src/x.js", "found answers are believed until busted"
    assert engine.fresh(mode, "/p/src", "./x", is_file=False).status is Status.FAILED


def test_resolve_needs_one_origin(engine: Engine) -> None:
    with pytest.raises(OptionsError, match="either importer or directory"):
        engine.resolve("./x")


def test_resolve_takes_options_or_a_profile(engine: Engine) -> None:
    assert engine.resolve("./x", directory="/p/src", profile="node", kind="require").path == "/p/src/x.js"
    assert engine.resolve("./x", importer="/p/src/y.js", options={"extensions": [".js"]}).path == "/p/src/x.js"
    with pytest.raises(OptionsError, match="did you mean 'bundler'"):
        engine.resolve("./x", directory="/p/src", profile="bundle")


class Followed:
    """A follower that remembers what it was told of."""

    def __init__(self) -> None:
        self.told: list[CachedAnswer] = []

    def voided(self, cached: CachedAnswer, /) -> None:
        self.told.append(cached)

    def lost(self) -> None:
        raise AssertionError("nothing was lost")


def test_what_is_held_for_a_file_is_that_files_and_its_follower_is_told(view: MemoryView) -> None:
    view.write("/p/tsconfig.json", '{"files": [], "references": [{"path": "./part.json"}]}')
    view.write(
        "/p/part.json", '{"compilerOptions": {"paths": {"@": ["./src/x.js"]}, "allowJs": true}, "files": ["src/y.js"]}'
    )
    engine, followed = Engine(view, is_told=True), Followed()
    engine.follow(followed)
    mode = engine.mode(engine.open_profile(named_profile("bundler")), Kind.IMPORT)
    held = {name: engine.hold(mode, f"/p/src/{name}", "@", is_file=True) for name in ("x.js", "y.js")}
    assert [each.answer for each in held.values()] == [engine.answer_from(mode, f"/p/src/{name}", "@") for name in held]
    assert held["y.js"].answer.path == "/p/src/x.js"
    assert held["x.js"].answer.status is Status.FAILED
    view.write("/p/tsconfig.json", '{"compilerOptions": {"paths": {"@": ["./src/y.js"]}}}')
    engine.bust_path("/p/tsconfig.json")
    assert set(followed.told) == set(held.values())
    for name, each in held.items():
        again = engine.hold(each.mode, f"/p/src/{name}", "@", is_file=True)
        assert (again.mode, again.origin, again.answer.path) == (each.mode, each.origin, "/p/src/y.js")
