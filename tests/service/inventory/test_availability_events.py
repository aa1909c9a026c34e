"""What came back and what sold out is told once, whatever happens in between."""

from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from kit import timers
from omo.inventory.v1 import availability_events_pb2 as events
from omo.inventory.v1 import catalogue_pb2
from services.inventory.availability import store_watch
from services.inventory.availability.watch import EDGE, Watch
from tests.service.inventory.conftest import Inventory, movement
from tests.service.inventory.reading import decide, draft, only, rule
from tests.service.inventory.shop import channels, product, put, variant

KINDS = (events.BackInStock, events.OutOfStock, events.BackForPickup, events.OutForPickup)


@pytest.fixture
async def shop(inventory: Inventory) -> Inventory:
    """A at X (ships, and hands out) and Y (hands out only); what there is has been told."""
    await channels(inventory)
    await inventory.stocked({("A", "X"): 5, ("A", "Y"): 0, ("B", "X"): 0})
    await inventory.put_locations("X", ships=True, sellable=True)
    await inventory.put_locations("Y", ships=False, sellable=True)
    await look(inventory)
    return inventory


def watch(shop: Inventory, quiet: float = 0.0) -> Watch:
    return Watch(shop.db, shop.clock, shop.ground.book, quiet)


async def look(shop: Inventory) -> None:
    """Looks until nothing is left to look at."""
    while await watch(shop).look():
        pass


async def told(shop: Inventory) -> list[tuple[str, str, list[str]]]:
    """All that was told, oldest first, without what the fixture made."""
    found: list[Any] = []
    for kind in KINDS:
        found += [(one.meta.sequence, one.sku, kind.__name__, _where(one)) for one in await shop.told(kind)]
    return [(sku, name, where) for number, sku, name, where in sorted(found) if sku != "A" or number > 2]


def _where(event: Any) -> list[str]:
    return list(event.channel_ids if hasattr(event, "channel_ids") else event.location_ids)


async def waiting(shop: Inventory) -> int:
    async with shop.db.read() as tx:
        return int(await tx.fetchval("SELECT unsettled('-infinity')"))


async def test_the_first_goods_are_told(shop: Inventory) -> None:
    back = (await shop.told(events.BackInStock))[0]
    assert (back.sku, list(back.channel_ids), back.meta.aggregate_id) == ("A", ["app", "stores", "web"], "A")
    assert list((await shop.told(events.BackForPickup))[0].location_ids) == ["X"]


async def test_for_sale_and_for_pickup_apart(shop: Inventory) -> None:
    await shop.post(movement("A", "Y", 3, "RECEIPT"))
    await look(shop)
    assert await told(shop) == [("A", "BackForPickup", ["Y"])]
    await shop.post(movement("A", "X", -5, "ADJUSTMENT"))
    await look(shop)
    assert (await told(shop))[1:] == [("A", "OutOfStock", ["app", "stores", "web"]), ("A", "OutForPickup", ["X"])]
    assert list((await shop.told(events.OutForPickup))[-1].available_location_ids) == ["Y"]


async def test_what_changes_nothing_is_not_told(shop: Inventory) -> None:
    await shop.post(movement("A", "X", 7, "RECEIPT"))
    assert await waiting(shop) == 0
    await shop.post(movement("A", "X", -12, "ADJUSTMENT"), movement("A", "X", 1, "RECEIPT"))
    await look(shop)
    assert await told(shop) == []


async def test_what_goes_and_comes_back_at_once_is_told_by_nobody(shop: Inventory) -> None:
    held = await shop.hold([("A", 5, "X")])
    assert await watch(shop, quiet=30).look() == 0
    await shop.release(held.hold_id)
    await look(shop)
    assert await told(shop) == []


async def test_a_hold_sells_out_and_its_end_brings_back(shop: Inventory) -> None:
    await shop.hold([("A", 5, "X")], ttl_seconds=60)
    await look(shop)
    assert [name for _, name, _ in await told(shop)] == ["OutOfStock", "OutForPickup"]
    shop.clock.advance(seconds=61)
    await shop.ground.holds.sweep()
    await look(shop)
    assert [name for _, name, _ in await told(shop)][2:] == ["BackInStock", "BackForPickup"]


