"""Feeds of other systems: in sequence, once, and a reset that erases no newer sale."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from omo.inventory.v1 import feeds_service_pb2 as pb
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, ORDER, Inventory
from tests.service.inventory.floor_rig import Floor, staff
from tests.service.inventory.shop import refused

DELTA, RESET = pb.FEED_MODE_DELTA, pb.FEED_MODE_RESET


async def feed(
    inventory: Inventory, sequence: int, mode: Any = DELTA, at: datetime | None = None, who: Any = HQ, **rows: int
) -> Any:
    given = {"source": "ERP", "location_id": "TPE01", "sequence": sequence, "mode": mode}
    found = [pb.FeedRow(sku=sku, quantity=quantity) for sku, quantity in rows.items()]
    return await Floor(inventory).do("PostStockFeed", who, rows=found, business_time=at or inventory.clock(), **given)


async def test_deltas_come_in_sequence_and_count_once(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 10})
    at = inventory.clock()
    first = await feed(inventory, 1, COAT=5, at=at)
    assert (first.booked, first.watermark.sequence) == (1, 1)
    inventory.clock.advance(minutes=1)
    assert await feed(inventory, 1, COAT=5, at=at) == first
    fault = await refused(feed(inventory, 3, COAT=1))
    assert (fault.reason, fault.metadata["expected"]) == ("FEED_GAP", "2")
    assert (await refused(feed(inventory, 1, COAT=6, at=at))).reason == "FEED_REUSED"
    await feed(inventory, 2, COAT=-3, who=ORDER)
    assert (await inventory.level("COAT")).on_hand == 12
    assert await inventory.drifts() == []


@pytest.mark.parametrize("told", ["first", "later"])
@pytest.mark.parametrize(("minutes", "left"), [(-5, 20), (5, 18)])
async def test_a_reset_erases_no_newer_sale(inventory: Inventory, told: str, minutes: int, left: int) -> None:
    """On hand is what was counted and all that moved after that, whenever it is told."""
    at = inventory.clock()
    inventory.clock.advance(minutes=-30)
    await inventory.stocked({("COAT", "TPE01"): 10})
    inventory.clock.advance(minutes=60)
    sale = news.recorded(news.sale("s1", ("COAT", 2), at=at + timedelta(minutes=minutes)))
    if told == "first":
        await inventory.hear(sale)
    await feed(inventory, 1, RESET, at, COAT=20)
    if told == "later":
        await inventory.hear(sale)
    assert (await inventory.level("COAT")).on_hand == left
    assert await inventory.drifts() == []


async def test_what_is_told_out_of_order_is_recorded_and_ignored(inventory: Inventory) -> None:
    at = inventory.clock()
    await inventory.stocked({("COAT", "TPE01"): 10, ("HAT", "TPE01"): 1})
    inventory.clock.advance(hours=1)
    await feed(inventory, 1, RESET, at + timedelta(minutes=30), COAT=7)
    older = await feed(inventory, 2, RESET, at + timedelta(minutes=10), COAT=99, HAT=4)
    assert (older.booked, list(older.ignored_skus)) == (1, ["COAT"])
    delta = await feed(inventory, 3, DELTA, at + timedelta(minutes=20), COAT=50)
    assert (delta.booked, list(delta.ignored_skus)) == (0, ["COAT"])
    assert [(await inventory.level(sku)).on_hand for sku in ("COAT", "HAT")] == [7, 4]
    mark = delta.watermark
    assert (
        mark.reset_time.ToDatetime()
        == mark.business_time.ToDatetime()
        == (at + timedelta(minutes=30)).replace(tzinfo=None)
    )
    assert await inventory.drifts() == []


async def test_goods_that_nobody_described_are_booked_and_named(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 1})
    answer = await feed(inventory, 1, RESET, COAT=1, NEW=3)
    assert (answer.booked, list(answer.unknown_skus)) == (2, ["NEW"])
    assert (await inventory.level("NEW")).on_hand == 3


async def test_how_far_each_source_is_can_be_read(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 1, ("COAT", "TXG01"): 1})
    await feed(inventory, 1, COAT=1)
    floor = Floor(inventory)
    other: dict[str, Any] = {"source": "WMS", "location_id": "TXG01", "sequence": 1, "mode": DELTA}
    rows = [pb.FeedRow(sku="COAT", quantity=1)]
    await floor.do("PostStockFeed", rows=rows, business_time=inventory.clock(), **other)
    both = (await floor.do("ListFeedWatermarks")).watermarks
    assert [(one.source, one.location_id, one.sequence) for one in both] == [("ERP", "TPE01", 1), ("WMS", "TXG01", 1)]
    page = await floor.do("ListFeedWatermarks", page_size=1)
    rest = await floor.do("ListFeedWatermarks", page_size=1, page_token=page.next_page_token)
    assert [one.source for one in (*page.watermarks, *rest.watermarks)] == ["ERP", "WMS"]
    assert len((await floor.do("ListFeedWatermarks", source="WMS")).watermarks) == 1
    assert not (await floor.do("ListFeedWatermarks", location_id="WH1")).watermarks


async def test_a_thousand_rows_come_in_one_call(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 1})
    many: dict[str, Any] = {f"SKU-{number:04}": number for number in range(1_000)}
    assert (await feed(inventory, 1, RESET, **many)).booked == 1_000
    assert (await inventory.level("SKU-0999")).on_hand == 999
    assert (await refused(feed(inventory, 2, RESET, **many, ONE=1))).reason == "FIELD_INVALID"
    assert await inventory.drifts() == []


@pytest.mark.parametrize(
    "more",
    [
        {"sequence": 0},
        {"mode": pb.FEED_MODE_UNSPECIFIED},
        {"rows": []},
        {"rows": [pb.FeedRow(sku="COAT", quantity=-1)]},
        {"rows": [pb.FeedRow(sku="COAT", quantity=1), pb.FeedRow(sku="COAT", quantity=1)]},
        {"source": ""},
        {"business_time": None},
    ],
)
async def test_absurd_batches_are_refused(inventory: Inventory, more: dict[str, Any]) -> None:
    await inventory.stocked({("COAT", "TPE01"): 1})
    rows = [pb.FeedRow(sku="COAT", quantity=1)]
    given: dict[str, Any] = {"source": "ERP", "location_id": "TPE01", "sequence": 1, "mode": RESET, "rows": rows,
             "business_time": inventory.clock()} | more  # fmt: skip
    assert (await refused(Floor(inventory).do("PostStockFeed", **given))).reason == "FIELD_INVALID"


async def test_strangers_and_strange_places_are_refused(inventory: Inventory) -> None:
    assert (await refused(feed(inventory, 1, COAT=1))).reason == "UNKNOWN_LOCATION"
    await inventory.put_locations("TPE01")
    assert (await refused(feed(inventory, 1, COAT=1, who=staff()))).code == "PERMISSION_DENIED"
    ahead = inventory.clock() + timedelta(days=2)
    assert (await refused(feed(inventory, 1, COAT=1, at=ahead))).metadata["field"] == "business_time"
