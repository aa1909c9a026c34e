"""What is to come and what an assortment says, as shoppers and staff read it; and what a shopper never sees."""

from datetime import timedelta
from typing import Any

import pytest

from kit.timers import Due
from omo.inventory.v1 import availability_events_pb2 as events
from omo.inventory.v1 import availability_pb2 as pb
from omo.inventory.v1 import catalogue_assortment_service_pb2 as sold
from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1 import catalogue_service_pb2 as cat
from omo.inventory.v1 import stock_service_pb2 as stock_pb
from services.inventory import wire as fields
from services.inventory.availability.watch import EDGE, WINDOW
from tests.service.inventory.conftest import HQ, ORDER, Inventory, device, member, new
from tests.service.inventory.floor_rig import staff
from tests.service.inventory.reading import decide, draft, explained, only, previewed, rule, stocks, table
from tests.service.inventory.shop import assortments
from tests.service.inventory.supplied import document, expect, line
from tests.service.inventory.test_availability_events import look, watch
from tests.service.inventory.test_promises import brand, refused


@pytest.fixture
async def shop(inventory: Inventory) -> Inventory:
    """Two coats at A, which ships, none at B; channels web and app."""
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 0})
    return inventory


async def sell(inventory: Inventory, *entries: Any) -> None:
    """All that is said of where coats are sold."""
    given = [catalogue_pb2.Assortment(sku="COAT", entries=entries)]
    request = sold.PutAssortmentsRequest(request_id=new(), assortments=given)
    await inventory.call(assortments(inventory).PutAssortments, request, HQ)


def entry(inventory: Inventory, opens: float | None = None, closes: float | None = None, **more: Any) -> Any:
    """A channel or place that sells from and until so many days from now."""
    message = catalogue_pb2.AssortmentEntry(**more)
    if opens is not None:
        message.published_time.CopyFrom(fields.timestamp(inventory.clock() + timedelta(days=opens)))
    if closes is not None:
        message.unpublished_time.CopyFrom(fields.timestamp(inventory.clock() + timedelta(days=closes)))
    return message


def coming(inventory: Inventory, stock: Any) -> list[tuple[float, int]]:
    """In how many days how much more."""
    return [
        ((fields.moment(one.expected_time) - inventory.clock()) / timedelta(days=1), one.more.available)
        for one in stock.incoming
    ]


async def test_what_is_to_come_stands_beside_what_is_there(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 3), line(shop, 2, "B", days=1), line(shop, 4, promisable=False)))
    (stock,) = await stocks(shop, "COAT", at=["A"])
    assert stock.shipped.available == 2
    assert coming(shop, stock) == [(1.0, 2), (3.0, 3)]
    assert coming(shop, stock.pickups[0]) == [(3.0, 3)]
    assert fields.moment(stock.available_from_time) == shop.clock()
    told = {one.location_id: one.incoming for one in (await explained(shop, "COAT")).parts}
    assert told == {"A": 3, "B": 2}


async def test_what_was_promised_of_it_is_not_offered_again(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 3), line(shop, 2, days=5)))
    order_id = new()
    await shop.hold([("COAT", 4, "A")], ORDER, request_id=order_id, order_id=order_id)
    (stock,) = await stocks(shop, "COAT")
    assert (stock.shipped.available, coming(shop, stock)) == (0, [(3.0, 1), (5.0, 2)])
    assert fields.moment(stock.available_from_time) == shop.clock() + timedelta(days=3)
    shop.clock.advance(days=4)
    (stock,) = await stocks(shop, "COAT")
    assert coming(shop, stock) == [], "what is late is promised to nobody anew"


async def test_where_stock_is_hidden_so_is_what_comes(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 3)))
    hidden = pb.StockDisplay(kind=pb.STOCK_DISPLAY_KIND_HIDDEN)
    await decide(shop, rule("d", "DISPLAY", channel_ids=["web"], display=hidden))
    (stock,) = await stocks(shop, "COAT", at=["A"])
    assert (list(stock.incoming), list(stock.pickups[0].incoming)) == ([], [])
    assert not stock.HasField("available_from_time")
    levels = pb.StockDisplay(kind=pb.STOCK_DISPLAY_KIND_LEVELS, low_below=5, high_from=9)
    await decide(shop, rule("d", "DISPLAY", channel_ids=["web"], display=levels))
    (stock,) = await stocks(shop, "COAT", at=["A"])
    assert [(one.more.HasField("available"), one.more.band) for one in stock.incoming] == [(False, pb.STOCK_BAND_LOW)]


async def test_a_channel_offers_what_its_assortment_lets_it(shop: Inventory) -> None:
    await sell(shop, entry(shop, opens=2, closes=4, channel_id="web"))

    async def seen(channel: str) -> tuple[int, int, str]:
        (stock,) = await stocks(shop, "COAT", channel=channel, at=["A"])
        return stock.shipped.available, stock.pickups[0].local.available, stock.not_sold

    assert (await seen("web"), await seen("app")) == ((0, 0, "NOT_YET"), (2, 2, ""))
    (stock,) = await stocks(shop, "COAT")
    assert fields.moment(stock.available_from_time) == shop.clock() + timedelta(days=2)
    assert (await explained(shop, "COAT")).not_sold == "NOT_YET"
    assert list((await table(shop, "COAT", at=["A"], channel="web")).available) == [0]
    assert list((await table(shop, "COAT", at=["A"])).available) == [2], "the app sells it"
    shop.clock.advance(days=3)
    assert await seen("web") == (2, 2, "")
    shop.clock.advance(days=1)
    assert await seen("web") == (0, 0, "NO_MORE")
    (stock,) = await stocks(shop, "COAT")
    assert not stock.HasField("available_from_time")


