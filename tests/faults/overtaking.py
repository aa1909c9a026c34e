"""A lease is stolen: its holder stands still before it ends the order, and somebody else carries it on (F21)."""

import asyncio

from kit.ids import uuid7
from tests.faults.bent.stalls import STALLED
from tests.faults.shoppers import Wish
from tests.faults.world import World

SKU = "COAT-CAMEL-S"
_PATIENCE = 60.0
# the saga goes back by itself, once somebody is told to look at it
_TURN_BACK = "UPDATE checkouts SET step = 'UNDO' WHERE order_id = $1::uuid"
_LOOK = """
INSERT INTO timers (key, kind, due_time, next_time, payload, fence) VALUES ($1, 'checkout', now(), now(), ''::bytea, 1)
"""

_HELD = "SELECT fence FROM timers WHERE key = $1 AND kind = 'checkout'"
_EXPIRE = "UPDATE timers SET lease_until = now() WHERE key = $1 AND kind = 'checkout' AND fence = $2 RETURNING true"


async def overtaken(world: World, module: str) -> tuple[str, str]:
    """Its goods were gone when the holder asked and are there when the next one does; gives key and order id."""
    await world.restart("order", module)
    await world.restock({(SKU, "WH1"): -await world.left(SKU)})
    before = len(_stalled(world))
    shopper, key = world.shoppers[0], f"overtaken-{uuid7()[-12:]}"
    body = await shopper.body(key, Wish(SKU), quoted=False)
    placing = asyncio.create_task(shopper.place(world.history, key, body))
    async with asyncio.timeout(_PATIENCE):
        while len(found := _stalled(world)) == before:  # another process's log
            assert not placing.done(), f"nobody refused {key}: {placing.result()}"
            await asyncio.sleep(0.05)
    await world.restock({(SKU, "WH1"): 400})
    await _steal(world, found[-1])
    await placing
    await world.restart("order")
    await world.settled()
    return key, found[-1]


async def _steal(world: World, order_id: str) -> None:
    """Until somebody else has it: only one hand of its holder stands still, the other renews the lease meanwhile."""
    (held,) = await world.sql("order", _HELD, order_id)
    async with asyncio.timeout(_PATIENCE):
        while await world.sql("order", _EXPIRE, order_id, held["fence"]):  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.2)


async def undo(world: World, order_id: str) -> None:
    """What was left behind is given back."""
    await world.sql("order", _TURN_BACK, order_id)
    await world.sql("order", _LOOK, order_id)
    await world.settled()


def _stalled(world: World) -> list[str]:
    lines = world.fleet.log("order").splitlines()
    return [line.rpartition(" ")[2] for line in lines if line.startswith(STALLED)]
