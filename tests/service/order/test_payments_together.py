"""A card at Stripe and LINE Pay pay one order, from the shopper's wish to what goes back in the end."""

import time
from collections.abc import AsyncIterator

import pytest_asyncio
import stripe as sdk

from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import payment_service_pb2 as payment_pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.linepay_server import CHANNEL, LinePayServer
from tests.service.order.linepay_server import SECRET as LINE_SECRET
from tests.service.order.rig import CANCELLED, CONFIRMED, PENDING_PAYMENT, Rig, eventually
from tests.service.order.stripe_server import KEY, StripeServer, event
from tests.service.order.test_split_payments import entries, placed

WEBHOOK = "whsec_local"
BACK = "https://shop.example/back"


@pytest_asyncio.fixture(scope="module")
async def line() -> AsyncIterator[LinePayServer]:
    running = LinePayServer()
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(scope="module")
async def card() -> AsyncIterator[StripeServer]:
    running = StripeServer()
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(scope="module")
async def rig(module_databases: Databases, line: LinePayServer, card: StripeServer) -> AsyncIterator[Rig]:
    told = {
        "OMO_STRIPE_KEY": KEY, "OMO_STRIPE_WEBHOOK_SECRET": WEBHOOK, "OMO_STRIPE_URL": card.url,
        "OMO_LINEPAY_CHANNEL_ID": CHANNEL, "OMO_LINEPAY_CHANNEL_SECRET": LINE_SECRET, "OMO_LINEPAY_URL": line.url,
    }  # fmt: skip
    async with rigs.running(module_databases, more=told) as running:
        yield running


def by(provider: str, token: str, amount: int | None = None) -> pb.PaymentPart:
    return pb.PaymentPart(provider=provider, instrument_token=token, return_url=BACK, amount=amount)


async def hear(rig: Rig, body: bytes) -> None:
    stamp = sdk.WebhookSignature.generate_signature_header(body.decode(), WEBHOOK, int(time.time()))
    told = payment_pb.RecordNotificationRequest(provider="stripe", body=body, headers={"stripe-signature": stamp})
    await rig.call(rig.payments.RecordNotification, told, "")


async def test_a_card_and_line_pay_pay_one_order(rig: Rig, line: LinePayServer, card: StripeServer) -> None:
    order = await placed(rig, by("stripe", "pm_card_visa", 1000), by("linepay", "line"))
    assert order.state == PENDING_PAYMENT
    assert order.next_action.redirect_url.startswith("https://sandbox-web-pay.line.me/")
    (transaction,) = line.transactions.values()
    line.agree(str(transaction.number))
    rig.clock.advance(seconds=5)
    assert (await rig.ended(order.order_id)).state == CONFIRMED
    assert await entries(rig, order.order_id, "AUTHORISED") == [(1, "AUTHORISED", 1000), (2, "AUTHORISED", 2000)]
    assert await rig.parts.payments.capture(order.order_id, "f1", 1500)
    (intent,) = card.intents.values()
    assert intent["amount_received"] == 100_000
    ask = pb.CancelOrderRequest(request_id="c1", order_id=order.order_id, reason="NO")
    await rig.call(rig.orders.CancelOrder, ask)

    async def over() -> bool:
        return not await rig.rows("SELECT FROM timers WHERE kind = 'payment.give_back'")

    await eventually(over)
    assert sum(transaction.refunds) == 2000
    assert sum(one["amount"] for one in card.refunds) == 100_000
    assert await rig.proofs() == {}


async def test_stripe_s_word_goes_on_with_the_order(rig: Rig, card: StripeServer) -> None:
    order = await placed(rig, by("stripe", "pm_card_threeDSecure2Required", 1000), by("simulator", "sim_ok"))
    assert order.next_action.redirect_url.startswith("https://hooks.stripe.test/")
    intent = list(card.intents.values())[-1]
    card.secure(intent)
    told = {**intent, "latest_charge": "ch_1"}
    for _ in range(2):
        await hear(rig, event("payment_intent.amount_capturable_updated", told, "evt_7"))
    assert (await rig.ended(order.order_id)).state == CONFIRMED
    reference = await rig.rows("SELECT reference FROM order_tenders WHERE entry = 'AUTHORISED' AND order_id = $1 "
                               "AND tender_no = 1", order.order_id)  # fmt: skip
    assert reference[0][0] == intent["id"]


async def test_line_pay_s_no_lets_the_card_go(rig: Rig, line: LinePayServer, card: StripeServer) -> None:
    order = await placed(rig, by("stripe", "pm_card_visa", 1000), by("linepay", "line"))
    list(line.transactions.values())[-1].state = "0121"
    rig.clock.advance(seconds=5)
    ended = await rig.ended(order.order_id)
    assert (ended.state, ended.reason) == (CANCELLED, "PAYMENT_DECLINED")
    assert list(card.intents.values())[-1]["status"] == "canceled"
    declined = await rig.rows(
        "SELECT code FROM order_tenders WHERE entry = 'DECLINED' AND order_id = $1", order.order_id
    )
    assert [row[0] for row in declined] == ["cancelled_by_shopper"]
    assert await rig.proofs() == {}
