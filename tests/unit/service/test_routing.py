"""Requests for routes: refusals, parts, others let in, and how many routers are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from resolverd.cache.engine import Engine
from resolverd.routes import pages
from resolverd.service import routing
from resolverd.terms import RouteKind
from resolverd.watch.inotify import Inotify
from resolverd.wire import messages as wire
from resolverd.wire.codec import encode_message
from resolverd.wire.framing import HEADER_BYTES
from resolverd.wire.messages import RefusalCode
from tests.unit.service.clients import HELLO
from tests.unit.service.test_handlers import Conversation


@pytest.fixture
def talk() -> Conversation:
    conversation = Conversation()
    conversation.ask(HELLO)
    for page in ("/a/index.tsx", "/a/[id].tsx", "/b/x.tsx", "/c/x.tsx"):
        conversation.view.write(page)
    return conversation


def names(talk: Conversation, request: wire.AskRoutes) -> list[str]:
    parts = talk.send(encode_message(request)[HEADER_BYTES:])
    told = [part for part in parts if isinstance(part, wire.RoutesTold)]
    assert [part.done for part in told] == [False] * (len(parts) - 1) + [True]
    return [route.name for part in told for route in part.routes]


def file_at(talk: Conversation, directory: str, url: str) -> str | None:
    talk.engine.begin_turn()
    reply = talk.ask(wire.MatchRoute(3, directory, url))
    assert isinstance(reply, wire.RouteMatched)
    return None if reply.match is None else reply.match.file


def test_routes_come_in_parts(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(talk, wire.AskRoutes(3, "/a")) == ["/", "/[id]"]
    monkeypatch.setattr(routing, "PART", 1)
    assert names(talk, wire.AskRoutes(3, "/a/")) == ["/", "/[id]"]
    assert names(talk, wire.AskRoutes(3, "/a", (".ts",))) == []


def test_a_match_has_all_that_bun_gives(talk: Conversation) -> None:
    reply = talk.ask(wire.MatchRoute(3, "/a", "/7?x=1", (), "https://a.example", "_n/"))
    assert isinstance(reply, wire.RouteMatched)
    match = reply.match
    assert match is not None
    assert (match.name, match.kind, match.file, match.pathname) == ("/[id]", RouteKind.DYNAMIC, "/a/[id].tsx", "/7?x=1")
    assert (match.params, match.query) == ({"id": "7"}, {"id": "7", "x": "1"})
    assert (match.source, match.src) == ("[id].tsx", "https://a.example/_n/[id].tsx")
    assert file_at(talk, "/a", "/7/8") is None


def test_a_new_page_is_in_the_next_reply(talk: Conversation) -> None:
    assert file_at(talk, "/b", "/y") is None
    talk.view.write("/b/y.tsx")
    assert file_at(talk, "/b", "/y") == "/b/y.tsx"


def test_pages_that_are_wrong_are_refused_by_name(talk: Conversation) -> None:
    assert file_at(talk, "/b", "/x") == "/b/x.tsx"
    for directory in ("/b", "/c"):
        talk.view.write(f"{directory}/x.js")
    talk.engine.begin_turn()
    for request in (wire.AskRoutes(5, "/b", reload=True), wire.AskRoutes(5, "/c"), wire.MatchRoute(5, "/c", "/x")):
        refused = talk.refusal(request)
        assert (refused.id, refused.code) == (5, RefusalCode.INVALID_ROUTES)
        assert f"{request.directory}/x.tsx" in refused.message
        assert f"{request.directory}/x.js" in refused.message
    assert file_at(talk, "/b", "/x") == "/b/x.tsx"
    assert names(talk, wire.AskRoutes(5, "/b")) == ["/x"]
    assert talk.refusal(wire.MatchRoute(6, "/none", "/")).message == "Unable to find directory: /none"
    assert not talk.session.is_closing


def test_what_cannot_be_asked_is_refused(talk: Conversation) -> None:
    assert talk.refusal(wire.AskRoutes(3, "pages")).code == RefusalCode.INVALID_REQUEST
    assert talk.refusal(wire.MatchRoute(3, "/a", "/%zz")).code == RefusalCode.INVALID_REQUEST
    assert file_at(talk, "/a", "/") == "/a/index.tsx"
    assert talk.refusal(wire.MatchRoute(3, "/a", "/%zz")).code == RefusalCode.INVALID_REQUEST


def test_others_are_let_in_while_directories_are_read(talk: Conversation) -> None:
    for number in range(3 * pages.PART):
        talk.view.write(f"/many/d{number}/x.tsx")
    out = bytearray()
    steps = talk.session.carry_out(wire.MatchRoute(3, "/many", "/d7/x"), out)
    assert steps is not None
    assert next(steps) is None
    assert not out
    assert file_at(talk, "/many", "/d1/x") == "/many/d1/x.tsx"
    assert len(list(steps)) > 0
    assert out


def test_who_is_let_in_when_all_was_read_and_nothing_taken_in_is_answered_right(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    for number in range(pages.PART - 1):
        (root / f"d{number}").mkdir()
        (root / f"d{number}/x.tsx").touch()
    watcher = Inotify()
    routers = routing.Routers(engine := Engine(watcher=watcher))

    def match(url: str) -> Iterator[wire.Reply | None]:
        engine.begin_turn()
        reply = routers.answer(wire.MatchRoute(3, str(root), url))
        return iter([reply]) if isinstance(reply, wire.RouteMatched) else cast("Iterator[wire.Reply | None]", reply)

    first = match("/d1/x")
    assert next(first) is None
    for url in ("/d2/x", "/d3/x"):
        *_, reply = match(url)
        assert isinstance(reply, wire.RouteMatched)
        assert reply.match is not None
    *_, reply = first
    assert isinstance(reply, wire.RouteMatched)
    assert reply.match is not None
    watcher.close()


@pytest.mark.parametrize(("limit", "most"), [("MAX_ROUTERS", 2), ("MAX_DIRECTORIES", 2), ("MAX_PAGES", 3)])
def test_routers_that_were_asked_longest_ago_are_given_up(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(routing, limit, most)
    for directory in ("/a", "/b", "/a", "/c"):
        names(talk, wire.AskRoutes(3, directory))
    for directory in ("/a", "/b", "/c"):
        talk.view.write(f"{directory}/x.js")
    talk.engine.begin_turn()
    assert talk.refusal(wire.AskRoutes(3, "/b")).code == RefusalCode.INVALID_ROUTES
    assert names(talk, wire.AskRoutes(3, "/c")) == ["/x"]


def test_a_router_is_not_given_up_while_it_is_read(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "MAX_ROUTERS", 1)
    monkeypatch.setattr(pages, "PART", 1)
    out = bytearray()
    steps = talk.session.carry_out(wire.MatchRoute(3, "/b", "/x"), out)
    assert steps is not None
    next(steps)
    assert file_at(talk, "/c", "/x") == "/c/x.tsx"
    list(steps)
    assert b"/b/x.tsx" in out
    talk.engine.check()


def test_what_is_given_up_leaves_nothing_behind(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "MAX_ROUTERS", 1)
    counts: set[object] = set()
    for _ in range(5):
        for directory in ("/a", "/b"):
            names(talk, wire.AskRoutes(3, directory))
        stats = talk.engine.stats()
        counts.add((stats.directory_slots, stats.facts, stats.edges))
    assert len(counts) == 1
