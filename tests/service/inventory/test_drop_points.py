"""Drop points: nothing there is for sale, and what they took is put aside until it is where somebody looks at it."""

from itertools import permutations
from typing import Any

from omo.inventory.v1 import catalogue_pb2, catalogue_service_pb2, feeds_service_pb2, transfers_pb2
from omo.order.v1 import order_events_pb2 as events
from services.inventory import wire as fields
from services.inventory.planner import store as planner
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, Inventory, movement, new
from tests.service.inventory.floor_rig import Floor, staff
from tests.service.inventory.lots_rig import open_lots, units
from tests.service.inventory.shop import product, put, refused, variant
from tests.service.inventory.supplied import document, line
from tests.service.inventory.test_facts import counted, damaged, received, record
from tests.service.inventory.test_returned import hear, returned

DROP = catalogue_pb2.LOCATION_KIND_DROP_POINT
STORE, WAREHOUSE = catalogue_pb2.LOCATION_KIND_STORE, catalogue_pb2.LOCATION_KIND_WAREHOUSE


def way(back: events.UnitsReturned, *, arrived: bool) -> events.ReturnSentOn:
    """The return's units on their way to the warehouse, or there."""
    event = events.ReturnSentOn(
        return_id=back.refund_id, order_id=back.order_id, from_location_id="DROP1", to_location_id="WH1"
    )
    for one in back.lines:
        event.lines.add(sku=one.sku, quantity=one.quantity).unit.CopyFrom(one.unit)
    event.meta.CopyFrom(back.meta)
    event.left_time.FromDatetime(news.AT)
    if arrived:
        event.arrive_time.FromDatetime(news.AT)
    return event


def looked_at(back: events.UnitsReturned) -> events.UnitsDisposed:
    """The second of its units is for sale again, in the warehouse."""
    event = events.UnitsDisposed(change_id=new(), order_id=back.order_id, location_id="WH1")
    line = event.lines.add(sku="COAT", quantity=1, from_disposition="quarantine", disposition="restock")
    line.unit.order_id, line.unit.line_no, line.unit.first, line.unit.last = back.order_id, 1, 1, 1
    event.meta.CopyFrom(back.meta)
    return event


async def opened(inventory: Inventory) -> Floor:
    await inventory.stocked({("COAT", "TPE01"): 5})
    return await with_places(inventory)


async def with_places(inventory: Inventory) -> Floor:
    await inventory.put_locations("WH1", kind=WAREHOUSE, pickup=False, ships=True)
    await inventory.put_locations("DROP1", kind=DROP, pickup=False)
    return Floor(inventory)


async def test_what_is_sent_on_is_put_aside_all_the_way_in_whatever_order_it_is_told(inventory: Inventory) -> None:
    floor = await opened(inventory)
    back = returned(new(), "quarantine", "DROP1")
    await hear(inventory, back, way(back, arrived=False))
    here, there = await inventory.level("COAT", "DROP1"), await inventory.level("COAT", "WH1")
    assert (here.on_hand, here.quality_control, here.available, here.in_transit_out) == (0, 0, 0, 2)
    assert (there.on_hand, there.available, there.in_transit_in) == (0, 0, 2)
    async with inventory.db.read() as tx:
        planned = (await planner.levels(tx, ["COAT"]))["COAT", "WH1"]
    assert planned.incoming == 0, "nobody plans with what is put aside"
    (sent,) = (await floor.do("ListTransfers", location_id="WH1")).transfers
    assert (sent.transfer_id, sent.from_location_id) == (back.refund_id, "DROP1")
    arrival = [transfers_pb2.TransferLine(sku="COAT", accepted=2)]
    by_hand = floor.do("ReceiveTransfer", staff("WH1"), transfer_id=sent.transfer_id, lines=arrival)
    assert (await refused(by_hand)).reason == "TRANSFER_STATE"
    await hear(inventory, way(back, arrived=True), looked_at(back))
    done = 1
    for order in permutations(range(4)):
        back = returned(new(), "quarantine", "DROP1")
        told = [back, way(back, arrived=False), way(back, arrived=True), looked_at(back)]
        await hear(inventory, *(told[place] for place in order), told[order[0]])
        done += 1
        here, there = await inventory.level("COAT", "DROP1"), await inventory.level("COAT", "WH1")
        assert (here.on_hand, here.quality_control, here.in_transit_out) == (0, 0, 0)
        assert (there.on_hand, there.quality_control, there.available, there.in_transit_in) == (
            2 * done, done, done, 0,
        )  # fmt: skip
    assert await inventory.drifts() == []


