"""An order's goods between two places: promised to it all the way, in whatever order it is told."""

from itertools import permutations
from typing import Any

import pytest

from kit import access
from kit.inbox import Event, Inbox
from omo.inventory.v1 import transfers_events_pb2, transfers_pb2
from omo.order.v1 import order_events_pb2 as orders
from omo.order.v1 import pickup_events_pb2 as events
from omo.type.v1 import unit_pb2
from services.inventory import floor as floors
from services.inventory.settings import Settings
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory, new
from tests.service.inventory.floor_rig import Floor, staff
from tests.service.inventory.shop import refused

EAST = staff("TPE01")


def moved(leg_id: str, order_id: str, quantity: int, *, arrived: bool = False, lost: int = 0) -> events.UnitsMoved:
    """Units from 0 on from the warehouse to TPE01; the last ones are lost."""
    event = events.UnitsMoved(
        meta=news._meta(order_id), leg_id=leg_id, order_id=order_id, from_location_id="WH1", to_location_id="TPE01"
    )
    event.left_time.FromDatetime(news.AT)
    if arrived:
        event.arrive_time.FromDatetime(news.AT)
    for first, many, gone in ((0, quantity - lost, False), (quantity - lost, lost, True)):
        if many:
            unit = unit_pb2.UnitRef(order_id=order_id, line_no=1, first=first, last=first + many - 1)
            event.lines.add(unit=unit, sku="COAT", quantity=many, lost=gone)
    return event


def missing(order_id: str, quantity: int) -> events.UnitsMissing:
    event = events.UnitsMissing(meta=news._meta(order_id), order_id=order_id, fulfilment_id=new(), location_id="TPE01")
    unit = unit_pb2.UnitRef(order_id=order_id, line_no=1, first=0, last=quantity - 1)
    event.lines.add(unit=unit, sku="COAT", quantity=quantity, reason="NOT_IN_STOCK")
    return event


def ended(order_id: str, first: int, quantity: int) -> orders.UnitsCancelled:
    event = orders.UnitsCancelled(meta=news._meta(order_id), order_id=order_id, reason="NOT_IN_STOCK")
    unit = unit_pb2.UnitRef(order_id=order_id, line_no=1, first=first, last=first + quantity - 1)
    event.lines.add(unit=unit, sku="COAT", quantity=quantity)
    return event


async def hear(inventory: Inventory, *told: Any) -> None:
    """Each in a transaction of its own, by whoever of the service hears it."""
    own = floors.reactions(Settings.model_construct(time_zone="Asia/Taipei"), inventory.clock).handlers()
    inbox = Inbox("inventory", own)
    for event in told:
        if not isinstance(event, events.UnitsMoved | events.UnitsMissing):
            await inventory.hear(event)
            continue
        event.meta.event_id = new()
        with access.acting_as(access.service("inventory")):
            async with inventory.db.transaction() as tx:
                await inbox.take(tx, [Event(event.meta.event_id, event.DESCRIPTOR.full_name, event)])


async def level(inventory: Inventory, place: str) -> tuple[int, ...]:
    """On hand, committed, on the way, available."""
    one = await inventory.level("COAT", place)
    return one.on_hand, one.committed, one.in_transit_out + one.in_transit_in, one.available


