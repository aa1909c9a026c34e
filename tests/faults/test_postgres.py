"""The whole Postgres is killed during checkouts, and started again: what was answered is there (F3)."""

import pytest

from tests.faults.world import COUNTER_SKU, World

pytestmark = pytest.mark.xdist_group("faults")


async def test_postgres_is_killed_during_checkouts(world: World) -> None:
    async with await world.counter() as counter, world.load() as load:
        await load.more(10)
        await world.fleet.kill_postgres()
        sold = [await counter.sell(world.history, COUNTER_SKU, world.shoppers[0].member_id) for _ in range(5)]
        await load.hindered(10)
        assert counter.till.unacknowledged() == len(sold)
        await world.fleet.start_postgres()
        await load.more(10)
        await counter.synced()
    await world.settled(hurry=True)
    await world.promises_hold()
