from __future__ import annotations

from typing import get_args

from resolverd.wire.messages import CLOSING, RefusalCode, Reply, Request

REQUESTS = get_args(Request)
REPLIES = get_args(Reply)


def tags(kinds: tuple[type, ...]) -> list[int]:
    return [kind.__struct_config__.tag for kind in kinds]


def test_no_tag_is_used_twice() -> None:
    every = tags(REQUESTS) + tags(REPLIES)
    assert len(set(every)) == len(every)


def test_requests_and_replies_have_tags_of_one_byte_in_their_own_ranges() -> None:
    assert all(1 <= tag <= 63 for tag in tags(REQUESTS))
    assert all(64 <= tag <= 127 for tag in tags(REPLIES))


def test_every_message_is_an_immutable_array_outside_of_the_collector() -> None:
    for kind in REQUESTS + REPLIES:
        config = kind.__struct_config__
        assert (config.array_like, config.frozen, config.gc) == (True, True, False), kind


def test_an_id_comes_first_so_that_it_can_be_had_from_a_bad_message() -> None:
    without = {kind.__name__ for kind in REQUESTS + REPLIES if kind.__struct_fields__[0] != "id"}
    assert without == {"Hello", "Welcome"}


def test_closing_codes_are_refusal_codes() -> None:
    assert set(RefusalCode) > CLOSING
