from __future__ import annotations

import json
import os
import select

import msgspec

from resolverd.table.reader import TableReader
from resolverd.terms import Answer
from tests.unit.table.vectors import PATH, written


def test_the_golden_segment_is_what_the_daemon_writes() -> None:
    assert PATH.read_text() == written()


def test_the_golden_segment_is_read() -> None:
    golden = json.loads(PATH.read_text())
    descriptor = os.memfd_create("golden")
    os.write(descriptor, bytes.fromhex(golden["segment"]))
    os.ftruncate(descriptor, golden["size"])
    with select.epoll() as witness:
        reader = TableReader(descriptor, witness.fileno(), msgspec.msgpack.Decoder(Answer).decode)
        for asked in golden["answers"]:
            answer = reader.find(asked["mode"], asked["origin"], asked["specifier"])
            assert json.loads(msgspec.json.encode(answer)) == asked["answer"]
        reader.close()
    os.close(descriptor)
