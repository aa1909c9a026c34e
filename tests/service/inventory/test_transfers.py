"""Transfers: goods are promised, leave, are on their way, come in, and what differs is said."""

from datetime import timedelta
from typing import Any

import pytest

from omo.inventory.v1 import transfers_events_pb2 as events
from omo.inventory.v1 import transfers_pb2 as pb
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, Inventory, new
from tests.service.inventory.floor_rig import Floor, staff
from tests.service.inventory.shop import refused
from tests.service.inventory.test_facts import counted, record

WEST, EAST = staff("WH1"), staff("TPE01")


def line(sku: str, quantity: int = 0, **came: Any) -> pb.TransferLine:
    return pb.TransferLine(sku=sku, quantity=quantity, **came)


async def draft(floor: Floor, *lines: pb.TransferLine, **more: Any) -> Any:
    given = {"from_location_id": "WH1", "to_location_id": "TPE01", "lines": lines} | more
    return (await floor.do("CreateTransfer", **given)).transfer


async def stocked(inventory: Inventory, **on_hand: int) -> Floor:
    levels = {(sku, "WH1"): quantity for sku, quantity in on_hand.items()}
    await inventory.stocked(levels | {(sku, "TPE01"): 0 for sku in on_hand})
    return Floor(inventory)


async def sent(inventory: Inventory, **asked: int) -> tuple[Floor, str]:
    """A transfer that is on its way, of ten of each on hand."""
    floor = await stocked(inventory, **dict.fromkeys(asked, 10))
    moved = await draft(floor, *(line(sku, quantity) for sku, quantity in asked.items()))
    await floor.do("ApproveTransfer", transfer_id=moved.transfer_id)
    await floor.do("ShipTransfer", WEST, transfer_id=moved.transfer_id)
    return floor, moved.transfer_id


async def states(inventory: Inventory, place: str, sku: str = "COAT") -> tuple[int, ...]:
    level = await inventory.level(sku, place)
    return level.on_hand, level.held, level.damaged, level.in_transit_out + level.in_transit_in, level.available


async def test_goods_move_step_by_step_and_add_up_after_each(inventory: Inventory) -> None:
    floor = await stocked(inventory, COAT=10)
    moved = await draft(floor, line("COAT", 6), note="for the weekend")
    assert (moved.state, moved.version) == (pb.TRANSFER_STATE_DRAFT, 1)
    assert await states(inventory, "WH1") == (10, 0, 0, 0, 10)
    await floor.do("ApproveTransfer", transfer_id=moved.transfer_id)
    assert await states(inventory, "WH1") == (10, 6, 0, 0, 4)
    await floor.do("ShipTransfer", WEST, transfer_id=moved.transfer_id)
    assert await states(inventory, "WH1") == (4, 0, 0, 6, 4)
    assert await states(inventory, "TPE01") == (0, 0, 0, 6, 0)
    assert await inventory.drifts() == []
    await floor.do("ReceiveTransfer", EAST, transfer_id=moved.transfer_id, lines=[line("COAT", accepted=6)])
    assert await states(inventory, "TPE01") == (6, 0, 0, 0, 6)
    closed = (await floor.do("CloseTransfer", transfer_id=moved.transfer_id)).transfer
    assert (closed.state, len(closed.discrepancies)) == (pb.TRANSFER_STATE_CLOSED, 0)
    assert await inventory.drifts() == []
    told = [event.transfer.state for event in await inventory.told(events.TransferChanged)]
    assert told == [1, 2, 3, 4, 5]