async def test_a_store_offers_what_its_assortment_lets_it(shop: Inventory) -> None:
    await sell(shop, entry(shop, location_id="A", withheld=True))
    (stock,) = await stocks(shop, "COAT", at=["A", "B"])
    assert (stock.shipped.available, [one.pickable for one in stock.pickups]) == (2, [False, True])
    assert list((await table(shop, "COAT", at=["A"])).available) == [0]
    assert list((await table(shop, "COAT", at=["A"], who=staff("A"))).available) == [2], "the books are the books"
    assert {one.location_id: one.not_pickable for one in (await explained(shop, "COAT")).parts}["A"] == "NOT_SOLD"


async def test_goods_that_are_switched_off_are_offered_nowhere(shop: Inventory) -> None:
    product = catalogue_pb2.Product(
        product_id="P-COAT", name="COAT", active=False, variants=[catalogue_pb2.Variant(sku="COAT", active=True)]
    )
    await shop.call(shop.catalogue.PutProducts, cat.PutProductsRequest(request_id=new(), products=[product]), HQ)
    (stock,) = await stocks(shop, "COAT", at=["A"])
    assert (stock.shipped.available, stock.not_sold, stock.pickups[0].pickable) == (0, "INACTIVE", False)


async def test_a_window_never_touches_what_was_promised(shop: Inventory) -> None:
    order_id = new()
    await shop.hold([("COAT", 2, "A")], ORDER, request_id=order_id, order_id=order_id)
    await sell(shop, entry(shop, channel_id="web", withheld=True), entry(shop, location_id="A", withheld=True))
    held = (await shop.call(shop.stock.GetHold, stock_pb.GetHoldRequest(hold_id=order_id), ORDER)).hold
    assert [(one.location_id, one.quantity) for one in held.lines] == [("A", 2)]
    assert await shop.drifts() == []


async def test_a_preview_counts_no_channel_that_does_not_sell(shop: Inventory) -> None:
    version = (await draft(shop, rule("keep", "THRESHOLD", quantity=1))).rules.version
    assert (await previewed(shop, version)).changed_channel_figures == 2
    await sell(shop, entry(shop, channel_id="web", withheld=True))
    found = await previewed(shop, version)
    assert [(one.channel_id, one.before, one.after) for one in found.examples] == [("app", 2, 1)]


async def seen_by(inventory: Inventory, who: Any, channel: str = "") -> list[Any]:
    request = stock_pb.GetAvailabilityRequest(skus=["COAT"], location_ids=["A"], channel_id=channel)
    return list((await inventory.call(inventory.stock.GetAvailability, request, who)).levels)


@pytest.mark.parametrize("who", [None, member()])
async def test_shoppers_see_what_their_channel_shows_and_nothing_else(shop: Inventory, who: Any) -> None:
    await shop.hold([("COAT", 1, "A")])
    (level,) = await seen_by(shop, who)
    shown = {field.name for field, _ in level.ListFields()}
    assert (level.available, level.sight.available, shown) == (1, 1, {"sku", "location_id", "available", "sight"})
    bands = pb.StockDisplay(kind=pb.STOCK_DISPLAY_KIND_LEVELS, low_below=5, high_from=9)
    await decide(shop, rule("d", "DISPLAY", channel_ids=["web"], display=bands), rule(
        "s", "SAFETY_STOCK", places=only("LOCATION", "A"), quantity=1)
    )  # fmt: skip
    (level,) = await seen_by(shop, who)
    assert (level.available, level.sight.HasField("available"), level.sight.band) == (0, False, pb.STOCK_BAND_OUT)
    (level,) = await seen_by(shop, who, "app")
    assert (level.available, level.sight.available) == (0, 0)
    hidden = pb.StockDisplay(kind=pb.STOCK_DISPLAY_KIND_HIDDEN)
    await decide(shop, rule("d", "DISPLAY", display=hidden))
    (level,) = await seen_by(shop, who)
    assert (level.available, level.sight.HasField("available"), level.sight.band) == (0, False, 0)
    assert (await refused(seen_by(shop, who, "nix"))).reason == "UNKNOWN_CHANNEL"


@pytest.mark.parametrize("who", [HQ, ORDER, staff("A"), device("A")])
async def test_those_behind_the_counter_see_the_books(shop: Inventory, who: Any) -> None:
    await shop.hold([("COAT", 1, "A")])
    await decide(shop, rule("d", "DISPLAY", display=pb.StockDisplay(kind=pb.STOCK_DISPLAY_KIND_HIDDEN)))
    (level,) = await seen_by(shop, who)
    assert (level.on_hand, level.held, level.available, level.HasField("sight")) == (2, 1, 1, False)


async def test_windows_that_open_and_close_are_told(shop: Inventory) -> None:
    await look(shop)
    await sell(shop, entry(shop, opens=2, closes=4, channel_id="web"), entry(shop, channel_id="app", withheld=True))
    await look(shop)
    gone = (await shop.told(events.OutOfStock))[-1]
    assert (gone.sku, sorted(gone.channel_ids)) == ("COAT", ["app", "web"])
    for days, kind in ((2, events.BackInStock), (2, events.OutOfStock)):
        shop.clock.advance(days=days)
        async with shop.db.transaction() as tx:
            due = Due(EDGE, WINDOW + "COAT", b"", attempt=1, fence=1, due_time=shop.clock())
            await watch(shop).on_edge(tx, due)
        await look(shop)
        assert list((await shop.told(kind))[-1].channel_ids) == ["web"]
