"""Promises by rules: what stays back, what may be promised before it is there, and kits in their parts."""

from collections import Counter
from typing import Any

from omo.inventory.v1 import catalogue_pb2, stock_pb2
from omo.inventory.v1 import stock_service_pb2 as pb
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, ORDER, Inventory, movement, new
from tests.service.inventory.reading import decide, only, rule
from tests.service.inventory.shop import product, put, variant
from tests.service.inventory.test_promises import ask, brand, get, pooled, refused, stands
from tests.service.inventory.test_promises_broken import repair


async def shortfalls(inventory: Inventory) -> Counter[str]:
    found = (await inventory.call(inventory.stock.ListShortfalls, pb.ListShortfallsRequest(), HQ)).shortfalls
    return Counter({one.source_id: one.quantity for one in found})


async def test_a_threshold_and_safety_stock_are_left_over(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 5, ("COAT", "B"): 5})
    await decide(
        inventory,
        rule("keep", "SAFETY_STOCK", places=only("LOCATION", "A"), quantity=2),
        rule("left", "THRESHOLD", channel_ids=["web"], quantity=3),
    )
    assert (await refused(ask(inventory, pooled("COAT", 6)))).metadata["available"] == "5"
    held = await ask(inventory, pooled("COAT", 5))
    assert stands(held)["A"] <= 3
    assert (await refused(ask(inventory, pooled("COAT", 1)))).reason == "OUT_OF_STOCK"
    assert stands(await ask(inventory, pooled("COAT", 3, "app"))).total() == 3
    assert await inventory.drifts() == []


async def test_backorders_end_at_their_cap_and_the_oldest_is_filled_first(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 0})
    await decide(inventory, rule("cap", "BACKORDER_CAP", places=only("LOCATION", "A"), quantity=3))
    first, second = new(), new()
    await inventory.hold([("COAT", 3, "A")], ORDER, request_id=first, order_id=first)
    await inventory.hold([("COAT", 2, "A")], ORDER, request_id=second, order_id=second)
    assert (await inventory.level("COAT", "A")).available == -3
    fault = await refused(inventory.hold([("COAT", 1, "A")], ORDER))
    assert (fault.reason, fault.metadata["available"]) == ("OUT_OF_STOCK", "0")
    assert (await refused(inventory.hold([("COAT", 1, "B")], ORDER))).reason == "OUT_OF_STOCK"
    assert await shortfalls(inventory) == {first: 1, second: 2}
    assert await inventory.drifts() == []
    await inventory.post(movement("COAT", "A", 2, "RECEIPT"))
    assert await shortfalls(inventory) == {second: 1}
    assert (await inventory.level("COAT", "A")).available == -1
    await inventory.post(movement("COAT", "A", 2, "RECEIPT"))
    assert (await inventory.level("COAT", "A")).available == 1
    assert await shortfalls(inventory) == {}
    assert await inventory.drifts() == []


async def test_a_pool_is_backordered_only_for_what_no_place_has(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 1, ("COAT", "B"): 2})
    await decide(inventory, rule("cap", "BACKORDER_CAP", places=only("LOCATION", "B"), quantity=2))
    held = await ask(inventory, pooled("COAT", 4))
    assert stands(held) == {"A": 1, "B": 3}
    assert (await refused(ask(inventory, pooled("COAT", 2)))).metadata["available"] == "1"
    await repair(inventory)
    assert stands(await get(inventory, held.hold_id)) == {"A": 1, "B": 3}
    assert await inventory.drifts() == []


async def kits(inventory: Inventory) -> None:
    """SET is a coat and two hats, TRIO three hats."""
    await brand(inventory, {("COAT", "A"): 3, ("HAT", "A"): 5, ("HAT", "B"): 4})

    def parts(**given: int) -> list[Any]:
        return [catalogue_pb2.Component(sku=sku, quantity=units) for sku, units in given.items()]

    made = {"SET": parts(COAT=1, HAT=2), "TRIO": parts(HAT=3)}
    await put(inventory, *(product(f"P-{one}", variant(one, components=those)) for one, those in made.items()))


async def test_kits_are_held_in_their_parts_and_share_them(inventory: Inventory) -> None:
    """medusa 16502: two lines that share a part want it together."""
    await kits(inventory)
    fault = await refused(inventory.hold([("SET", 2, "A"), ("TRIO", 1, "A")]))
    assert (fault.reason, fault.metadata["sku"], fault.metadata["available"]) == ("OUT_OF_STOCK", "HAT", "5")
    held = await inventory.hold([("SET", 1, "A"), ("TRIO", 1, "A")])
    assert [(one.line_no, one.sku, one.kit_sku, one.quantity) for one in held.lines] == [
        (1, "COAT", "SET", 1),
        (1, "HAT", "SET", 2),
        (2, "HAT", "TRIO", 3),
    ]
    assert [(await inventory.level(one, "A")).held for one in ("COAT", "HAT")] == [1, 5]
    assert (await refused(inventory.hold([("HAT", 1, "A")]))).reason == "OUT_OF_STOCK"
    await inventory.release(held.hold_id)
    assert (await inventory.level("HAT", "A")).available == 5
    assert await inventory.drifts() == []


