"""Who names a mount that may hang waits for it alone, and not for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import trio
import trio.testing

from resolverd.service.patience import PROBE_SECONDS, Patience
from resolverd.service.remote import RemoteView
from resolverd.view.base import EntryKind
from resolverd.view.memory import MemoryView
from resolverd.watch.mounts import MountTable
from resolverd.wire import messages as wire

TABLE = MountTable("22 1 0:20 / / rw - ext4 /dev/sda1 rw\n30 22 0:25 / /net rw - nfs4 x rw\n")
FAR = wire.Resolve(1, 0, "./x", "/net/p/a.js")
NEAR = wire.Resolve(2, 0, "./x", "/home/a.js")


class Held(MemoryView):
    """A view that can be held back, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()
        self.count = 0

    def list(self, path: str) -> dict[str, EntryKind]:
        self.count += 1
        self.goes_on.wait()
        return super().list(path)


@pytest.fixture
def held() -> Iterator[Held]:
    view = Held()
    view.write("/net/p/x.js", "")
    yield view
    view.goes_on.set()


@pytest.fixture
def patience(held: Held) -> Patience:
    return Patience(RemoteView(held, lambda: TABLE))


async def test_what_names_no_such_mount_waits_for_nothing(patience: Patience) -> None:
    assert patience.unsure_of(NEAR) == []
    assert patience.unsure_of(wire.Ping(3)) == []
    assert patience.unsure_of(wire.ResolveJson(3, 0, "no JSON")) == []
    many = wire.ResolveMany(4, 0, [("/home", False, []), ("/net", False, []), ("/net/p", False, [])])
    assert len(patience.unsure_of(many)) == 1
    assert len(patience.unsure_of(wire.ResolveJson(4, 0, '[["/home", false, []], ["/net/p", false, []]]'))) == 1


async def test_a_mount_that_answered_is_believed_for_a_while(patience: Patience, held: Held) -> None:
    held.goes_on.set()
    await patience.wait_for(patience.unsure_of(FAR))
    assert patience.unsure_of(FAR) == []
    assert list(patience.hanging()) == []


async def test_a_mount_that_does_not_answer_is_given_up_for_all_who_wait_with_one_probe(
    patience: Patience, held: Held, autojump_clock: trio.testing.MockClock
) -> None:
    began = autojump_clock.current_time()
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(patience.wait_for, patience.unsure_of(FAR))
    assert autojump_clock.current_time() - began == PROBE_SECONDS
    assert held.count <= 1
    assert [mount.point for mount, _ in patience.hanging()] == ["/net"]
    # Known to be silent: nobody waits any more.
    assert patience.unsure_of(FAR) == []


async def test_who_leaves_while_waiting_leaves_nothing_behind(patience: Patience, held: Held) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(patience.wait_for, patience.unsure_of(FAR))
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    held.goes_on.set()
    await patience.wait_for(patience.unsure_of(FAR))
    assert patience.unsure_of(FAR) == []
