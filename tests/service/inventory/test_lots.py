"""Lots and serials: named as goods come and go, added up with what nobody named, taken by date."""

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from omo.inventory.v1 import stock_service_pb2, supply_pb2
from omo.storefacts.v1 import facts_pb2
from tests.service.inventory.conftest import HQ, Inventory, device, new
from tests.service.inventory.lots_rig import open_lots, staff, units
from tests.service.inventory.shop import refused


async def test_lots_and_what_nobody_named_add_up_to_the_level(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 6, until=where.day(9)), units("B", 4, until=where.day(5)))
    await where.sell("MILK", units("A", 2))
    await where.sell("MILK", quantity=3)
    assert (await where.on_hand("MILK"), await where.unnamed("MILK")) == ({"A": 4, "B": 4}, -3)
    assert (await inventory.level("MILK")).on_hand == 5
    assert await inventory.drifts() == []


async def test_the_same_sale_names_its_units_once(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 6, until=where.day(9)))
    order_id = await where.sell("MILK", units("A", 2))
    await where.sell("MILK", units("A", 2), order_id=order_id)
    assert (await where.on_hand("MILK"), await where.unnamed("MILK")) == ({"A": 4}, 0)
    assert await inventory.drifts() == []


async def test_what_expires_first_is_taken_first_and_without_a_date_what_came_first(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("LATE", 5, until=where.day(9)), units("SOON", 2, until=where.day(3)))
    await where.receive("CAM", units(serial="S2"))
    inventory.clock.advance(hours=1)
    await where.receive("CAM", units(serial="S1"))
    await where.sell("MILK", quantity=1)
    asked = {"sku": "MILK", "location_id": "TPE01", "quantity": 3}
    taken = await where.floor.do("SuggestLots", staff(), **asked)
    assert [(one.lot, one.quantity) for one in taken.units] == [("SOON", 1), ("LATE", 2)]
    taken = await where.floor.do("SuggestLots", staff(), **asked | {"sku": "CAM", "quantity": 1})
    assert [one.serial for one in taken.units] == ["S2"]
    assert (await refused(where.floor.do("SuggestLots", staff(), **asked | {"sku": "NO"}))).reason == "UNKNOWN_SKU"


