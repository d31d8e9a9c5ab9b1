from __future__ import annotations

import mmap
import os
import select
from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from resolverd.table import layout
from resolverd.table.reader import TableReader
from resolverd.table.writer import NONE, TableWriter

SIZE = 64 * 1024
KEY = layout.key_bytes(3, "/p/src", "./x")


@pytest.fixture
def writer() -> Iterator[TableWriter]:
    made = TableWriter(SIZE, 7)
    yield made
    made.check()
    made.close()


@pytest.fixture
def witness() -> Iterator[select.epoll]:
    with select.epoll() as waiting:
        yield waiting


@pytest.fixture
def reader(writer: TableWriter, witness: select.epoll) -> Iterator[TableReader[bytes]]:
    made = TableReader(writer.descriptor, witness.fileno(), bytes)
    yield made
    made.close()


def find(reader: TableReader[bytes]) -> bytes | None:
    return reader.find(3, "/p/src", "./x")


def test_what_is_published_is_found_and_what_is_forgotten_is_not(
    writer: TableWriter, reader: TableReader[bytes]
) -> None:
    assert find(reader) is None
    slot = writer.publish(KEY, b"one")
    assert find(reader) == b"one"
    assert find(reader) is find(reader)
    writer.forget(slot)
    assert find(reader) is None
    assert writer.publish(KEY, b"two") == slot
    assert find(reader) == b"two"
    assert writer.live == 1


def test_while_anything_is_pending_nothing_is_found_until_the_doubt_is_settled(
    writer: TableWriter, reader: TableReader[bytes], witness: select.epoll
) -> None:
    writer.publish(KEY, b"one")
    news, told = os.pipe()
    witness.register(news, select.EPOLLIN)
    assert find(reader) == b"one"
    os.write(told, b"!")
    assert find(reader) is None
    os.read(news, 1)
    assert find(reader) is None
    reader.is_doubtful = False
    assert find(reader) == b"one"
    os.close(told)
    assert find(reader) is None
    os.close(news)


def test_the_gate_sends_readers_away(writer: TableWriter, reader: TableReader[bytes]) -> None:
    writer.publish(KEY, b"one")
    writer.raise_gate()
    assert find(reader) is None
    assert not reader.is_retired
    writer.lower_gate()
    assert find(reader) == b"one"
    writer.retire()
    writer.lower_gate()
    assert find(reader) is None
    assert reader.is_retired


def test_full_of_records_or_of_keys_it_retires(reader: TableReader[bytes], writer: TableWriter) -> None:
    assert writer.publish(KEY, b"x" * SIZE) == NONE
    assert reader.is_retired
    other = TableWriter(SIZE, 8)
    published = 0
    while other.publish(b"%d" % published, b"") != NONE:
        published += 1
    assert other.is_retired
    assert published > 100
    other.check()
    other.close()


def test_a_reader_can_neither_write_nor_map_to_write_nor_change_the_size(writer: TableWriter) -> None:
    with pytest.raises(PermissionError):
        os.ftruncate(writer.descriptor, 0)
    with pytest.raises(PermissionError):
        os.ftruncate(writer.descriptor, 2 * SIZE)
    with pytest.raises(PermissionError):
        os.write(writer.descriptor, b"x")
    with pytest.raises(PermissionError):
        mmap.mmap(writer.descriptor, SIZE)


def test_another_layout_is_not_read(witness: select.epoll) -> None:
    descriptor = os.memfd_create("other")
    os.ftruncate(descriptor, SIZE)
    with pytest.raises(ValueError, match="no table"):
        TableReader(descriptor, witness.fileno(), bytes)
    os.close(descriptor)


class TableMachine(RuleBasedStateMachine):
    """The table beside a dictionary."""

    @initialize()
    def begin(self) -> None:
        self.witness = select.epoll()
        self.generation = 1
        self._make()

    def _make(self) -> None:
        self.writer = TableWriter(SIZE, self.generation)
        self.reader = TableReader(self.writer.descriptor, self.witness.fileno(), bytes)
        self.model: dict[str, tuple[int, bytes]] = {}

    @rule(name=st.sampled_from("abcdefgh"), value=st.binary(max_size=2000))
    def publish(self, name: str, value: bytes) -> None:
        slot = self.writer.publish(layout.key_bytes(0, "/", name), value)
        if slot == NONE:
            assert self.reader.is_retired
            self.teardown_table()
            self.generation += 1
            self._make()
        else:
            self.model[name] = slot, value

    @rule(name=st.sampled_from("abcdefgh"))
    def forget(self, name: str) -> None:
        if name in self.model:
            self.writer.forget(self.model.pop(name)[0])

    @invariant()
    def readers_see_what_is_live(self) -> None:
        for name in "abcdefgh":
            known = self.model.get(name)
            assert self.reader.find(0, "/", name) == (None if known is None else known[1])
        self.writer.check()

    def teardown_table(self) -> None:
        self.reader.close()
        self.writer.close()

    def teardown(self) -> None:
        self.teardown_table()
        self.witness.close()


TestTableMachine = TableMachine.TestCase
TestTableMachine.settings = settings(max_examples=20, stateful_step_count=40, deadline=None)


def test_questions_that_cannot_be_told_apart_as_keys_have_none(reader: TableReader[bytes], writer: TableWriter) -> None:
    writer.publish(layout.key_bytes(3, "/p", "src\0./x"), b"one")
    assert reader.find(3, "/p", "src\0./x") == b"one"
    assert reader.find(3, "/p\0src", "./x") is None
    assert reader.find(3, "/p", "./\ud800") is None
