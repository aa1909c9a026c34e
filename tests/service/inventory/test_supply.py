"""Goods that are to come: written, promised, received, late, short; and what becomes of promises on them."""

from datetime import timedelta
from typing import Any

import pytest

from omo.inventory.v1 import stock_events_pb2, supply_events_pb2
from omo.inventory.v1 import supply_pb2 as pb
from services.inventory import wire as fields
from services.inventory.supply import store
from tests.service.inventory.conftest import HQ, ORDER, Inventory, new
from tests.service.inventory.floor_rig import Floor, staff
from tests.service.inventory.supplied import NOTICE, document, expect, line, receive, waits
from tests.service.inventory.test_promises import ask, brand, get, pooled, refused, stands
from tests.service.inventory.test_promises_broken import confirmed, repair


@pytest.fixture
async def shop(inventory: Inventory) -> Inventory:
    """Coats: one at A, none at B."""
    await brand(inventory, {("COAT", "A"): 1, ("COAT", "B"): 0})
    return inventory


async def test_what_is_to_come_is_promised_with_its_time(shop: Inventory) -> None:
    assert (await refused(shop.hold([("COAT", 2, "A")], ORDER))).metadata["available"] == "1"
    await expect(shop, document("PO-1", line(shop, 3), line(shop, 2, days=5)))
    held = await shop.hold([("COAT", 3, "A")], ORDER)
    (part,) = held.lines
    assert (part.quantity, part.backorder) == (3, 2)
    assert fields.moment(part.promise_time) == shop.clock() + timedelta(days=3)
    later = await shop.hold([("COAT", 2, "A")], ORDER)
    assert later.lines[0].backorder == 2
    assert fields.moment(later.lines[0].promise_time) == shop.clock() + timedelta(days=5)
    assert (await refused(shop.hold([("COAT", 2, "A")], ORDER))).metadata["available"] == "1"
    assert (await get(shop, held.hold_id)).lines[0] == part
    level = await shop.level("COAT", "A")
    assert (level.available, level.incoming) == (-4, 5)
    assert await shop.drifts() == []


async def test_the_same_hold_again_says_the_same(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 3)))
    request_id = new()
    first = await shop.hold([("COAT", 2, "A")], ORDER, request_id=request_id, order_id=request_id)
    again = await shop.hold([("COAT", 2, "A")], ORDER, request_id=request_id, order_id=request_id)
    assert first == again
    assert again.lines[0].backorder == 1


async def test_a_pool_counts_on_what_comes_soonest(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 5, "A", days=9), line(shop, 5, "B", days=2)))
    held = await ask(shop, pooled("COAT", 3))
    assert stands(held) == {"A": 1, "B": 2}
    assert [one.backorder for one in held.lines] == [0, 2]
    assert await waits(shop) == [(held.hold_id, 2, 2.0)]
    assert await shop.drifts() == []


async def test_what_may_not_be_promised_is_not(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 5, promisable=False)))
    assert (await refused(shop.hold([("COAT", 2, "A")], ORDER))).reason == "OUT_OF_STOCK"
    await expect(shop, document("PO-1", line(shop, 5)))
    order_id = new()
    held = await shop.hold([("COAT", 2, "A")], ORDER, request_id=order_id, order_id=order_id)
    assert held.lines[0].backorder == 1
    shop.clock.advance(days=4)
    assert (await refused(shop.hold([("COAT", 1, "A")], ORDER))).reason == "OUT_OF_STOCK"


async def test_goods_that_come_fill_promises_before_anybody_else(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 4)))
    order_id = await confirmed(shop, 3)
    assert await waits(shop) == [(order_id, 2, 3.0)]
    kept = await receive(shop, "PO-1", 2)
    assert (kept.state, kept.lines[0].incoming) == (pb.SUPPLY_STATE_OPEN, 2)
    assert await waits(shop) == []
    level = await shop.level("COAT", "A")
    assert (level.on_hand, level.available, level.incoming) == (3, 0, 2)
    told = [one.backorder for one in await shop.told(supply_events_pb2.BackorderChanged)]
    assert [(one.order_id, one.quantity) for one in told] == [(order_id, 2), (order_id, 0)]
    await receive(shop, "PO-1", 2)
    assert (await shop.level("COAT", "A")).available == 2
    assert await shop.drifts() == []


