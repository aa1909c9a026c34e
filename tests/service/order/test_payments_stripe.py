"""Stripe by its own client, against a server that checks keys and replays what is documented."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
import stripe as sdk

from kit.ids import uuid7
from services.order.checkout.domain import Entry
from services.order.payments.domain import (
    Ask,
    Authorised,
    Charge,
    Declined,
    Money,
    ProviderAway,
    Redirect,
    SignatureInvalid,
    Wait,
)
from services.order.payments.stripe import Stripe
from tests.service.order.stripe_server import KEY, StripeServer, event

SECRET = "whsec_local"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[StripeServer]:
    running = StripeServer()
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture
async def pay(server: StripeServer) -> AsyncIterator[Stripe]:
    provider = Stripe(KEY, SECRET, server.url, "TWD")
    yield provider
    await provider.close()


def ask(
    token: str = "pm_card_visa", order_id: str = "", url: str = "https://shop.example/back", number: int = 1
) -> Ask:
    return Ask(order_id or uuid7(), 3000, "TWD", token, url, number)


def charge(asked: Ask, reference: str, captured: int = 0, refunded: int = 0, secured: int = 3000) -> Charge:
    money = Money(secured, captured, refunded, False, None, reference)
    return Charge(asked.order_id, asked.tender_no, "stripe", asked.amount, money)


async def secured(pay: Stripe, asked: Ask) -> str:
    outcome = await pay.authorise(asked, 5)
    assert isinstance(outcome, Authorised)
    assert outcome.amount == 3000
    return outcome.reference


async def test_asking_twice_secures_once(server: StripeServer, pay: Stripe) -> None:
    asked = ask(number=2)
    first = await pay.authorise(asked, 5)
    assert await pay.authorise(asked, 5) == first
    (intent,) = server.intents.values()
    # Stripe counts hundredths of a dollar, and knows the payment by our key
    assert (intent["amount"], intent["metadata"]) == (300_000, {"omo_payment": f"{asked.order_id}:2"})
    keys = [key for call, _, key in server.calls if call.startswith("POST")]
    assert keys[:2] == [f"omo:{asked.key}:create", f"omo:{asked.key}:confirm"]


@pytest.mark.parametrize(
    ("token", "url", "expected"),
    [
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "", "insufficient_funds"),
        ("pm_nobody", "", "resource_missing"),
        ("pm_card_threeDSecure2Required", "", "authentication_required"),
    ],
    ids=["declined", "unknown", "no way to the bank"],
)
async def test_a_no_is_a_no_however_often(
    server: StripeServer, pay: Stripe, token: str, url: str, expected: str
) -> None:
    asked = ask(token, url=url)
    for _ in range(2):
        outcome = await pay.authorise(asked, 5)
        assert isinstance(outcome, Declined)
        assert outcome.code in (expected, "requires_payment_method")
    await pay.void(charge(asked, "", secured=0), 5)
    assert [one["status"] for one in server.intents.values()] == ["canceled"]


async def test_the_shopper_goes_to_his_bank_and_we_hear_of_it(server: StripeServer, pay: Stripe) -> None:
    asked = ask("pm_card_threeDSecure2Required")
    sent = await pay.authorise(asked, 5)
    assert isinstance(sent, Redirect)
    assert await pay.authorise(asked, 5) == sent
    server.secure(server.intents[sent.reference])
    assert await pay.authorise(asked, 5) == Authorised(sent.reference, 3000)
    assert isinstance(await pay.authorise(ask("pm_slow"), 5), Wait)


async def test_a_lost_answer_is_asked_for_again(server: StripeServer, pay: Stripe) -> None:
    asked = ask()
    server.lose = True
    with pytest.raises(ProviderAway):
        await pay.authorise(asked, 5)
    reference = await secured(pay, asked)
    server.broken = 500
    with pytest.raises(ProviderAway):
        await pay.capture(charge(asked, reference), "f1", 1000, 5)
    server.broken = 429
    with pytest.raises(ProviderAway):
        await pay.void(charge(asked, reference), 5)
    with pytest.raises(ProviderAway):
        await Stripe("sk_other", SECRET, server.url, "TWD").authorise(asked, 5)
    with pytest.raises(ProviderAway):
        await pay.authorise(ask(), 0.000001)
    assert len(server.intents) == 1


async def test_a_void_that_comes_first_stands(server: StripeServer, pay: Stripe) -> None:
    asked = ask()
    await pay.void(charge(asked, "", secured=0), 5)
    late = await pay.authorise(asked, 5)
    assert isinstance(late, Declined)
    assert late.code == "canceled"
    await pay.void(charge(asked, late.reference), 5)
    assert [one["status"] for one in server.intents.values()] == ["canceled"]


@pytest.mark.parametrize("parts", [True, False], ids=["in parts", "at once"])
async def test_captures_follow_the_goods(server: StripeServer, pay: Stripe, parts: bool) -> None:
    server.multicapture = parts
    asked = ask()
    reference = await secured(pay, asked)
    for _ in range(2):
        assert await pay.capture(charge(asked, reference), "f1", 1000, 5) is None
    assert server.intents[reference]["amount_received"] == (100_000 if parts else 300_000)
    assert await pay.capture(charge(asked, reference, 1000), "f2", 500, 5) is None
    # the rest never comes: what is secured is let go, what was taken goes back
    await pay.void(charge(asked, reference, 1500), 5)
    await pay.void(charge(asked, reference, 1500), 5)
    intent = server.intents[reference]
    assert intent["amount_received"] - sum(one["amount"] for one in server.refunds) == 150_000
    assert (intent["status"], intent["amount_capturable"]) == ("succeeded", 0)
    refused = await pay.capture(charge(asked, reference, 3000, secured=9000), "f3", 1, 5)
    assert refused == Declined("captured_less")


async def test_the_whole_is_captured_in_one(server: StripeServer, pay: Stripe) -> None:
    asked = ask()
    reference = await secured(pay, asked)
    assert await pay.capture(charge(asked, reference), "f1", 3000, 5) is None
    assert server.intents[reference]["amount_received"] == 300_000
    await pay.void(charge(asked, reference, 3000), 5)
    assert server.refunds == []


async def test_a_refund_is_made_once_even_when_keys_are_forgotten(server: StripeServer, pay: Stripe) -> None:
    asked = ask()
    reference = await secured(pay, asked)
    await pay.capture(charge(asked, reference), "f1", 3000, 5)
    taken = charge(asked, reference, 3000)
    assert await pay.refund(taken, "r1", 1000, 5) is None
    server.answered.clear()  # Stripe keeps them for a day
    assert await pay.refund(taken, "r1", 1000, 5) is None
    assert isinstance(await pay.refund(taken, "r2", 77, 5), Wait)
    assert await pay.refund(taken, "r3", 9999, 5) == Declined("charge_already_refunded")
    server.refunds[-1].update(status="failed", failure_reason="lost_or_stolen_card")
    assert await pay.refund(taken, "r2", 77, 5) == Declined("lost_or_stolen_card")
    assert [one["amount"] for one in server.refunds] == [100_000, 7_700]


def signed(body: bytes, secret: str = SECRET, at: int | None = None) -> dict[str, str]:
    stamp = at or int(time.time())
    return {"stripe-signature": sdk.WebhookSignature.generate_signature_header(body.decode(), secret, stamp)}


def told(order_id: str, **more: Any) -> dict[str, Any]:
    sums = {"amount": 300_000, "amount_received": 0, "amount_capturable": 300_000}
    known = {"status": "requires_capture", "metadata": {"omo_payment": f"{order_id}:2"}}
    return {"id": "pi_1", "object": "payment_intent", **sums, **known, **more}


async def test_notifications_are_read_once_their_signature_is_good(pay: Stripe) -> None:
    order_id, now = uuid7(), datetime.now(UTC)

    def read(kind: str, **more: Any) -> Any:
        body = event(kind, told(order_id, **more))
        return pay.read(body, signed(body), now)

    heard = read("payment_intent.amount_capturable_updated")
    assert (heard.order_id, heard.tender_no, heard.entry, heard.amount, heard.reference, heard.notification_id) == (
        order_id, 2, Entry.AUTHORISED, 3000, "pi_1", "evt_1",
    )  # fmt: skip
    why = {"code": "card_declined", "decline_code": "do_not_honor"}
    declined = read("payment_intent.payment_failed", last_payment_error=why)
    assert (declined.entry, declined.code) == (Entry.DECLINED, "do_not_honor")
    lapsed = read("payment_intent.canceled", cancellation_reason="automatic")
    assert (lapsed.entry, lapsed.amount, lapsed.code) == (Entry.VOIDED, 3000, "automatic")
    meta = {"omo_payment": order_id, "omo_refund": "r1"}
    for status, entry in (("succeeded", Entry.REFUNDED), ("failed", Entry.REFUND_FAILED)):
        given = read("refund.updated", object="refund", id="re_1", status=status, metadata=meta, amount=100_000)
        assert (given.entry, given.key, given.amount, given.tender_no) == (entry, "r1", 1000, 1)
    assert read("refund.updated", object="refund", id="re_1", status="pending", metadata=meta) is None
    assert read("customer.created") is None
    assert read("payment_intent.canceled", metadata={}) is None


async def test_a_notification_that_stripe_did_not_sign_is_refused(pay: Stripe) -> None:
    body, now = event("payment_intent.canceled", told(uuid7())), datetime.now(UTC)
    for headers in (
        {},
        {"stripe-signature": "t=x"},
        signed(body, "whsec_other"),
        signed(body, at=int(time.time()) - 301),
    ):
        with pytest.raises(SignatureInvalid):
            pay.read(body, headers, now)
    with pytest.raises(SignatureInvalid):
        pay.read(body.replace(b"300000", b"300001"), signed(body), now)
