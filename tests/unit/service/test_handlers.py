from __future__ import annotations

import logging
from typing import cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolverd import Engine, __version__
from resolverd.errors import InvariantError
from resolverd.service.config import Settings
from resolverd.service.daemon import Daemon
from resolverd.service.handlers import Session
from resolverd.service.questions import FRESH_PART, PART
from resolverd.terms import Answer, Busted, Code, Kind, Status
from resolverd.wire import messages as wire
from resolverd.wire.codec import decode_reply, encode_message
from resolverd.wire.framing import HEADER_BYTES, Framer
from resolverd.wire.json_answers import JsonAnswer, as_object
from resolverd.wire.messages import Limits, RefusalCode, Refused
from tests.unit.service.clients import HELLO, MODULES, project
from tests.unit.wire.payloads import messages

FOUND = Answer(Status.FOUND, "/p/src/m0.js")


class Conversation:
    """A session over a project in memory."""

    def __init__(self, **limits: int) -> None:
        self.view = project()
        self.engine = Engine(self.view, is_told=True)
        self.stops = 0
        self.daemon = Daemon(self.engine, Settings(socket="/s", limits=Limits(**limits)), self._stop)
        self.session = Session(self.daemon)

    def _stop(self) -> None:
        self.stops += 1

    def send(self, payload: bytes) -> list[wire.Reply]:
        out = bytearray()
        for _ in self.session.answer(payload, out) or ():
            pass
        return [decode_reply(reply) for reply in Framer().receive(bytes(out))]

    def ask(self, request: wire.Request) -> wire.Reply:
        (reply,) = self.send(encode_message(request)[HEADER_BYTES:])
        return reply

    def open(self, request: wire.OpenProfile) -> int:
        opened = self.ask(request)
        assert isinstance(opened, wire.ProfileOpened)
        return opened.profile

    def answers(self, batch: wire.ResolveMany) -> list[Answer]:
        parts = self.send(encode_message(batch)[HEADER_BYTES:])
        assert [part.done for part in parts if isinstance(part, wire.ResolvedMany)][-1]
        return [answer for part in parts if isinstance(part, wire.ResolvedMany) for answer in part.answers]

    def refusal(self, request: wire.Request) -> Refused:
        reply = self.ask(request)
        assert isinstance(reply, Refused)
        return reply


@pytest.fixture
def talk() -> Conversation:
    """A conversation that has said hello and opened the profile `node`."""
    conversation = Conversation()
    conversation.ask(HELLO)
    assert conversation.open(wire.OpenProfile(1, "node")) == 0
    return conversation


def resolve(specifier: str = "./m0.js", origin: str = "/p/src/main.js", **fields: bool) -> wire.Resolve:
    return wire.Resolve(5, 0, specifier, origin, **fields)


def answer_of(reply: wire.Reply) -> Answer:
    assert isinstance(reply, wire.Resolved)
    return reply.answer


# -- hello -------------------------------------------------------------------------------------------------------------


def test_hello_is_answered_with_who_the_daemon_is_and_its_limits() -> None:
    reply = Conversation(connections=7).ask(HELLO)
    assert isinstance(reply, wire.Welcome)
    assert (reply.protocol, reply.version, reply.limits) == (wire.PROTOCOL, __version__, Limits(connections=7))


@pytest.mark.parametrize(
    "request_", [wire.Ping(3), wire.ResolveMany(3, 0, []), wire.ResolveJson(3, 0, "[]"), wire.Shutdown(3)]
)
def test_a_request_before_hello_is_refused_and_is_the_last(request_: wire.Request) -> None:
    talk = Conversation()
    told = talk.refusal(request_)
    assert (told.id, told.code) == (3, RefusalCode.HELLO_FIRST)
    assert talk.session.is_closing
    assert talk.stops == 0


def test_another_protocol_is_refused_with_both_versions_and_what_to_do() -> None:
    talk = Conversation()
    told = talk.refusal(wire.Hello(99, "future-client", "9.9"))
    assert told.code == RefusalCode.UNSUPPORTED_PROTOCOL
    assert all(word in told.message for word in ("future-client 9.9", "99", __version__, "resolverd restart"))
    assert talk.session.is_closing


