"""Events go out once they commit, come in once, and survive what a broker may do."""

import pytest

from kit import access, consumer, dead_letters, outbox, streams
from omo.inventory.v1.stock_events_pb2 import StockAllocated
from omo.type.v1.actor_pb2 import ACTOR_KIND_MEMBER
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner
from tests.service.kit.rig import Rig, allocated, eventually, note_effect, rig, running


@pytest.fixture
async def ends(databases: Databases, nats: NatsCorner):
    async with rig(databases, nats) as made:
        yield made


async def test_a_committed_event_has_its_effect_once_and_a_rolled_back_one_none(ends: Rig) -> None:
    async with running(ends.relay(), ends.consumer()):
        await ends.append(allocated("a"), allocated("b"))
        with pytest.raises(RuntimeError):
            async with ends.publisher.transaction() as tx:
                await outbox.append(tx, allocated("never"))
                raise RuntimeError
        await ends.append(allocated("c"))
        await eventually(lambda: _has(ends, 3))
    assert await ends.effects() == ["a", "b", "c"]
    assert await ends.unpublished() == 0


async def test_an_event_carries_who_why_and_when(ends: Rig) -> None:
    heard: list[StockAllocated] = []

    async def listen(tx, event: StockAllocated) -> None:
        heard.append(event)

    async with running(ends.relay(), ends.consumer(consumer.On(StockAllocated, listen))):
        with access.acting_as(access.Principal(access.Kind.MEMBER, "m-1")):
            await ends.append(allocated("a", reason="WHY", sequence=7))
        await eventually(lambda: heard)
    meta = heard[0].meta
    assert (meta.aggregate_id, meta.sequence, meta.reason) == ("a", 7, "WHY")
    assert (meta.actor.kind, meta.actor.id) == (ACTOR_KIND_MEMBER, "m-1")
    async with ends.publisher.read() as tx:
        row = await tx.fetchrow("SELECT event_id, record_time FROM outbox")
    assert meta.event_id == row["event_id"]
    assert meta.record_time.ToMicroseconds() == round(row["record_time"].timestamp() * 1_000_000)


async def _has(ends: Rig, count: int) -> bool:
    return len(await ends.effects()) >= count
