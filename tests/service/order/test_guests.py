"""Somebody without an account orders, follows and cancels; later the order is the member's who he turns out to be."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from kit import access
from kit.ids import uuid7
from omo.member.v1.member_events_pb2 import MemberMerged
from omo.order.v1 import guest_order_service_pb2 as pb
from omo.order.v1 import guest_order_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.type.v1 import actor_pb2, event_pb2, spend_pb2
from services.member.contacts import naming
from services.order.guests.reactions import REASON
from services.order.reference import merging
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, OTHER, line
from tests.service.order.fulfilment_rig import Store
from tests.service.order.returns_rig import Counter
from tests.service.order.rig import CANCELLED, CONFIRMED, PENDING_PAYMENT, SERVICE_SECRET, Rig
from tests.service.order.test_promotions import document, percent, put

GUEST, STRANGER = uuid7(), uuid7()
HERE = "203.0.113.7"


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


def token(rig: Rig, guest_id: str = GUEST) -> str:
    return rig.issuer.token("guest", guest_id)


def sealed(owner_id: str = GUEST) -> str:
    """A contact id as member makes it."""
    return naming.contact_id(naming.key(SERVICE_SECRET), owner_id, datetime.now(UTC))


async def place(rig: Rig, guest_id: str = GUEST, **changed: Any) -> order_pb2.Order:
    given = {"member_id": "", "contact_id": sealed(guest_id), "masked_name": "陳○明", **changed}
    return await rig.place(token(rig, guest_id), **given)


def stub(rig: Rig) -> Any:
    return rpc.GuestOrderServiceStub(rig.channel)


def gateway(rig: Rig) -> str:
    return rig.issuer.token("service", "gateway")


async def secret(rig: Rig, order_id: str, guest_id: str = GUEST) -> str:
    asked = pb.ShowGuestLinkRequest(order_id=order_id)
    return str((await rig.call(stub(rig).ShowGuestLink, asked, token(rig, guest_id))).secret)


async def by_link(rig: Rig, order_id: str, given: str, address: str = HERE) -> order_pb2.Order:
    asked = pb.GetGuestOrderRequest(order_id=order_id, secret=given, client_address=address)
    return (await rig.call(stub(rig).GetGuestOrder, asked, gateway(rig))).order  # type: ignore[no-any-return]


async def cancel_by_link(rig: Rig, order_id: str, given: str, key: str = "c") -> order_pb2.Order:
    asked = pb.CancelGuestOrderRequest(
        request_id=key, order_id=order_id, secret=given, reason="CHANGED_MIND", client_address=HERE
    )
    return (await rig.call(stub(rig).CancelGuestOrder, asked, gateway(rig))).order  # type: ignore[no-any-return]


def proven(guest_id: str = GUEST, member_id: str = MEMBER, reason: str = REASON) -> MemberMerged:
    """Member's word that a guest is a member."""
    meta = event_pb2.EventMeta(event_id=uuid7(), aggregate_id=member_id, sequence=9, reason=reason)
    return MemberMerged(meta=meta, member_id=member_id, absorbed_member_id=guest_id)


async def hear(rig: Rig, *events: MemberMerged) -> None:
    (on,) = rig.parts.guests.ears()
    with access.acting_as(access.service("order")):
        async with rig.db.transaction() as tx:
            await merging.on_members_merged(tx, list(events))
            await on.handler(tx, list(events))


async def claimed(rig: Rig) -> list[order_events_pb2.SaleClaimed]:
    rows = await rig.rows(
        "SELECT payload FROM outbox WHERE subject LIKE '%SaleClaimed%' ORDER BY record_time, event_id"
    )
    return [order_events_pb2.SaleClaimed.FromString(row["payload"]) for row in rows]


async def mine(rig: Rig, member_id: str = MEMBER) -> list[str]:
    asked = orders_pb.ListOrdersRequest(member_id=member_id)
    reply = await rig.call(rig.orders.ListOrders, asked, rig.member(member_id))
    return [order.order_id for order in reply.orders]


