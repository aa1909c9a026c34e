"""A flash sale: thousands at once for a hundred, over real gRPC."""

import asyncio
import time
from collections import Counter

from kit.errors import Fault
from omo.inventory.v1 import stock_pb2
from omo.inventory.v1 import stock_service_pb2 as pb
from tests.service.inventory.conftest import ORDER, Inventory, line, new
from tests.service.inventory.test_promises import brand

UNITS, BUYERS = 100, 3_000


async def let(number: int) -> None:
    """The service shares its loop with those who buy: it gets its turn between them, as on a machine of its own."""
    if number % 20 == 0:
        await asyncio.sleep(0)


async def test_three_thousand_buyers_on_a_hundred_units(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): UNITS})
    await inventory.hold([("COAT", 1)], ORDER)  # the token is made
    told: Counter[str] = Counter()

    async def buy() -> None:
        order_id = new()
        asked = pb.HoldRequest(request_id=order_id, order_id=order_id, lines=[line(("COAT", 1))])
        try:
            await inventory.call(inventory.stock.Hold, asked, ORDER, seconds=60)
            told["HELD"] += 1
        except Fault as fault:
            told[fault.reason] += 1

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(BUYERS):
            group.create_task(buy())
            await let(number)
    assert told == {"HELD": UNITS - 1, "OUT_OF_STOCK": BUYERS - UNITS + 1}
    assert time.perf_counter() - begun < 60
    level = await inventory.level("COAT")
    assert (level.held, level.available) == (UNITS, 0)
    assert await inventory.drifts() == []


async def test_three_thousand_buyers_on_a_pool_of_a_hundred_units(inventory: Inventory) -> None:
    """The same from a pool of three stores, one of them also served alone."""
    await brand(inventory, {("COAT", "A"): 60, ("COAT", "B"): 30, ("COAT", "C"): 10}, ALL="ABC", ONE="C")
    await inventory.hold([("COAT", 1, "A")], ORDER)  # the token is made
    told: Counter[str] = Counter()

    async def buy(number: int) -> None:
        order_id, pool = new(), "ONE" if number % 50 == 0 else "ALL"
        lines = [stock_pb2.HoldLine(sku="COAT", quantity=1, pool_id=pool)]
        asked = pb.HoldRequest(request_id=order_id, order_id=order_id, lines=lines)
        try:
            await inventory.call(inventory.stock.Hold, asked, ORDER, seconds=120)
            told["HELD"] += 1
        except Fault as fault:
            told[fault.reason] += 1

    async with asyncio.TaskGroup() as group:
        for number in range(BUYERS):
            group.create_task(buy(number))
            await let(number)
    assert told == {"HELD": UNITS - 1, "OUT_OF_STOCK": BUYERS - UNITS + 1}
    levels = [await inventory.level("COAT", place) for place in "ABC"]
    assert [(one.held, one.available) for one in levels] == [(60, 0), (30, 0), (10, 0)]
    assert await inventory.drifts() == []
