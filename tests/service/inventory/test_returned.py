"""Goods that came back: where they were received, as what became of them, once, in whatever order it is told."""

from itertools import permutations
from typing import Any

from kit import access
from kit.inbox import Event, Inbox
from omo.inventory.v1 import catalogue_pb2, stock_events_pb2
from omo.order.v1 import order_events_pb2 as events
from omo.type.v1 import reversal_pb2
from services.inventory.returned.reactions import ReturnReactions
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory, new
from tests.service.inventory.lots_rig import open_lots
from tests.service.inventory.lots_rig import units as named
from tests.service.inventory.shop import product, put, variant


def returned(order_id: str, disposition: str, place: str = "TPE02", quantity: int = 2) -> events.UnitsReturned:
    event = events.UnitsReturned(refund_id=new(), order_id=order_id, location_id=place)
    line = event.lines.add(sku="COAT", quantity=quantity, disposition=disposition)
    line.unit.order_id, line.unit.line_no, line.unit.last = order_id, 1, quantity - 1
    _date(event, order_id)
    return event


def disposed(order_id: str, before: str, after: str) -> events.UnitsDisposed:
    event = events.UnitsDisposed(change_id=new(), order_id=order_id, location_id="TPE02")
    line = event.lines.add(sku="COAT", quantity=1, from_disposition=before, disposition=after)
    line.unit.order_id, line.unit.line_no, line.unit.first, line.unit.last = order_id, 1, 1, 1
    _date(event, order_id)
    return event


def _date(event: Any, aggregate_id: str) -> None:
    event.meta.aggregate_id = aggregate_id
    event.meta.business_time.FromDatetime(news.AT)


async def hear(inventory: Inventory, *told: Any) -> None:
    inbox = Inbox("inventory", ReturnReactions(inventory.clock, "Asia/Taipei").handlers())
    for event in told:
        event.meta.event_id = new()
        with access.acting_as(access.service("inventory")):
            async with inventory.db.transaction() as tx:
                await inbox.take(tx, [Event(event.meta.event_id, event.DESCRIPTOR.full_name, event)])


async def test_units_land_where_they_were_received_and_order_is_answered_each_time(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5, ("COAT", "TPE02"): 1})
    await inventory.hear(news.recorded(news.sale(order_id := new(), ("COAT", 3))))
    event = returned(order_id, "restock")
    await hear(inventory, event, event)
    here, there = await inventory.level("COAT", "TPE02"), await inventory.level("COAT", "TPE01")
    assert (here.on_hand, here.available, there.on_hand) == (3, 3, 2)
    told = [one.reversal for one in await inventory.told(stock_events_pb2.ReversalSettled)]
    assert [(one.refund_id, one.kind, one.state, one.amount) for one in told] == [
        (event.refund_id, reversal_pb2.REVERSAL_KIND_STOCK, reversal_pb2.REVERSAL_STATE_DONE, 2)
    ] * 2
    assert await inventory.drifts() == []


async def test_what_becomes_of_units_changes_in_whatever_order_it_is_told(inventory: Inventory) -> None:
    for number, order in enumerate(permutations(range(3)), 1):
        order_id = new()
        told = [returned(order_id, "quarantine"), disposed(order_id, "quarantine", "restock"),
                disposed(order_id, "restock", "damaged")]  # fmt: skip
        await hear(inventory, *(told[place] for place in order))
        level = await inventory.level("COAT", "TPE02")
        assert (level.on_hand, level.quality_control, level.damaged, level.available) == (
            2 * number, number, number, 0,
        )  # fmt: skip
    assert await inventory.drifts() == []


async def test_what_is_said_again_for_a_member_moves_nothing_whatever_the_units_are_by_then(
    inventory: Inventory,
) -> None:
    """Their runs were cut where some of them were put elsewhere: entries have other keys than theirs."""
    order_id = new()
    again = returned(order_id, "quarantine")
    again.for_member_only = True
    again.lines.add(sku="COAT", quantity=1, disposition="restock").unit.CopyFrom(again.lines[0].unit)
    again.lines[1].unit.first = 1
    again.lines[0].unit.last, again.lines[0].quantity = 0, 1
    await hear(inventory, returned(order_id, "quarantine"), disposed(order_id, "quarantine", "restock"), again)
    level = await inventory.level("COAT", "TPE02")
    assert (level.on_hand, level.quality_control, level.available) == (2, 1, 1)
    assert len(await inventory.told(stock_events_pb2.ReversalSettled)) == 1, "it was answered"
    assert await inventory.drifts() == []