async def test_what_is_sent_on_by_serial_stands_by_it_where_it_arrived(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await with_places(inventory)
    await where.receive("CAM", units(serial="S1"), units(serial="S2"))
    back = returned(await where.sell("CAM", units(serial="S1"), units(serial="S2")), "quarantine", "DROP1")
    back.lines[0].sku = "CAM"
    back.lines[0].lots.append(units(serial="S1"))
    told = way(back, arrived=True)
    told.lines[0].lots.append(units(serial="S1"))
    await hear(inventory, back, told, told)
    assert (await where.on_hand("CAM", "WH1"), await where.unnamed("CAM", "WH1")) == ({"S1": 1}, 1)
    assert sum((await where.on_hand("CAM", "DROP1")).values()) == await where.unnamed("CAM", "DROP1") == 0
    assert await inventory.drifts() == []


async def test_a_kit_that_was_taken_for_sale_is_put_aside_as_it_leaves(inventory: Inventory) -> None:
    await opened(inventory)
    await put(inventory, product("BELT"))
    parts = [catalogue_pb2.Component(sku="COAT", quantity=1), catalogue_pb2.Component(sku="BELT", quantity=2)]
    await put(inventory, product("SET", variant("SET", components=parts)))
    for number, order in enumerate(permutations(range(3)), 1):
        back = returned(new(), "restock", "DROP1")
        aside, there = looked_at(back), way(back, arrived=True)
        aside.location_id, aside.lines[0].quantity = "DROP1", 2
        aside.lines[0].unit.CopyFrom(back.lines[0].unit)
        aside.lines[0].from_disposition, aside.lines[0].disposition = "restock", "quarantine"
        there.lines[0].disposition = "quarantine"
        told: list[Any] = [back, aside, there]
        for event in told:
            event.lines[0].sku = "SET"
            event.sale_time.FromDatetime(inventory.clock())
        await hear(inventory, *(told[place] for place in order), there)
        for sku, many in (("COAT", 2), ("BELT", 4)):
            left, came = await inventory.level(sku, "DROP1"), await inventory.level(sku, "WH1")
            assert (left.on_hand, left.quality_control, left.in_transit_out) == (0, 0, 0)
            assert (came.on_hand, came.quality_control, came.available) == (many * number, many * number, 0)
    assert await inventory.drifts() == []


async def test_nothing_is_for_sale_there(inventory: Inventory) -> None:
    floor = await opened(inventory)
    await hear(inventory, returned(new(), "quarantine", "DROP1"))
    at = inventory.clock()
    answer = await record(inventory, 1, received(at, 4), damaged(at, 1), counted(at, 9), place="DROP1")
    level = await inventory.level("COAT", "DROP1")
    assert (answer.durable_ack, level.on_hand, level.quality_control, level.damaged, level.available) == (3, 6, 5, 1, 0)
    assert (await refused(inventory.hold([("COAT", 1, "DROP1")]))).reason == "LOCATION_CLOSED"
    coat = [transfers_pb2.TransferLine(sku="COAT", quantity=1)]
    came = [document("PO-1", line(inventory, 1, "DROP1", line_no=1))]
    feed: dict[str, Any] = {
        "source": "wms", "location_id": "DROP1", "sequence": 1, "mode": feeds_service_pb2.FEED_MODE_DELTA,
        "business_time": fields.timestamp(inventory.clock()),
        "rows": [feeds_service_pb2.FeedRow(sku="COAT", quantity=1)],
    }  # fmt: skip
    partner = staff("DROP1", role="manager")
    wrong: list[tuple[str, Any]] = [
        ("movements[0].location_id", inventory.post(movement("COAT", "DROP1", 1, "RECEIPT"))),
        ("from_location_id", floor.do("CreateTransfer", from_location_id="DROP1", to_location_id="WH1", lines=coat)),
        ("to_location_id", floor.do("CreateTransfer", from_location_id="WH1", to_location_id="DROP1", lines=coat)),
        ("location_id", floor.do("OpenCount", partner, location_id="DROP1", area="all")),
        ("location_id", floor.do("PutSupply", documents=came)),
        ("location_id", floor.do("PostVariance", partner, location_id="DROP1", sku="COAT", reason_id="X", quantity=1)),
        ("location_id", floor.do("PostStockFeed", **feed)),
    ]
    for field, call in wrong:
        fault = await refused(call)
        assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", field)
        assert "drop point" in fault.metadata["rule"]
    assert await inventory.drifts() == []


async def test_what_a_drop_point_may_not_be(inventory: Inventory) -> None:
    await opened(inventory)
    given: dict[str, Any] = {"kind": DROP, "pickup": False}
    for name in ("pickup", "ships", "sellable", "franchise", "listed_only"):
        fault = await refused(inventory.put_locations("DROP2", **given | {name: True}))
        assert fault.metadata["field"] == f"locations[0].{name}"
    full = await refused(inventory.put_locations("DROP2", **given, daily_order_capacity=4))
    assert full.metadata["field"] == "locations[0].daily_order_capacity"
    for code, kind in (("TPE01", DROP), ("DROP1", STORE)):
        fault = await refused(inventory.put_locations(code, kind=kind, pickup=False))
        assert fault.metadata["field"] == "locations[0].kind"
    await inventory.put_locations("DROP1", **given, name="Locker", active=False)
    asked = catalogue_service_pb2.ListLocationsRequest(kind=DROP)
    (found,) = (await inventory.call(inventory.catalogue.ListLocations, asked, HQ)).locations
    assert (found.name, found.active, found.sellable, found.version) == ("Locker", False, False, 2)
