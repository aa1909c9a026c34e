"""Promises beyond what is there: marked, filled in their turn, and seen by whoever asks."""

from datetime import timedelta
from typing import Any

import pytest

from omo.inventory.v1 import supply_events_pb2
from services.inventory import wire as fields
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, ORDER, Inventory, member, movement, new
from tests.service.inventory.floor_rig import Floor, staff
from tests.service.inventory.reading import decide, only, rule
from tests.service.inventory.supplied import document, expect, line, waits
from tests.service.inventory.test_promises import brand, get, refused
from tests.service.inventory.test_promises_broken import allocated, confirmed, repair, sell
from tests.service.inventory.test_promises_routed import reject, route


@pytest.fixture
async def shop(inventory: Inventory) -> Inventory:
    """One coat at A, and nine may be promised that nobody has."""
    await brand(inventory, {("COAT", "A"): 1})
    await decide(inventory, rule("cap", "BACKORDER_CAP", quantity=9))
    return inventory


async def ordered(inventory: Inventory, quantity: int, order_id: str = "") -> str:
    """An order for coats at A; each is younger than the one before."""
    order_id = order_id or new()
    inventory.clock.advance(seconds=1)
    await inventory.hold([("COAT", quantity, "A")], ORDER, request_id=order_id, order_id=order_id)
    return order_id


async def waiting(inventory: Inventory, *orders: str) -> list[int]:
    """How many each of these waits for."""
    found = {owner: units for owner, units, _ in await waits(inventory)}
    assert found.keys() <= set(orders)
    return [found.get(order_id, 0) for order_id in orders]


async def test_goods_that_come_in_fill_the_oldest_first(shop: Inventory) -> None:
    first, second, third = [await ordered(shop, 2) for _ in range(3)]
    assert await waiting(shop, first, second, third) == [1, 2, 2]
    await shop.post(movement("COAT", "A", 2, "RECEIPT"))
    assert await waiting(shop, first, second, third) == [0, 1, 2]
    assert (await shop.level("COAT", "A")).available == -3
    await shop.post(movement("COAT", "A", 3, "RECEIPT"))
    assert (await waits(shop), (await shop.level("COAT", "A")).available) == ([], 0)
    assert await shop.drifts() == []


async def test_who_has_priority_is_filled_first(shop: Inventory) -> None:
    first, second, third = [await ordered(shop, 2) for _ in range(3)]
    floor = Floor(shop)
    now = (await floor.do("PrioritizeBackorder", owner_id=third, priority=5)).backorders
    assert [(one.quantity, one.priority) for one in now] == [(1, 5)]
    assert await waiting(shop, first, second, third) == [2, 2, 1]
    await shop.post(movement("COAT", "A", 2, "RECEIPT"))
    assert await waiting(shop, first, second, third) == [1, 2, 0]
    await floor.do("PrioritizeBackorder", owner_id=first, priority=-5)
    assert await waiting(shop, first, second, third) == [2, 1, 0]
    assert await shop.drifts() == []


async def test_what_somebody_gives_back_fills_those_who_wait(shop: Inventory) -> None:
    first, second, third = [await ordered(shop, 2) for _ in range(3)]
    await shop.release(first, ORDER)
    assert await waiting(shop, second, third) == [1, 2]
    await shop.hear(news.cancelled(second))
    assert await waiting(shop, third) == [1]
    assert await shop.drifts() == []


async def test_a_mark_goes_from_the_hold_to_the_order_and_leaves_with_the_goods(shop: Inventory) -> None:
    order_id = await ordered(shop, 3)
    assert (await get(shop, order_id)).lines[0].backorder == 2
    await shop.hear(news.confirmed(order_id, ("COAT", 3), place="A"))
    assert await waiting(shop, order_id) == [2]
    await shop.hear(news.handed_over(order_id, ("COAT", 1), place="A"))
    assert await waiting(shop, order_id) == [2]
    await shop.post(movement("COAT", "A", 2, "RECEIPT"))
    await shop.hear(news.handed_over(order_id, ("COAT", 2), place="A", first=1))
    assert await waits(shop) == []
    told = [one.backorder.quantity for one in await shop.told(supply_events_pb2.BackorderChanged)]
    assert told == [2, 0]
    assert await shop.drifts() == []


