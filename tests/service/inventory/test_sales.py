"""Store sales: booked whatever the books have, explained where they did not have it."""

from omo.inventory.v1 import catalogue_events_pb2, stock_events_pb2, stock_pb2
from omo.inventory.v1 import stock_service_pb2 as pb
from omo.type.v1 import unit_pb2
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, OPERATOR, ORDER, Inventory, movement, new


async def test_a_sale_is_booked_whatever_the_books_have(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 2, ("HAT", "TPE01"): 9})
    sales = [news.sale("s1", ("COAT", 1), ("HAT", 4)), news.sale("s2", ("COAT", 3), ("HAT", 0))]
    event = news.recorded(*sales)
    await inventory.hear(event)
    again = news.recorded(*sales)
    await inventory.hear(again)  # the same sales under another event id
    level = await inventory.level("COAT")
    assert (level.on_hand, level.available) == (-2, -2)
    (short,) = (await inventory.call(inventory.stock.ListShortfalls, pb.ListShortfallsRequest(), HQ)).shortfalls
    assert (short.sku, short.location_id, short.quantity, short.source_id) == ("COAT", "TPE01", 2, "s2")
    (told,) = await inventory.told(stock_events_pb2.StockShortfallFound)
    assert told.shortfall == short
    listed = pb.ListMovementsRequest(sku="HAT", location_id="TPE01")
    moved = (await inventory.call(inventory.stock.ListMovements, listed, HQ)).movements
    assert [(one.quantity, one.source_id) for one in moved if one.kind == stock_pb2.MOVEMENT_KIND_SALE] == [(-4, "s1")]
    assert moved[0].actor.id == "till-1"
    assert await inventory.drifts() == []


async def test_goods_that_come_in_settle_the_oldest_shortfall(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 0})
    await inventory.hear(news.recorded(news.sale("s1", ("COAT", 2))))
    await inventory.hear(news.recorded(news.sale("s2", ("COAT", 3))))
    await inventory.post(movement("COAT", "TPE01", 3, "RECEIPT"))
    reply = await inventory.call(inventory.stock.ListShortfalls, pb.ListShortfallsRequest(location_id="TPE01"), HQ)
    assert [(one.source_id, one.quantity) for one in reply.shortfalls] == [("s2", 2)]
    assert await inventory.drifts() == []


async def test_what_nobody_described_gets_a_placeholder(inventory: Inventory) -> None:
    await inventory.hear(news.recorded(news.sale("s1", ("NEW", 1), place="MOON")))
    (product,) = await inventory.told(catalogue_events_pb2.ProductChanged)
    (place,) = await inventory.told(catalogue_events_pb2.LocationChanged)
    assert (product.product.placeholder, product.product.variants[0].sku) == (True, "NEW")
    assert (place.location.placeholder, place.location.location_id) == (True, "MOON")
    assert (await inventory.level("NEW", "MOON")).on_hand == -1
    assert await inventory.told(stock_events_pb2.StockShortfallFound) == []  # the books of MOON were never opened
    await inventory.put_products("NEW")
    described = [one.product for one in await inventory.told(catalogue_events_pb2.ProductChanged)]
    last = {one.product_id: one for one in described}
    assert (last["P-NEW"].placeholder, [one.sku for one in last["P-NEW"].variants]) == (False, ["NEW"])
    assert (last["NEW"].active, list(last["NEW"].variants)) == (False, [])
    # whoever keeps only the newest version of a SKU ends with the real product, in whatever order he heard
    assert last["P-NEW"].version > last["NEW"].version


async def test_goods_sold_by_measure_are_one_unit(inventory: Inventory) -> None:
    await inventory.stocked({("HAM", "TPE01"): 5_000})
    await inventory.hear(news.recorded(news.sale("s1", ("HAM", 1_250), by_measure=True)))
    unit = unit_pb2.UnitRef(order_id="s1", line_no=1, first=0, last=0)
    request = pb.DescribeUnitsRequest(units=[unit])
    (described,) = (await inventory.call(inventory.stock.DescribeUnits, request, OPERATOR)).units
    (moved,) = described.movements
    assert (moved.quantity, moved.unit.first, moved.unit.last, moved.unit.measure) == (-1_250, 0, 0, 1_250)


async def test_units_know_where_they_wait_and_when_they_left(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    order_id = new()
    await inventory.hold([("COAT", 3)], ORDER, request_id=order_id, order_id=order_id)
    await inventory.hear(news.confirmed(order_id, ("COAT", 3)), news.handed_over(order_id, ("COAT", 1)))
    units = [unit_pb2.UnitRef(order_id=order_id, line_no=1, first=n, last=n) for n in range(3)]
    reply = await inventory.call(inventory.stock.DescribeUnits, pb.DescribeUnitsRequest(units=units), ORDER)
    assert [len(one.movements) for one in reply.units] == [1, 0, 0]
    assert reply.units[0].movements[0].kind == stock_pb2.MOVEMENT_KIND_HANDOVER
    assert {one.allocated_location_id for one in reply.units} == {"TPE01"}