def test_a_second_hello_is_refused_and_the_conversation_goes_on(talk: Conversation) -> None:
    assert talk.refusal(HELLO).code == RefusalCode.INVALID_REQUEST
    assert not talk.session.is_closing
    assert talk.ask(wire.Ping(2)) == wire.Pong(2)


# -- resolve -----------------------------------------------------------------------------------------------------------


def test_a_specifier_is_resolved_from_a_file(talk: Conversation) -> None:
    assert answer_of(talk.ask(resolve())).path == "/p/src/m0.js"


def test_a_specifier_is_resolved_from_a_directory(talk: Conversation) -> None:
    assert answer_of(talk.ask(resolve(origin="/p/src", is_file=False))).path == "/p/src/m0.js"


def test_a_failure_is_an_answer_and_no_refusal(talk: Conversation) -> None:
    answer = answer_of(talk.ask(resolve("./gone.js")))
    assert answer.error is not None
    assert answer.error.code is Code.MODULE_NOT_FOUND


def test_kinds_have_their_own_answers(talk: Conversation) -> None:
    assert answer_of(talk.ask(wire.Resolve(1, 0, "./m0", "/p/src/a.js"))).status is Status.FAILED
    assert answer_of(talk.ask(wire.Resolve(1, 0, "./m0", "/p/src/a.js", kind=Kind.REQUIRE))).path == "/p/src/m0.js"


@pytest.mark.parametrize("origin", ["", "src/main.js", "./main.js", "\0/p", "file:///p/src/main.js", "C:\\p"])
def test_an_origin_that_is_no_absolute_path_fails_the_answer(talk: Conversation, origin: str) -> None:
    for request in (resolve(origin=origin), resolve(origin=origin, is_file=False), resolve(origin=origin, fresh=True)):
        error = answer_of(talk.ask(request)).error
        assert error is not None
        assert error.code is Code.INVALID_REQUEST


HOSTILE = [
    "", ".", "/", "\0", "\0virtual:module", "./a\0b", "\udce9", "./\udce9.js", "a" * 50_000, "./" + "a/" * 20_000,
    "./" + "../" * 10_000, "#", "#/", "?", "@", "@/", "node:", "file:///%00", "data:,", "%", "\n", "\u202e", "🦉",
]  # fmt: skip


@pytest.mark.parametrize("specifier", HOSTILE, ids=lambda text: repr(cast("str", text)[:8]))
@pytest.mark.parametrize(
    "origin", ["/p/src/main.js", "/", "/p/\0/main.js", "/p/\udce9/main.js", "/" + "d/" * 5000, "//"]
)
def test_any_specifier_from_anywhere_is_answered(talk: Conversation, specifier: str, origin: str) -> None:
    for is_file in (True, False):
        assert answer_of(talk.ask(resolve(specifier, origin, is_file=is_file))).status in Status
        assert isinstance(talk.ask(wire.Explain(1, 0, specifier, origin, is_file)), wire.Explained | Refused)
        assert isinstance(talk.ask(wire.BustSpecifier(1, specifier, origin, is_file)), wire.Voided | Refused)
    assert answer_of(talk.ask(resolve())).path == "/p/src/m0.js"
    talk.engine.check()


def test_a_declaration_look_up_is_another_question(talk: Conversation) -> None:
    assert answer_of(talk.ask(resolve(types=True))).path == "/p/src/m0.js"
    talk.view.write("/p/src/m0.d.ts", "")
    talk.engine.bust_path("/p/src/m0.d.ts")
    assert answer_of(talk.ask(resolve(types=True))).path == "/p/src/m0.d.ts"
    assert answer_of(talk.ask(resolve())).path == "/p/src/m0.js"


def test_a_fresh_look_agrees_with_what_is_remembered(talk: Conversation) -> None:
    warm = answer_of(talk.ask(resolve()))
    reply = talk.ask(resolve(fresh=True))
    assert reply == wire.Resolved(5, warm)