async def test_what_nobody_named_is_suggested_last(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.leave("MILK", quantity=-4)
    await where.receive("MILK", units("A", 1, until=where.day(3)))
    taken = await where.floor.do("SuggestLots", staff(), sku="MILK", location_id="TPE01", quantity=3)
    assert ([(one.lot, one.quantity) for one in taken.units], taken.unnamed) == ([("A", 1)], 2)


async def test_a_date_without_a_lot_is_the_lot(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("TEA", units("", 5, until=where.day(9)))
    assert await where.on_hand("TEA") == {where.day(9).isoformat(): 5}


async def test_tills_may_receive_by_lot(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    fact = facts_pb2.StockFact(fact_id=new(), received=facts_pb2.StockReceived(sku="MILK", quantity=5))
    fact.business_time.FromDatetime(inventory.clock())
    fact.received.lots.append(units("A", 3, until=where.day(9)))
    frame = facts_pb2.StockFrame(first_sequence=1, facts=[fact])
    for _ in range(2):
        request = stock_service_pb2.RecordStockRequest(terminal_id="till-1", location_id="TPE01", frame=frame)
        await inventory.call(inventory.facts.RecordStock, request, device())
    assert (await where.on_hand("MILK"), await where.unnamed("MILK")) == ({"A": 3}, 2)
    assert await inventory.drifts() == []


async def test_what_tills_say_is_kept_and_flagged(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("CAM", units(serial="S1"), units(serial="S2"))
    await where.receive("MILK", units("A", 2, until=where.day(9)), place="TPE02")
    await where.sell("CAM", units(serial="S1"))
    await where.sell("CAM", units(serial="S1"))
    await where.sell("CAM", units(serial="S9"), place="TPE02")
    await where.sell("CAM", units(serial="S2"), place="TPE02")
    await where.sell("MILK", units("A", 1))
    await where.sell("MILK", units("\u0007" * 70 + "B" * 90, 5, until="no day"), quantity=2)
    await where.sell("COAT", units("X", 1))
    assert await where.tasks("LOT_CHECK") == [
        ("TPE01", "NOT_HERE"), ("TPE01", "SOLD_TWICE"), ("TPE01", "UNKNOWN"), ("TPE01", "UNKNOWN"),
        ("TPE02", "NOT_HERE"), ("TPE02", "UNKNOWN"),
    ]  # fmt: skip
    assert await where.on_hand("CAM") == {"S1": -1, "S2": 1}
    assert await where.on_hand("MILK") == {"A": -1, "B" * 64: -2}
    assert await inventory.drifts() == []


async def test_a_serial_that_comes_back_is_there_again(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("CAM", units(serial="S1"))
    await where.sell("CAM", units(serial="S1"))
    assert await where.on_hand("CAM") == {}
    await where.sell("CAM", units(serial="S1"), quantity=-1)
    assert (await where.on_hand("CAM"), await where.tasks("LOT_CHECK")) == ({"S1": 1}, [])
    assert await inventory.drifts() == []


@pytest.mark.parametrize(
    ("sku", "given", "field"),
    [
        ("MILK", [], "movements[0].lots"),
        ("MILK", [units("A", 4, until="2031-01-01")], "movements[0].lots"),
        ("MILK", [units("A", 6, until="2031-01-01")], "movements[0].lots"),
        ("MILK", [units("A", 5)], "movements[0].lots[0].expire_date"),
        ("MILK", [units("", 5, until="2031-01-01"), units("A", 5)], "movements[0].lots"),
        ("MILK", [units("A", 5, until="1 May")], "movements[0].lots[0].expire_date"),
        ("MILK", [units("A", 4, until="2031-01-01"), units("A", 1)], "movements[0].lots"),
        ("MILK", [units("A", -5)], "movements[0].lots[0].quantity"),
        ("MILK", [units("A\n", 5)], "movements[0].lots[0].lot"),
        ("MILK", [units("", 5)], "movements[0].lots[0].lot"),
        ("MILK", [units("OLD", 5, until="2031-01-01")], "movements[0].lots[0].expire_date"),
        ("MILK", [units("A", 4, until="2031-01-01"), units("A", 1, "S")], "movements[0].lots[1].serial"),
        ("CAM", [units("", 2, "S1"), units("", 3, "S2")], "movements[0].lots[0].quantity"),
        ("CAM", [units("A", 5)], "movements[0].lots[0].serial"),
        ("CAM", [units(serial=f"S{n}") for n in range(5)], "movements[0].lots[0].serial"),
        ("COAT", [units("A", 5)], "movements[0].lots"),
    ],
)
async def test_receipts_say_what_the_good_asks_for(
    inventory: Inventory, sku: str, given: list[Any], field: str
) -> None:
    where = await open_lots(inventory)
    await where.receive("CAM", units(serial="S0"), place="TPE02")
    await where.receive("MILK", units("OLD", 1, until=where.day(1)), place="TPE02")
    fault = await refused(where.receive(sku, *given, quantity=5))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", field)
    assert fault.metadata["rule"]
    assert await inventory.drifts() == []


async def test_what_is_not_there_does_not_leave_by_a_command(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 5, until=where.day(9)))
    fault = await refused(where.leave("MILK", units("A", 6)))
    assert fault.metadata == {"field": "movements[0].lots[0]", "rule": "only 5 of A stand here by the books"}
    assert (await refused(where.leave("MILK", units("B", 1)))).metadata["field"] == "movements[0].lots[0]"
    await where.leave("MILK", units("A", 5))
    assert (await where.on_hand("MILK"), (await inventory.level("MILK")).on_hand) == ({}, 0)
    assert await inventory.drifts() == []


async def test_a_count_by_lot_names_what_nobody_named(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.leave("MILK", quantity=-10)
    await where.receive("MILK", units("A", 2, until=where.day(9)))
    seen = [units("A", 1), units("B", 8, until=where.day(4))]
    found = await where.floor.do("CountLots", staff(), sku="MILK", location_id="TPE01", units=seen)
    assert ({one.lot: one.on_hand for one in found.balances}, found.unnamed) == ({"A": 1, "B": 8}, 3)
    assert (await inventory.level("MILK")).on_hand == 12
    await where.receive("CAM", units(serial="S1"), place="TPE02")
    await where.leave("CAM", quantity=-2)
    for sku, given in (("MILK", [units("A", 13)]), ("CAM", [units(serial="S1")]), ("COAT", [units("A")])):
        fault = await refused(where.floor.do("CountLots", staff(), sku=sku, location_id="TPE01", units=given))
        assert fault.reason == "FIELD_INVALID"
    assert (await refused(where.floor.do("CountLots", staff("TPE02"), sku="MILK", location_id="TPE01"))).code == (
        "NOT_FOUND"
    )
    assert await inventory.drifts() == []


async def test_what_is_not_on_the_shelf_is_of_no_lot_there(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 5, until=where.day(9)))
    given = {"sku": "MILK", "location_id": "TPE01", "reason_id": "NOT_IN_STOCK"}
    level = (await where.floor.do("PostVariance", staff(), **given)).level
    assert (level.on_hand, await where.on_hand("MILK"), await where.unnamed("MILK")) == (0, {}, 0)
    assert await inventory.drifts() == []


async def test_lots_are_paged(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    for place in ("TPE01", "TPE02"):
        await where.receive("MILK", *(units(lot, 1, until=where.day(9)) for lot in "ABC"), place=place)
    seen, token = [], ""
    while True:
        page = await where.floor.do("ListLots", HQ, sku="MILK", page_size=4, page_token=token)
        seen += [(one.location_id, one.lot) for one in page.balances]
        if not (token := page.next_page_token):
            break
    assert seen == [(place, lot) for place in ("TPE01", "TPE02") for lot in "ABC"]


async def test_announced_goods_come_in_by_lot(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    due = Timestamp()
    due.FromDatetime(inventory.clock())
    lines = [
        {"line_no": number, "sku": "MILK", "location_id": "TPE01", "quantity": quantity, "expected_time": due}
        for number, quantity in ((1, 3), (2, 4))
    ]
    document = {"document_id": "PO-1", "kind": supply_pb2.SUPPLY_KIND_PURCHASE_ORDER, "lines": lines}
    await where.floor.do("PutSupply", HQ, documents=[document])
    came = {"sku": "MILK", "location_id": "TPE01", "accepted": 6}
    lots = [units("A", 4, until=where.day(9)), units("B", 1, until=where.day(8))]
    await where.floor.do("ReceiveSupply", staff(), document_id="PO-1", arrivals=[came | {"lots": lots}])
    assert (await where.on_hand("MILK"), await where.unnamed("MILK")) == ({"A": 4, "B": 1}, 1)
    assert await inventory.drifts() == []
