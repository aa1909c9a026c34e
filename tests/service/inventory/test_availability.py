"""What can be sold where, read as shops, stores and headquarters read it."""

from datetime import UTC, timedelta
from types import SimpleNamespace

import pytest

from omo.inventory.v1 import availability_pb2 as pb
from omo.inventory.v1 import catalogue_pb2, stock_pb2, stock_service_pb2
from services.inventory.availability import copy
from tests.service.inventory.conftest import HQ, Inventory, device, member, movement, new
from tests.service.inventory.reading import (
    decide,
    explained,
    only,
    rule,
    shipped,
    stocks,
    table,
)
from tests.service.inventory.shop import channels, product, put, refused, variant

LEVELS, HIDDEN = pb.STOCK_DISPLAY_KIND_LEVELS, pb.STOCK_DISPLAY_KIND_HIDDEN
STAFF = {"audience": "staff", "sub": "s1", "staff_code": "A102", "roles": ["cashier"], "locations": ["X"]}


@pytest.fixture
async def shop(inventory: Inventory) -> Inventory:
    """A hundred of A at each of X and Y, both of which ship, and the channels."""
    await channels(inventory)
    await inventory.stocked({("A", "X"): 100, ("A", "Y"): 100})
    await inventory.put_locations("X", "Y", ships=True, sellable=True)
    return inventory


async def test_a_channels_figure(shop: Inventory) -> None:
    assert await shipped(shop) == 200
    await decide(shop, rule("keep", "THRESHOLD", quantity=10))
    assert await shipped(shop) == 190
    await decide(
        shop, rule("keep", "THRESHOLD", quantity=10), rule("app", "THRESHOLD", channel_ids=["app"], quantity=50)
    )
    assert [await shipped(shop), await shipped(shop, channel="app")] == [190, 150]


async def test_stores_and_tills_ask_what_a_pool_can_sell_and_hold_their_own_goods_only(shop: Inventory) -> None:
    await decide(shop, rule("hidden", "DISPLAY", display=pb.StockDisplay(kind=HIDDEN)))
    for who in (STAFF, device("X")):
        (seen,) = await stocks(shop, "A", at=["X", "Y"], who=who)
        assert (seen.shipped.available, len(seen.pickups)) == (200, 2), "stores see the books"
        line = stock_pb2.HoldLine(sku="A", quantity=1, pool_id="web")
        asked = stock_service_pb2.HoldRequest(request_id=new(), lines=[line])
        fault = await refused(shop.call(shop.stock.Hold, asked, who))
        assert (fault.reason, fault.metadata["field"]) == ("PERMISSION_DENIED", "lines[0].pool_id")


async def test_safety_stock_of_a_store(shop: Inventory) -> None:
    await shop.post(movement("A", "X", -97, "ADJUSTMENT"))
    await decide(shop, rule("s", "SAFETY_STOCK", places=only("LOCATION", "X"), quantity=5))
    assert await shipped(shop) == 100
    told = await explained(shop)
    assert [(one.location_id, one.available, one.safety, one.safety_rule_id, one.counted) for one in told.parts] == [
        ("X", 3, 5, "s", 0),
        ("Y", 100, 0, "", 100),
    ]


async def test_holds_count_and_expired_ones_do_not(shop: Inventory) -> None:
    await shop.hold([("A", 30, "X")], ttl_seconds=60)
    assert await shipped(shop) == 170
    shop.clock.advance(seconds=61)
    assert await shipped(shop) == 200
    assert list((await table(shop, "A", at=["X", "Y"])).available) == [100, 100]