def test_a_fresh_look_that_differs_tells_both_and_is_counted(
    talk: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    warm = answer_of(talk.ask(resolve()))
    talk.view.remove("/p/src/m0.js")  # and nobody tells the engine
    reply = talk.ask(resolve(fresh=True))
    assert isinstance(reply, wire.Resolved)
    assert reply.answer.status is Status.FAILED
    assert reply.stale == warm
    assert talk.daemon.stale == 1
    assert "stale" in caplog.text
    health = talk.ask(wire.AskStatus(1))
    assert isinstance(health, wire.Health)
    assert "resolverd bust --all" in health.troubles[-1]


# -- batches -----------------------------------------------------------------------------------------------------------


def specifiers(count: int) -> list[str]:
    return [f"./m{number % MODULES}.js" for number in range(count)]


def test_a_batch_is_answered_in_the_order_of_its_specifiers_through_all_groups(talk: Conversation) -> None:
    groups = [("/p/src/a.js", True, ["./m1.js", "./gone.js"]), ("/p", False, []), ("/p/src", False, ["dep", "./m2.js"])]
    paths = [answer.path for answer in talk.answers(wire.ResolveMany(9, 0, groups))]
    assert paths == ["/p/src/m1.js", None, "/p/node_modules/dep/main.js", "/p/src/m2.js"]


def test_an_empty_batch_has_one_part(talk: Conversation) -> None:
    assert talk.ask(wire.ResolveMany(9, 0, [])) == wire.ResolvedMany(9, [], done=True)


@pytest.mark.parametrize("count", [1, PART - 1, PART, PART + 1, 3 * PART + 5])
def test_a_batch_comes_in_parts_that_are_its_single_answers(talk: Conversation, count: int) -> None:
    batch = wire.ResolveMany(9, 0, [("/p/src/a.js", True, specifiers(count))])
    assert talk.answers(batch) == [answer_of(talk.ask(resolve(specifier))) for specifier in specifiers(count)]


def test_no_part_is_larger_than_its_share(talk: Conversation) -> None:
    out = bytearray()
    payload = encode_message(wire.ResolveMany(9, 0, [("/p/src/a.js", True, specifiers(10 * PART))]))[HEADER_BYTES:]
    steps = talk.session.answer(payload, out)
    assert steps is not None
    before = talk.engine.stats()
    next(steps)
    after = talk.engine.stats()
    assert after.hits + after.misses - before.hits - before.misses == PART


def test_one_bad_group_fails_its_own_answers_alone(talk: Conversation) -> None:
    groups = [("relative", True, ["./m1.js", "x"]), ("/p/src/a.js", True, ["./m1.js"])]
    answers = talk.answers(wire.ResolveMany(9, 0, groups))
    assert [answer.error.code if answer.error else None for answer in answers] == [
        Code.INVALID_REQUEST, Code.INVALID_REQUEST, None,
    ]  # fmt: skip


def test_a_batch_of_too_many_is_refused_whole() -> None:
    talk = Conversation(batch_specifiers=3)
    talk.ask(HELLO)
    talk.ask(wire.OpenProfile(1, "node"))
    batch = wire.ResolveMany(9, 0, [("/p/src", False, specifiers(2)), ("/p", False, specifiers(2))])
    told = talk.refusal(batch)
    assert (told.id, told.code) == (9, RefusalCode.LIMIT_REACHED)
    assert talk.engine.stats().misses == 0


def test_groups_without_specifiers_are_counted_too() -> None:
    talk = Conversation(batch_specifiers=3)
    talk.ask(HELLO)
    talk.ask(wire.OpenProfile(1, "node"))
    assert talk.refusal(wire.ResolveMany(9, 0, [("/p", False, [])] * 4)).code == RefusalCode.LIMIT_REACHED
    assert talk.answers(wire.ResolveMany(9, 0, [("/p", False, [])] * 3)) == []


def json_answers(talk: Conversation, groups: list[wire.Group]) -> list[JsonAnswer | None]:
    parts = talk.send(encode_message(wire.ResolveJson(9, 0, msgspec.json.encode(groups).decode()))[HEADER_BYTES:])
    assert [part.done for part in parts if isinstance(part, wire.ResolvedJson)] == [False] * (len(parts) - 1) + [True]
    texts = [part.answers for part in parts if isinstance(part, wire.ResolvedJson)]
    return [answer for text in texts for answer in msgspec.json.decode(text, type=list[JsonAnswer | None])]


@pytest.mark.parametrize("count", [0, 1, PART, 2 * PART + 5])
def test_a_batch_in_json_has_the_same_answers(talk: Conversation, count: int) -> None:
    groups = [("/p/src/a.js", True, specifiers(count)), ("relative", True, ["x"]), ("/p", False, ["dep", "./gone"])]
    assert json_answers(talk, groups) == [as_object(each) for each in talk.answers(wire.ResolveMany(9, 0, groups))]


def test_an_answer_that_json_cannot_say_is_null_and_the_others_are_there(talk: Conversation) -> None:
    talk.view.write("/p/src/linked/caf\udce9.js", "")
    talk.view.symlink("/p/src/odd.js", "linked/caf\udce9.js")
    before, odd, after = json_answers(talk, [("/p/src", False, ["./m1.js", "./odd.js", "./m2.js"])])
    assert odd is None
    assert (before and before.path, after and after.path) == ("/p/src/m1.js", "/p/src/m2.js")


@pytest.mark.parametrize("groups", ["", "[", "{}", '[["/p"]]', '[["/p", false, [1]]]', "[" * 5000, '"\\ud800"'])
def test_what_is_not_the_json_of_groups_is_refused_alone(talk: Conversation, groups: str) -> None:
    told = talk.refusal(wire.ResolveJson(9, 0, groups))
    assert (told.id, told.code) == (9, RefusalCode.INVALID_REQUEST)
    assert not talk.session.is_closing


def test_a_batch_in_json_is_held_to_the_same_limit() -> None:
    talk = Conversation(batch_specifiers=3)
    talk.ask(HELLO)
    talk.ask(wire.OpenProfile(1, "node"))
    told = talk.refusal(wire.ResolveJson(9, 0, '[["/p", false, ["a", "b", "c", "d"]]]'))
    assert (told.id, told.code) == (9, RefusalCode.LIMIT_REACHED)


def test_a_fresh_batch_tells_which_of_its_answers_were_stale(talk: Conversation) -> None:
    count = FRESH_PART + 3
    batch = wire.ResolveMany(9, 0, [("/p/src/a.js", True, specifiers(count))], fresh=True)
    warm = talk.answers(batch)
    talk.view.remove(f"/p/src/m{count - 2}.js")
    parts = [part for part in talk.send(encode_message(batch)[HEADER_BYTES:]) if isinstance(part, wire.ResolvedMany)]
    assert [stale for part in parts for stale in part.stale] == [(count - 2, warm[count - 2])]
    assert [answer.status for part in parts for answer in part.answers].count(Status.FAILED) == 1


# -- profiles ----------------------------------------------------------------------------------------------------------


def test_profiles_are_numbered_in_the_order_in_which_a_connection_opens_them(talk: Conversation) -> None:
    opened = [
        talk.ask(request)
        for request in (
            wire.OpenProfile(2, "bundler"),
            wire.OpenProfile(3),
            wire.OpenProfile(4, options={"extensions": [".x"]}),
            wire.OpenProfile(5, "bundler", {"extensions": [".x"]}),
            wire.OpenProfile(6, options={"extensions": [".x"]}),
            wire.OpenProfile(7, "node"),
        )
    ]
    assert [(reply.id, reply.profile) for reply in opened if isinstance(reply, wire.ProfileOpened)] == [
        (2, 1), (3, 1), (4, 2), (5, 3), (6, 2), (7, 0),
    ]  # fmt: skip


def test_a_number_of_another_connection_says_nothing_here(talk: Conversation) -> None:
    other = Session(talk.daemon)
    talk.session = other
    talk.ask(HELLO)
    told = talk.refusal(resolve())
    assert (told.id, told.code) == (5, RefusalCode.UNKNOWN_PROFILE)


@pytest.mark.parametrize("number", [-1, 1, 2**40])
def test_a_profile_that_was_not_opened_is_refused(talk: Conversation, number: int) -> None:
    for request in (
        wire.Resolve(5, number, "x", "/p"),
        wire.ResolveMany(5, number, []),
        wire.Explain(5, number, "x", "/p"),
    ):
        assert talk.refusal(request).code == RefusalCode.UNKNOWN_PROFILE


def test_options_lie_on_top_of_a_profile(talk: Conversation) -> None:
    talk.ask(wire.OpenProfile(2, "node", {"extensions": [".js"], "fullySpecified": False}))
    assert answer_of(talk.ask(wire.Resolve(1, 1, "./m0", "/p/src/a.js"))).path == "/p/src/m0.js"


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (wire.OpenProfile(2, "bundlre"), "bundler"),
        (wire.OpenProfile(2, "app", directory="src"), "absolute path, and 'src' is not"),
        (wire.OpenProfile(2, "app", directory="/p\0"), "cannot be read"),
        (wire.OpenProfile(2, options={"extension": [".x"]}), "extensions"),
        (wire.OpenProfile(2, options={"extensions": 5}), "extensions"),
        (wire.OpenProfile(2, options={"alias": [[[1]]]}), "invalid options"),
        (wire.OpenProfile(2, options={"restrictions": [{"regex": "("}]}), "regular expression"),
    ],
)
def test_options_that_cannot_be_used_are_refused_with_a_hint(
    talk: Conversation, request_: wire.OpenProfile, told: str
) -> None:
    refused = talk.refusal(request_)
    assert (refused.id, refused.code) == (2, RefusalCode.INVALID_OPTIONS)
    assert told in refused.message
    assert not talk.session.is_closing


