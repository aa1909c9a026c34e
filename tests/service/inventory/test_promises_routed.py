"""Routing binds what was promised from a pool to the place that serves it, and a rejection frees it again."""

from collections import Counter

from kit import access
from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1 import stock_events_pb2 as events
from services.inventory.promises.sourced import Promised
from services.inventory.sourcing.domain import Assignment
from services.inventory.tasks import opening
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory, member, movement, new
from tests.service.inventory.shop import product, put, variant
from tests.service.inventory.test_promises import ask, brand, get, pooled, refused, stands
from tests.service.inventory.test_promises_broken import allocated, asked, confirmed, ended, repair, sell


async def route(inventory: Inventory, order_id: str, sku: str = "COAT", **places: int) -> None:
    given = [Assignment(1, sku, place, units) for place, units in places.items()]
    async with inventory.db.transaction() as tx:
        await _promised(inventory).assign(tx, {order_id: given}, inventory.clock())


async def reject(inventory: Inventory, order_id: str, place: str, units: int, sku: str = "COAT") -> None:
    with access.acting_as(access.service("inventory")):
        async with inventory.db.transaction() as tx:
            given = [Assignment(1, sku, place, units)]
            await _promised(inventory).reject(tx, {order_id: given}, inventory.clock())


async def view(inventory: Inventory, *order_ids: str) -> dict[str, int]:
    async with inventory.db.read() as tx:
        return dict((await _promised(inventory).view(tx, ["COAT"], "ABC", order_ids)).get("COAT", {}))


def _promised(inventory: Inventory) -> Promised:
    return Promised(inventory.clock, inventory.ground.book, opening)


async def broken(inventory: Inventory) -> list[tuple[str, str, int]]:
    """Whose promises were broken, where, and of how much: as everybody hears it."""
    told = await inventory.told(events.PromiseBroken)
    return [(one.hold_id or one.order_id, one.location_id, one.quantity) for one in told]


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
    # it never stood anywhere by itself: nobody can say where else it might
    assert await inventory.told(events.PromiseBroken) == []
    assert await inventory.drifts() == []


async def test_a_rejected_promise_is_older_than_whoever_is_in_its_way(inventory: Inventory) -> None:
    """As with any fact: the youngest that nobody was told to send loses, by name; and it is told once."""
    await brand(inventory, {("COAT", "A"): 1, ("COAT", "B"): 1}, near="B")
    old = await confirmed(inventory, 1)
    await route(inventory, old, A=1)
    inventory.clock.advance(seconds=1)
    young = await ask(inventory, pooled("COAT", 1, "near"), who=member("m1"))
    for _ in range(2):
        await reject(inventory, old, "A", 1)
        assert await allocated(inventory, old) == {"B": 1}
        assert stands(await get(inventory, young.hold_id)) == {"UNKNOWN": 1}
        assert await broken(inventory) == [(young.hold_id, "B", 1)]
        assert await asked(inventory) == [("B", f"COAT {young.hold_id}")]
        assert await inventory.drifts() == []
    await route(inventory, old, B=1)
    await inventory.post(movement("COAT", "B", 1, "RECEIPT"))
    await repair(inventory)
    assert stands(await get(inventory, young.hold_id)) == {"B": 1}
    assert (await asked(inventory), await ended(inventory)) == ([], [(f"COAT {young.hold_id}", "MENDED")])
    assert await inventory.drifts() == []


async def test_a_rejected_promise_that_is_the_youngest_loses_itself(inventory: Inventory) -> None:
    """And an expired cart is in nobody's way."""
    await brand(inventory, {("COAT", "A"): 1, ("COAT", "B"): 2}, near="B")
    await ask(inventory, pooled("COAT", 1, "near"), who=member("m0"), ttl_seconds=60)
    old = await ask(inventory, pooled("COAT", 1, "near"), who=member("m1"), ttl_seconds=600)
    inventory.clock.advance(seconds=1)
    young = await confirmed(inventory, 1)
    await route(inventory, young, A=1)
    inventory.clock.advance(seconds=60)
    await reject(inventory, young, "A", 1)
    assert (await allocated(inventory, young), await broken(inventory)) == ({"B": 1}, [])
    await route(inventory, young, B=1)
    await reject(inventory, young, "B", 1)
    assert (await allocated(inventory, young), await broken(inventory)) == ({"UNKNOWN": 1}, [(young, "B", 1)])
    assert await asked(inventory) == [("B", f"COAT {young}")]
    assert stands(await get(inventory, old.hold_id)) == {"B": 1}
    assert await inventory.drifts() == []


async def test_nobody_loses_to_a_rejected_promise_while_others_can_move(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 1, ("COAT", "B"): 1})
    old = await confirmed(inventory, 1)
    await route(inventory, old, A=1)
    inventory.clock.advance(seconds=1)
    young = await ask(inventory, pooled("COAT", 1), who=member("m1"))
    assert stands(young) == {"B": 1}
    await reject(inventory, old, "A", 1)
    assert (await allocated(inventory, old), stands(await get(inventory, young.hold_id))) == ({"B": 1}, {"A": 1})
    assert (await broken(inventory), await asked(inventory)) == ([], [])
    # the store does not find it: whoever stands there now is the youngest
    await sell(inventory, "COAT", 1, "A")
    await repair(inventory)
    assert await broken(inventory) == [(young.hold_id, "A", 1)]
    assert await inventory.drifts() == []


async def test_a_rejected_kit_takes_from_the_youngest_only_what_makes_it_whole(inventory: Inventory) -> None:
    """A set is a coat and two hats; where it was rejected first nobody has a coat beside the hats of others."""
    there = {("COAT", "A"): 1, ("HAT", "A"): 2, ("HAT", "B"): 2, ("COAT", "C"): 1, ("HAT", "C"): 2}
    await brand(inventory, there, B="B", C="C", AB="AB", AC="AC")
    parts = [catalogue_pb2.Component(sku="COAT", quantity=1), catalogue_pb2.Component(sku="HAT", quantity=2)]
    await put(inventory, product("P-SET", variant("SET", components=parts)))
    kits, carts = [], []
    for pool in ("AB", "AC"):
        kits.append(await confirmed(inventory, 1, "SET", pool))
        await route(inventory, kits[-1], "SET", A=1)
        inventory.clock.advance(seconds=1)
        carts.append(await ask(inventory, pooled("HAT", 2, pool[1]), who=member("m1")))
        await reject(inventory, kits[-1], "A", 1, "SET")
        if pool == "AB":
            assert await _parts(inventory, kits[0]) == {("COAT", "UNKNOWN"): 1, ("HAT", "UNKNOWN"): 2}
            assert {one[:2] for one in await broken(inventory)} == {(kits[0], "A")}
    assert await _parts(inventory, kits[1]) == {("COAT", "C"): 1, ("HAT", "C"): 2}
    assert (await broken(inventory))[2:] == [(carts[1].hold_id, "C", 2)]
    assert await inventory.drifts() == []


async def _parts(inventory: Inventory, order_id: str) -> Counter[tuple[str, str]]:
    """What of an order's goods stands where."""
    async with inventory.db.read() as tx:
        rows = await tx.fetch(
            "SELECT sku, location_id, open FROM allocations WHERE order_id = $1 AND open > 0", order_id
        )
    return Counter({(row["sku"], row["location_id"]): row["open"] for row in rows if row["open"]})
