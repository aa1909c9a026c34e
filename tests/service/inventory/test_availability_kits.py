"""Kits that are to come: as soon as the last of their parts, where all of them are."""

import pytest

from omo.inventory.v1 import catalogue_pb2
from services.inventory import wire as fields
from tests.service.inventory.conftest import ORDER, Inventory, new
from tests.service.inventory.reading import stocks
from tests.service.inventory.shop import product, put, variant
from tests.service.inventory.supplied import document, expect, line, waits
from tests.service.inventory.test_availability_coming import coming
from tests.service.inventory.test_promises import brand


@pytest.fixture
async def shop(inventory: Inventory) -> Inventory:
    """SET is a coat and two belts; A has a coat and three belts, B has belts only."""
    await brand(inventory, {("COAT", "A"): 1, ("BELT", "A"): 3, ("COAT", "B"): 0, ("BELT", "B"): 9})
    parts = [catalogue_pb2.Component(sku="COAT", quantity=1), catalogue_pb2.Component(sku="BELT", quantity=2)]
    await put(inventory, product("SET", variant("SET", components=parts)))
    return inventory


async def test_a_kit_comes_with_the_last_of_its_parts(shop: Inventory) -> None:
    coats = document("PO-1", line(shop, 4), line(shop, 1, "B", days=6))
    belts = document("PO-2", line(shop, 2, days=5, sku="BELT"), line(shop, 9, days=8, sku="BELT"))
    await expect(shop, coats, belts)
    (stock,) = await stocks(shop, "SET", at=["A", "B"])
    assert stock.shipped.available == 1
    # on the third day there are coats and one belt too few
    assert coming(shop, stock) == [(5.0, 1), (6.0, 1), (8.0, 3)]
    assert [coming(shop, one) for one in stock.pickups] == [[(5.0, 1), (8.0, 3)], [(6.0, 1)]]
    order_id = new()
    await shop.hold([("SET", 2, "A")], ORDER, request_id=order_id, order_id=order_id)
    assert [(units, until) for _, units, until in await waits(shop)] == [(1, 5.0), (1, 3.0)]
    (stock,) = await stocks(shop, "SET")
    assert (stock.shipped.available, coming(shop, stock)) == (0, [(6.0, 1), (8.0, 3)])
    assert fields.moment(stock.available_from_time) == fields.moment(stock.incoming[0].expected_time)


async def test_a_part_that_never_comes_keeps_the_kit_away(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 4, "B", days=2), line(shop, 9, "A", days=2, sku="BELT")))
    (stock,) = await stocks(shop, "SET", at=["A"])
    assert coming(shop, stock) == [(2.0, 4)], "belts were there, and coats come"
    assert coming(shop, stock.pickups[0]) == [], "belts come, and no coat"