async def test_a_sale_takes_from_those_who_were_promised_last(shop: Inventory) -> None:
    first, second = [await ordered(shop, 1) for _ in range(2)]
    assert await waiting(shop, first, second) == [0, 1]
    await sell(shop, "COAT", 1, "A")
    assert await waiting(shop, first, second) == [1, 1]
    await repair(shop)
    await shop.post(movement("COAT", "A", 1, "RECEIPT"))
    assert await waiting(shop, first, second) == [0, 1]
    assert await shop.drifts() == []


async def test_a_cart_that_is_taken_over_leaves_its_mark_to_the_order(shop: Inventory) -> None:
    cart = await shop.hold([("COAT", 3, "A")], member())
    assert cart.lines[0].backorder == 2
    order_id = new()
    held = await shop.hold(
        [("COAT", 3, "A")], ORDER, request_id=order_id, order_id=order_id, member_id="m1", replaces_hold_id=cart.hold_id
    )
    assert held.lines[0].backorder == 2
    assert await waiting(shop, order_id) == [2]
    assert await shop.drifts() == []


async def test_what_expires_makes_room_for_those_who_wait(shop: Inventory) -> None:
    await shop.hold([("COAT", 1, "A")], member(), ttl_seconds=60)
    order_id = await ordered(shop, 1)
    assert await waits(shop, order_id) == [(order_id, 1, None)]
    shop.clock.advance(seconds=61)
    assert await shop.ground.holds.sweep() == 1
    assert (await waits(shop), await shop.drifts()) == ([], [])


async def test_what_is_known_to_come_gives_those_who_wait_a_time(shop: Inventory) -> None:
    first, second = [await ordered(shop, 2) for _ in range(2)]
    assert {days for _, _, days in await waits(shop)} == {None}
    await expect(shop, document("PO-1", line(shop, 2, days=2), line(shop, 9, days=6, promisable=False)))
    times = {owner: days for owner, _, days in await waits(shop)}
    assert times == {first: 2.0, second: None}
    await expect(shop, document("PO-1", line(shop, 2, days=2), line(shop, 9, days=6)))
    assert {owner: days for owner, _, days in await waits(shop)} == {first: 2.0, second: 6.0}


async def test_marks_are_listed_page_by_page_to_those_who_may(shop: Inventory) -> None:
    floor, orders = Floor(shop), [await ordered(shop, 2) for _ in range(3)]
    found: list[Any] = []
    token = ""
    for _ in range(3):
        page = await floor.do("ListBackorders", page_size=1, page_token=token)
        found += page.backorders
        token = page.next_page_token
    assert sorted(one.owner_id for one in found) == sorted(one.order_id for one in found) == sorted(orders)
    assert fields.moment(found[0].create_time) <= shop.clock() <= fields.moment(found[0].create_time) + timedelta(1)
    here = await floor.do("ListBackorders", staff("A"), sku="COAT", page_size=2)
    assert [(one.location_id, one.sku) for one in here.backorders] == [("A", "COAT")] * 2
    assert list((await floor.do("ListBackorders", staff("B"))).backorders) == []
    assert len((await floor.do("ListBackorders", HQ, owner_id=orders[2])).backorders) == 1
    assert (await refused(floor.do("ListBackorders", member()))).reason == "PERMISSION_DENIED"


async def test_a_turn_that_nobody_can_have_is_refused(shop: Inventory) -> None:
    floor = Floor(shop)
    assert (await refused(floor.do("PrioritizeBackorder", owner_id="nobody", priority=1))).reason == "NOT_FOUND"
    for priority in (-101, 101):
        fault = await refused(floor.do("PrioritizeBackorder", owner_id="nobody", priority=priority))
        assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", "priority")
    fault = await refused(floor.do("PrioritizeBackorder", staff("A"), owner_id="nobody", priority=1))
    assert fault.reason == "PERMISSION_DENIED"


async def test_who_comes_to_a_place_by_a_rejection_waits_there_instead_of_who_left(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 1, ("COAT", "B"): 1})
    await decide(inventory, rule("cap", "BACKORDER_CAP", places=only("LOCATION", "A"), quantity=1))
    first = await ordered(inventory, 1)
    old = await confirmed(inventory, 1)
    await route(inventory, old, B=1)
    inventory.clock.advance(seconds=1)
    young = await confirmed(inventory, 1)
    assert (await allocated(inventory, young), await waiting(inventory, first, young)) == ({"A": 1}, [0, 1])
    await reject(inventory, old, "B", 1)
    assert (await allocated(inventory, old), await allocated(inventory, young)) == ({"A": 1}, {"B": 1})
    assert await waiting(inventory, first, old) == [0, 1]
    assert await inventory.drifts() == []