async def test_what_arrives_leaves_transit_whether_it_is_taken_in_or_not(inventory: Inventory) -> None:
    floor, moved = await sent(inventory, COAT=6)
    came = [line("COAT", accepted=2, damaged=1, rejected=1)]
    half = (await floor.do("ReceiveTransfer", EAST, transfer_id=moved, lines=came)).transfer
    assert (half.state, half.lines[0].in_transit) == (pb.TRANSFER_STATE_RECEIVED, 2)
    assert await states(inventory, "TPE01") == (3, 0, 1, 2, 2)
    assert await inventory.drifts() == []
    closed = (await floor.do("CloseTransfer", transfer_id=moved)).transfer
    found = {(one.sku, pb.DiscrepancyKind.Name(one.kind)[17:], one.quantity) for one in closed.discrepancies}
    assert found == {("COAT", "UNDER", 2), ("COAT", "DAMAGED", 1), ("COAT", "REJECTED", 1)}
    assert await states(inventory, "TPE01") == (3, 0, 1, 0, 2)
    assert await states(inventory, "WH1") == (4, 0, 0, 0, 4)
    tasks = (await floor.do("ListStockTasks", EAST)).tasks
    assert {(one.kind, one.details["kind"], one.details["quantity"]) for one in tasks} == {
        ("DISCREPANCY", "UNDER", "2"),
        ("DISCREPANCY", "DAMAGED", "1"),
        ("DISCREPANCY", "REJECTED", "1"),
    }
    assert await inventory.drifts() == []


async def test_what_comes_above_what_was_sent_is_recorded(inventory: Inventory) -> None:
    floor, moved = await sent(inventory, COAT=6)
    came = [line("COAT", accepted=8), line("HAT-UNKNOWN", accepted=3)]
    await floor.do("ReceiveTransfer", EAST, transfer_id=moved, lines=came)
    assert await states(inventory, "TPE01") == (8, 0, 0, 0, 8)
    assert await states(inventory, "TPE01", "HAT-UNKNOWN") == (3, 0, 0, 0, 3)
    closed = (await floor.do("CloseTransfer", transfer_id=moved)).transfer
    found = {(one.sku, pb.DiscrepancyKind.Name(one.kind)[17:], one.quantity) for one in closed.discrepancies}
    assert found == {("COAT", "OVER", 2), ("HAT-UNKNOWN", "MIS_SHIPPED", 3)}
    assert await inventory.drifts() == []


async def test_goods_come_in_parts_and_each_part_once(inventory: Inventory) -> None:
    floor, moved = await sent(inventory, COAT=6)
    key = new()
    for request_id in (key, key, new()):
        given: dict[str, Any] = {
            "transfer_id": moved, "lines": [line("COAT", accepted=2)], "request_id": request_id,
        }  # fmt: skip
        await floor.do("ReceiveTransfer", EAST, **given)
    assert await states(inventory, "TPE01") == (4, 0, 0, 2, 4)
    assert await inventory.drifts() == []


async def test_less_may_leave_than_was_asked(inventory: Inventory) -> None:
    floor = await stocked(inventory, COAT=10, HAT=10)
    moved = await draft(floor, line("COAT", 6), line("HAT", 2))
    await floor.do("ApproveTransfer", transfer_id=moved.transfer_id)
    key = new()
    for _ in range(2):
        left = [line("COAT", 4), line("HAT", 0)]
        await floor.do("ShipTransfer", WEST, transfer_id=moved.transfer_id, lines=left, request_id=key)
    assert await states(inventory, "WH1") == (6, 0, 0, 4, 6)
    assert await states(inventory, "WH1", "HAT") == (10, 0, 0, 0, 10)
    assert await inventory.drifts() == []


@pytest.mark.parametrize("left", [[line("COAT", 7)], [line("HAT", 1)], [line("COAT", 0)], [line("COAT", -1)]])
async def test_what_was_not_approved_does_not_leave(inventory: Inventory, left: list[pb.TransferLine]) -> None:
    floor = await stocked(inventory, COAT=10)
    moved = await draft(floor, line("COAT", 6))
    await floor.do("ApproveTransfer", transfer_id=moved.transfer_id)
    fault = await refused(floor.do("ShipTransfer", WEST, transfer_id=moved.transfer_id, lines=left))
    assert fault.reason == "FIELD_INVALID"
    assert await states(inventory, "WH1") == (10, 6, 0, 0, 4)


async def test_goods_that_a_sale_took_meanwhile_leave_a_shortfall(inventory: Inventory) -> None:
    floor = await stocked(inventory, COAT=10)
    moved = await draft(floor, line("COAT", 8))
    await floor.do("ApproveTransfer", transfer_id=moved.transfer_id)
    await inventory.hear(news.recorded(news.sale("s1", ("COAT", 4), place="WH1")))
    assert await states(inventory, "WH1") == (6, 8, 0, 0, -2)
    await floor.do("ShipTransfer", WEST, transfer_id=moved.transfer_id)
    assert await states(inventory, "WH1") == (-2, 0, 0, 8, -2)
    assert await inventory.drifts() == []