def test_deeply_nested_options_are_refused(talk: Conversation) -> None:
    value: object = "x"
    for _ in range(31):
        value = [value]
    assert talk.refusal(wire.OpenProfile(2, options={"alias": value})).code == RefusalCode.INVALID_OPTIONS
    assert talk.refusal(wire.OpenProfile(2, options={"alias": [value]})).code == RefusalCode.LIMIT_REACHED


def test_a_connection_may_open_so_many_profiles_and_not_more() -> None:
    talk = Conversation(profiles=3)
    talk.ask(HELLO)
    for number in range(3):
        assert talk.open(wire.OpenProfile(1, options={"extensions": [f".{number}"]})) == number
    assert talk.refusal(wire.OpenProfile(1, options={"extensions": [".3"]})).code == RefusalCode.LIMIT_REACHED
    assert talk.open(wire.OpenProfile(1, options={"extensions": [".2"]})) == 2


def test_a_root_that_is_no_utf8_is_understood(talk: Conversation) -> None:
    talk.view.write("/odd\udce9/x.js")
    payload = msgspec.msgpack.encode([2, 3, None, {"roots": [b"/odd\xe9"]}])
    (opened,) = talk.send(payload)
    assert isinstance(opened, wire.ProfileOpened)
    assert (opened.id, opened.profile) == (3, 1)
    assert answer_of(talk.ask(wire.Resolve(4, 1, "/x.js", "/p/a.js"))).path == "/odd\udce9/x.js"


