"""Routing binds what was promised from a pool to the place that serves it, and a rejection frees it again."""

from omo.inventory.v1 import stock_events_pb2 as events
from services.inventory.promises.sourced import Promised
from services.inventory.sourcing.domain import Assignment
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory, new
from tests.service.inventory.test_promises import ask, brand, get, pooled, refused, stands
from tests.service.inventory.test_promises_broken import allocated, confirmed, repair, sell


async def route(inventory: Inventory, order_id: str, **places: int) -> None:
    given = [Assignment(1, "COAT", place, units) for place, units in places.items()]
    async with inventory.db.transaction() as tx:
        await _promised(inventory).assign(tx, {order_id: given}, inventory.clock())


async def reject(inventory: Inventory, order_id: str, place: str, units: int) -> None:
    async with inventory.db.transaction() as tx:
        given = [Assignment(1, "COAT", place, units)]
        await _promised(inventory).reject(tx, {order_id: given}, inventory.clock())


async def view(inventory: Inventory, *order_ids: str) -> dict[str, int]:
    async with inventory.db.read() as tx:
        return dict((await _promised(inventory).view(tx, ["COAT"], "ABC", order_ids)).get("COAT", {}))


def _promised(inventory: Inventory) -> Promised:
    return Promised(inventory.clock, inventory.ground.book)


async def test_a_routed_part_moves_for_nobody(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 2})
    order_id = await confirmed(inventory, 2)
    assert await view(inventory) == {"A": 2, "B": 2}  # what stands at A could stand at B
    await route(inventory, order_id, A=1, B=1)
    await route(inventory, order_id, A=1, B=1)  # told again it is nothing new
    assert await allocated(inventory, order_id) == {"A": 1, "B": 1}
    assert (await refused(inventory.hold([("COAT", 2, "A")]))).metadata["available"] == "1"
    assert await inventory.drifts() == []
    await sell(inventory, "COAT", 2, "A")
    await repair(inventory)
    assert await allocated(inventory, order_id) == {"A": 1, "B": 1}
    assert await inventory.drifts() == []


async def test_routing_makes_others_stand_elsewhere(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 2})
    order_id = await confirmed(inventory, 2)
    cart = await ask(inventory, pooled("COAT", 2))
    assert stands(cart) == {"B": 2}
    assert await view(inventory, order_id) == {"A": 2, "B": 2}
    await route(inventory, order_id, B=2)
    assert await allocated(inventory, order_id) == {"B": 2}
    assert stands(await get(inventory, cart.hold_id)) == {"A": 2}
    await inventory.hear(news.handed_over(order_id, ("COAT", 2), place="B"))
    assert await inventory.drifts() == []


async def test_a_rejected_part_stands_where_nobody_refused_it(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 1, ("COAT", "C"): 0})
    order_id = await confirmed(inventory, 2)
    await route(inventory, order_id, A=2)
    await reject(inventory, order_id, "A", 2)
    assert await allocated(inventory, order_id) == {"B": 1, "UNKNOWN": 1}
    assert (await inventory.level("COAT", "A")).available == 2
    assert await inventory.drifts() == []
    await route(inventory, order_id, B=1)
    await inventory.hear(news.handed_over(order_id, ("COAT", 1), place="B"))
    assert await allocated(inventory, order_id) == {"UNKNOWN": 1}
    await inventory.hear(news.cancelled(order_id))
    assert await allocated(inventory, order_id) == {}
    assert await inventory.drifts() == []


async def test_an_order_that_never_had_a_place_gets_one(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 2})
    order_id = new()
    await inventory.hear(news.confirmed(order_id, ("COAT", 3), place=""))
    assert await allocated(inventory, order_id) == {"UNKNOWN": 3}
    await route(inventory, order_id, A=2, B=1)
    assert await allocated(inventory, order_id) == {"A": 2, "B": 1}
    assert await inventory.drifts() == []
    await reject(inventory, order_id, "B", 1)
    assert await allocated(inventory, order_id) == {"A": 2, "UNKNOWN": 1}
    assert await inventory.told(events.PromiseBroken) == []
    assert await inventory.drifts() == []