async def test_what_left_before_a_count_was_in_the_count(inventory: Inventory) -> None:
    floor = await stocked(inventory, COAT=10)
    moved = await draft(floor, line("COAT", 6))
    await floor.do("ApproveTransfer", transfer_id=moved.transfer_id)
    at = inventory.clock()
    inventory.clock.advance(hours=2)
    await record(inventory, 1, counted(at + timedelta(hours=1), 4), place="WH1")
    left = {"transfer_id": moved.transfer_id, "business_time": at}
    await floor.do("ShipTransfer", WEST, **left)
    assert (await inventory.level("COAT", "WH1")).on_hand == 4
    assert await inventory.drifts() == []


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"to_location_id": "WH1"}, "FIELD_INVALID"),
        ({"to_location_id": "NOWHERE"}, "UNKNOWN_LOCATION"),
        ({"to_location_id": "SHUT"}, "LOCATION_CLOSED"),
        ({"lines": [line("NOTHING", 1)]}, "UNKNOWN_SKU"),
        ({"lines": [line("COAT", 0)]}, "FIELD_INVALID"),
        ({"lines": [line("COAT", 10**9)]}, "FIELD_INVALID"),
        ({"lines": [line("COAT", 1), line("COAT", 1)]}, "FIELD_INVALID"),
        ({"lines": []}, "FIELD_INVALID"),
        ({"lines": [line(f"S{number}", 1) for number in range(501)]}, "FIELD_INVALID"),
    ],
)
async def test_absurd_transfers_are_refused(inventory: Inventory, more: dict[str, Any], reason: str) -> None:
    floor = await stocked(inventory, COAT=10)
    await inventory.put_locations("SHUT", active=False)
    assert (await refused(draft(floor, line("COAT", 1), **more))).reason == reason


@pytest.mark.parametrize("step", ["ShipTransfer", "ReceiveTransfer", "CloseTransfer"])
async def test_steps_out_of_turn_are_refused(inventory: Inventory, step: str) -> None:
    floor = await stocked(inventory, COAT=10)
    moved = await draft(floor, line("COAT", 1))
    more: dict[str, Any] = {"lines": [line("COAT", accepted=1)]} if step == "ReceiveTransfer" else {}
    fault = await refused(floor.do(step, transfer_id=moved.transfer_id, **more))
    assert (fault.reason, fault.metadata["state"]) == ("TRANSFER_STATE", "DRAFT")


async def test_stores_touch_their_own_end_only(inventory: Inventory) -> None:
    floor, moved = await sent(inventory, COAT=6)
    came: dict[str, Any] = {"transfer_id": moved, "lines": [line("COAT", accepted=6)]}
    assert (await refused(floor.do("ReceiveTransfer", WEST, **came))).code == "NOT_FOUND"
    assert (await refused(floor.do("GetTransfer", staff("TXG01"), transfer_id=moved))).reason == "NOT_FOUND"
    assert (await refused(floor.do("CloseTransfer", EAST, transfer_id=moved))).code == "PERMISSION_DENIED"
    assert (await refused(floor.do("GetTransfer", transfer_id=new()))).reason == "NOT_FOUND"
    assert [one.transfer_id for one in (await floor.do("ListTransfers", WEST)).transfers] == [moved]
    assert [one.transfer_id for one in (await floor.do("ListTransfers", EAST, state=3)).transfers] == [moved]
    assert not (await floor.do("ListTransfers", EAST, state=1)).transfers
    assert not (await floor.do("ListTransfers", staff("TXG01"))).transfers
    assert len((await floor.do("ListTransfers", HQ, page_size=1)).transfers) == 1


async def test_the_future_is_refused(inventory: Inventory) -> None:
    floor, moved = await sent(inventory, COAT=6)
    late = inventory.clock() + timedelta(days=1)
    came = {"transfer_id": moved, "lines": [line("COAT", accepted=6)], "business_time": late}
    assert (await refused(floor.do("ReceiveTransfer", EAST, **came))).metadata["field"] == "business_time"