async def test_other_rules_sell_out_and_bring_back(shop: Inventory) -> None:
    await decide(shop, rule("t", "THRESHOLD", channel_ids=["web"], quantity=5))
    await look(shop)
    assert await told(shop) == [("A", "OutOfStock", ["web"])]
    # a change that the old rules would not have noticed
    await shop.post(movement("A", "X", 1, "RECEIPT"))
    await look(shop)
    assert (await told(shop))[1:] == [("A", "BackInStock", ["web"])]
    await decide(shop, rule("p", "PICKABLE", places=only("LOCATION", "X")))
    await look(shop)
    assert (await told(shop))[2:] == [("A", "OutForPickup", ["X"])]


async def test_a_draft_tells_nothing(shop: Inventory) -> None:
    await draft(shop, rule("none", "SHIPPABLE"))
    await look(shop)
    assert await told(shop) == []


async def test_a_window_that_opens_is_told(shop: Inventory) -> None:
    begins, ends = Timestamp(), Timestamp()
    begins.FromDatetime(shop.clock() + timedelta(hours=1))
    ends.FromDatetime(shop.clock() + timedelta(hours=2))
    await decide(shop, rule("none", "SHIPPABLE", start_time=begins, end_time=ends))
    await look(shop)
    edges = timers.Timers(shop.db, shop.clock, {EDGE: timers.InTx(watch(shop).on_edge)})
    for expected in ("OutOfStock", "BackInStock"):
        shop.clock.advance(hours=1)
        assert await edges._take(EDGE, timers.InTx(watch(shop).on_edge))
        await look(shop)
        assert (await told(shop))[-1][1] == expected
    assert await timers.pending(shop.db, shop.clock()) == 0


async def test_a_place_that_closes_sells_out(shop: Inventory) -> None:
    await shop.put_locations("X", ships=True, sellable=True, active=False)
    await look(shop)
    assert [name for _, name, _ in await told(shop)] == ["OutOfStock", "OutForPickup"]


async def test_a_kit_goes_with_its_part(shop: Inventory) -> None:
    await put(shop, product("P-K", variant("K", components=[catalogue_pb2.Component(sku="A", quantity=2)])))
    await look(shop)
    before = await told(shop)
    of_kit = [one[1:] for one in before if one[0] == "K"]
    assert of_kit == [("BackInStock", ["app", "stores", "web"]), ("BackForPickup", ["X"])]
    await shop.post(movement("A", "X", -4, "ADJUSTMENT"))
    await look(shop)
    assert [one[:2] for one in await told(shop) if one not in before] == [("K", "OutOfStock"), ("K", "OutForPickup")]


async def test_a_look_that_fails_is_repeated_and_told_once(shop: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.post(movement("A", "X", -5, "ADJUSTMENT"))
    crashing = watch(shop)
    monkeypatch.setattr(crashing, "_clock", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await crashing.look()
    assert await told(shop) == []
    await look(shop)
    await look(shop)
    assert [name for _, name, _ in await told(shop)] == ["OutOfStock", "OutForPickup"]


async def test_two_who_look_at_once_tell_once(shop: Inventory) -> None:
    await shop.post(movement("A", "X", -5, "ADJUSTMENT"))
    async with shop.db.transaction() as tx:
        assert await store_watch.take(tx, 0.0, 10) == ["A"]
        assert await watch(shop).look() == 0
        await store_watch.note(tx, "A")
    await look(shop)
    assert [name for _, name, _ in await told(shop)] == ["OutOfStock", "OutForPickup"]


async def test_books_that_were_never_opened_are_not_looked_at(shop: Inventory) -> None:
    await shop.post(movement("B", "X", -3, "ADJUSTMENT"))
    assert await waiting(shop) == 0