# -- busting and telling -----------------------------------------------------------------------------------------------


def test_a_path_that_was_busted_is_looked_at_again(talk: Conversation) -> None:
    talk.ask(resolve())
    talk.view.remove("/p/src/m0.js")
    assert talk.ask(wire.BustPaths(2, ("/p/src/m0.js", "/elsewhere"))) == wire.Voided(2, Busted(1, 0, 0))
    assert answer_of(talk.ask(resolve())).status is Status.FAILED


def test_a_bust_adds_up_what_its_paths_voided(talk: Conversation) -> None:
    talk.ask(resolve("./m0.js"))
    talk.ask(resolve("./m1.js"))
    reply = talk.ask(wire.BustPaths(2, ("/p/src/m0.js", "/p/src/m1.js")))
    assert reply == wire.Voided(2, Busted(2, 0, 0))


def test_a_bust_of_nothing_voids_nothing(talk: Conversation) -> None:
    assert talk.ask(wire.BustPaths(2, ())) == wire.Voided(2, Busted())


def test_a_question_can_be_busted_alone(talk: Conversation) -> None:
    talk.ask(resolve("./m0.js"))
    talk.ask(resolve("./m1.js"))
    assert talk.ask(wire.BustSpecifier(2, "./m0.js", "/p/src/main.js")) == wire.Voided(2, Busted(answers=1))


