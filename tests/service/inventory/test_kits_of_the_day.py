"""What is told late of a kit is taken apart as on its day, whatever the kit is made of by now."""

from datetime import timedelta

from omo.inventory.v1 import catalogue_pb2 as pb
from tests.service.inventory import news
from tests.service.inventory.conftest import ORDER, Inventory, new
from tests.service.inventory.shop import product, put, variant


async def made_of(inventory: Inventory, **parts: int) -> None:
    components = [pb.Component(sku=sku, quantity=units) for sku, units in parts.items()]
    await put(inventory, product("P-SET", variant("SET", components=components)))


async def stocked(inventory: Inventory) -> None:
    await inventory.stocked({(sku, "TPE01"): 20 for sku in ("COAT", "BELT", "HAT")})


async def left(inventory: Inventory) -> list[int]:
    return [(await inventory.level(sku)).on_hand for sku in ("COAT", "BELT", "HAT")]


async def test_a_late_sale_is_taken_apart_as_on_its_day(inventory: Inventory) -> None:
    await stocked(inventory)
    await made_of(inventory, COAT=1, BELT=2)
    monday = inventory.clock()
    inventory.clock.advance(days=1)
    await made_of(inventory, COAT=1, HAT=1)
    tuesday = inventory.clock()
    inventory.clock.advance(days=1)
    for at in (tuesday, monday, monday - timedelta(days=9)):
        await inventory.hear(news.recorded(news.sale(new(), ("SET", 1), at=at)))
    # twice as it was at first, for nobody knows of a time before; once as it was on tuesday
    assert await left(inventory) == [17, 16, 19]
    assert await inventory.drifts() == []


async def test_what_was_no_kit_on_its_day_was_sold_by_itself(inventory: Inventory) -> None:
    await stocked(inventory)
    await inventory.stocked({("SET", "TPE01"): 5})
    before = inventory.clock()
    inventory.clock.advance(days=1)
    await made_of(inventory, COAT=1)
    during = inventory.clock()
    inventory.clock.advance(days=1)
    await made_of(inventory)
    after = inventory.clock()
    for at in (before, during, after):
        await inventory.hear(news.recorded(news.sale(new(), ("SET", 1), at=at)))
    assert (await inventory.level("SET")).on_hand == 3
    assert await left(inventory) == [19, 20, 20]
    assert await inventory.drifts() == []


async def test_kits_in_kits_are_those_of_the_day(inventory: Inventory) -> None:
    await stocked(inventory)
    inner = [pb.Component(sku="BELT", quantity=1)]
    await put(inventory, product("P-IN", variant("IN", components=inner)))
    await made_of(inventory, COAT=1, IN=2)
    monday = inventory.clock()
    inventory.clock.advance(days=1)
    await put(inventory, product("P-IN", variant("IN", components=[pb.Component(sku="HAT", quantity=3)])))
    await inventory.hear(news.recorded(news.sale(new(), ("SET", 1), at=monday)))
    assert await left(inventory) == [19, 18, 20]
    await inventory.hear(news.recorded(news.sale(new(), ("SET", 1), at=inventory.clock())))
    assert await left(inventory) == [18, 18, 14]


async def test_an_order_is_handed_over_in_the_parts_that_were_promised(inventory: Inventory) -> None:
    await stocked(inventory)
    await made_of(inventory, COAT=1, BELT=2)
    order_id = new()
    await inventory.hold([("SET", 2)], ORDER, request_id=order_id, order_id=order_id)
    inventory.clock.advance(hours=1)
    await made_of(inventory, HAT=1)
    await inventory.hear(news.confirmed(order_id, ("SET", 2)))
    level = await inventory.level("BELT")
    assert (level.committed, level.held) == (4, 0)
    inventory.clock.advance(hours=1)
    await inventory.hear(news.handed_over(order_id, ("SET", 2), at=inventory.clock()))
    assert await left(inventory) == [18, 16, 20]
    assert (await inventory.level("BELT")).committed == 0
    assert await inventory.drifts() == []