async def test_a_kit_comes_back_in_the_parts_that_it_was_sold_as(inventory: Inventory) -> None:
    await put(inventory, product("COAT"), product("BELT"))
    parts = [catalogue_pb2.Component(sku="COAT", quantity=1), catalogue_pb2.Component(sku="BELT", quantity=2)]
    await put(inventory, product("SET", variant("SET", components=parts)))
    sold = inventory.clock()
    inventory.clock.advance(days=1)
    await put(inventory, product("SET", variant("SET", components=parts[:1])))
    event = returned(new(), "quarantine")
    event.lines[0].sku = "SET"
    event.sale_time.FromDatetime(sold)
    event.meta.business_time.FromDatetime(inventory.clock())
    await hear(inventory, event, event)
    coat, belt = await inventory.level("COAT", "TPE02"), await inventory.level("BELT", "TPE02")
    assert [(one.on_hand, one.available) for one in (coat, belt)] == [(2, 0), (4, 0)]
    assert await inventory.drifts() == []


async def test_goods_of_nobodys_sale_and_units_that_never_came(inventory: Inventory) -> None:
    goods = events.GoodsReturned(return_id=new(), location_id="TPE02")
    goods.lines.add(line_no=1, sku="COAT", quantity=4, disposition="vendor")
    _date(goods, goods.return_id)
    await hear(inventory, goods, goods, returned(new(), "missing"))
    level = await inventory.level("COAT", "TPE02")
    assert (level.on_hand, level.quality_control, level.available) == (4, 4, 0)
    (answer,) = await inventory.told(stock_events_pb2.ReversalSettled)
    assert answer.reversal.amount == 0
    assert await inventory.drifts() == []


async def test_what_came_back_by_serial_stands_by_it_where_it_was_received(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("CAM", named(serial="S1"), named(serial="S2"))
    order_id = await where.sell("CAM", named(serial="S1"), named(serial="S2"))
    event = returned(order_id, "restock")
    event.lines[0].sku = "CAM"
    event.lines[0].lots.append(named(serial="S1"))
    await hear(inventory, event, event)
    assert await where.on_hand("CAM", "TPE02") == {"S1": 1}
    assert await where.unnamed("CAM", "TPE02") == 1, "nobody said which the other is"
    assert {name: units for name, units in (await where.on_hand("CAM")).items() if units} == {}
    strange = events.GoodsReturned(return_id=new(), location_id="TPE02")
    strange.lines.add(line_no=1, sku="CAM", quantity=1, disposition="restock", lots=[named(serial="S2")])
    _date(strange, strange.return_id)
    await hear(inventory, strange)
    assert await where.on_hand("CAM", "TPE02") == {"S1": 1, "S2": 1}
    assert await inventory.drifts() == []


async def test_a_named_unit_that_is_missing_after_all_is_missing_by_name_until_it_is_found(
    inventory: Inventory,
) -> None:
    where = await open_lots(inventory)
    await where.receive("CAM", named(serial="S1"))
    order_id = await where.sell("CAM", named(serial="S1"))
    back = returned(order_id, "restock", quantity=1)
    back.lines[0].sku = "CAM"
    back.lines[0].lots.append(named(serial="S1"))
    await hear(inventory, back)
    for before, after, here in (("restock", "missing", 0), ("missing", "restock", 1)):
        change = disposed(order_id, before, after)
        line = change.lines[0]
        line.sku, line.unit.first, line.unit.last = "CAM", 0, 0
        line.lots.append(named(serial="S1"))
        await hear(inventory, change, change)
        assert (await where.on_hand("CAM", "TPE02")).get("S1", 0) == here
        assert await where.unnamed("CAM", "TPE02") == 0
    assert await inventory.drifts() == []
