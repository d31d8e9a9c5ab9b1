"""Hostile and unlucky clients over a real socket: each is told what is wrong, and its neighbours notice nothing."""

from __future__ import annotations

import contextlib
import struct

import msgspec
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from resolverd.service.questions import PART
from resolverd.terms import Answer
from resolverd.wire.codec import encode_message
from resolverd.wire.messages import (
    BustAll,
    OpenProfile,
    Ping,
    Pong,
    ProfileOpened,
    RefusalCode,
    Resolve,
    Resolved,
    ResolvedMany,
    ResolveMany,
    Voided,
)
from tests.unit.service.clients import HELLO, MODULES, Client, serving
from tests.unit.service.conftest import Serve


def framed(payload: bytes) -> bytes:
    return struct.pack("<I", len(payload)) + payload


def packed(*fields: object) -> bytes:
    return framed(msgspec.msgpack.encode(fields))


def batch(count: int, number: int = 2) -> ResolveMany:
    specifiers = [f"./m{index % MODULES}.js" for index in range(count)]
    return ResolveMany(number, 0, [("/p/src/main.js", True, specifiers)])


async def answers_of(client: Client) -> list[Answer]:
    """All parts of one batch's reply."""
    answers: list[Answer] = []
    while True:
        part = await client.receive()
        assert isinstance(part, ResolvedMany)
        answers += part.answers
        if part.done:
            return answers


# -- conversations -----------------------------------------------------------------------------------------------------


async def test_hello_profile_and_question_may_go_in_one_write(serve: Serve) -> None:
    client = await serve().connect()
    _, opened, resolved = await client.ask(HELLO, OpenProfile(1, "node"), Resolve(2, 0, "dep", "/p/src/a.js"))
    assert isinstance(opened, ProfileOpened)
    assert (opened.id, opened.profile) == (1, 0)
    assert isinstance(resolved, Resolved)
    assert resolved.answer.path == "/p/node_modules/dep/main.js"


async def test_pipelined_requests_are_answered_in_order(serve: Serve) -> None:
    client = await serve().greeted()
    assert await client.ask(*(Ping(number) for number in range(1, 5000))) == [Pong(number) for number in range(1, 5000)]


async def test_requests_that_come_byte_by_byte_are_answered(serve: Serve) -> None:
    client = await serve().greeted()
    for byte in encode_message(Ping(1)) + encode_message(Ping(2)):
        await client.send_bytes(bytes([byte]))
    assert [await client.receive(), await client.receive()] == [Pong(1), Pong(2)]


async def test_a_request_larger_than_one_receive_is_answered(serve: Serve) -> None:
    client = await serve().greeted()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.send, batch(20_000))
        answers = await answers_of(client)
    assert [answer.path for answer in answers[:3]] == ["/p/src/m0.js", "/p/src/m1.js", "/p/src/m2.js"]
    assert len(answers) == 20_000


async def test_a_client_that_finished_sending_still_gets_its_answers(serve: Serve) -> None:
    client = await serve().greeted()
    await client.send(Ping(1), batch(1000), Ping(3))
    await client.stream.send_eof()
    assert await client.receive() == Pong(1)
    assert len(await answers_of(client)) == 1000
    assert [await client.receive(), await client.receive()] == [Pong(3), None]


async def test_a_bust_is_in_the_answers_behind_it_in_the_same_write(serve: Serve) -> None:
    service = serve()
    client = await service.greeted()
    await client.ask(Resolve(2, 0, "./m0.js", "/p/src/a.js"))
    service.view.remove("/p/src/m0.js")
    warm, voided, cold = await client.ask(
        Resolve(3, 0, "./m0.js", "/p/src/a.js"), BustAll(4), Resolve(5, 0, "./m0.js", "/p/src/a.js")
    )
    assert isinstance(warm, Resolved)
    assert isinstance(voided, Voided)
    assert isinstance(cold, Resolved)
    assert (warm.answer.path, cold.answer.path) == ("/p/src/m0.js", None)


# -- hostile bytes -----------------------------------------------------------------------------------------------------

DEEP = b"\x94\x02\x09\xc0" + b"\x91" * 20_000 + b"\x01"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\xff\xff\xff\xff", RefusalCode.FRAME_TOO_LARGE),
        (struct.pack("<I", 1024 * 1024 + 1), RefusalCode.FRAME_TOO_LARGE),
        (b"\0\0\0\0", RefusalCode.FRAME_TOO_LARGE),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", RefusalCode.FRAME_TOO_LARGE),
        (framed(b"\xc1"), RefusalCode.MALFORMED),
        (framed(b"{}"), RefusalCode.MALFORMED),
        (framed(b"\x92\x0c"), RefusalCode.MALFORMED),
        (framed(DEEP), RefusalCode.MALFORMED),
    ],
)
async def test_bad_frames_are_told_of_and_end_that_connection_alone(
    serve: Serve, sent: bytes, code: RefusalCode
) -> None:
    service = serve()
    client, neighbour = await service.greeted(), await service.greeted()
    await client.send_bytes(encode_message(Ping(1)) + sent + encode_message(Ping(2)))
    assert await client.receive() == Pong(1)
    await client.is_refused(code)
    assert await client.receive() is None
    assert await neighbour.is_served()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (packed(62, 9), RefusalCode.UNSUPPORTED_REQUEST),
        (packed(3, 9, "profile", 1, 2), RefusalCode.INVALID_REQUEST),
        (packed(3, 9), RefusalCode.INVALID_REQUEST),
        (framed(b"\x95\x03\x09\x00\xa2\xff\xff\xa1/"), RefusalCode.INVALID_REQUEST),
        (packed(2, 9, None, {"alias": [[[[[]]]]] * 8}), RefusalCode.INVALID_OPTIONS),
        (packed(3, 9, 0, "x" * 100_000, "/"), RefusalCode.LIMIT_REACHED),
    ],
)
async def test_bad_requests_are_refused_and_those_behind_are_answered(
    serve: Serve, sent: bytes, code: RefusalCode
) -> None:
    client = await serve().greeted()
    await client.send_bytes(encode_message(Ping(1)) + sent + encode_message(Ping(2)))
    assert await client.receive() == Pong(1)
    await client.is_refused(code, 9)
    assert await client.receive() == Pong(2)


