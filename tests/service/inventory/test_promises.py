"""Promises from pools over real gRPC: what other systems sold twice, or kept although it could be sold."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from kit.errors import Fault
from omo.inventory.v1 import catalogue_pb2, stock_pb2
from omo.inventory.v1 import catalogue_service_pb2 as cat
from omo.inventory.v1 import stock_service_pb2 as pb
from omo.type.v1 import channel_pb2
from tests.service.inventory.conftest import HQ, ORDER, Inventory, member, new

ONLINE, STORES = channel_pb2.CHANNEL_KIND_ONLINE, channel_pb2.CHANNEL_KIND_STORE


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as raised:
        await call
    return raised.value


async def brand(inventory: Inventory, levels: dict[tuple[str, str], int], **pools: str) -> None:
    """Goods at stores that ship; channels, all with every store, or with those named."""
    await inventory.stocked(levels)
    for place in sorted({place for _, place in levels}):
        await inventory.put_locations(place, ships=True, groups=[one for one, those in pools.items() if place in those])
    channels = [catalogue_pb2.Channel(channel_id=one, kind=ONLINE, name=one) for one in ("web", "app", *pools)]
    request = cat.PutChannelsRequest(request_id=new(), channels=channels)
    await inventory.call(inventory.catalogue.PutChannels, request, HQ)
    kind = catalogue_pb2.LOCATION_GROUP_KIND_CHANNEL
    groups = [catalogue_pb2.LocationGroup(group_id=one, name=one, kind=kind, channel_id=one) for one in pools]
    if groups:
        put = cat.PutLocationGroupsRequest(request_id=new(), groups=groups)
        await inventory.call(inventory.catalogue.PutLocationGroups, put, HQ)


def pooled(sku: str, quantity: int, pool: str = "web") -> stock_pb2.HoldLine:
    return stock_pb2.HoldLine(sku=sku, quantity=quantity, pool_id=pool)


async def ask(inventory: Inventory, *lines: stock_pb2.HoldLine, who: Any = ORDER, **more: Any) -> Any:
    given = {"request_id": new(), "lines": lines} | more
    return (await inventory.call(inventory.stock.Hold, pb.HoldRequest(**given), who, seconds=60)).hold


async def get(inventory: Inventory, hold_id: str) -> Any:
    request = pb.GetHoldRequest(hold_id=hold_id)
    return (await inventory.call(inventory.stock.GetHold, request, ORDER)).hold


def stands(hold: Any) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in hold.lines:
        found[one.location_id] += one.quantity
    return found


async def test_an_order_for_all_of_a_pool_leaves_nothing_to_the_pool_inside_it(inventory: Inventory) -> None:
    """magento/inventory 2727: X sells from A 10 and B 5, Y from B 5; all 15 are ordered at X."""
    await brand(inventory, {("COAT", "A"): 10, ("COAT", "B"): 5}, X="AB", Y="B")
    held = await ask(inventory, pooled("COAT", 15, "X"))
    assert stands(held) == {"A": 10, "B": 5}
    fault = await refused(ask(inventory, pooled("COAT", 1, "Y")))
    assert (fault.reason, fault.metadata["pool_id"], fault.metadata["available"]) == ("OUT_OF_STOCK", "Y", "0")
    assert await inventory.drifts() == []


async def test_what_can_stand_elsewhere_makes_room(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 5, ("COAT", "B"): 10}, X="AB", Y="A")
    first = await ask(inventory, pooled("COAT", 5, "X"))
    assert stands(first) == {"A": 5}
    second = await ask(inventory, pooled("COAT", 4, "Y"))
    assert stands(second) == {"A": 4}
    assert stands(await get(inventory, first.hold_id)) == {"A": 1, "B": 4}
    assert [(await inventory.level("COAT", one)).available for one in "AB"] == [0, 6]
    await inventory.release(first.hold_id, ORDER)
    assert [(await inventory.level("COAT", one)).available for one in "AB"] == [1, 10]
    assert await inventory.drifts() == []


async def test_goods_to_be_collected_come_before_goods_to_be_shipped(inventory: Inventory) -> None:
    """magento/inventory 2032: A 5, B 4, C 1; 2 are to be shipped, 4 to be collected at A."""
    await brand(inventory, {("COAT", "A"): 5, ("COAT", "B"): 4, ("COAT", "C"): 1})
    shipped = await ask(inventory, pooled("COAT", 2))
    collected = await inventory.hold([("COAT", 4, "A")])
    assert stands(collected) == {"A": 4}
    now = stands(await get(inventory, shipped.hold_id))
    assert (now.total(), now["A"] <= 1) == (2, True)
    assert (await refused(inventory.hold([("COAT", 2, "A")]))).metadata["available"] == "1"
    assert await inventory.drifts() == []


async def test_all_lines_or_none_also_from_pools(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 3, ("COAT", "B"): 3, ("HAT", "A"): 1})
    fault = await refused(ask(inventory, pooled("COAT", 4), pooled("HAT", 2)))
    assert (fault.reason, fault.metadata["sku"], fault.metadata["available"]) == ("OUT_OF_STOCK", "HAT", "1")
    assert (await inventory.level("COAT", "A")).held + (await inventory.level("COAT", "B")).held == 0
    held = await ask(inventory, pooled("COAT", 4), pooled("HAT", 1), pooled("COAT", 2))
    assert Counter({one.line_no: 0 for one in held.lines}) == {1: 0, 2: 0, 3: 0}
    assert stands(held) == {"A": 4, "B": 3}
    assert await inventory.drifts() == []


async def test_partial_takes_what_a_pool_has(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 3, ("COAT", "B"): 1})
    held = await ask(inventory, pooled("COAT", 9), allow_partial=True)
    assert stands(held) == {"A": 3, "B": 1}
    assert (await refused(ask(inventory, pooled("COAT", 9), allow_partial=True))).reason == "OUT_OF_STOCK"


async def test_the_pool_has_it_and_no_single_location(inventory: Inventory) -> None:
    """medusa 14987: what passes on the sum is not reserved on the first location."""
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 2})
    assert stands(await ask(inventory, pooled("COAT", 3))) == {"A": 2, "B": 1}
    assert [(await inventory.level("COAT", one)).available for one in "AB"] == [0, 1]


async def test_ones_own_cart_does_not_stand_in_ones_way(inventory: Inventory) -> None:
    """woocommerce 67354."""
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 1})
    cart = await ask(inventory, pooled("COAT", 3), who=member("m1"))
    order_id = new()
    more = {"request_id": order_id, "order_id": order_id, "member_id": "m1", "replaces_hold_id": cart.hold_id}
    held = await ask(inventory, pooled("COAT", 3), **more)
    assert stands(held) == {"A": 2, "B": 1}
    assert (await get(inventory, cart.hold_id)).state == stock_pb2.HOLD_STATE_RELEASED
    assert await inventory.drifts() == []


async def test_an_expired_cart_holds_nothing_of_a_pool(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 1}, X="AB", Y="B")
    await ask(inventory, pooled("COAT", 3), who=member("m1"))
    inventory.clock.advance(seconds=600)
    assert stands(await ask(inventory, pooled("COAT", 1, "Y"))) == {"B": 1}
    assert stands(await ask(inventory, pooled("COAT", 2, "X"))) == {"A": 2}
    await inventory.ground.holds.sweep()
    assert await inventory.drifts() == []


async def test_asked_again_a_pool_answers_the_same(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 3})
    order_id = new()
    answers = await asyncio.gather(
        *(ask(inventory, pooled("COAT", 4), request_id=order_id, order_id=order_id) for _ in range(9))
    )
    assert all(one == answers[0] for one in answers)
    assert await inventory.drifts() == []


async def test_what_is_no_channel_is_no_pool(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2})
    fault = await refused(ask(inventory, pooled("COAT", 1, "MOON")))
    assert (fault.reason, fault.metadata["pool_id"]) == ("UNKNOWN_CHANNEL", "MOON")
    assert fault.metadata["field"] == "lines[0].pool_id"
    fault = await refused(ask(inventory, pooled("COAT", 1), pooled("NOPE", 1)))
    assert (fault.reason, fault.metadata["field"]) == ("UNKNOWN_SKU", "lines[1].sku")
    both = stock_pb2.HoldLine(sku="COAT", quantity=1, pool_id="web", location_id="A")
    assert (await refused(ask(inventory, both))).metadata["field"] == "lines[0].location_id"
