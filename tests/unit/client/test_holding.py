from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import pytest

from resolverd.terms import Answer, Status
from resolverd.wire import messages
from resolverd.wire.codec import decode_request, encode_message
from resolverd.wire.framing import Framer
from resolverd_client.errors import DaemonRefused
from resolverd_client.holding import Held
from resolverd_client.questions import Question, profile_key
from resolverd_client.session import Session

_Result = TypeVar("_Result")

QUESTIONS = [Question("a", "/x"), Question("b", "/y"), Question("c", "/x")]


def found(path: str) -> Answer:
    return Answer(Status.FOUND, path)


def session() -> Session:
    """A greeted session in which the default profile is open."""
    made = Session("test")
    made.outgoing.clear()
    made.receive(encode_message(messages.Welcome(messages.PROTOCOL, "0", 1, messages.Limits())))
    made.profiles[profile_key(QUESTIONS[0])] = 0
    return made


def sent(by: Session) -> list[messages.Request | messages.Refused]:
    requests = [decode_request(payload) for payload in Framer().receive(bytes(by.outgoing))]
    by.outgoing.clear()
    return requests


def end(exchange: Generator[None, None, _Result]) -> _Result:
    """The result of an exchange that needs no more bytes."""
    with pytest.raises(StopIteration) as stop:
        next(exchange)
    return stop.value.value


def subscribe(held: Held, on: Session, *paths: str) -> tuple[int, list[tuple[int, str | None]]]:
    """Take what changed, answering the subscription that is due: its number, and the changes."""
    exchange = held.take(on)
    next(exchange)
    request = sent(on)[-1]
    assert isinstance(request, messages.Subscribe)
    on.receive(encode_message(messages.ResolvedMany(request.id, list(map(found, paths)), done=True)))
    return request.id, [(change.place, change.answer.path) for change in end(exchange)]


def changes(held: Held, on: Session) -> list[tuple[int, str | None]]:
    return [(change.place, change.answer.path) for change in end(held.take(on))]


def test_answers_are_held_in_the_order_of_the_questions_and_are_no_changes() -> None:
    held, on = Held(QUESTIONS), session()
    assert subscribe(held, on, "/a", "/c", "/b")[1] == []
    assert [answer.path for answer in held.answers] == ["/a", "/b", "/c"]
    assert changes(held, on) == []


def test_a_change_is_given_once_under_the_place_of_its_question() -> None:
    held, on = Held(QUESTIONS), session()
    number, _ = subscribe(held, on, "/a", "/c", "/b")
    waiting = held.await_more(on)
    next(waiting)
    on.receive(encode_message(messages.Changed(number, ((1, found("/new")),))))
    end(waiting)
    (change,) = end(held.take(on))
    assert (change.place, change.question, change.answer.path) == (2, QUESTIONS[2], "/new")
    assert held.answers[2].path == "/new"
    assert changes(held, on) == []


def test_told_to_ask_again_it_lets_go_asks_again_and_gives_what_differs() -> None:
    held, on = Held(QUESTIONS), session()
    number, _ = subscribe(held, on, "/a", "/c", "/b")
    on.receive(encode_message(messages.AskAgain()))
    exchange = held.take(on)
    next(exchange)
    ending, again = sent(on)
    assert isinstance(ending, messages.Unsubscribe)
    assert ending.subscription == number
    assert isinstance(again, messages.Subscribe)
    on.receive(encode_message(messages.Unsubscribed(ending.id)))
    on.receive(encode_message(messages.Changed(number, ((0, found("/of-before")),))))
    on.receive(encode_message(messages.ResolvedMany(again.id, list(map(found, ("/a", "/c", "/new"))), done=True)))
    assert [(change.place, change.answer.path) for change in end(exchange)] == [(1, "/new")]
    assert changes(held, on) == []


def test_on_another_connection_it_asks_again_before_it_waits() -> None:
    held, on = Held(QUESTIONS), session()
    subscribe(held, on, "/a", "/c", "/b")
    later = session()
    end(held.await_more(later))
    assert subscribe(held, later, "/new", "/c", "/b")[1] == [(0, "/new")]


def test_broken_off_in_the_middle_it_begins_anew() -> None:
    held, on = Held(QUESTIONS), session()
    exchange = held.take(on)
    next(exchange)
    (first,) = sent(on)
    assert isinstance(first, messages.Subscribe)
    on.receive(encode_message(messages.ResolvedMany(first.id, [found("/a")], done=False)))
    exchange.close()
    subscribe(held, on, "/a", "/c", "/b")
    assert [answer.path for answer in held.answers] == ["/a", "/b", "/c"]


def test_news_between_the_parts_counts() -> None:
    held, on = Held(QUESTIONS), session()
    exchange = held.take(on)
    next(exchange)
    (request,) = sent(on)
    assert isinstance(request, messages.Subscribe)
    on.receive(encode_message(messages.ResolvedMany(request.id, [found("/a")], done=False)))
    on.receive(encode_message(messages.Changed(request.id, ((0, found("/new")),))))
    on.receive(encode_message(messages.ResolvedMany(request.id, [found("/c"), found("/b")], done=True)))
    assert end(exchange) == []
    assert [answer.path for answer in held.answers] == ["/new", "/b", "/c"]


def test_a_refusal_is_raised() -> None:
    held, on = Held(QUESTIONS), session()
    exchange = held.take(on)
    next(exchange)
    (request,) = sent(on)
    assert isinstance(request, messages.Subscribe)
    on.receive(encode_message(messages.Refused(request.id, messages.RefusalCode.LIMIT_REACHED, "too many")))
    with pytest.raises(DaemonRefused, match="too many"):
        next(exchange)