async def test_what_is_sent_to_a_store_is_promised_all_the_way(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "WH1"): 5, ("COAT", "TPE01"): 1})
    order_id, leg_id = new(), new()
    await hear(inventory, news.confirmed(order_id, ("COAT", 3), place="WH1"))
    assert await level(inventory, "WH1") == (5, 3, 0, 2)
    left = moved(leg_id, order_id, 3)
    await hear(inventory, left, left)
    assert await level(inventory, "WH1") == (2, 0, 3, 2)
    assert await level(inventory, "TPE01") == (1, 0, 3, 1), "what is on its way is nobody else's"
    assert await inventory.drifts() == []
    came = moved(leg_id, order_id, 3, arrived=True)
    await hear(inventory, came, came)
    assert await level(inventory, "WH1") == (2, 0, 0, 2)
    assert await level(inventory, "TPE01") == (4, 3, 0, 1), "what arrived is not to be sold"
    assert await inventory.drifts() == []
    await hear(inventory, news.handed_over(order_id, ("COAT", 3)))
    assert await level(inventory, "TPE01") == (1, 0, 0, 1)
    assert await inventory.drifts() == []
    told = [one.transfer.state for one in await inventory.told(transfers_events_pb2.TransferChanged)]
    assert told == [transfers_pb2.TRANSFER_STATE_SHIPPED, transfers_pb2.TRANSFER_STATE_CLOSED]


async def test_what_is_lost_on_the_way_is_a_discrepancy_in_whatever_order_it_is_told(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "WH1"): 100, ("COAT", "TPE01"): 0})
    for number, order in enumerate(permutations(range(4)), 1):
        order_id, leg_id = new(), new()
        await hear(inventory, news.confirmed(order_id, ("COAT", 3), place="WH1"))
        told = [
            moved(leg_id, order_id, 3), moved(leg_id, order_id, 3, arrived=True, lost=1), ended(order_id, 2, 1),
            news.handed_over(order_id, ("COAT", 2)),
        ]  # fmt: skip
        await hear(inventory, *(told[place] for place in order))
        assert await level(inventory, "WH1") == (100 - 3 * number, 0, 0, 100 - 3 * number), order
        assert await level(inventory, "TPE01") == (0, 0, 0, 0), order
    assert await inventory.drifts() == []
    last = (await inventory.told(transfers_events_pb2.TransferChanged))[-1].transfer
    assert [(one.kind, one.quantity) for one in last.discrepancies] == [(transfers_pb2.DISCREPANCY_KIND_UNDER, 1)]


@pytest.mark.parametrize("late", [False, True], ids=["cancelled-on-the-way", "cancelled-after-arrival"])
async def test_what_nobody_waits_for_is_free_where_it_arrives(inventory: Inventory, late: bool) -> None:
    await inventory.stocked({("COAT", "WH1"): 5, ("COAT", "TPE01"): 0})
    order_id, leg_id = new(), new()
    await hear(inventory, news.confirmed(order_id, ("COAT", 2), place="WH1"), moved(leg_id, order_id, 2))
    told = [news.cancelled(order_id), moved(leg_id, order_id, 2, arrived=True)]
    await hear(inventory, *(reversed(told) if late else told))
    assert await level(inventory, "WH1") == (3, 0, 0, 3)
    assert await level(inventory, "TPE01") == (2, 0, 0, 2)
    assert await inventory.drifts() == []


async def test_an_orders_transfer_is_moved_by_its_order_alone(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "WH1"): 5, ("COAT", "TPE01"): 0})
    order_id, leg_id = new(), new()
    await hear(inventory, news.confirmed(order_id, ("COAT", 2), place="WH1"), moved(leg_id, order_id, 2))
    floor = Floor(inventory)
    came = [transfers_pb2.TransferLine(sku="COAT", accepted=2)]
    for verb, more in (("ReceiveTransfer", {"lines": came}), ("CloseTransfer", {}), ("CancelTransfer", {})):
        fault = await refused(
            floor.do(verb, EAST, transfer_id=leg_id, **more) if more else floor.do(verb, transfer_id=leg_id)
        )
        assert (fault.reason, fault.metadata["order_id"]) == ("TRANSFER_STATE", order_id)
    assert await level(inventory, "TPE01") == (0, 0, 2, 0)


async def test_goods_that_a_store_has_not_leave_its_books(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    order_id = new()
    event = missing(order_id, 2)
    await hear(inventory, news.confirmed(order_id, ("COAT", 3)), ended(order_id, 0, 2), event, event)
    assert await level(inventory, "TPE01") == (3, 1, 0, 2)
    assert await inventory.drifts() == []
