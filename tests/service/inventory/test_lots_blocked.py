"""Lots that may not be sold: out of what can be promised at once and everywhere, with somebody told to look."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kit import access
from kit.timers import Timers
from omo.inventory.v1 import lots_events_pb2, lots_pb2
from services.inventory import main
from services.inventory.lots import naming
from tests.service.inventory.conftest import HQ, OPERATOR, ORDER, Inventory, member, movement, new
from tests.service.inventory.lots_rig import ZONE, Lots, answer, open_lots, staff, units
from tests.service.inventory.shop import refused
from tests.service.kit.rig import eventually
from tests.service.kit.timing import firing

EXPIRED, GOOD, RECALLED = lots_pb2.LOT_STATE_EXPIRED, lots_pb2.LOT_STATE_GOOD, lots_pb2.LOT_STATE_RECALLED


async def over(where: Lots, sku: str, day: date) -> None:
    """The day ends where the brand is at home."""
    end = datetime.combine(day, datetime.max.time(), ZoneInfo(ZONE))
    where.inventory.clock.advance(seconds=(end - where.inventory.clock()).total_seconds() + 1)
    await where.floor.due(naming.EXPIRE, f"{day.isoformat()}:{sku}")


async def aside(where: Lots, sku: str, place: str = "TPE01") -> tuple[int, int, int]:
    level = await where.inventory.level(sku, place)
    return (level.on_hand, level.quality_control, level.available)


async def test_a_lot_leaves_when_its_last_day_is_over_where_the_brand_is_at_home(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    last = where.day(2)
    await where.receive("MILK", units("A", 6, until=last), units("B", 4, until=where.day(5)))
    async with inventory.db.read() as tx:
        due = await tx.fetchrow("SELECT key, due_time FROM timers WHERE kind = $1 ORDER BY key", naming.EXPIRE)
    assert due["key"] == f"{last.isoformat()}:MILK"
    local = due["due_time"].astimezone(ZoneInfo(ZONE))
    assert ((local.date() - last).days, local.hour, local.minute) == (1, 0, 0)
    await where.floor.due(naming.EXPIRE, due["key"])
    assert await aside(where, "MILK") == (10, 0, 10)
    await over(where, "MILK", last)
    assert await aside(where, "MILK") == (10, 6, 4)
    assert await where.tasks("LOT_EXPIRED") == [("TPE01", "A")]
    assert (await where.balances("MILK", "TPE01"))["A"].state == EXPIRED
    assert (await refused(inventory.hold([("MILK", 5)]))).reason == "OUT_OF_STOCK"
    assert [one.lot.state for one in await inventory.told(lots_events_pb2.LotChanged)] == [EXPIRED]
    assert await inventory.drifts() == []


async def test_the_timer_fires_by_itself(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 6, until=where.day(0)))
    inventory.clock.advance(days=1)
    with access.acting_as(access.service("inventory")):
        async with firing(Timers(inventory.db, inventory.clock, main.floor_timers(inventory.ground))):
            await eventually(lambda: _gone(where))
    assert await inventory.drifts() == []


async def _gone(where: Lots) -> bool:
    return await aside(where, "MILK") == (6, 6, 0)


async def test_what_is_over_when_it_comes_is_put_aside(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("TEA", units("", 5, until=where.day(-1)))
    assert await aside(where, "TEA") == (5, 5, 0)
    await where.leave("TEA", units("", 2, until=where.day(-1)))
    assert await aside(where, "TEA") == (3, 3, 0)
    assert await inventory.drifts() == []


async def test_a_recall_finds_the_lot_everywhere_and_a_release_ends_it(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    for place in ("TPE01", "TPE02"):
        await where.receive("MILK", units("A", 6, until=where.day(9)), units("B", 4, until=where.day(9)), place=place)
    await where.sell("MILK", quantity=3)
    recall = {"sku": "MILK", "lot": "A", "note": "glass", "request_id": new()}
    found = await where.floor.do("RecallLot", HQ, **recall)
    assert await where.floor.do("RecallLot", HQ, **recall) == found
    # what nobody named is believed to be of the lot that is to be taken first
    assert [(one.location_id, one.on_hand, one.put_aside) for one in found.balances] == [
        ("TPE01", 6, 3), ("TPE02", 6, 6),
    ]  # fmt: skip
    assert (found.lot.state, found.lot.note) == (RECALLED, "glass")
    assert await where.tasks("LOT_RECALLED") == [("TPE01", "A"), ("TPE02", "A")]
    assert (await aside(where, "MILK"), await aside(where, "MILK", "TPE02")) == ((7, 3, 4), (10, 6, 4))
    taken = await where.floor.do("SuggestLots", staff(), sku="MILK", location_id="TPE01", quantity=9)
    assert [(one.lot, one.quantity) for one in taken.units] == [("B", 4)]
    assert await inventory.drifts() == []
    released = await where.floor.do("ReleaseLot", HQ, sku="MILK", lot="A", note="false alarm")
    assert released.lot.state == GOOD
    assert (await aside(where, "MILK"), await where.tasks("LOT_RECALLED")) == ((7, 0, 7), [])
    assert [one.lot.state for one in await inventory.told(lots_events_pb2.LotChanged)] == [RECALLED, GOOD]
    assert await inventory.drifts() == []


async def test_a_recall_of_promised_goods_moves_or_breaks_the_promise_by_name(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 6, until=where.day(9)))
    await inventory.hold([("MILK", 4)], member())
    await where.floor.do("RecallLot", HQ, sku="MILK", lot="A")
    level = await inventory.level("MILK")
    assert (level.quality_control, level.held, level.available) == (6, 4, -4)
    assert await inventory.drifts() == []


async def test_a_recalled_lot_that_is_sold_all_the_same(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 6, until=where.day(9)))
    await where.floor.do("RecallLot", HQ, sku="MILK", lot="A")
    await where.sell("MILK", units("A", 2))
    assert await aside(where, "MILK") == (4, 4, 0)
    assert await where.tasks("LOT_CHECK") == [("TPE01", "RECALLED")]
    await where.receive("MILK", units("A", 1, until=where.day(9)))
    assert await aside(where, "MILK") == (5, 5, 0)
    assert await inventory.drifts() == []


async def test_staff_cannot_release_what_its_lot_keeps_aside(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 6, until=where.day(9)), units("B", 4, until=where.day(9)))
    given = {"sku": "MILK", "location_id": "TPE01", "reason_id": "RELEASE", "quantity": 3}
    await where.floor.do("RecallLot", HQ, sku="MILK", lot="A")
    assert (await where.floor.do("PostVariance", staff(), **given)).level.quality_control == 6
    await where.floor.do("PostVariance", staff(), **given | {"reason_id": "NOT_IN_STOCK"})
    assert await aside(where, "MILK") == (0, 0, 0)
    await where.floor.do("ReleaseLot", HQ, sku="MILK", lot="A")
    assert await aside(where, "MILK") == (0, 0, 0)
    assert await inventory.drifts() == []


async def test_one_serial_is_recalled_or_its_whole_lot(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("CAM", *(units(serial=f"S{n}") for n in range(3)), units("L", 1, "S3"), units("L", 1, "S4"))
    await where.floor.do("RecallLot", HQ, sku="CAM", serial="S1")
    await where.floor.do("RecallLot", HQ, sku="CAM", lot="L")
    assert await aside(where, "CAM") == (5, 3, 2)
    await where.floor.do("RecallLot", HQ, sku="CAM", serial="S3")
    await where.floor.do("ReleaseLot", HQ, sku="CAM", lot="L")
    assert await aside(where, "CAM") == (5, 2, 3)
    assert await inventory.drifts() == []


async def test_an_expired_lot_is_released_with_a_later_day_only(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 6, until=where.day(1)))
    await over(where, "MILK", where.day(1))
    fault = await refused(where.floor.do("ReleaseLot", HQ, sku="MILK", lot="A"))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", "expire_date")
    later = where.day(3)
    found = await where.floor.do("ReleaseLot", HQ, sku="MILK", lot="A", expire_date=later.isoformat())
    assert (found.lot.expire_date, await aside(where, "MILK")) == (later.isoformat(), (6, 0, 6))
    assert await where.tasks("LOT_EXPIRED") == []
    await over(where, "MILK", later)
    assert await aside(where, "MILK") == (6, 6, 0)
    assert await inventory.drifts() == []


async def test_transfers_carry_lots(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 6, until=where.day(9)), units("B", 4, until=where.day(5)))
    lines = [{"sku": "MILK", "quantity": 7}]
    made = await where.floor.do("CreateTransfer", HQ, from_location_id="TPE01", to_location_id="TPE02", lines=lines)
    step: dict[str, Any] = {"transfer_id": made.transfer.transfer_id}
    await where.floor.do("ApproveTransfer", HQ, **step)
    for wrong in ([units("A", 7)], [units("C", 1)], [units("A", 4), units("B", 4)]):
        bad = [{"sku": "MILK", "quantity": 7, "lots": wrong}]
        fault = await refused(where.floor.do("ShipTransfer", staff(), **step, lines=bad))
        assert fault.metadata["field"].startswith("lines[0].lots")
    left = [{"sku": "MILK", "quantity": 7, "lots": [units("B", 4), units("A", 2)]}]
    await where.floor.do("ShipTransfer", staff(), **step, lines=left)
    assert (await where.on_hand("MILK"), await where.unnamed("MILK")) == ({"A": 4}, -1)
    there = staff("TPE02")
    came = [{"sku": "MILK", "accepted": 3, "damaged": 1}]
    await where.floor.do("ReceiveTransfer", there, **step, lines=came)
    assert await where.on_hand("MILK", "TPE02") == {"B": 4}
    came = [{"sku": "MILK", "accepted": 1, "lots": [units("C", 1, until=where.day(-2))]}]
    await where.floor.do("ReceiveTransfer", there, **step, lines=came)
    await where.floor.do("ReceiveTransfer", there, **step, lines=[{"sku": "MILK", "accepted": 4}])
    assert await where.on_hand("MILK", "TPE02") == {"A": 2, "B": 4, "C": 1}
    assert await where.unnamed("MILK", "TPE02") == 2
    assert (await inventory.level("MILK", "TPE02")).quality_control == 1
    assert await inventory.drifts() == []


async def test_what_may_not_be_sold_does_not_travel_to_a_shop(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 6, until=where.day(9)), units("B", 4, until=where.day(9)))
    made = await where.floor.do(
        "CreateTransfer", HQ, from_location_id="TPE01", to_location_id="TPE02", lines=[{"sku": "MILK", "quantity": 2}]
    )
    await where.floor.do("ApproveTransfer", HQ, transfer_id=made.transfer.transfer_id)
    await where.floor.do("RecallLot", HQ, sku="MILK", lot="A")
    left = [{"sku": "MILK", "quantity": 2, "lots": [units("A", 2)]}]
    fault = await refused(where.floor.do("ShipTransfer", staff(), transfer_id=made.transfer.transfer_id, lines=left))
    assert fault.metadata == {"field": "lines[0].lots[0]", "rule": "A is RECALLED"}


@pytest.mark.parametrize("verb", ["RecallLot", "ReleaseLot"])
async def test_only_headquarters_blocks_lots(inventory: Inventory, verb: str) -> None:
    where = await open_lots(inventory)
    for who in (staff(), staff(role="manager"), ORDER):
        assert (await refused(where.floor.do(verb, who, sku="MILK", lot="A"))).code == "PERMISSION_DENIED"
    assert (await refused(where.floor.do(verb, OPERATOR, sku="MILK", lot="A"))).reason == "LOT_UNKNOWN"
    assert (await refused(where.floor.do(verb, HQ, sku="MILK"))).reason == "FIELD_INVALID"


async def test_goods_that_ask_for_nothing_go_as_before(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await inventory.post(movement("COAT", "TPE01", 5))
    await where.sell("COAT", quantity=2)
    assert (await inventory.level("COAT")).on_hand == 3
    async with inventory.db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM lot_entries") == 0


async def test_a_recall_misses_nothing_that_comes_meanwhile(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    places = [f"ROOM{number}" for number in range(6)]
    await inventory.put_locations(*places)
    await where.receive("MILK", units("A", 4, until=where.day(9)))

    async def persist(call: Callable[[], Any]) -> None:
        # who came at the same moment, or found no connection free, was told that nothing happened
        while (refused := await answer(call())) in {"CONFLICT", "OVERLOADED"}:
            continue
        assert refused == ""

    coming = [partial(where.receive, "MILK", units("A", 2, until=where.day(9)), place=place) for place in places]
    recall = partial(where.floor.do, "RecallLot", HQ, sku="MILK", lot="A")
    await asyncio.gather(*map(persist, [*coming, recall, *coming]))
    found = await where.balances("MILK")
    assert {place: (one.on_hand, one.put_aside) for (place, _), one in found.items()} == {
        "TPE01": (4, 4), **dict.fromkeys(places, (4, 4)),
    }  # fmt: skip
    assert await inventory.drifts() == []