async def test_what_comes_is_booked_once_and_in_the_journal(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 4)))
    request_id = new()
    given: dict[str, Any] = {"document_id": "PO-1", "arrivals": [{"line_no": 1, "accepted": 2, "damaged": 1}]}
    for _ in range(2):
        await Floor(shop).do("ReceiveSupply", request_id=request_id, **given)
    level = await shop.level("COAT", "A")
    assert (level.on_hand, level.damaged, level.available) == (4, 1, 3)
    await receive(shop, "PO-1", 1)
    async with shop.db.read() as tx:
        rows = await tx.fetch("SELECT quantity, damaged, first_unit FROM movements WHERE source_id = 'PO-1' ORDER BY 3")
    assert [tuple(row) for row in rows] == [(3, 1, 0), (1, 0, 3)]
    assert await shop.drifts() == []


async def test_more_than_was_expected_and_what_nobody_expected_is_booked(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 2), line(shop, 3, days=5)))
    kept = await receive(shop, "PO-1", 4, line_no=0, sku="COAT", location_id="A")
    assert [(one.accepted, one.incoming) for one in kept.lines] == [(2, 0), (2, 1)]
    kept = await receive(shop, "PO-1", 3, line_no=0, sku="COAT", location_id="A")
    assert (kept.state, [one.accepted for one in kept.lines]) == (pb.SUPPLY_STATE_CLOSED, [2, 5])
    kept = await receive(shop, "PO-1", 6, line_no=0, sku="NEVER-SEEN", location_id="B")
    assert [(one.sku, one.quantity, one.accepted) for one in kept.lines][2:] == [("NEVER-SEEN", 0, 6)]
    assert (await shop.level("NEVER-SEEN", "B")).on_hand == 6
    assert (await shop.level("COAT", "A")).on_hand == 8
    assert await shop.drifts() == []


async def test_what_will_not_come_breaks_the_youngest_by_name(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 4)))
    first = await confirmed(shop, 3)
    shop.clock.advance(seconds=1)
    second = await confirmed(shop, 2)
    await expect(shop, document("PO-1", line(shop, 3)))
    await repair(shop)
    broken = await shop.told(stock_events_pb2.PromiseBroken)
    assert [(one.order_id, one.quantity) for one in broken] == [(second, 1)]
    assert [(owner, units) for owner, units, _ in await waits(shop)] == sorted([(first, 2), (second, 1)])
    assert await shop.drifts() == []


async def test_what_others_have_by_then_serves_those_who_wait(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 4)))
    order_id = await confirmed(shop, 3)
    await receive(shop, "PO-1", 2, line_no=0, sku="COAT", location_id="B")
    await Floor(shop).do("CancelSupply", document_id="PO-1")
    await repair(shop)
    assert await shop.told(stock_events_pb2.PromiseBroken) == []
    assert await waits(shop) == []
    async with shop.db.read() as tx:
        rows = await tx.fetch("SELECT location_id, open FROM allocations WHERE order_id = $1 AND open > 0", order_id)
    assert {row["location_id"]: row["open"] for row in rows} == {"A": 1, "B": 2}
    assert await shop.drifts() == []


async def test_what_is_put_off_is_promised_for_later_and_told(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 4)))
    order_id = await confirmed(shop, 3)
    await expect(shop, document("PO-1", line(shop, 4, days=8)))
    await repair(shop)
    assert await waits(shop) == [(order_id, 2, 8.0)]
    told = await shop.told(supply_events_pb2.BackorderChanged)
    times = [fields.moment(one.backorder.promise_time) - shop.clock() for one in told]
    assert times == [timedelta(days=3), timedelta(days=8)]
    assert [one.meta.sequence for one in told] == sorted({one.meta.sequence for one in told})
    assert await shop.drifts() == []


async def test_what_is_late_becomes_a_task_and_still_comes(shop: Inventory) -> None:
    floor = Floor(shop)
    await expect(shop, document("PO-1", line(shop, 4)))
    order_id = await confirmed(shop, 3)
    shop.clock.advance(days=4)
    await floor.due("supply.late", "PO-1")
    await repair(shop)
    (task,) = (await floor.do("ListStockTasks")).tasks
    assert (task.kind, task.location_id, task.details["quantity"]) == ("SUPPLY_LATE", "A", "4")
    assert (await floor.do("GetSupply", document_id="PO-1")).document.lines[0].state == pb.SUPPLY_LINE_STATE_LATE
    assert await shop.told(stock_events_pb2.PromiseBroken) == []
    assert await waits(shop) == [(order_id, 2, -1.0)]
    await receive(shop, "PO-1", 4)
    assert list((await floor.do("ListStockTasks")).tasks) == []
    assert (await waits(shop), await shop.drifts()) == ([], [])