@given(st.lists(st.binary(min_size=1, max_size=100), max_size=20), st.booleans())
@settings(max_examples=50, deadline=None)
async def test_random_bytes_never_disturb_a_neighbour(chunks: list[bytes], are_payloads: bool) -> None:
    async with serving() as service:
        client, neighbour = await service.connect(), await service.greeted()
        if are_payloads:
            await client.greet()
        with contextlib.suppress(trio.BrokenResourceError):  # the daemon may have heard enough
            for chunk in chunks:
                await client.send_bytes(framed(chunk) if are_payloads else chunk)
            await client.stream.send_eof()
        while await client.receive() is not None:
            pass
        assert await neighbour.is_served()


# -- slow and absent clients -------------------------------------------------------------------------------------------


async def test_half_a_frame_is_waited_for_and_then_refused(serve: Serve) -> None:
    service = serve(frame_seconds=0.1)
    client, neighbour = await service.greeted(), await service.greeted()
    await client.send_bytes(encode_message(Ping(1)) + encode_message(Ping(2))[:-1])
    assert await client.receive() == Pong(1)
    await client.is_refused(RefusalCode.TOO_SLOW)
    assert await client.receive() is None
    assert await neighbour.is_served()


async def test_a_frame_that_drips_in_has_no_more_time_than_any_other(serve: Serve) -> None:
    service = serve(frame_seconds=0.2)
    client, neighbour = await service.greeted(), await service.greeted()
    await client.send_bytes(struct.pack("<I", 1_000_000))

    async def drip() -> None:
        while await neighbour.is_served():
            await client.send_bytes(b"x")

    with pytest.raises(trio.BrokenResourceError):
        await drip()
    await client.is_refused(RefusalCode.TOO_SLOW)


async def test_a_client_that_never_says_hello_is_refused_and_one_that_did_may_be_silent(serve: Serve) -> None:
    service = serve(frame_seconds=0.1)
    silent, stranger = await service.greeted(), await service.connect()
    await stranger.is_refused(RefusalCode.TOO_SLOW)
    assert await silent.is_served()


async def test_a_client_that_never_reads_is_not_read_from_and_at_last_given_up(serve: Serve) -> None:
    service = serve(unread_bytes=10_000, write_seconds=0.3)
    client, neighbour = await service.greeted(), await service.greeted()
    held: list[int] = []

    async def ask_for_ever() -> None:
        while await neighbour.is_served():
            held.extend(len(connection._out) for connection in service.server._connections)
            with trio.move_on_after(0.01):
                await client.send(batch(PART))

    with pytest.raises(trio.BrokenResourceError):
        await ask_for_ever()
    assert max(held) < 10_000 + PART * 200
    assert service.daemon.connections == 1


async def test_a_client_that_reads_late_gets_everything(serve: Serve) -> None:
    service = serve(unread_bytes=1000)
    client, neighbour = await service.greeted(), await service.greeted()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.send, *(batch(PART, number) for number in range(1, 101)))
        while service.daemon.requests < 20:
            assert await neighbour.is_served()
        for _ in range(100):
            assert len(await answers_of(client)) == PART


async def test_a_huge_batch_lets_others_in_between(serve: Serve) -> None:
    service = serve()
    client, neighbour = await service.greeted(), await service.greeted()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.send, batch(60_000))
        nursery.start_soon(answers_of, client)
        while service.daemon.requests < 5:
            assert await neighbour.is_served()
        stats = service.daemon.engine.stats()
        assert stats.hits + stats.misses < 60_000


@pytest.mark.parametrize(
    "sent", [b"", b"\x05", encode_message(HELLO)[:-1], encode_message(HELLO), encode_message(HELLO) + b"\xff\0\0\0half"]
)
async def test_a_client_that_goes_in_the_middle_leaves_nothing(serve: Serve, sent: bytes) -> None:
    service = serve()
    neighbour = await service.greeted()
    for _ in range(20):
        client = await service.connect()
        await client.send_bytes(sent)
        await client.stream.aclose()
    while service.daemon.connections > 1:
        assert await neighbour.is_served()
    assert service.daemon.accepted == 21


async def test_a_client_that_goes_in_the_middle_of_its_answers_leaves_nothing(serve: Serve) -> None:
    service = serve(unread_bytes=1000)
    neighbour = await service.greeted()
    for _ in range(5):
        client = await service.greeted()
        await client.send(batch(20_000))
        assert isinstance(await client.receive(), ResolvedMany)
        await client.stream.aclose()
    while service.daemon.connections > 1:
        assert await neighbour.is_served()
    service.daemon.engine.check()
