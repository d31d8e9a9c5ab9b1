from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import pytest

from resolverd.errors import OptionsError, ProtocolError
from resolverd.terms import Answer, Busted, Status
from resolverd.wire import messages
from resolverd.wire.codec import decode_request, encode_message
from resolverd.wire.framing import Framer
from resolverd_client import exchanges
from resolverd_client.errors import DaemonRefused
from resolverd_client.questions import Question
from resolverd_client.session import Session

_Result = TypeVar("_Result")


def _greeted(limits: messages.Limits | None = None) -> Session:
    session = Session("test")
    session.outgoing.clear()
    session.receive(encode_message(messages.Welcome(messages.PROTOCOL, "0", 1, limits or messages.Limits())))
    return session


def _asked(session: Session) -> list[messages.Request]:
    """What a session has queued."""
    requests = [decode_request(payload) for payload in Framer().receive(bytes(session.outgoing))]
    session.outgoing.clear()
    assert not any(isinstance(request, messages.Refused) for request in requests)
    return requests  # type: ignore[return-value]


def _end(exchange: Generator[None, None, _Result]) -> _Result:
    """The result of an exchange that needs no more bytes."""
    with pytest.raises(StopIteration) as stop:
        next(exchange)
    return stop.value.value


def _found(path: str) -> Answer:
    return Answer(Status.FOUND, path)


def test_a_session_begins_with_hello() -> None:
    (hello,) = _asked(Session("test"))
    assert hello == messages.Hello(messages.PROTOCOL, "test", hello.version)  # type: ignore[union-attr]


def test_a_profile_is_opened_once_and_known_by_its_number() -> None:
    session = _greeted()
    exchange = exchanges.resolve(session, Question("a", "/x"))
    next(exchange)
    (opening,) = _asked(session)
    assert isinstance(opening, messages.OpenProfile)
    session.receive(encode_message(messages.ProfileOpened(opening.id, 5)))
    next(exchange)
    for again in (exchange, exchanges.resolve(session, Question("a", "/x"))):
        if again is not exchange:
            next(again)
        (request,) = _asked(session)
        assert isinstance(request, messages.Resolve)
        assert request.profile == 5
        session.receive(encode_message(messages.Resolved(request.id, _found("/a"))))
        assert _end(again) == _found("/a")


def test_many_paths_are_busted_by_several_requests() -> None:
    session = _greeted(messages.Limits(batch_specifiers=2))
    exchange = exchanges.bust_paths(session, ("/a", "/b", "/c"))
    for paths in (("/a", "/b"), ("/c",)):
        next(exchange)
        (request,) = _asked(session)
        assert isinstance(request, messages.BustPaths)
        assert request.paths == paths
        session.receive(encode_message(messages.Voided(request.id, Busted(1, 2, 3))))
    assert _end(exchange) == Busted(2, 4, 6)


def test_a_profile_that_is_being_opened_takes_its_room() -> None:
    session = _greeted(messages.Limits(profiles=1))
    asked = Question("a", "/x", profile="node")
    exchange = exchanges.resolve(session, asked)
    next(exchange)
    assert exchanges.has_room_for(session, asked)
    assert not exchanges.has_room_for(session, Question("a", "/x"))
    exchange.close()
    assert exchanges.has_room_for(session, Question("a", "/x"))


def test_a_batch_puts_answers_and_stale_ones_in_their_places() -> None:
    session = _greeted()
    session.profiles[None, b"", None] = 0
    batch = exchanges.Batch([Question("a", "/x"), Question("b", "/y"), Question("c", "/x")])
    exchange = batch.proceed(session)
    next(exchange)
    (request,) = _asked(session)
    assert isinstance(request, messages.ResolveMany)
    session.receive(encode_message(messages.ResolvedMany(request.id, [_found("/a"), _found("/c")], done=False)))
    next(exchange)
    stale = ((1, _found("/old")), (2, _found("/older")))
    session.receive(encode_message(messages.ResolvedMany(request.id, [_found("/b")], done=True, stale=stale)))
    assert _end(exchange) is True
    assert [answer.path for answer in batch.replies.answers] == ["/a", "/b", "/c"]
    assert {place: answer.path for place, answer in batch.replies.stale.items()} == {2: "/old", 1: "/older"}