async def test_rules_look_at_products_and_groups(shop: Inventory) -> None:
    await put(
        shop, product("P2", variant("B", options={"size": "M"}), tags=["winter"], categories=["Coats"], brand="H")
    )
    await shop.put_locations("X", ships=True, sellable=True, groups=["north"])
    await shop.post(movement("B", "X", 10, "OPENING"), movement("B", "Y", 10, "OPENING"))
    for number, field in enumerate([("TAG", "winter"), ("CATEGORY", "Coats"), ("BRAND", "H"), ("OPTION", "size=M")]):
        await decide(
            shop, rule("s", "SAFETY_STOCK", goods=only(*field), places=only("GROUP", "north"), quantity=number + 1)
        )
        assert [await shipped(shop, "B"), await shipped(shop)] == [20 - number - 1, 200]
    await decide(shop, rule("no", "SHIPPABLE", places=only("LOCATION_KIND", "STORE"), goods=only("SKU", "B")))
    assert [await shipped(shop, "B"), await shipped(shop)] == [0, 200]


async def test_a_change_of_the_catalogue_is_seen_at_once(shop: Inventory) -> None:
    await decide(shop, rule("s", "THRESHOLD", goods=only("TAG", "winter"), quantity=7))
    assert await shipped(shop) == 200
    await put(shop, product("P-A", variant("A"), tags=["winter"]))
    assert await shipped(shop) == 193
    await shop.put_locations("Y", ships=False, sellable=True)
    assert await shipped(shop) == 93


async def test_collecting_locally_and_with_what_others_send(shop: Inventory) -> None:
    await decide(shop, rule("t", "TRANSFER_DAYS", quantity=2), rule("p", "PICKABLE", places=only("LOCATION", "Y")))
    near, far = (await stocks(shop, "A", at=["X", "Y"]))[0].pickups
    assert (near.pickable, near.local.available, near.all.available) == (True, 100, 200)
    assert near.all_time.ToDatetime(UTC) == shop.clock() + timedelta(days=2)
    assert (far.pickable, far.local.available, far.all.available, far.HasField("all_time")) == (False, 0, 0, False)


async def test_ship_only_sources_and_the_reverse(shop: Inventory) -> None:
    await shop.put_locations("X", ships=True, sellable=False)
    await shop.put_locations("Y", ships=False, sellable=True)
    await shop.post(movement("A", "Y", -60, "ADJUSTMENT"))
    found = (await stocks(shop, "A", at=["X", "Y"]))[0]
    assert found.shipped.available == 100
    assert [one.local.available for one in found.pickups] == [0, 40]
    told = await explained(shop)
    assert [(one.excluded, one.not_pickable) for one in told.parts] == [("", "NOT_SELLABLE"), ("SHIPS_NOT", "")]


async def test_stock_that_nobody_is_sure_of(shop: Inventory) -> None:
    await decide(shop, rule("sure", "MIN_CONFIDENCE", quantity=500))
    async with shop.db.transaction() as tx:
        await tx.execute("INSERT INTO stock_confidence (sku, location_id, per_mille) VALUES ('A', 'X', 499)")
    assert await shipped(shop) == 100
    assert [(one.excluded, one.confidence) for one in (await explained(shop)).parts] == [
        ("LOW_CONFIDENCE", 499),
        ("", 1000),
    ]


async def test_kits_by_their_scarcest_part(shop: Inventory) -> None:
    await put(shop, product("P-B", variant("B")))
    parts = [catalogue_pb2.Component(sku="A", quantity=1), catalogue_pb2.Component(sku="B", quantity=2)]
    await put(shop, product("P-K", variant("K", components=parts)))
    await shop.post(movement("B", "X", 9, "OPENING"), movement("B", "Y", 1, "OPENING"))
    assert await shipped(shop, "K") == 4
    told = await explained(shop, "K")
    assert {one.sku: one.quantity for one in told.components} == {"A": 1, "B": 2}
    assert [one.counted for one in told.parts] == [4, 0]


