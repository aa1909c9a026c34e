"""What the end of a pack owes its buyer is paid back by what had paid for it, once."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from kit import access, faultpoints, streams
from kit.consumer import Consumer
from kit.errors import Code, Fault
from kit.ids import uuid7
from kit.inbox import Event, Inbox
from omo.member.v1 import member_events_pb2
from omo.order.v1 import returns_pb2
from omo.order.v1.sales_service_pb2_grpc import SalesServiceStub
from services.order.payments.domain import Declined
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner
from tests.service.order import rig as rigs
from tests.service.order import sales_rig
from tests.service.order.brand import MEMBER, line
from tests.service.order.returns_rig import Counter, units
from tests.service.order.rig import Rig, eventually


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


def due(rig: Rig, order_id: str, amount: int) -> member_events_pb2.PrepaidRefundDue:
    event = member_events_pb2.PrepaidRefundDue(
        pack_id=uuid7(), member_id=MEMBER, order_id=order_id, location_id="TPE01", amount=amount, line_no=1
    )
    event.meta.event_id, event.meta.aggregate_id = uuid7(), MEMBER
    event.meta.business_time.FromDatetime(rig.clock())
    if amount:
        rig.world.owed[event.pack_id] = amount
    return event


async def hear(rig: Rig, *events: Any) -> None:
    inbox = Inbox("order", rig.parts.ears())
    async with rig.db.transaction() as tx:
        with access.acting_as(access.service("order")):
            await inbox.take(tx, [Event(uuid7(), e.DESCRIPTOR.full_name, e) for e in events])


async def ended(rig: Rig, pack_id: str) -> tuple[str, str]:
    async def over() -> tuple[str, str] | None:
        (row,) = await rig.rows("SELECT state, code FROM pack_refunds WHERE pack_id = $1", pack_id)
        return None if row["state"] == "PAYING" else (row["state"], row["code"])

    return await eventually(over)  # type: ignore[no-any-return]


async def given_back(rig: Rig, order_id: str) -> list[tuple[str, int, str]]:
    rows = await rig.rows(
        "SELECT kind, amount, code FROM order_tenders WHERE order_id = $1 AND entry = 'REFUNDED'"
        " ORDER BY business_time, amount",
        order_id,
    )
    return list(map(tuple, rows))


async def test_what_a_provider_took_goes_back_through_it_once(rig: Rig, nats: NatsCorner) -> None:
    """Told twice through a real stream, killed in the middle, and a return of the rest gets no more than is left."""
    counter = Counter(rig)
    order = await counter.bought(lines=[line(quantity=2)])
    event = due(rig, order.order_id, 1050)
    await streams.ensure_stream(nats.jetstream, streams.stream_name("member"))
    for publisher in ("inventory", "attribution", "order"):
        await streams.ensure_stream(nats.jetstream, streams.stream_name(publisher))
    connection = await nats.connect("order")
    consumer = Consumer(rig.db, connection.jetstream(), "order", rig.parts.ears())
    listening = asyncio.create_task(consumer.run())
    again = member_events_pb2.PrepaidRefundDue()
    again.CopyFrom(event)
    again.meta.event_id = str(uuid.uuid4())
    rig.world.after["prepaid.settle"] = Fault("lost", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
    for told in (event, event, again):
        where = streams.subject(told.DESCRIPTOR.full_name, told.meta.aggregate_id)
        await nats.jetstream.publish(where, told.SerializeToString())

    async def asked() -> bool:
        return rig.world.calls["prepaid.settle"] >= 1

    await eventually(asked)
    del rig.world.after["prepaid.settle"]
    rig.clock.advance(minutes=1)
    assert await ended(rig, event.pack_id) == ("PAID", "")
    consumer.stop()
    await listening
    await connection.close()
    assert await given_back(rig, order.order_id) == [("PROVIDER", 1050, "")]
    assert rig.world.settled == {event.pack_id: f"{event.pack_id}:order"}
    assert rig.world.credit == {}
    back = await counter.back(order.order_no, units(1, 2))
    assert back.refund.amount.minor_units == 6000 - 1050, "of the order's money no more is left"
    await counter.paid(back.return_id)
    assert await rig.proofs() == {}


async def test_what_nobody_can_pay_back_alone_waits_for_a_person(rig: Rig) -> None:
    """And what a provider refuses is given as credit."""
    order = await Counter(rig).bought()
    unknown, too_much = due(rig, str(uuid.uuid4()), 500), due(rig, order.order_id, 3001)
    without = due(rig, "", 500)
    by_hand = due(rig, order.order_id, 700)
    del rig.world.owed[by_hand.pack_id]
    await hear(rig, unknown, too_much, without, by_hand)
    found = [await ended(rig, one.pack_id) for one in (unknown, too_much, without, by_hand)]
    assert found == [("BY_HAND", why) for why in ("NO_ORDER", "NOT_COVERED", "NO_ORDER", "SETTLED")]
    assert await given_back(rig, order.order_id) == []
    assert rig.world.settled == {}
    rest = due(rig, order.order_id, 3000)
    await hear(rig, rest)
    assert await ended(rig, rest.pack_id) == ("PAID", ""), "what was settled by hand holds nothing back"
    refused = await Counter(rig).bought()
    event = due(rig, refused.order_id, 800)
    rig.parts.packs._payments = Refusing()  # type: ignore[assignment]
    await hear(rig, event)
    assert await ended(rig, event.pack_id) == ("PAID", "")
    assert await given_back(rig, refused.order_id) == [("PROVIDER", 800, "TO_CREDIT")], "it is owed all the same"
    assert rig.world.credit == {f"{event.pack_id}:1": (MEMBER, 800)}
    assert await rig.proofs() == {}


class Refusing:
    """Payments whose provider says no."""

    async def refund(self, *_given: Any) -> Declined:
        return Declined("expired_card")


async def test_broken_off_anywhere_the_money_moves_once(rig: Rig) -> None:
    async def failed() -> Any:
        return await rig.rows("SELECT FROM timers WHERE kind = 'returns.pack' AND last_error IS NOT NULL")

    points = [name for name in faultpoints.registered() if name.startswith("packs.")]
    assert len(points) == 2
    packs = []
    for point in points:
        order = await Counter(rig).bought()
        event = due(rig, order.order_id, 900)
        faultpoints.arm(f"{point}=raise")
        try:
            await hear(rig, event)
            await eventually(failed)
        finally:
            faultpoints.arm("")
        rig.clock.advance(minutes=1)
        assert await ended(rig, event.pack_id) == ("PAID", "")
        assert await given_back(rig, order.order_id) == [("PROVIDER", 900, "")]
        packs.append(event.pack_id)
    assert await rig.proofs() == {}
    async with rig.db.transaction() as tx:
        await tx.execute("UPDATE pack_refunds SET amount = 901 WHERE pack_id = $1", packs[0])
    assert await rig.proofs() == {"returns.packs_are_refunded_whole": [f"pack={packs[0]}"]}, "it notices"


async def test_what_is_tried_again_after_days_is_still_ours_to_pay(rig: Rig) -> None:
    """Member forgets a request after 72 hours; what it had let us pay is not taken for paid by hand."""

    async def failed() -> Any:
        return await rig.rows("SELECT FROM timers WHERE kind = 'returns.pack' AND last_error IS NOT NULL")

    order = await Counter(rig).bought()
    event = due(rig, order.order_id, 900)
    faultpoints.arm("packs.after_claimed=raise")
    try:
        await hear(rig, event)
        await eventually(failed)
    finally:
        faultpoints.arm("")
    del rig.world.owed[event.pack_id]
    rig.clock.advance(hours=73)
    assert await ended(rig, event.pack_id) == ("PAID", "")
    assert await given_back(rig, order.order_id) == [("PROVIDER", 900, "")]
    assert await rig.proofs() == {}


async def test_cash_goes_back_as_credit_where_the_brand_offers_that(rig: Rig) -> None:
    """Nobody stands at a counter when a pack's time is over."""
    sold = sales_rig.sale(
        sales_rig.line(sku="CUPS-20", quantity=1, listed=1600), sale_id=str(uuid.uuid4()), member_id=MEMBER
    )
    token = rig.issuer.token("device", "t9", terminal="t9", locations=["TPE01"])
    frame = sales_rig.frame(sold, till="t9", store="TPE01")
    await rig.call(SalesServiceStub(rig.channel).RecordSales, frame, token)
    event = due(rig, sold.sale_id, 1050)
    await hear(rig, event)
    assert await ended(rig, event.pack_id) == ("PAID", "")
    assert await given_back(rig, sold.sale_id) == [("CASH", 1050, "TO_CREDIT")]
    assert rig.world.credit == {f"{event.pack_id}:1": (MEMBER, 1050)}
    terms = returns_pb2.ReturnPolicy(days=30, late_seconds=60)
    await Counter(rig).step("PutReturnPolicy", policy=terms)
    other = due(rig, sold.sale_id, 100)
    await hear(rig, other)
    assert await ended(rig, other.pack_id) == ("BY_HAND", "NO_PROVIDER")
    assert await rig.proofs() == {}