def test_a_batch_stops_where_the_connection_has_no_room_for_a_profile() -> None:
    session = _greeted(messages.Limits(profiles=1))
    session.profiles["node", b"", None] = 0
    batch = exchanges.Batch([Question("a", "/x", profile="node"), Question("b", "/x")])
    exchange = batch.proceed(session)
    next(exchange)
    (request,) = _asked(session)
    session.receive(encode_message(messages.ResolvedMany(request.id, [_found("/a")], done=True)))  # type: ignore[union-attr]
    assert _end(exchange) is False
    assert [answer.status for answer in batch.replies.answers] == [Status.FOUND, Status.FAILED]


def test_a_profile_that_is_refused_fails_its_own_questions_only() -> None:
    session = _greeted()
    session.profiles[None, b"", None] = 0
    batch = exchanges.Batch([Question("a", "/x", profile="nod"), Question("b", "/x")])
    exchange = batch.proceed(session)
    next(exchange)
    (opening,) = _asked(session)
    refused = messages.Refused(opening.id, messages.RefusalCode.INVALID_OPTIONS, "did you mean 'node'?")  # type: ignore[union-attr]
    session.receive(encode_message(refused))
    next(exchange)
    (request,) = _asked(session)
    session.receive(encode_message(messages.ResolvedMany(request.id, [_found("/b")], done=True)))  # type: ignore[union-attr]
    assert _end(exchange) is True
    first, second = batch.replies.answers
    assert first.error is not None
    assert "did you mean" in first.error.message
    assert second.path == "/b"


def test_a_daemon_that_fails_is_no_answer_to_a_batch() -> None:
    session = _greeted()
    session.profiles[None, b"", None] = 0
    exchange = exchanges.Batch([Question("a", "/x")]).proceed(session)
    next(exchange)
    (request,) = _asked(session)
    session.receive(encode_message(messages.Refused(request.id, messages.RefusalCode.INTERNAL, "a bug")))  # type: ignore[union-attr]
    with pytest.raises(DaemonRefused, match="a bug"):
        next(exchange)


def test_wrong_options_are_the_callers_mistake() -> None:
    session = _greeted()
    exchange = exchanges.resolve(session, Question("a", "/x", options={"extension": []}))
    next(exchange)
    (request,) = _asked(session)
    session.receive(encode_message(messages.Refused(request.id, messages.RefusalCode.INVALID_OPTIONS, "unknown")))  # type: ignore[union-attr]
    with pytest.raises(OptionsError, match="unknown"):
        next(exchange)


def test_a_reply_that_nobody_waits_for_any_more_is_dropped() -> None:
    session = _greeted()
    exchange = exchanges.stats(session)
    next(exchange)
    (request,) = _asked(session)
    exchange.close()
    session.receive(encode_message(messages.Pong(request.id)))  # type: ignore[union-attr]
    with pytest.raises(KeyError):
        session.fetch(request.id)  # type: ignore[union-attr]


def test_a_reply_of_the_wrong_kind_is_a_protocol_error() -> None:
    session = _greeted()
    exchange = exchanges.stats(session)
    next(exchange)
    (request,) = _asked(session)
    session.receive(encode_message(messages.Pong(request.id)))  # type: ignore[union-attr]
    with pytest.raises(ProtocolError, match="Pong where Stats"):
        next(exchange)


def test_a_request_that_is_too_large_is_refused_before_it_is_sent() -> None:
    session = _greeted(messages.Limits(request_bytes=100))
    session.profiles[None, b"", None] = 0
    exchange = exchanges.resolve(session, Question("a" * 200, "/x"))
    with pytest.raises(DaemonRefused, match="100"):
        next(exchange)
    assert not session.outgoing


def test_a_refusal_of_the_connection_is_raised_as_it_comes() -> None:
    with pytest.raises(DaemonRefused, match="too many"):
        Session("test").receive(
            encode_message(messages.Refused(messages.NO_REQUEST, messages.RefusalCode.BUSY, "too many"))
        )


def test_bytes_that_are_no_frame_are_a_protocol_error() -> None:
    with pytest.raises(ProtocolError):
        _greeted().receive(b"\xff\xff\xff\xff")