async def test_what_is_late_when_it_is_written_is_looked_at_at_once(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 4, days=-2), line(shop, 1, days=2)))
    async with shop.db.read() as tx:
        due = await tx.fetchval("SELECT due_time FROM timers WHERE kind = 'supply.late' AND key = 'PO-1'")
    assert due < shop.clock()
    await Floor(shop).due("supply.late", "PO-1")
    (task,) = (await Floor(shop).do("ListStockTasks")).tasks
    assert (task.kind, task.details["quantity"]) == ("SUPPLY_LATE", "4")
    async with shop.db.read() as tx:
        due = await tx.fetchval("SELECT due_time FROM timers WHERE kind = 'supply.late' AND key = 'PO-1'")
    assert due == shop.clock() + timedelta(days=2)


async def test_whoever_writes_a_document_is_not_waited_for(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 4, days=-2)))
    async with shop.db.transaction() as writer:
        await store.lock(writer, ["PO-1"])
        await Floor(shop).due("supply.late", "PO-1")
        due = await writer.fetchval("SELECT due_time FROM timers WHERE kind = 'supply.late' AND key = 'PO-1'")
    assert due == shop.clock() + timedelta(seconds=5)
    assert list((await Floor(shop).do("ListStockTasks")).tasks) == []


async def test_a_notice_lowers_its_order_in_one_call(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 5)))
    await expect(
        shop, document("PO-1", line(shop, 2)), document("SN-9", line(shop, 3, days=1), kind=NOTICE, supplier="Miyabi")
    )
    assert (await shop.level("COAT", "A")).incoming == 5
    held = await shop.hold([("COAT", 4, "A")], ORDER)
    assert fields.moment(held.lines[0].promise_time) == shop.clock() + timedelta(days=1)


async def test_the_same_document_again_changes_nothing(shop: Inventory) -> None:
    (first,) = await expect(shop, document("PO-1", line(shop, 5), note="autumn"))
    (again,) = await expect(shop, document("PO-1", line(shop, 5), note="autumn"))
    assert first == again
    (less,) = await expect(shop, document("PO-1", line(shop, 4), note="autumn"))
    assert less.version == 2
    assert len(await shop.told(supply_events_pb2.SupplyChanged)) == 2


async def test_documents_are_listed_by_place_and_good(shop: Inventory) -> None:
    floor = Floor(shop)
    await expect(shop, document("PO-1", line(shop, 5)), document("PO-2", line(shop, 5, "B")), document(
        "PO-3", line(shop, 1), line(shop, 1, "B"))
    )  # fmt: skip

    async def listed(who: object = HQ, **given: object) -> list[str]:
        return [one.document_id for one in (await floor.do("ListSupply", who, **given)).documents]  # type: ignore[arg-type]  # a claim set

    assert await listed() == ["PO-1", "PO-2", "PO-3"]
    assert await listed(location_id="B") == await listed(staff("B")) == ["PO-2", "PO-3"]
    assert await listed(sku="COAT", location_id="A") == ["PO-1", "PO-3"]
    await floor.do("CancelSupply", document_id="PO-2")
    assert await listed(state=pb.SUPPLY_STATE_CANCELLED) == ["PO-2"]
    first = await floor.do("ListSupply", page_size=2)
    assert await listed(page_size=2, page_token=first.next_page_token) == ["PO-3"]


async def test_a_transfer_takes_what_is_there_only(shop: Inventory) -> None:
    floor = Floor(shop)
    await expect(shop, document("PO-1", line(shop, 4)))
    wanted: dict[str, Any] = {"from_location_id": "A", "to_location_id": "B"}
    wanted["lines"] = [{"sku": "COAT", "quantity": 2}]
    moved = (await floor.do("CreateTransfer", **wanted)).transfer.transfer_id
    fault = await refused(floor.do("ApproveTransfer", transfer_id=moved))
    assert (fault.reason, fault.metadata["available"]) == ("OUT_OF_STOCK", "1")
    await receive(shop, "PO-1", 1)
    await floor.do("ApproveTransfer", transfer_id=moved)
    assert (await waits(shop), await shop.drifts()) == ([], [])
