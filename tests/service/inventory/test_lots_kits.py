"""Lots that are named of a kit: they are its parts', at a till as at a handover."""

from omo.inventory.v1 import catalogue_pb2
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory, movement, new
from tests.service.inventory.lots_rig import Lots, open_lots, units
from tests.service.inventory.shop import product, put, variant


async def stocked(inventory: Inventory) -> Lots:
    """BOX is two milks and a coat, HAMPER a milk and a camera."""
    where = await open_lots(inventory)
    milk, coat, camera = (catalogue_pb2.Component(sku=sku, quantity=1) for sku in ("MILK", "COAT", "CAM"))
    two = catalogue_pb2.Component(sku="MILK", quantity=2)
    await put(inventory, product("BOX", variant("BOX", components=[two, coat])))
    await put(inventory, product("HAMPER", variant("HAMPER", components=[milk, camera])))
    await where.receive("MILK", units("A", 9, until=where.day(9)), units("B", 9, until=where.day(8)))
    await where.receive("CAM", units(serial="S1"), units(serial="S2"))
    await inventory.post(movement("COAT", "TPE01", 9, "RECEIPT"))
    return where


async def test_lots_of_a_kit_are_its_parts(inventory: Inventory) -> None:
    where = await stocked(inventory)
    # only one part asks for lots; said twice it counts once, and never more than left
    order_id = await where.sell("BOX", units("A", 7), quantity=2)
    await where.sell("BOX", units("A", 7), quantity=2, order_id=order_id)
    assert await where.on_hand("MILK") == {"A": 5, "B": 9}
    camera, milk = units(serial="S1"), units("B", 1)
    camera.sku, milk.sku = "CAM", "MILK"
    await where.sell("HAMPER", camera, milk, quantity=1)
    assert (await where.on_hand("MILK"), await where.on_hand("CAM")) == ({"A": 5, "B": 8}, {"S2": 1})
    order = new()
    await inventory.hear(news.confirmed(order, ("BOX", 1)))
    told = news.handed_over(order, ("BOX", 1), at=inventory.clock())
    told.lines[0].lots.append(units("B", 2))
    await inventory.hear(told)
    assert await where.on_hand("MILK") == {"A": 5, "B": 6}
    assert await where.tasks("LOT_CHECK") == []
    assert await inventory.drifts() == []


async def test_a_lot_that_could_be_of_any_part_is_of_none(inventory: Inventory) -> None:
    where = await stocked(inventory)
    strange = units("A", 1)
    strange.sku = "COAT-RED"
    await where.sell("HAMPER", units("A", 1), quantity=1)
    await where.sell("BOX", strange, quantity=1)
    assert (await where.on_hand("MILK"), await where.unnamed("MILK")) == ({"A": 9, "B": 9}, -3)
    assert await where.tasks("LOT_CHECK") == [("TPE01", "WHICH_PART"), ("TPE01", "WHICH_PART")]
    assert await inventory.drifts() == []
