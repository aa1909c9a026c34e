"""The lane STOCK: received, damaged, counted; once, in order, and never refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from kit.errors import Fault
from omo.inventory.v1 import stock_pb2
from omo.inventory.v1 import stock_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2 as facts
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, Inventory, device, movement, new


def fact(at: datetime, **what: Any) -> facts.StockFact:
    one = facts.StockFact(fact_id=new(), staff_code="A102", **what)
    one.business_time.FromDatetime(at)
    return one


def received(at: datetime, quantity: int, sku: str = "COAT") -> facts.StockFact:
    return fact(at, received=facts.StockReceived(sku=sku, quantity=quantity, document="D-1"))


def counted(at: datetime, quantity: int, sku: str = "COAT") -> facts.StockFact:
    return fact(at, counted=facts.StockCounted(sku=sku, quantity=quantity))


def damaged(at: datetime, quantity: int, sku: str = "COAT") -> facts.StockFact:
    return fact(at, damaged=facts.StockDamaged(sku=sku, quantity=quantity, reason="torn"))


async def record(inventory: Inventory, first: int, *given: facts.StockFact, place: str = "TPE01") -> facts.LaneAnswer:
    frame = facts.StockFrame(first_sequence=first, facts=given)
    request = pb.RecordStockRequest(terminal_id="till-1", location_id=place, frame=frame)
    return (await inventory.call(inventory.facts.RecordStock, request, device(place))).answer  # type: ignore[no-any-return]


async def test_goods_that_came_in_are_on_hand(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 1})
    answer = await record(inventory, 1, received(inventory.clock(), 4), damaged(inventory.clock(), 2))
    assert answer == facts.LaneAnswer(durable_ack=2)
    level = await inventory.level("COAT")
    assert (level.on_hand, level.damaged, level.available) == (5, 2, 3)
    listed = pb.ListMovementsRequest(sku="COAT")
    newest, *_ = (await inventory.call(inventory.stock.ListMovements, listed, HQ)).movements
    assert (newest.kind, newest.quantity, newest.damaged) == (stock_pb2.MOVEMENT_KIND_DAMAGE, 0, 2)
    assert (newest.actor.id, newest.actor.terminal_id, newest.reason) == ("A102", "till-1", "torn")
    assert await inventory.drifts() == []


async def test_a_frame_counts_once_and_a_gap_is_sent_again(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 0})
    first = received(inventory.clock(), 4)
    for _ in range(2):
        assert (await record(inventory, 1, first)).durable_ack == 1
    assert (await record(inventory, 3, received(inventory.clock(), 9))).resend_from == 2
    answer = await record(inventory, 1, received(inventory.clock(), 7), received(inventory.clock(), 1))
    assert (answer.durable_ack, list(answer.conflicts)) == (2, [1])
    assert (await inventory.level("COAT")).on_hand == 5


async def test_a_count_adjusts_by_what_was_expected_at_its_time(inventory: Inventory) -> None:
    at = inventory.clock()
    await inventory.stocked({("COAT", "TPE01"): 10})
    sold_later = news.sale("s1", ("COAT", 2), at=at + timedelta(minutes=20))
    await inventory.hear(news.recorded(sold_later))
    await record(inventory, 1, counted(at + timedelta(minutes=10), 7))
    assert (await inventory.level("COAT")).on_hand == 5
    assert await inventory.drifts() == []


@pytest.mark.parametrize("first", ["count", "sale"])
async def test_a_count_holds_whenever_an_older_sale_is_told(inventory: Inventory, first: str) -> None:
    at = inventory.clock()
    await inventory.stocked({("COAT", "TPE01"): 10})
    sale = news.recorded(news.sale("s1", ("COAT", 2), at=at + timedelta(minutes=5)))
    count = counted(at + timedelta(minutes=10), 7)
    if first == "sale":
        await inventory.hear(sale)
    await record(inventory, 1, count)
    if first == "count":
        await inventory.hear(sale)
        await inventory.hear(news.recorded(news.sale("s1", ("COAT", 2), at=at + timedelta(minutes=5))))
    assert (await inventory.level("COAT")).on_hand == 7
    assert await inventory.drifts() == []


async def test_a_count_holds_whenever_an_older_handover_or_receipt_is_told(inventory: Inventory) -> None:
    at = inventory.clock()
    await inventory.stocked({("COAT", "TPE01"): 10})
    await record(inventory, 1, counted(at + timedelta(minutes=10), 7))
    await inventory.hear(news.handed_over(new(), ("COAT", 2), at=at + timedelta(minutes=5)))
    await record(inventory, 2, received(at + timedelta(minutes=6), 3))
    receipt = movement("COAT", "TPE01", 5, "RECEIPT")
    receipt.business_time.FromDatetime(at)
    await inventory.post(receipt)
    assert (await inventory.level("COAT")).on_hand == 7
    assert await inventory.drifts() == []


async def test_an_older_count_that_comes_late_changes_nothing(inventory: Inventory) -> None:
    at = inventory.clock()
    await inventory.stocked({("COAT", "TPE01"): 10})
    await record(inventory, 1, counted(at + timedelta(minutes=10), 7), counted(at + timedelta(minutes=5), 99))
    assert (await inventory.level("COAT")).on_hand == 7
    await record(inventory, 3, counted(at + timedelta(minutes=7), 50))
    assert (await inventory.level("COAT")).on_hand == 7
    assert await inventory.drifts() == []


async def test_what_goes_missing_in_a_count_is_a_shortfall_of_the_promises(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    await inventory.hold([("COAT", 4)])
    one = counted(inventory.clock() + timedelta(seconds=1), 3)
    await record(inventory, 1, one)
    assert (await inventory.level("COAT")).available == -1
    (short,) = (await inventory.call(inventory.stock.ListShortfalls, pb.ListShortfallsRequest(), HQ)).shortfalls
    assert (short.quantity, short.source_id) == (1, one.fact_id)
    assert await inventory.drifts() == []


async def test_an_unknown_sku_is_booked_under_a_placeholder(inventory: Inventory) -> None:
    await inventory.put_locations("TPE01")
    assert (await record(inventory, 1, received(inventory.clock(), 4, "NEW"))).durable_ack == 1
    assert (await inventory.level("NEW")).on_hand == 4


@pytest.mark.parametrize(("terminal_id", "location_id"), [("till-1", "TXG01"), ("till-2", "TPE01")])
async def test_a_device_speaks_for_itself_only(inventory: Inventory, terminal_id: str, location_id: str) -> None:
    frame = facts.StockFrame(first_sequence=1, facts=[received(inventory.clock(), 1)])
    request = pb.RecordStockRequest(terminal_id=terminal_id, location_id=location_id, frame=frame)
    with pytest.raises(Fault) as refused:
        await inventory.call(inventory.facts.RecordStock, request, device("TPE01"))
    assert refused.value.reason == "NOT_FOUND"


async def test_an_unreadable_fact_is_refused(inventory: Inventory) -> None:
    with pytest.raises(Fault) as refused:
        await record(inventory, 1, facts.StockFact(fact_id=new()))
    assert refused.value.metadata["field"] == "frame.facts[0]"


async def test_what_could_never_be_kept_is_refused_by_name(inventory: Inventory) -> None:
    """An answer that sounds like an outage would be sent again for ever."""
    nul = received(inventory.clock(), 1, "A\x00")
    with pytest.raises(Fault) as refused:
        await record(inventory, 1, nul)
    assert refused.value.metadata["field"] == "frame.facts[0].received.sku"