def test_everything_can_be_busted(talk: Conversation) -> None:
    talk.ask(resolve())
    reply = talk.ask(wire.BustAll(2))
    assert isinstance(reply, wire.Voided)
    assert reply.busted.answers == 1


def test_a_missing_file_is_looked_for(talk: Conversation) -> None:
    talk.ask(resolve())
    talk.view.remove("/p/src/m0.js")
    reply = talk.ask(wire.Missing(2, "/p/src/m0.js"))
    assert isinstance(reply, wire.Voided)
    assert reply.busted.answers == 1


@pytest.mark.parametrize("path", ["", "relative", "\0", "/with\0nul", "~/x"])
def test_a_path_that_is_none_is_refused_and_nothing_is_busted(talk: Conversation, path: str) -> None:
    talk.ask(resolve())
    for request in (
        wire.Missing(2, path),
        wire.BustPaths(2, ("/p/src/m0.js", path)),
        wire.BustSpecifier(2, "./m0.js", path),
        wire.Explain(2, 0, "./m0.js", path),
    ):
        told = talk.refusal(request)
        assert (told.id, told.code) == (2, RefusalCode.INVALID_REQUEST)
    assert talk.engine.stats().answers == 1


@pytest.mark.parametrize(
    "path", ["/", "//", "/.", "/..", "/\udcff", "/" + "x" * 5000, "/" + "d/" * 5000, "/p/package.json/x"]
)
def test_any_absolute_path_can_be_busted_or_missed(talk: Conversation, path: str) -> None:
    assert isinstance(talk.ask(wire.Missing(2, path)), wire.Voided)
    assert isinstance(talk.ask(wire.BustPaths(2, (path,))), wire.Voided)
    talk.engine.check()


def test_an_explanation_has_the_answer_and_its_steps(talk: Conversation) -> None:
    reply = talk.ask(wire.Explain(2, 0, "dep", "/p/src/a.js"))
    assert isinstance(reply, wire.Explained)
    assert reply.explanation.answer.path == "/p/node_modules/dep/main.js"
    assert any("dep" in step.text for step in reply.explanation.steps)


def test_stats_count_requests_and_refusals(talk: Conversation) -> None:
    talk.ask(resolve())
    talk.refusal(wire.Missing(2, "relative"))
    reply = talk.ask(wire.AskStats(3))
    assert isinstance(reply, wire.Stats)
    assert reply.engine == talk.engine.stats()
    assert (reply.service.requests, reply.service.refused) == (5, 1)
    assert reply.service.rss > 1_000_000
    assert reply.service.descriptors > 2


def test_a_daemon_that_watches_nothing_says_so(talk: Conversation) -> None:
    reply = talk.ask(wire.AskStatus(3))
    assert isinstance(reply, wire.Health)
    assert (reply.socket, reply.version) == ("/s", __version__)
    assert "nothing is watched" in reply.troubles[0]


def test_a_daemon_near_its_limit_of_connections_says_so(talk: Conversation) -> None:
    talk.daemon.connections = 1000
    reply = talk.ask(wire.AskStatus(3))
    assert isinstance(reply, wire.Health)
    assert "1000 of at most 1024 connections" in reply.troubles[0]


def test_a_daemon_that_gave_up_answers_for_memory_says_so(talk: Conversation) -> None:
    talk.engine._limit = 20_000
    for number in range(40):
        talk.engine.begin_turn()
        talk.ask(resolve(f"./not-there-{number}"))
    reply = talk.ask(wire.AskStatus(3))
    assert isinstance(reply, wire.Health)
    assert any("raise `memory_bytes`" in trouble for trouble in reply.troubles)


