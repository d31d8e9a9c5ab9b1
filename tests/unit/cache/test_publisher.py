from __future__ import annotations

import select
from collections.abc import Iterator

import msgspec
import pytest

from resolverd.cache.engine import Engine
from resolverd.errors import InvariantError
from resolverd.resolution.profiles import named_profile
from resolverd.table.reader import TableReader
from resolverd.terms import Answer, Kind, Status
from resolverd.view.memory import MemoryView

decode = msgspec.msgpack.Decoder(Answer).decode


class Published:
    """An engine that publishes, its view, and a reader of the table in force."""

    def __init__(self) -> None:
        self.view = MemoryView()
        for path in ("/p/x.js", "/p/y.js", "/p/node_modules/a/index.js"):
            self.view.write(path)
        self.engine = Engine(self.view, is_told=True)
        self.mode = self.engine.mode(self.engine.open_profile(named_profile("node")), Kind.REQUIRE)
        self.witness = select.epoll()
        self.open()

    def open(self) -> None:
        self.reader = TableReader(self.engine.publisher.open().descriptor, self.witness.fileno(), decode)

    def ask(self, specifier: str) -> Answer:
        answer = self.engine.answer(self.mode, "/p", specifier)
        self.engine.check()
        return answer

    def read(self, specifier: str) -> Answer | None:
        return self.reader.find(self.mode, "/p", specifier)


@pytest.fixture
def published() -> Iterator[Published]:
    made = Published()
    yield made
    made.engine.publisher.retire()
    made.witness.close()


def test_an_answer_can_be_read_from_when_it_was_given_until_it_is_void(published: Published) -> None:
    assert published.read("./x") is None
    answer = published.ask("./x")
    assert published.read("./x") == answer
    published.ask("a")
    published.view.remove("/p/x.js")
    published.engine.bust_path("/p/x.js")
    assert published.read("./x") is None
    assert published.read("a") is not None
    assert published.ask("./x").status is Status.FAILED


def test_what_was_remembered_before_there_was_a_table_is_published_when_it_is_given_again(published: Published) -> None:
    published.engine.publisher.retire()
    answer = published.ask("./y")
    published.open()
    assert published.read("./y") is None
    assert published.ask("./y") is answer
    assert published.read("./y") == answer


def test_a_bust_of_everything_retires_the_table(published: Published) -> None:
    published.ask("./x")
    published.engine.bust_all()
    assert published.reader.is_retired
    assert published.read("./x") is None
    published.ask("./x")
    published.open()
    published.ask("./x")
    assert published.read("./x") is not None


def test_what_is_not_sure_is_not_published(published: Published) -> None:
    # Without a watcher, what is not there is looked for again.
    assert published.ask("./nothing").status is Status.FAILED
    assert published.read("./nothing") is None


def test_odd_names_are_left_to_the_socket(published: Published) -> None:
    published.view.write("/p/caf\udce9.js")
    assert published.ask("./caf\udce9").path
    assert published.read("./caf\udce9") is None


def test_check_finds_a_table_that_holds_another_answer_than_live_ones(published: Published) -> None:
    published.ask("./x")
    table = published.engine.publisher.table
    assert table is not None
    table.publish(b"of nobody", b"")
    with pytest.raises(InvariantError, match="can be read"):
        published.engine.check()
    table.forget(table.publish(b"of nobody", b""))


def test_a_table_that_is_full_is_given_up_for_the_next(published: Published) -> None:
    publisher = published.engine.publisher
    publisher.retire()
    publisher.size = 10_000
    for number in range(200):
        published.view.write(f"/p/{number}.js")
    for number in range(200):
        publisher.open()
        published.ask(f"./{number}")
    assert published.engine.stats().tables > 2
    published.open()
    published.ask("./x")
    assert published.read("./x") is not None