async def test_a_guest_orders_at_everybodys_prices_and_sees_and_cancels_his_own(rig: Rig) -> None:
    quoted = orders_pb.QuoteRequest(channel_id="web", lines=[line("SCARF")])
    quote = (await rig.call(rig.orders.Quote, quoted, token(rig))).quote
    assert quote.totals.grand_total.minor_units == 990
    order = await place(rig, quote_id=quote.quote_id, lines=[])
    assert (order.state, order.member_id) == (CONFIRMED, "")
    (row,) = await rig.rows("SELECT actor_kind, actor_id, member_id, masked_name FROM orders")
    assert tuple(row) == ("guest", GUEST, None, "陳○明")
    asked = orders_pb.GetOrderRequest(order_id=order.order_id)
    assert (await rig.call(rig.orders.GetOrder, asked, token(rig))).order.order_id == order.order_id
    for stranger in (token(rig, STRANGER), rig.member(), rig.issuer.token("guest", MEMBER)):
        assert (await rig.fault(rig.call(rig.orders.GetOrder, asked, stranger))).reason == "NOT_FOUND"
        cancel = orders_pb.CancelOrderRequest(request_id="s", order_id=order.order_id, reason="no")
        assert (await rig.fault(rig.call(rig.orders.CancelOrder, cancel, stranger))).reason == "NOT_FOUND"
    cancel = orders_pb.CancelOrderRequest(request_id="c", order_id=order.order_id, reason="CHANGED_MIND")
    assert (await rig.call(rig.orders.CancelOrder, cancel, token(rig))).order.state == CANCELLED
    told = await rig.rows("SELECT payload FROM outbox WHERE subject LIKE '%OrderConfirmed%'")
    event = order_events_pb2.OrderConfirmed.FromString(told[0]["payload"])
    assert (event.facts.member_id, event.meta.actor.kind) == ("", actor_pb2.ACTOR_KIND_GUEST)
    assert (await rig.proofs()) == {}


async def test_the_same_key_is_one_order_and_another_guests_key_is_another(rig: Rig) -> None:
    contact = sealed()
    first = await place(rig, request_id="k", contact_id=contact)
    assert (await place(rig, request_id="k", contact_id=contact)).order_id == first.order_id
    assert (await place(rig, STRANGER, request_id="k")).order_id != first.order_id


@pytest.mark.parametrize("verb", ["ListOrders", "DescribeUnits"])
async def test_a_guest_is_let_in_nowhere_else(rig: Rig, verb: str) -> None:
    request = {"ListOrders": orders_pb.ListOrdersRequest(), "DescribeUnits": orders_pb.DescribeUnitsRequest()}[verb]
    assert (await rig.fault(rig.call(getattr(rig.orders, verb), request, token(rig)))).reason == "PERMISSION_DENIED"


async def test_what_members_have_is_not_for_guests(rig: Rig) -> None:
    pay_there = orders_pb.PaymentChoice(provider="counter", instrument_token="none")
    collect = line(method=rigs.COLLECT, fulfilment_location_id="TPE01")
    for changed, reason, field in (
        ({"contact_id": ""}, "FIELD_INVALID", "contact_id"),
        ({"contact_id": sealed(STRANGER)}, "NOT_FOUND", "contact_id"),
        ({"contact_id": sealed(MEMBER)}, "NOT_FOUND", "contact_id"),
        ({"member_id": MEMBER}, "NOT_FOUND", "member_id"),
        ({"spend_points": 5}, "FIELD_INVALID", "spend_points"),
        ({"payment": pay_there, "lines": [collect]}, "GUEST_REFUSED", "payment.provider"),
    ):
        fault = await rig.fault(place(rig, **changed))
        assert (fault.reason, fault.metadata["field"]) == (reason, field), changed
    assert await rig.rows("SELECT order_id FROM orders") == []