def together(hold: Any) -> dict[str, Counter[str]]:
    """What stands where."""
    found: dict[str, Counter[str]] = {}
    for one in hold.lines:
        found.setdefault(one.location_id, Counter())[one.sku] += one.quantity
    return found


async def test_kits_of_a_pool_are_promised_whole(inventory: Inventory) -> None:
    """Three coats and nine hats, but only two sets: a third coat has no two hats beside it."""
    await kits(inventory)
    fault = await refused(ask(inventory, pooled("SET", 3)))
    assert (fault.reason, fault.metadata["sku"], fault.metadata["available"]) == ("OUT_OF_STOCK", "COAT", "2")
    assert (await refused(ask(inventory, pooled("TRIO", 3)))).metadata["sku"] == "HAT"
    line = stock_pb2.HoldLine(sku="SET", quantity=3, pool_id="web")
    both = await ask(inventory, line, pooled("HAT", 1), allow_partial=True)
    assert {one.kit_sku for one in both.lines} == {""}, "of kits all or none"
    await inventory.release(both.hold_id, ORDER)
    held = await ask(inventory, pooled("SET", 2))
    assert together(held) == {"A": {"COAT": 2, "HAT": 4}}
    trio = await ask(inventory, pooled("TRIO", 1))
    assert together(trio) == {"B": {"HAT": 3}}
    assert await inventory.drifts() == []


async def test_kits_of_a_pool_may_stand_each_elsewhere(inventory: Inventory) -> None:
    """Others move away for them, and not they for others: neither is torn apart nor sold twice."""
    await brand(inventory, {("COAT", "A"): 2, ("HAT", "A"): 2, ("COAT", "B"): 1, ("HAT", "B"): 5})
    parts = [catalogue_pb2.Component(sku="COAT", quantity=1), catalogue_pb2.Component(sku="HAT", quantity=2)]
    await put(inventory, product("P-SET", variant("SET", components=parts)))
    hat = await ask(inventory, pooled("HAT", 2))
    assert together(hat) == {"A": {"HAT": 2}}
    held = await ask(inventory, pooled("SET", 2))
    assert together(held) == {"A": {"COAT": 1, "HAT": 2}, "B": {"COAT": 1, "HAT": 2}}
    assert together(await get(inventory, hat.hold_id)) == {"B": {"HAT": 2}}
    assert (await refused(inventory.hold([("HAT", 1, "A")]))).reason == "OUT_OF_STOCK"
    assert together(await get(inventory, held.hold_id)) == together(held)
    fault = await refused(ask(inventory, pooled("SET", 1)))
    assert (fault.metadata["sku"], fault.metadata["available"]) == ("HAT", "1")
    last = await ask(inventory, pooled("HAT", 1))
    assert together(last) == {"B": {"HAT": 1}}
    assert await inventory.drifts() == []


async def test_what_stays_back_is_no_part_of_a_pooled_kit(inventory: Inventory) -> None:
    await kits(inventory)
    await decide(
        inventory,
        rule("keep", "SAFETY_STOCK", places=only("LOCATION", "A"), quantity=1),
        rule("left", "THRESHOLD", channel_ids=["web"], quantity=1),
    )
    assert (await refused(ask(inventory, pooled("SET", 3)))).reason == "OUT_OF_STOCK"
    assert (await refused(ask(inventory, pooled("SET", 2)))).reason == "OUT_OF_STOCK", "two coats but none left over"
    assert together(await ask(inventory, pooled("SET", 1))) == {"A": {"COAT": 1, "HAT": 2}}


async def test_a_pooled_kit_that_a_sale_breaks_is_mended_where_it_can_be(inventory: Inventory) -> None:
    await kits(inventory)
    held = await ask(inventory, pooled("SET", 1))
    await inventory.hear(news.recorded(news.sale(new(), ("HAT", 4), place="A", at=inventory.clock())))
    await repair(inventory)
    found = together(await get(inventory, held.hold_id))
    assert sum((one for one in found.values()), Counter()) == {"COAT": 1, "HAT": 2}
    assert await inventory.drifts() == []
    await inventory.release(held.hold_id, ORDER)
    assert await inventory.drifts() == []


async def test_a_kit_is_confirmed_handed_over_and_sold_in_its_parts(inventory: Inventory) -> None:
    await kits(inventory)
    order_id = new()
    await inventory.hold([("SET", 2, "A")], ORDER, request_id=order_id, order_id=order_id)
    await inventory.hear(news.handed_over(order_id, ("SET", 1), place="A"))
    await inventory.hear(news.confirmed(order_id, ("SET", 2), place="A"))
    assert await figures(inventory) == [(2, 1), (3, 2)]
    await inventory.hear(news.handed_over(order_id, ("SET", 1), place="A", first=1))
    await inventory.hear(news.recorded(news.sale(new(), ("SET", 1), place="A", at=inventory.clock())))
    assert await figures(inventory) == [(0, 0), (-1, 0)]
    assert await inventory.drifts() == []


async def figures(inventory: Inventory) -> list[tuple[int, int]]:
    levels = [await inventory.level(sku, "A") for sku in ("COAT", "HAT")]
    return [(one.on_hand, one.committed) for one in levels]