async def test_shoppers_see_what_the_display_allows(shop: Inventory) -> None:
    levels = pb.StockDisplay(kind=LEVELS, low_below=5, high_from=50)
    await shop.post(movement("A", "Y", -97, "ADJUSTMENT"))
    await decide(
        shop,
        rule("web", "DISPLAY", channel_ids=["web"], display=levels),
        rule("app", "DISPLAY", channel_ids=["app"], display=pb.StockDisplay(kind=HIDDEN)),
    )
    web, app = (await stocks(shop, "A", at=["Y"]))[0], (await stocks(shop, "A", channel="app", at=["Y"]))[0]
    assert (web.shipped.HasField("available"), web.shipped.band, web.pickups[0].local.band) == (
        False,
        pb.STOCK_BAND_HIGH,
        2,
    )
    assert app.shipped == app.pickups[0].local == pb.Sight()
    for who in (None, member()):
        assert list((await table(shop, "A", at=["X", "Y"], who=who, channel="web")).shown) == [4, 2]
        assert list((await table(shop, "A", at=["X", "Y"], who=who)).shown) == [5, 5]
        assert list((await table(shop, "A", at=["X", "Y"], who=who)).available) == [0, 0]
    for who in (HQ, STAFF, device("X")):
        seen = await table(shop, "A", at=["X", "Y"], who=who)
        assert (list(seen.available), seen.shown) == ([100, 3], b"")
    assert (await stocks(shop, "A", channel="app", who=HQ))[0].shipped.available == 103


async def test_a_table_of_many_goods(shop: Inventory) -> None:
    await shop.stocked({(f"S{number}", "X"): number for number in range(1, 9)})
    skus = [f"S{number}" for number in range(1, 9)]
    seen = await table(shop, *skus, at=["Y", "X", "NOWHERE"])
    assert list(seen.available) == [cell for number in range(1, 9) for cell in (0, number, 0)]
    everywhere = await table(shop, "A", *skus)
    assert list(everywhere.location_ids) == ["X", "Y"]
    assert list(everywhere.shown) == [0, 0] + [0, 6] * 8


async def test_a_list_may_be_a_moment_old_and_says_so(shop: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy, "time", SimpleNamespace(monotonic=lambda: 0.0))  # however long it takes to ask again
    skus = [f"S{number}" for number in range(8)]
    await shop.stocked({(sku, "X"): 5 for sku in skus})
    first = await table(shop, *skus, at=["X"])
    await shop.post(movement("S0", "X", -5, "ADJUSTMENT"))
    again = await table(shop, *skus, at=["X"])
    assert again.as_of_time == first.as_of_time
    assert again.available[0] == 5
    assert (await table(shop, "S0", at=["X"])).available[0] == 0
    assert (await table(shop, *skus, at=["X"], who=HQ)).available[0] == 0


async def test_rules_that_exclude_everything(shop: Inventory) -> None:
    await decide(shop, rule("none", "SHIPPABLE"))
    assert await shipped(shop) == 0
    told = await explained(shop)
    assert list(told.remarks) == ["the rules leave no location that serves this channel: nothing can be sold"]
    assert {one.excluded_rule_id for one in told.parts} == {"none"}


async def test_what_is_nowhere_is_refused(shop: Inventory) -> None:
    assert (await refused(stocks(shop, "NOTHING"))).reason == "UNKNOWN_SKU"
    assert (await refused(stocks(shop, "A", at=["NOWHERE"]))).reason == "UNKNOWN_LOCATION"
    assert (await refused(stocks(shop, "A", channel="nowhere"))).reason == "UNKNOWN_CHANNEL"
    assert (await refused(table(shop, "A", channel="nowhere"))).reason == "UNKNOWN_CHANNEL"
    assert (await refused(explained(shop, "NOTHING"))).reason == "UNKNOWN_SKU"
    for fault in [
        await refused(stocks(shop, *(f"S{number}" for number in range(101)))),
        await refused(stocks(shop)),
        await refused(table(shop, "A", at=[f"L{number}" for number in range(101)])),
    ]:
        assert fault.reason == "FIELD_INVALID"
