"""Which lot or serial an order took: picked for it, handed over, and found again."""

from typing import Any

from omo.inventory.v1 import stock_service_pb2
from omo.type.v1 import unit_pb2
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, ORDER, Inventory, new
from tests.service.inventory.lots_rig import open_lots, staff, units
from tests.service.inventory.shop import refused


async def test_what_was_picked_leaves_by_name_when_it_is_handed_over(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("CAM", *(units(serial=f"S{n}") for n in range(4)))
    order_id = new()
    await inventory.hold([("CAM", 2)], ORDER, order_id=order_id, request_id=order_id)
    await inventory.hear(news.confirmed(order_id, ("CAM", 2)))
    line: dict[str, Any] = {"order_id": order_id, "line_no": 1, "sku": "CAM", "location_id": "TPE01"}
    key = new()
    for _ in range(2):
        picked = await where.floor.do("PickLots", staff(), **line, request_id=key, units=[units(serial="S3")])
        assert [one.serial for one in picked.units] == ["S3"]
    await where.floor.do("PickLots", staff(), **line, units=[units(serial="S2"), units(serial="S1")])
    taken = await where.floor.do("SuggestLots", staff(), sku="CAM", location_id="TPE01", quantity=4)
    assert [one.serial for one in taken.units] == ["S0", "S3"]
    await inventory.hear(news.handed_over(order_id, ("CAM", 1), at=inventory.clock()))
    await inventory.hear(news.handed_over(order_id, ("CAM", 1), first=1, at=inventory.clock()))
    assert await where.on_hand("CAM") == {"S0": 1, "S3": 1}
    described = await inventory.call(
        inventory.stock.DescribeUnits,
        stock_service_pb2.DescribeUnitsRequest(units=[unit_pb2.UnitRef(order_id=order_id, line_no=1, first=0, last=1)]),
        HQ,
    )
    assert [one.serial for moved in described.units[0].movements for one in moved.lots] == ["S1", "S2"]
    assert await inventory.drifts() == []


async def test_picks_that_cannot_be_are_refused(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("CAM", *(units(serial=f"S{n}") for n in range(3)))
    orders = [new(), new()]
    for order_id in orders:
        await inventory.hear(news.confirmed(order_id, ("CAM", 1)))
    line: dict[str, Any] = {"order_id": orders[0], "line_no": 1, "sku": "CAM", "location_id": "TPE01"}
    await where.floor.do("PickLots", staff(), **line | {"order_id": orders[1]}, units=[units(serial="S1")])
    for given in ([units(serial="S1")], [units(serial="S9")], [units("A")], [units(serial="S0"), units(serial="S2")]):
        fault = await refused(where.floor.do("PickLots", staff(), **line, units=given))
        assert (fault.reason, fault.metadata["field"][:5]) == ("FIELD_INVALID", "units")
    nobody = await refused(where.floor.do("PickLots", staff(), **line | {"line_no": 7}, units=[units(serial="S0")]))
    assert nobody.reason == "NOT_ASSIGNED"
    assert (await refused(where.floor.do("PickLots", staff("TPE02"), **line))).code == "NOT_FOUND"


async def test_a_handover_may_say_itself_which_they_were(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 5, until=where.day(9)), units("B", 5, until=where.day(8)))
    order_id = new()
    await inventory.hear(news.confirmed(order_id, ("MILK", 2)))
    told = news.handed_over(order_id, ("MILK", 2), at=inventory.clock())
    told.lines[0].lots.append(units("A", 2))
    await inventory.hear(told)
    assert await where.on_hand("MILK") == {"A": 3, "B": 5}
    assert await inventory.drifts() == []


async def test_who_took_a_lot_and_who_may_have(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    before = await where.sell("MILK", quantity=1)
    inventory.clock.advance(hours=1)
    await where.receive("MILK", units("A", 6, until=where.day(9)), units("B", 4, until=where.day(9)))
    inventory.clock.advance(hours=1)
    named = await where.sell("MILK", units("A", 2))
    other = await where.sell("MILK", units("B", 1))
    bare = await where.sell("MILK", quantity=1)
    partly = await where.sell("MILK", units("B", 1), quantity=2)
    order_id = new()
    await inventory.hear(news.confirmed(order_id, ("MILK", 1)))
    line: dict[str, Any] = {"order_id": order_id, "line_no": 1, "sku": "MILK", "location_id": "TPE01"}
    await where.floor.do("PickLots", staff(), **line, units=[units("A", 1)])
    await inventory.hear(news.handed_over(order_id, ("MILK", 1), at=inventory.clock()))
    await where.sell("MILK", quantity=1, place="TPE02")
    found = await where.floor.do("TraceLot", HQ, sku="MILK", lot="A")
    assert [one.quantity for one in found.entries] == [-1, -2, 6]
    assert {one.location_id: one.on_hand for one in found.balances} == {"TPE01": 3}
    takers = await where.floor.do("TraceLot", HQ, sku="MILK", lot="A", takers_only=True, page_size=1)
    assert [one.source_id for one in takers.entries] == [order_id]
    takers = await where.floor.do(
        "TraceLot", HQ, sku="MILK", lot="A", takers_only=True, page_size=1, page_token=takers.next_page_token
    )
    assert [one.source_id for one in takers.entries] == [named]
    possible = await where.floor.do("ListPossibleTakers", HQ, sku="MILK", lot="A")
    assert {one.source_id for one in possible.movements} == {bare, partly}
    assert {before, other}.isdisjoint(one.source_id for one in possible.movements)
    assert (await refused(where.floor.do("TraceLot", HQ, sku="MILK", lot="Z"))).reason == "LOT_UNKNOWN"
    assert (await refused(where.floor.do("TraceLot", HQ, sku="MILK"))).reason == "FIELD_INVALID"


async def test_a_serials_history(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("CAM", units("L", 1, "S1"))
    sold = await where.sell("CAM", units(serial="S1"))
    found = await where.floor.do("TraceLot", staff(role="manager"), sku="CAM", serial="S1")
    assert (found.lot.lot, found.entries[0].source_id, found.entries[0].quantity) == ("L", sold, -1)
    assert (await refused(where.floor.do("TraceLot", staff(), sku="CAM", serial="S1"))).code == "PERMISSION_DENIED"
