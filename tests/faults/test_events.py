"""Every event three times and in another order: the same end (F6)."""

import asyncio

import pytest

from tests.faults import trade
from tests.faults.world import COUNTER_SKU, World

pytestmark = pytest.mark.xdist_group("faults")
_BENT = "tests.faults.bent.tells_thrice"
_SPEAKERS = ("order", "member")


async def test_events_thrice_and_shuffled_end_the_same(world: World) -> None:
    await asyncio.gather(*(world.restart(name, _BENT) for name in _SPEAKERS))
    async with await world.counter() as counter:
        await world.fleet.stop_nats()  # so that there is something to shuffle
        async with world.load() as load:
            for shopper in world.shoppers[:6]:
                await counter.sell(world.history, COUNTER_SKU, shopper.member_id)
            await load.more(40)
            await counter.synced()
        await world.fleet.start_nats()
        await world.settled()
        await trade.collect(world, counter)
    await world.promises_hold()
    before = await world.end_state()
    await asyncio.gather(*(world.restart(name) for name in _SPEAKERS))
    assert await trade.tell_again(world) > 100
    await world.promises_hold()
    assert await world.end_state() == before
