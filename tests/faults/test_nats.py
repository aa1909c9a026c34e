"""The broker is away, or lost with its disk: only events wait, and none is lost or taken twice (F4, F5)."""

import asyncio

import pytest

from kit.relay import POLL
from tests.depth import PATIENCE, SOAK
from tests.faults import deliveries
from tests.faults.world import COUNTER_SKU, World

pytestmark = pytest.mark.xdist_group("faults")
_AWAY = 20.0 if SOAK else 5.0
_BEHIND = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(record_time)), 0)::float8
  FROM outbox WHERE published_time IS NULL
"""


async def test_checkouts_go_on_while_nats_is_away_and_the_outbox_drains(world: World) -> None:
    async with await world.counter() as counter, world.load(6) as load:
        await load.more(5)
        await world.fleet.stop_nats()
        lost = load.unknown
        await load.more(10)
        await counter.sell(world.history, COUNTER_SKU, world.shoppers[0].member_id)
        await counter.synced()
        async with asyncio.timeout(PATIENCE):
            while await _behind(world, "order") < _AWAY:  # an age that only time brings
                await load.more(1)
        await load.more(5)
        assert load.unknown == lost
        await world.fleet.start_nats()
    await world.promises_hold()
    assert await _behind(world, "order") == 0


async def test_processes_that_start_while_nats_is_away_serve(world: World) -> None:
    async with world.load(4) as load:
        await load.more(3)
        await world.fleet.stop_nats()
        await asyncio.gather(*(world.fleet.restart(name) for name in ("order", "member", "gateway", "storelink")))
        await load.more(10)
        while await _behind(world, "order") <= POLL:  # a relay has looked since, and sent nothing
            await load.more(1)
        await world.fleet.start_nats()
    await world.promises_hold()


async def test_the_brokers_disk_is_lost(world: World) -> None:
    async with await world.counter() as counter, world.load(6) as load:
        await load.more(10)
        await deliveries.wipe(world.fleet)
        await counter.sell(world.history, COUNTER_SKU, world.shoppers[0].member_id)
        await load.more(10)
        await counter.synced()
    await world.promises_hold()


async def _behind(world: World, service: str) -> float:
    """The age of the oldest event that waits."""
    ((age,),) = await world.sql(service, _BEHIND, read_only=True)
    return float(age)
