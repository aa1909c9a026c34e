"""Rules that only so many orders may use, and gifts that come with an order."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from kit.errors import Code, Fault
from omo.order.v1 import order_events_pb2
from omo.order.v1 import order_service_pb2 as pb
from services.order.promotions import store_uses, usecases_segments
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rig import CANCELLED, Rig, line
from tests.service.order.test_promotions import document, percent, put


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as rig:
        yield rig


async def used(rig: Rig, rule_id: str = "few") -> tuple[int, int]:
    """How many uses are counted, and for how many orders."""
    counted = await rig.rows("SELECT uses FROM rule_use_counts WHERE rule_id = $1", rule_id)
    held = await rig.rows("SELECT order_id FROM rule_uses WHERE rule_id = $1", rule_id)
    return (counted[0]["uses"] if counted else 0), len(held)


async def quoted(rig: Rig) -> pb.QuoteResponse:
    asked = pb.QuoteRequest(channel_id="web", member_id=rigs.MEMBER, lines=[line()])
    reply: pb.QuoteResponse = await rig.call(rig.orders.Quote, asked)
    return reply


async def test_of_twenty_at_once_as_many_use_a_rule_as_may(rig: Rig) -> None:
    """Each had a quote with the discount in hand; who comes too late is told, and holds nothing."""
    await put(rig, document(percent("few", 1000, limit={"total": 3})), "p")
    quotes = [(await quoted(rig)).quote for _ in range(20)]
    assert {quote.totals.grand_total.minor_units for quote in quotes} == {2700}

    async def order(quote_id: str) -> str:
        try:
            placed = await rig.place(quote_id=quote_id, lines=[])
        except Fault as fault:
            return f"{fault.reason} {fault.metadata.get('rule_id')}"
        return str(placed.totals.grand_total.minor_units)

    ends = await asyncio.gather(*(order(quote.quote_id) for quote in quotes))
    assert (ends.count("2700"), ends.count("PROMOTION_USED_UP few")) == (3, 17)
    assert await used(rig) == (3, 3)
    late = (await quoted(rig)).quote
    assert late.totals.grand_total.minor_units == 3000
    assert [(each.rule_id, each.reason) for each in late.skipped_rules] == [("few", "used_up")]
    await rig.settled()


async def test_a_declined_order_gives_its_use_back_and_a_cancelled_one_as_the_rule_says(rig: Rig) -> None:
    rules = [
        percent("few", 1000, limit={"per_member": 2}),
        percent("kept", 100, limit={"total": 9, "give_back": False}),
    ]
    await put(rig, document(*rules), "p")
    declined = await rig.fault(rig.place(instrument="sim_declined"))
    assert declined.reason == "PAYMENT_DECLINED"
    assert (await used(rig), await used(rig, "kept")) == ((0, 0), (0, 0))
    order = await rig.place()
    assert (await used(rig), await used(rig, "kept")) == ((1, 1), (1, 1))
    cancel = pb.CancelOrderRequest(request_id="c1", order_id=order.order_id, reason="changed my mind")
    assert (await rig.call(rig.orders.CancelOrder, cancel, rig.hq())).order.state == CANCELLED
    assert (await used(rig), await used(rig, "kept")) == ((0, 0), (1, 1))


async def test_a_member_uses_a_rule_as_often_as_he_may(rig: Rig) -> None:
    await put(rig, document(percent("few", 1000, limit={"per_member": 2})), "p")
    first, second, third = [(await rig.place()).totals.grand_total.minor_units for _ in range(3)]
    assert (first, second, third) == (2700, 2700, 3000)
    guest = pb.QuoteRequest(channel_id="web", lines=[line()])
    reply = await rig.call(rig.orders.Quote, guest, "")
    assert reply.quote.totals.grand_total.minor_units == 3000


async def test_what_was_reserved_for_an_order_that_never_came_goes_back(rig: Rig) -> None:
    await put(rig, document(percent("few", 1000, limit={"total": 3})), "p")
    await rig.place()
    async with rig.db.transaction() as tx:
        assert await store_uses.count_one(tx, "few", 3)
        await store_uses.use(tx, "0197a000-0000-7000-8000-00000000dead", "few", None, give_back=True)
    assert await used(rig) == (2, 2)
    for _ in range(2):
        async with rig.db.transaction() as tx:
            await store_uses.sweep(tx, timedelta(0))
        assert await used(rig) == (1, 1)


async def test_a_rule_for_a_segment_is_for_those_whom_it_means(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Member is asked where a rule names a segment and somebody is known, once in a while; else by nobody."""
    monkeypatch.setattr(usecases_segments, "_SECONDS", 10.0)  # a busy machine is no answer that did not come
    asked = pb.QuoteRequest(channel_id="web", member_id=rigs.MEMBER, lines=[line()])
    await put(rig, document(percent("all", 100)), "p")
    assert (await rig.call(rig.orders.Quote, asked)).quote.totals.grand_total.minor_units == 2970
    assert rig.world.calls["segments.list"] == 0, "a plain price asks nobody"
    await put(rig, document(percent("lovers", 1000, scope={"segments": ["coat-lovers"]})), "p2")
    rig.world.segments = {rigs.MEMBER: {"coat-lovers", "never-named"}}
    rig.world.before["segments.list"] = Fault("away", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
    assert (await rig.call(rig.orders.Quote, asked)).quote.totals.grand_total.minor_units == 3000, "and may quote again"
    rig.world.before.clear()
    assert (await rig.call(rig.orders.Quote, asked)).quote.totals.grand_total.minor_units == 2700
    before = rig.world.calls["segments.list"]
    assert (await rig.place()).totals.grand_total.minor_units == 2700
    assert rig.world.calls["segments.list"] == before, "an answer holds for a while"
    other = pb.QuoteRequest(channel_id="web", member_id=rigs.OTHER, lines=[line()])
    quote = (await rig.call(rig.orders.Quote, other, rig.member(rigs.OTHER))).quote
    assert quote.totals.grand_total.minor_units == 3000
    guest = (await rig.call(rig.orders.Quote, pb.QuoteRequest(channel_id="web", lines=[line()]), "")).quote
    assert guest.totals.grand_total.minor_units == 3000
    await rig.settled()


async def test_a_gift_is_refused_and_points_are_more_where_rules_say_so(rig: Rig) -> None:
    gift = percent("scarf", 1, effect={"kind": "gift", "sku": "SCARF", "quantity": 1})
    twice = percent(
        "twice", 1, effect={"kind": "points_more", "basis_points": 10_000}, scope={"include": {"skus": ["COAT"]}}
    )
    await put(rig, document(gift, twice), "p")
    asked = pb.QuoteRequest(channel_id="web", member_id=rigs.MEMBER, lines=[line()], refused_gifts=["scarf"])
    quote = (await rig.call(rig.orders.Quote, asked)).quote
    assert [one.sku for one in quote.lines] == ["COAT"]
    assert ("scarf", "gift_refused") in [(one.rule_id, one.reason) for one in quote.skipped_rules]
    await rig.place(quote_id=quote.quote_id, lines=[])
    await rig.place(lines=[line(), line("SCARF")], refused_gifts=["scarf"])
    rows = await rig.rows(
        "SELECT payload FROM outbox WHERE subject LIKE 'omo.order.v1.OrderConfirmed.%' ORDER BY record_time"
    )
    told = [order_events_pb2.OrderConfirmed.FromString(row[0]).facts.lines for row in rows]
    assert [[(one.sku, one.net_total, one.earn_base) for one in lines] for lines in told] == [
        [("COAT", 3000, 6000)],
        [("COAT", 3000, 6000), ("SCARF", 990, 990)],
    ]
    await rig.settled()


async def test_a_gift_comes_with_the_order_as_a_line_that_costs_nothing(rig: Rig) -> None:
    gift = {"kind": "gift", "sku": "SCARF", "quantity": 1}
    rule = percent("scarf", 1, effect=gift, conditions=[{"kind": "min_amount", "amount": 3000}])
    await put(rig, document(rule), "p")
    order = await rig.place()
    assert [(each.line_no, each.sku, each.net_total.minor_units) for each in order.lines] == [
        (1, "COAT", 3000),
        (2, "SCARF", 0),
    ]
    assert order.lines[1].method == order.lines[0].method
    assert order.totals.grand_total.minor_units == 3000
    assert [each.sku for each in (await rig.place(lines=[line("SCARF")])).lines] == ["SCARF"]
    await rig.settled()
