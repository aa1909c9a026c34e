"""What real tills send: odd lines, unknown names, the same sale twice. None of it is refused, all of it is counted."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import pytest
import pytest_asyncio

from kit import faultpoints
from omo.order.v1 import order_events_pb2 as events_pb
from omo.order.v1 import order_facts_pb2
from omo.order.v1 import order_service_pb2 as order_pb
from omo.order.v1 import sales_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import trade_pb2
from tests.harness.databases import Databases
from tests.service.order.sales_rig import MEMBER, Rig, line, sale
from tests.service.order.sales_serving import serving

HQ = {"audience": "hq", "roles": ["analyst"]}
COUPON, OTHER = trade_pb2.TENDER_KIND_MANUFACTURER_COUPON, trade_pb2.TENDER_KIND_OTHER


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with serving(databases) as running:
        yield running


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    faultpoints.arm("")


def tender(kind: trade_pb2.TenderKind.ValueType, amount: int) -> facts_pb2.SaleTender:
    return facts_pb2.SaleTender(kind=kind, amount=amount, reference="line 1")


async def told(rig: Rig) -> list[order_facts_pb2.OrderFacts]:
    return [each for event in await rig.events("SalesRecorded", events_pb.SalesRecorded) for each in event.sales]


async def reviews(rig: Rig, **claims: Any) -> list[tuple[str, str]]:
    answer = await rig.call(rig.sales.ListReviews, pb.ListReviewsRequest(), **(claims or HQ))
    return sorted((review.flag, review.subject) for review in answer.reviews)


async def test_lines_of_no_goods_keep_their_money(rig: Rig) -> None:
    fact = sale(line(1, quantity=0, listed=43), line(2, quantity=0, listed=0), line(3, quantity=2, listed=0))
    await rig.send(fact)
    (facts,) = await told(rig)
    assert [(each.quantity, each.net_total, len(each.units)) for each in facts.lines] == [
        (0, 43, 0),
        (0, 0, 0),
        (2, 0, 1),
    ]
    assert (facts.grand_total, list(facts.review_flags)) == (43, [])
    assert await rig.drifts() == {}


async def test_a_coupon_may_exceed_its_line_and_money_may_go_back(rig: Rig) -> None:
    fact = sale(line(1, listed=200, quantity=1), tenders=[tender(COUPON, 700), tender(OTHER, -500)], offline=True,
                external_id="26985")  # fmt: skip
    await rig.send(fact)
    (facts,) = await told(rig)
    assert [(each.kind, each.amount) for each in facts.tenders] == [(COUPON, 700), (OTHER, -500)]
    assert not facts.review_flags
    got = await rig.call(rig.orders.GetOrder, order_pb.GetOrderRequest(order_id=fact.sale_id), sub=MEMBER)
    assert [each.amount.minor_units for each in got.order.tenders] == [700, -500]
    async with rig.db.read() as tx:
        row = await tx.fetchrow("SELECT offline, external_id, cashier_staff_code FROM orders")
    assert row is not None
    assert tuple(row) == (True, "26985", "A102")
    assert await rig.drifts() == {}


async def test_goods_by_measure_are_one_unit(rig: Rig) -> None:
    await rig.send(sale(line(1, "TEA", 37_854, 2_868, by_measure=True)))
    (facts,) = await told(rig)
    (unit,) = facts.lines[0].units
    assert (facts.lines[0].quantity, unit.first, unit.last, unit.net_amount) == (37_854, 0, 0, 2_868)


async def test_less_than_nothing_is_kept_and_looked_at(rig: Rig) -> None:
    await rig.send(sale(line(1, quantity=-2, listed=-500), line(2, quantity=1, listed=900)))
    (facts,) = await told(rig)
    assert [(each.quantity, each.net_total, each.earn_base) for each in facts.lines] == [(-2, -500, 0), (1, 900, 900)]
    assert await reviews(rig) == [("NEGATIVE_LINE", "line 1")]
    assert await rig.drifts() == {}


async def test_what_nobody_has_heard_of_is_counted_and_flagged(rig: Rig) -> None:
    stranger = str(uuid.uuid4())
    fact = sale(
        line(1, "GHOST", 1, 100),
        line(2, "", 1, 50, barcode="4710000000001"),
        line(3, "", 1, 25),
        line(4, seller_staff_code="A999"),
        member_id=stranger,
        channel_id="kiosk",
        rules_version="7",
        currency_code="USD",
    )
    await rig.send(fact, store="TPE09")
    (facts,) = await told(rig)
    assert [each.sku for each in facts.lines] == ["GHOST", "4710000000001", "UNKNOWN", "COAT-CAMEL-M"]
    assert await reviews(rig) == [
        ("FOREIGN_CURRENCY", "USD"), ("UNKNOWN_CHANNEL", "kiosk"), ("UNKNOWN_LOCATION", "TPE09"),
        ("UNKNOWN_MEMBER", stranger), ("UNKNOWN_RULE", "version 7"), ("UNKNOWN_SKU", "4710000000001"),
        ("UNKNOWN_SKU", "GHOST"), ("UNKNOWN_SKU", "UNKNOWN"), ("UNKNOWN_STAFF", "A999"),
    ]  # fmt: skip
    (flagged,) = await rig.events("SaleFlagged", events_pb.SaleFlagged)
    assert (flagged.order_id, flagged.location_id, flagged.meta.sequence) == (fact.sale_id, "TPE09", 1)
    assert sorted(flagged.flags) == sorted(facts.review_flags) == sorted({flag for flag, _ in await reviews(rig)})
    got = await rig.call(rig.orders.GetOrder, order_pb.GetOrderRequest(order_id=fact.sale_id), **HQ)
    assert sorted(got.order.review_flags) == sorted(flagged.flags)
    assert await rig.drifts() == {}


async def test_payment_that_does_not_fit_is_flagged(rig: Rig) -> None:
    await rig.send(sale(line(1, listed=100), tenders=[tender(OTHER, 90)]))
    assert await reviews(rig) == [("TENDERS_DIFFER", "90 for 100")]


async def test_tax_on_top_is_part_of_what_is_paid(rig: Rig) -> None:
    fact = sale(line(1, listed=100, quantity=2, tax_total=5), tax_included=False, tenders=[tender(OTHER, 105)])
    await rig.send(fact)
    (facts,) = await told(rig)
    assert (facts.grand_total, facts.tax_total, facts.lines[0].earn_base) == (105, 5, 100)
    assert await reviews(rig) == []
    assert await rig.drifts() == {}


async def test_a_line_still_to_be_delivered_is_flagged(rig: Rig) -> None:
    await rig.send(sale(line(1, method=trade_pb2.FULFILMENT_METHOD_SHIP)))
    assert await reviews(rig) == [("NOT_CARRIED_OUT", "line 1")]


async def test_the_first_sale_of_an_id_stands_and_the_second_is_kept_aside(rig: Rig) -> None:
    first = sale(line(listed=100))
    second = sale(line(listed=999), sale_id=first.sale_id)
    await rig.send(first)
    answer = await rig.send(second, till="till 2")
    assert (answer.durable_ack, list(answer.conflicts)) == (1, [])
    again = await rig.send(second, sale(), second, first=2)
    assert again.durable_ack == 4
    assert [facts.grand_total for facts in await told(rig)] == [100, 27_000]
    assert [flag for flag, _ in await reviews(rig)] == ["DUPLICATE_SALE"] * 3
    flagged = await rig.events("SaleFlagged", events_pb.SaleFlagged)
    assert [(event.meta.sequence, list(event.flags)) for event in flagged] == [
        (2, ["DUPLICATE_SALE"]), (3, ["DUPLICATE_SALE"]), (4, ["DUPLICATE_SALE"]),
    ]  # fmt: skip
    async with rig.db.read() as tx:
        payload = await tx.fetchval("SELECT payload FROM sale_duplicates WHERE terminal_id = 'till 2'")
    assert facts_pb2.SaleFact.FromString(payload) == second
    assert await rig.drifts() == {}


async def test_one_id_twice_in_a_frame_is_one_sale(rig: Rig) -> None:
    first = sale(line(listed=100))
    await rig.send(first, sale(line(listed=5), sale_id=first.sale_id))
    assert [facts.grand_total for facts in await told(rig)] == [100]
    assert await rig.drifts() == {}


async def test_two_tills_with_one_id_at_once_make_one_sale(rig: Rig) -> None:
    ids = [str(uuid.uuid4()) for _ in range(10)]
    tills = [f"till {number}" for number in range(4)]
    await asyncio.gather(*(rig.send(*(sale(sale_id=each) for each in ids), till=till) for till in tills))
    assert sorted(facts.order_id for facts in await told(rig)) == sorted(ids)
    async with rig.db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM sale_duplicates") == 30
    assert await rig.drifts() == {}


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
async def test_a_frame_whose_answer_was_lost_is_taken_once(rig: Rig, point: str) -> None:
    facts = [sale(), sale(line(1, "GHOST"))]
    faultpoints.arm(f"sales.{point}=raise")
    with pytest.raises(grpc.aio.AioRpcError):
        await rig.send(*facts)
    faultpoints.arm("")
    assert (await rig.send(*facts)).durable_ack == 2
    assert [each.order_id for each in await told(rig)] == [fact.sale_id for fact in facts]
    assert len(await rig.events("SaleFlagged", events_pb.SaleFlagged)) == 1
    assert await rig.drifts() == {}


async def test_one_frame_sent_many_times_at_once_is_taken_once(rig: Rig) -> None:
    facts = [sale() for _ in range(20)]
    answers = await asyncio.gather(*(rig.send(*facts) for _ in range(6)))
    assert {answer.durable_ack for answer in answers} == {20}
    assert len(await told(rig)) == 20
    assert await rig.drifts() == {}
