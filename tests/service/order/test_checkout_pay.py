"""Payments that take their time: redirect, slow, never; and what providers tell us, true or not, once or often."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from kit.errors import Code, Fault
from kit.postgres import Tx
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import payment_service_pb2 as payment_pb
from services.order.payments import signing
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import OTHER, wish
from tests.service.order.rig import CANCELLED, CONFIRMED, PENDING_PAYMENT, SECRET, Rig


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases, slow=2.5) as running:
        yield running


def notification(order_id: str, kind: str, amount: int = 3000, number: str = "n1", **more: object) -> bytes:
    told = {"notification_id": number, "key": order_id, "kind": kind, "amount": amount, "reference": "r1"}
    return json.dumps(told | more).encode()


async def tell(rig: Rig, body: bytes, *, secret: str = SECRET, at: float | None = None) -> None:
    headers = {signing.HEADER: signing.sign(body, secret, int(at or time.time()))}
    told = payment_pb.RecordNotificationRequest(provider="simulator", body=body, headers=headers)
    await rig.call(rig.payments.RecordNotification, told, "")


async def journal(rig: Rig, order_id: str) -> list[str]:
    rows = await rig.rows("SELECT entry FROM order_tenders WHERE order_id = $1 ORDER BY record_time, entry", order_id)
    return [row["entry"] for row in rows]


async def test_a_shopper_who_is_sent_away_comes_back_to_a_confirmed_order(rig: Rig) -> None:
    asked = wish(instrument="sim_redirect")
    first = await rig.call(rig.orders.PlaceOrder, asked)
    assert first.order.state == PENDING_PAYMENT
    assert (await rig.call(rig.orders.PlaceOrder, asked)) == first
    async with aiohttp.ClientSession() as shopper, shopper.get(first.order.next_action.redirect_url) as page:
        assert page.status == 200
    order = await rig.ended(first.order.order_id)
    assert order.state == CONFIRMED
    assert not order.HasField("next_action")
    assert await rig.events() == ["OrderPaymentPending", "OrderConfirmed"]
    assert order.version == 3
    # the first answer stays the answer to that request
    assert (await rig.call(rig.orders.PlaceOrder, asked)) == first
    await rig.settled()


async def test_a_shopper_who_says_no_gets_everything_back(rig: Rig) -> None:
    order = await rig.place(instrument="sim_redirect")
    async with aiohttp.ClientSession() as shopper:
        await (await shopper.get(order.next_action.redirect_url + "?decline=1")).read()
    ended = await rig.ended(order.order_id)
    assert (ended.state, ended.reason) == (CANCELLED, "PAYMENT_DECLINED")
    await rig.settled()


async def test_a_provider_slower_than_we_wait_confirms_by_notification(rig: Rig) -> None:
    order = await rig.place(instrument="sim_slow")
    assert (order.state, order.next_action.wait_seconds) == (PENDING_PAYMENT, 3)
    assert (await rig.ended(order.order_id)).state == CONFIRMED
    await rig.settled()


async def test_a_lost_notification_is_asked_for(rig: Rig) -> None:
    rig.deaf = True
    order = await rig.place(instrument="sim_redirect")
    async with aiohttp.ClientSession() as shopper:
        await (await shopper.get(order.next_action.redirect_url)).read()
    rig.clock.advance(seconds=5)
    assert (await rig.ended(order.order_id)).state == CONFIRMED
    rig.deaf = False
    await rigs.eventually(lambda: _told(rig))
    assert await journal(rig, order.order_id) == ["REQUESTED", "AUTHORISED"]
    await rig.settled()


async def _told(rig: Rig) -> bool:
    return not rig.book.untold()


async def test_a_payment_that_never_comes_is_undone_in_time(rig: Rig) -> None:
    order = await rig.place(instrument="sim_never")
    assert order.state == PENDING_PAYMENT
    rig.clock.advance(minutes=14)
    await asyncio.sleep(0)
    assert (await rig.get(order.order_id)).state == PENDING_PAYMENT
    rig.clock.advance(minutes=2)
    ended = await rig.ended(order.order_id)
    assert (ended.state, ended.reason) == (CANCELLED, "PAYMENT_TIMEOUT")
    payment = rig.book.find(order.order_id)
    assert payment is not None
    assert payment.state == "voided"
    await rig.settled()


async def test_an_order_that_waits_can_be_cancelled(rig: Rig) -> None:
    order = await rig.place(instrument="sim_redirect")
    ask = pb.CancelOrderRequest(request_id="c1", order_id=order.order_id, reason="CHANGED_MIND")
    reply = await rig.call(rig.orders.CancelOrder, ask)
    assert (reply.order.state, reply.order.reason) == (CANCELLED, "CHANGED_MIND")
    assert (await rig.ended(order.order_id)).reason == "CHANGED_MIND"
    assert await rig.events() == ["OrderPaymentPending", "OrderCancelled"]
    await rig.settled()


async def test_money_secured_after_the_end_is_given_back(rig: Rig) -> None:
    order = await rig.place(instrument="sim_never")
    await rig.call(rig.orders.CancelOrder, pb.CancelOrderRequest(request_id="c1", order_id=order.order_id, reason="NO"))
    await rig.ended(order.order_id)
    await tell(rig, notification(order.order_id, "AUTHORISED"))
    assert sorted(await journal(rig, order.order_id)) == ["AUTHORISED", "REQUESTED", "VOIDED"]

    async def given_back() -> bool:
        return not await rig.rows("SELECT key FROM timers WHERE kind = 'payment.give_back'")

    await rigs.eventually(given_back)
    await rig.settled()


async def test_a_notification_is_taken_once_and_in_any_order(rig: Rig) -> None:
    order = await rig.place(instrument="sim_redirect")
    captured = notification(order.order_id, "CAPTURED", number="n2", part="late")
    authorised = notification(order.order_id, "AUTHORISED")
    await tell(rig, captured)
    assert (await rig.get(order.order_id)).state == PENDING_PAYMENT
    for _ in range(3):
        await tell(rig, authorised)
    await tell(rig, notification(order.order_id, "AUTHORISED", number="n3"))
    assert (await rig.ended(order.order_id)).state == CONFIRMED
    assert sorted(await journal(rig, order.order_id)) == ["AUTHORISED", "CAPTURED", "REQUESTED"]
    assert (await rig.events()).count("OrderConfirmed") == 1
    await rig.settled()


async def test_a_notification_that_is_not_the_provider_s_is_refused(rig: Rig) -> None:
    order = await rig.place(instrument="sim_redirect")
    body = notification(order.order_id, "AUTHORISED")
    forged = await rig.fault(tell(rig, body, secret="another secret"))
    old = await rig.fault(tell(rig, body, at=time.time() - 301))
    told = payment_pb.RecordNotificationRequest(provider="simulator", body=body)
    bare = await rig.fault(rig.call(rig.payments.RecordNotification, told, ""))
    assert {forged.reason, old.reason, bare.reason} == {"SIGNATURE_INVALID"}
    for key in (OTHER, "x" * 36, "short"):
        assert (await rig.fault(tell(rig, notification(key, "AUTHORISED")))).reason == "PAYMENT_UNKNOWN"
    negative = await rig.fault(tell(rig, notification(order.order_id, "AUTHORISED", amount=-1)))
    assert negative.metadata["field"] == "body.amount"
    nonsense = await rig.fault(tell(rig, b"{}"))
    assert nonsense.reason == "FIELD_INVALID"
    assert (await rig.get(order.order_id)).state == PENDING_PAYMENT
    # what could not be placed leaves no claim behind: told again with its order there, it counts
    await tell(rig, body)
    assert (await rig.ended(order.order_id)).state == CONFIRMED


async def test_less_than_the_total_does_not_confirm(rig: Rig) -> None:
    order = await rig.place(instrument="sim_redirect")
    await tell(rig, notification(order.order_id, "AUTHORISED", amount=1))
    ended = await rig.ended(order.order_id)
    assert (ended.state, ended.reason) == (CANCELLED, "AMOUNT_MISMATCH")
    await rig.settled()


async def test_capture_takes_parts_once_up_to_the_whole(rig: Rig) -> None:
    order = await rig.place()
    pay = rig.parts.payments
    assert await pay.capture(order.order_id, "f1", 1000)
    assert await pay.capture(order.order_id, "f1", 1000)
    assert await pay.capture(order.order_id, "f2", 9000)
    assert rig.book.total(order.order_id, "capture") == 3000
    reply = await rig.call(rig.payments.ListPayments, payment_pb.ListPaymentsRequest(order_id=order.order_id), rig.hq())
    told = [(tender.state, tender.amount.minor_units) for tender in reply.tenders]
    assert told[2:] == [(order_pb2.TENDER_STATE_CAPTURED, 1000), (order_pb2.TENDER_STATE_CAPTURED, 2000)]
    await rig.settled()


async def test_a_refused_capture_is_journalled(rig: Rig) -> None:
    order = await rig.place(instrument="sim_no_capture")
    assert not await rig.parts.payments.capture(order.order_id, "f1", 3000)
    assert "CAPTURE_FAILED" in await journal(rig, order.order_id)


async def test_what_was_captured_is_refunded_when_the_order_is_cancelled(rig: Rig) -> None:
    order = await rig.place()
    assert await rig.parts.payments.capture(order.order_id, "f1", 1000)
    await rig.call(rig.orders.CancelOrder, pb.CancelOrderRequest(request_id="c1", order_id=order.order_id, reason="NO"))

    async def refunded() -> bool:
        return rig.book.total(order.order_id, "refund") == 1000

    await rigs.eventually(refunded)

    async def journalled() -> bool:
        return {"REFUNDED", "VOIDED"} <= set(await journal(rig, order.order_id))

    await rigs.eventually(journalled)
    assert await rig.proofs() == {}


async def test_money_secured_while_the_order_is_undone_is_given_back(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The undoing has looked at the money already, and may not look again."""
    promised: list[str] = []
    payments, later = rig.parts.payments, rig.parts.payments.give_back_later

    async def noted(tx: Tx, order_id: str) -> None:
        promised.append(order_id)
        await later(tx, order_id)

    monkeypatch.setattr(payments, "give_back_later", noted)
    rig.world.before["stock.release"] = Fault("away", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
    assert (await rig.fault(rig.place(instrument="sim_decline"))).reason == "PAYMENT_DECLINED"
    ((order_id,),) = await rig.rows("SELECT order_id FROM checkouts WHERE step = 'UNDO'")
    await tell(rig, notification(order_id, "AUTHORISED"))
    assert promised == [order_id]
    rig.world.before.clear()
    await rig.ended(order_id)