async def test_a_code_or_a_gift_card_in_a_quote_is_no_way_around_it(rig: Rig) -> None:
    """Anybody may ask what things would cost."""
    await put(rig, document(percent("ten", 1000, trigger="code", codes=["TEN"])), "r1")
    gift = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_GIFT_CARD, ref=uuid7(), amount=1000)
    for wish, field in (({"coupon_codes": ["ten"]}, "coupon_codes"), ({"spends": [gift]}, "spends")):
        asked = orders_pb.QuoteRequest(channel_id="web", lines=[line()], **wish)
        quote = (await rig.call(rig.orders.Quote, asked, "")).quote
        for order in (wish, {"quote_id": quote.quote_id, "lines": []}):
            fault = await rig.fault(place(rig, **order))
            assert (fault.reason, fault.metadata["field"]) == ("GUEST_REFUSED", field), order


async def test_a_proven_guests_orders_are_the_members_as_of_their_own_time(rig: Rig) -> None:
    order, gone, strangers = await place(rig), await place(rig), await place(rig, STRANGER)
    link = await secret(rig, order.order_id)
    await cancel_by_link(rig, gone.order_id, await secret(rig, gone.order_id))
    await hear(rig, proven(reason=""))
    assert await claimed(rig) == [], "two who are made one prove no guest"
    await hear(rig, proven())
    await hear(rig, proven())
    assert set(await mine(rig)) == {order.order_id, gone.order_id}
    (told,) = await claimed(rig)
    assert (told.facts.order_id, told.facts.member_id) == (order.order_id, MEMBER)
    assert told.facts.business_time == order.business_time
    (task,) = await rig.rows("SELECT member_id FROM fulfilments WHERE order_id = $1", order.order_id)
    assert task["member_id"] == MEMBER
    assert (await rig.fault(by_link(rig, order.order_id, link))).reason == "GUEST_LINK_INVALID", "it is somebody's"
    assert (await rig.get(strangers.order_id)).member_id == ""
    assert await mine(rig, OTHER) == []
    proofs = await rig.rows("SELECT order_id, proof FROM sale_claims")
    assert {tuple(row) for row in proofs} == {(order.order_id, "GUEST"), (gone.order_id, "GUEST")}
    assert (await rig.proofs()) == {}


async def test_what_came_back_before_is_told_once_more_with_the_member(rig: Rig) -> None:
    """Who counts for members has not heard of it: what was returned would be earned."""
    counter, store = Counter(rig), Store(rig)
    order = await place(rig)
    ready = await store.made_ready(order.order_id)
    shown = await rig.call(rig.orders.GetOrder, orders_pb.GetOrderRequest(order_id=order.order_id), token(rig))
    await store.hand_over(ready.fulfilment_id, shown.order.pickup_pin)
    given = await counter.back(order.order_id)
    rig.clock.advance(days=2)
    await hear(rig, proven())
    await hear(rig, proven())
    first, again = await counter.told()
    assert (first.member_id, again.member_id) == ("", MEMBER)
    assert (first.refund_id, again.refund_id) == (given.return_id, given.return_id)
    assert again.lines == first.lines
    assert 0 <= again.meta.business_time.seconds - first.meta.business_time.seconds <= 60, "as of its own time"
    assert again.meta.sequence > first.meta.sequence
    assert len(await claimed(rig)) == 1
    await counter.answer("member", given.return_id, "POINTS_EARNED", amount=3)
    assert (await counter.rows(given.return_id))["POINTS_EARNED"][0] == "DONE"
    assert (await rig.proofs()) == {}


async def test_what_is_being_paid_follows_once_it_is_paid(rig: Rig) -> None:
    """The saga of a running checkout knows of no member: who claims meanwhile gets it when it has ended."""
    waiting = await place(rig, instrument="sim_redirect")
    assert waiting.state == PENDING_PAYMENT
    await hear(rig, proven())
    assert await mine(rig) == []
    after = await place(rig)
    rig.clock.advance(minutes=6)

    async def followed() -> bool:
        return after.order_id in await mine(rig)

    await rigs.eventually(followed)
    rig.clock.advance(minutes=30)

    async def ended() -> bool:
        rig.clock.advance(minutes=1)
        return set(await mine(rig)) == {after.order_id, waiting.order_id}

    await rigs.eventually(ended)
    assert (await rig.get(waiting.order_id)).state == CANCELLED, "nobody paid"
    assert [event.facts.order_id for event in await claimed(rig)] == [after.order_id]