def test_a_diagnosis_of_a_sound_engine_finds_nothing(talk: Conversation) -> None:
    talk.ask(resolve())
    assert talk.ask(wire.Diagnose(3)) == wire.Diagnosis(3, None)


def test_a_broken_invariant_is_told_and_all_that_is_remembered_is_void(
    talk: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    talk.ask(resolve())
    talk.engine._caches.answers.count += 1
    reply = talk.ask(wire.Diagnose(3))
    assert isinstance(reply, wire.Diagnosis)
    assert reply.broken is not None
    assert "an invariant does not hold" in caplog.text
    assert talk.engine.stats().epoch == 1


def test_shutdown_is_answered_and_stops_the_daemon(talk: Conversation) -> None:
    assert talk.ask(wire.Shutdown(3)) == wire.Stopping(3)
    assert talk.stops == 1


# -- limits and bugs ---------------------------------------------------------------------------------------------------


def test_a_single_question_may_not_be_as_large_as_a_batch(talk: Conversation) -> None:
    told = talk.refusal(resolve("x" * 70_000))
    assert (told.id, told.code) == (5, RefusalCode.LIMIT_REACHED)
    assert not talk.session.is_closing


@pytest.mark.parametrize(
    "request_",
    [
        wire.ResolveMany(5, 0, [("/p/src", False, ["x" * 70_000])]),
        wire.ResolveJson(5, 0, f'[["/p/src", false, ["{"x" * 70_000}"]]]'),
        wire.BustPaths(5, ("/" + "x" * 70_000,)),
        wire.OpenProfile(5, options={"roots": ["/" + "x" * 70_000]}),
    ],
)
def test_requests_that_carry_many_things_may_be_large(talk: Conversation, request_: wire.Request) -> None:
    assert not isinstance(talk.ask(request_), Refused)


def test_a_malformed_payload_is_the_last(talk: Conversation) -> None:
    (reply,) = talk.send(b"\xc1")
    assert isinstance(reply, Refused)
    assert (reply.id, reply.code) == (0, RefusalCode.MALFORMED)
    assert talk.session.is_closing


@pytest.mark.parametrize("payload", [msgspec.msgpack.encode([62, 3]), msgspec.msgpack.encode([3, 3, 0, 5, 5])])
def test_a_bad_request_is_refused_and_the_conversation_goes_on(talk: Conversation, payload: bytes) -> None:
    (reply,) = talk.send(payload)
    assert isinstance(reply, Refused)
    assert reply.id == 3
    assert not talk.session.is_closing
    assert talk.ask(wire.Ping(4)) == wire.Pong(4)


@pytest.fixture
def buggy(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> Conversation:
    """A conversation with an engine whose look-ups raise what nobody foresaw, after a first answer."""
    talk.ask(resolve())

    def broken(*_: object) -> Answer:
        raise InvariantError("a bug")

    monkeypatch.setattr(talk.engine, "answer_from", broken)
    return talk


@pytest.mark.parametrize("request_", [resolve(), wire.ResolveMany(5, 0, [("/p/src/a.js", True, ["x"])])])
def test_a_bug_is_refused_logged_and_nothing_remembered_is_trusted(
    buggy: Conversation, request_: wire.Request, caplog: pytest.LogCaptureFixture
) -> None:
    told = buggy.refusal(request_)
    assert (told.id, told.code) == (5, RefusalCode.INTERNAL)
    assert not buggy.session.is_closing
    assert buggy.engine.stats().answers == 0
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


@given(st.lists(messages(0, 13), max_size=40))
@settings(max_examples=25, deadline=None)
def test_no_payload_is_ever_taken_for_a_bug(payloads: list[bytes]) -> None:
    talk = Conversation()
    talk.ask(HELLO)
    replies = [reply for payload in payloads for reply in talk.send(payload)]
    assert [reply for reply in replies if isinstance(reply, Refused) and reply.code == RefusalCode.INTERNAL] == []
    talk.engine.check()
