"""The lane SALES: everything readable is taken once, in order, and told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from omo.order.v1 import order_events_pb2 as events_pb
from omo.order.v1 import order_service_pb2 as order_pb
from omo.order.v1 import sales_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import lot_pb2, spend_pb2
from tests.harness.databases import Databases
from tests.service.order.sales_rig import MEMBER, START, STORE, TILL, Rig, device, frame, line, sale
from tests.service.order.sales_serving import serving


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with serving(databases) as running:
        yield running


async def test_a_sale_is_stored_and_told(rig: Rig) -> None:
    fact = sale(line(1, quantity=3, listed=1000, discounts=(100,)), line(2, "TEA", 250, 100, by_measure=True))
    answer = await rig.send(fact)
    assert (answer.durable_ack, answer.resend_from, list(answer.conflicts)) == (1, 0, [])
    (event,) = await rig.events("SalesRecorded", events_pb.SalesRecorded)
    assert (event.meta.aggregate_id, event.meta.sequence, event.terminal_id) == (TILL, 1, TILL)
    (told,) = event.sales
    assert (told.order_id, told.order_no, told.member_id) == (fact.sale_id, "R-1", MEMBER)
    assert (told.list_total, told.discount_total, told.grand_total) == (1100, 100, 1000)
    units = [(run.first, run.last, run.list_amount, run.net_amount) for run in told.lines[0].units]
    assert units == [(0, 0, 334, 300), (1, 2, 333, 300)]
    assert [(run.first, run.last, run.net_amount) for run in told.lines[1].units] == [(0, 0, 100)]
    assert told.lines[0].earn_base == 900
    assert told.lines[0].seller_staff_code == "A102"
    assert not told.review_flags
    assert await rig.drifts() == {}


async def test_a_sale_says_which_lots_it_took(rig: Rig) -> None:
    lots = [lot_pb2.LotUnits(lot="L2611", quantity=2), lot_pb2.LotUnits(serial="SN-1", quantity=1)]
    await rig.send(sale(line(1, quantity=3, listed=1000, lots=lots), line(2, "TEA", 1, 100)))
    (event,) = await rig.events("SalesRecorded", events_pb.SalesRecorded)
    assert [list(one.lots) for one in event.sales[0].lines] == [lots, []]


async def test_a_sale_says_what_it_used_of_what_the_member_holds(rig: Rig) -> None:
    fact = sale(line(1, quantity=2, listed=1000), line(2, "TEA", 1, 500), tenders=[])
    for kind, amount in ((9, 100), (8, 500), (4, 300), (1, 600)):  # points, prepaid, credit, cash
        fact.tenders.add(kind=kind, amount=amount)
    pack = "0199a5c3-1d20-7a31-8b42-5c6d7e8f9a0b"
    fact.spends.add(kind=spend_pb2.SPEND_KIND_POINTS, amount=100)
    fact.spends.add(kind=spend_pb2.SPEND_KIND_CREDIT, amount=300)
    fact.spends.add(kind=spend_pb2.SPEND_KIND_PREPAID, ref=pack, quantity=1, line_no=1)
    await rig.send(fact)
    (event,) = await rig.events("SalesRecorded", events_pb.SalesRecorded)
    (told,) = event.sales
    assert (told.points_spent, told.points_value, list(told.review_flags)) == (100, 100, [])
    assert [(one.kind, one.amount, one.ref) for one in told.spends] == [(2, 300, ""), (5, 0, pack)]
    assert [one.earn_base for one in told.lines] == [600, 300], "what points and units paid earns nothing"
    got = await rig.call(rig.orders.GetOrder, order_pb.GetOrderRequest(order_id=fact.sale_id), sub=MEMBER)
    assert [one.kind for one in got.order.spends] == [2, 5]
    assert await rig.drifts() == {}


async def test_the_receipt_is_in_the_members_history(rig: Rig) -> None:
    fact = sale(line(1, quantity=3, listed=1000, discounts=(100,)))
    await rig.send(fact)
    got = await rig.call(rig.orders.GetOrder, order_pb.GetOrderRequest(order_id=fact.sale_id), sub=MEMBER)
    assert (got.order.order_no, got.order.location_id, got.order.lines[0].name) == ("R-1", STORE, "the COAT-CAMEL-M")
    assert got.order.totals.grand_total.minor_units == 900
    listed = await rig.call(rig.orders.ListOrders, order_pb.ListOrdersRequest(), sub=MEMBER)
    assert [order.order_id for order in listed.orders] == [fact.sale_id]


async def test_a_gap_is_asked_for_and_nothing_of_it_taken(rig: Rig) -> None:
    answer = await rig.send(sale(), first=3)
    assert (answer.durable_ack, answer.resend_from) == (0, 1)
    assert await rig.events("SalesRecorded", events_pb.SalesRecorded) == []


async def test_a_repeated_frame_changes_nothing(rig: Rig) -> None:
    facts = [sale(), sale()]
    await rig.send(*facts)
    again = await rig.send(*facts, sale())
    assert again.durable_ack == 3
    events = await rig.events("SalesRecorded", events_pb.SalesRecorded)
    assert [(event.meta.sequence, len(event.sales)) for event in events] == [(1, 2), (2, 1)]
    assert await rig.drifts() == {}


async def test_other_content_under_a_known_sequence_is_kept_aside(rig: Rig) -> None:
    first = sale()
    await rig.send(first)
    answer = await rig.send(sale(line(listed=5)), sale())
    assert (answer.durable_ack, list(answer.conflicts)) == (2, [1])
    async with rig.db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM lane_conflicts") == 1
        assert await tx.fetchval("SELECT grand_total FROM orders WHERE order_id = $1", first.sale_id) == 27_000


async def test_an_empty_frame_tells_the_position(rig: Rig) -> None:
    assert (await rig.send()).durable_ack == 0
    await rig.send(sale())
    assert (await rig.send()).durable_ack == 1


@pytest.mark.parametrize(
    ("field", "broken"),
    [
        ("frame.facts[0].sale_id", {"sale_id": "12"}),
        ("frame.facts[0].member_id", {"member_id": "card 7"}),
        ("frame.facts[0].receipt_no", {"receipt_no": "a\0b"}),
        ("frame.facts[0].channel_id", {"channel_id": "c" * 65}),
    ],
)
async def test_an_unreadable_head_is_refused(rig: Rig, field: str, broken: dict[str, str]) -> None:
    refusal = await rig.refused(rig.sales.RecordSales, frame(sale(**broken)), **device())
    assert (refusal.reason, refusal.metadata["field"]) == ("FIELD_INVALID", field)
    assert (await rig.send()).durable_ack == 0


@pytest.mark.parametrize(
    ("field", "lines"),
    [
        ("line_no", [line(0)]),
        ("line_no", [line(1), line(1)]),
        ("net_total", [line(net_total=1)]),
        ("discounts.amount", [line(discounts=(-5,))]),
        ("amounts", [line(listed=10**16)]),
        ("sku", [line(sku="x" * 65)]),
        ("method", [line(method=9)]),
    ],
)
async def test_an_unreadable_line_is_refused(rig: Rig, field: str, lines: list[facts_pb2.SaleLine]) -> None:
    refusal = await rig.refused(rig.sales.RecordSales, frame(sale(*lines, tenders=[])), **device())
    assert refusal.reason == "FIELD_INVALID"
    assert refusal.metadata["field"].endswith(f".{field}")
    assert refusal.metadata["rule"]


async def test_a_sale_without_a_time_is_refused(rig: Rig) -> None:
    fact = sale()
    fact.ClearField("business_time")
    refusal = await rig.refused(rig.sales.RecordSales, frame(fact), **device())
    assert refusal.metadata["field"] == "frame.facts[0].business_time"


@pytest.mark.parametrize("seconds", [-1, 0, 10**9 * 9, 10**12, 315_576_000_000, -(10**12)])
async def test_a_sale_of_a_till_whose_clock_is_years_off_is_kept_and_flagged(rig: Rig, seconds: int) -> None:
    """A till with an empty battery goes on selling: its sales are dated when they came in."""
    fact = sale()
    fact.business_time.seconds = seconds
    assert (await rig.send(fact)).durable_ack == 1
    rig.clock.advance(hours=1)
    answer = await rig.send(fact)
    assert (answer.durable_ack, list(answer.conflicts)) == (1, [])
    asked = pb.ListReviewsRequest()
    (review,) = (await rig.call(rig.sales.ListReviews, asked, audience="hq", roles=["admin"])).reviews
    assert (review.order_id, review.flag, review.subject) == (fact.sale_id, "CLOCK_WRONG", f"{seconds} s")
    (event,) = await rig.events("SalesRecorded", events_pb.SalesRecorded)
    assert event.sales[0].business_time.ToDatetime(UTC) == START
    assert list(event.sales[0].review_flags) == ["CLOCK_WRONG"]
    async with rig.db.read() as tx:
        assert await tx.fetchval("SELECT business_time FROM orders") == START
    assert await rig.drifts() == {}


async def test_a_frame_of_too_many_is_refused(rig: Rig) -> None:
    refusal = await rig.refused(rig.sales.RecordSales, frame(*[sale() for _ in range(51)]), **device())
    assert refusal.metadata["field"] == "frame.facts"
    refusal = await rig.refused(rig.sales.RecordSales, frame(sale(), first=0), **device())
    assert refusal.metadata["field"] == "frame.first_sequence"


async def test_a_device_speaks_for_itself_only(rig: Rig) -> None:
    asked = frame(sale())
    assert (await rig.refused(rig.sales.RecordSales, asked, **device("another till"))).reason == "NOT_FOUND"
    assert (await rig.refused(rig.sales.RecordSales, asked, **device(TILL, "TPE02"))).reason == "NOT_FOUND"


async def test_a_large_frame_is_cut_into_events(rig: Rig) -> None:
    facts = [sale(*[line(n, f"SKU-{n}", 2, 999, discounts=(10, 20)) for n in range(1, 8)]) for _ in range(50)]
    await rig.send(*facts)
    events = await rig.events("SalesRecorded", events_pb.SalesRecorded)
    assert len(events) > 1
    assert [event.meta.sequence for event in events] == list(range(1, len(events) + 1))
    assert max(event.ByteSize() for event in events) < 64 * 1024
    assert [told.order_id for event in events for told in event.sales] == [fact.sale_id for fact in facts]
    assert await rig.drifts() == {}


async def test_a_sale_of_a_thousand_lines_fits_an_event(rig: Rig) -> None:
    fact = sale(*[line(n, "S", 7, 100, discounts=(3, 5)) for n in range(1, 1001)])
    await rig.send(fact)
    (event,) = await rig.events("SalesRecorded", events_pb.SalesRecorded)
    assert event.ByteSize() < 64 * 1024
    assert len(event.sales[0].lines) == 1000
    assert event.sales[0].grand_total == 92_000
    assert await rig.drifts() == {}


async def test_sums_without_a_time_are_those_of_the_last_weeks(rig: Rig) -> None:
    await rig.send(sale(line(1, quantity=3)))
    claims = {"audience": "hq", "roles": ["analyst"]}
    assert [s.quantity for s in (await rig.call(rig.sales.SumSales, pb.SumSalesRequest(), **claims)).sums] == [3]
    since = pb.SumSalesRequest()
    since.start_time.FromDatetime(rig.clock.at)
    assert [s.quantity for s in (await rig.call(rig.sales.SumSales, since, **claims)).sums] == [3]
    until = pb.SumSalesRequest()
    until.end_time.FromDatetime(rig.clock.at)
    assert not (await rig.call(rig.sales.SumSales, until, **claims)).sums
    until.end_time.FromDatetime(datetime(1, 1, 2, tzinfo=UTC))
    assert not (await rig.call(rig.sales.SumSales, until, **claims)).sums


async def test_sums_are_those_of_the_lines(rig: Rig) -> None:
    await rig.send(sale(line(1, quantity=3), line(2, "TEA", 500, 80, by_measure=True), line(3, "TEA", 0, 12)))
    await rig.send(sale(line(quantity=1, listed=0)), till="till 2", store="TXG01")
    asked = pb.SumSalesRequest()
    asked.start_time.FromDatetime(rig.clock.at)
    asked.end_time.FromSeconds(int(rig.clock.at.timestamp()) + 1)
    claims = {"audience": "hq", "roles": ["analyst"]}
    sums = (await rig.call(rig.sales.SumSales, asked, **claims)).sums
    found = [(s.location_id, s.baskets, s.lines, s.units, s.quantity, s.revenue) for s in sums]
    assert found == [("TPE01", 1, 3, 4, 503, 27_092), ("TXG01", 1, 1, 1, 1, 0)]
    asked.location_ids.append("TXG01")
    assert [s.location_id for s in (await rig.call(rig.sales.SumSales, asked, **claims)).sums] == ["TXG01"]
    asked.end_time.CopyFrom(asked.start_time)
    assert (await rig.refused(rig.sales.SumSales, asked, **claims)).metadata["field"] == "end_time"
