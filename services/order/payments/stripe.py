"""Speaks to Stripe by its official client: PaymentIntents that are captured when goods are handed over."""

import asyncio
import uuid
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import stripe

from services.order.checkout.domain import Entry
from services.order.payments.domain import (
    TENDER,
    Ask,
    Authorised,
    Charge,
    Declined,
    Notification,
    Outcome,
    ProviderAway,
    Redirect,
    SignatureInvalid,
    Wait,
)

T = TypeVar("T")
# we count whole dollars, Stripe hundredths of them
_SCALES = {"TWD": 100}
# ours, in what Stripe keeps for us: by which payment it is known, and which refund
_PAYMENT, _REFUND = "omo_payment", "omo_refund"
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture", "processing")
_AWAY = (
    stripe.APIConnectionError,
    stripe.APIError,
    stripe.AuthenticationError,
    stripe.IdempotencyError,
    stripe.PermissionError,
    stripe.RateLimitError,
    TimeoutError,
)


class Stripe:
    """The provider `stripe`; every call carries a key of ours, so that asking again asks for nothing more."""

    name = "stripe"

    def __init__(self, key: str, webhook_secret: str, url: str, currency: str) -> None:
        self._secret = webhook_secret
        self._currency = currency
        self._http = stripe.AIOHTTPClient(timeout=None)  # each call brings its own
        self._client = stripe.StripeClient(
            key, http_client=self._http, base_addresses={"api": url.rstrip("/")}, max_network_retries=0
        )

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def authorise(self, ask: Ask, timeout: float) -> Outcome:
        """Created first and confirmed then: what is voided in between is cancelled, and cannot be confirmed."""
        try:
            intent = await self._within(self._intent(ask.key, ask.amount), timeout)
            if intent["status"] == "requires_payment_method" and not intent["last_payment_error"]:
                intent = await self._within(self._confirm(intent["id"], ask), timeout)
        except stripe.CardError as error:
            told = _told(error)
            return Declined(_why(told) or "declined", str((told.get("payment_intent") or {}).get("id", "")))
        except stripe.InvalidRequestError as error:
            return Declined(error.code or "invalid_request")
        return self._outcome(intent)

    async def capture(self, charge: Charge, key: str, amount: int, timeout: float) -> Declined | None:
        """A part, where the card lets us come back for the rest; else all of it, of which what never comes goes back.

        So nothing that was secured lapses with the first part.
        """
        intent = await self._within(self._known(charge), timeout)
        want, given = self._minor(charge.money.captured + amount), self._minor(amount)
        if intent["status"] == "succeeded":
            return None if intent["amount_received"] >= want else Declined("captured_less")
        last = charge.money.captured + amount >= charge.asked
        params: Any = {"amount_to_capture": given if last else intent["amount_capturable"]}
        name = f"capture:{key}" if last else "capture:all"
        if _comes_in_parts(intent):
            name, params = f"capture:{key}", {"amount_to_capture": given, "final_capture": last}
        try:
            await self._within(
                self._client.v1.payment_intents.capture_async(intent["id"], params, self._by(charge.key, name)), timeout
            )
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return Declined(error.code or "refused", intent["id"])
        return None

    async def void(self, charge: Charge, timeout: float) -> None:
        intent = await self._within(self._known(charge), timeout)
        by, intents = self._by(charge.key, "void"), self._client.v1.payment_intents
        if intent["status"] == "succeeded":
            over = intent["amount_received"] - self._minor(charge.money.captured)
            if over > 0:
                await self._within(self._give(charge, intent["id"], "void", over), timeout)
        elif intent["status"] in _OPEN and intent["amount_received"]:
            rest = {"amount_to_capture": 0, "final_capture": True}
            await self._within(intents.capture_async(intent["id"], rest, by), timeout)  # type: ignore[arg-type]
        elif intent["status"] in _OPEN:
            await self._within(intents.cancel_async(intent["id"], {}, by), timeout)

    async def refund(self, charge: Charge, key: str, amount: int, timeout: float) -> Declined | Wait | None:
        intent = await self._within(self._known(charge), timeout)
        try:
            given = await self._within(self._give(charge, intent["id"], key, self._minor(amount)), timeout)
        except stripe.InvalidRequestError as error:
            return Declined(error.code or "refused")
        match given["status"]:
            case "succeeded":
                return None
            case "failed" | "canceled":
                return Declined(given["failure_reason"] or given["status"])
        return Wait(given["id"])

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notification | None:
        try:
            event = stripe.Webhook.construct_event(body, headers.get("stripe-signature", ""), self._secret)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise SignatureInvalid("the notification's signature does not verify") from error
        told = event.data.object.to_dict()
        payment = _payment((told.get("metadata") or {}).get(_PAYMENT, ""))
        news = self._news(event.type, told)
        if payment is None or news is None:
            return None
        entry, amount, reference, code, key = news
        amount = amount // self._minor(1)
        return Notification(event.id, payment[0], entry, key, amount, reference, code, payment[1])

    def _news(self, kind: str, told: Any) -> tuple[Entry, int, str, str, str] | None:
        """What of Stripe's words is news to an order: entry, amount, reference, code and key."""
        match kind:
            case "payment_intent.amount_capturable_updated":
                return Entry.AUTHORISED, told["amount_capturable"], told["id"], "", ""
            case "payment_intent.payment_failed":
                return Entry.DECLINED, told["amount"], told["id"], _why(told.get("last_payment_error")), ""
            case "payment_intent.canceled":
                rest = told["amount"] - told["amount_received"]
                return Entry.VOIDED, rest, told["id"], told.get("cancellation_reason") or "", ""
            case "refund.updated" | "refund.failed" | "charge.refund.updated":
                ends = {"succeeded": Entry.REFUNDED, "failed": Entry.REFUND_FAILED, "canceled": Entry.REFUND_FAILED}
                key = (told.get("metadata") or {}).get(_REFUND, "")
                entry = ends.get(told["status"])
                # what a void gives back was never captured as we count
                if entry is not None and key not in ("", "void"):
                    return entry, told["amount"], told["id"], told.get("failure_reason") or "", key
        return None

    async def _known(self, charge: Charge) -> Any:
        """The intent of a payment: by its name, or by our key, which finds it or makes one to cancel."""
        if charge.reference:
            params: Any = {"expand": ["latest_charge"]}
            return (await self._client.v1.payment_intents.retrieve_async(charge.reference, params)).to_dict()
        return await self._intent(charge.key, charge.asked)

    async def _intent(self, key: str, amount: int) -> Any:
        params: Any = {
            "amount": self._minor(amount),
            "currency": self._currency.lower(),
            "capture_method": "manual",
            "payment_method_types": ["card"],
            "payment_method_options": {"card": {"request_multicapture": "if_available"}},
            "metadata": {_PAYMENT: key},
        }
        intent = await self._client.v1.payment_intents.create_async(params, self._by(key, "create"))
        replayed = intent.last_response is not None and intent.last_response.headers.get("Idempotent-Replayed")
        if replayed:  # the answer of then, and not how it stands now
            intent = await self._client.v1.payment_intents.retrieve_async(intent.id, {"expand": ["latest_charge"]})
        return intent.to_dict()

    async def _confirm(self, intent_id: str, ask: Ask) -> Any:
        params: Any = {"payment_method": ask.instrument_token}
        # who cannot be sent to his bank cannot pay by a card whose bank wants to see him
        params |= {"return_url": ask.return_url} if ask.return_url else {"error_on_requires_action": True}
        by = self._by(ask.key, "confirm")
        return (await self._client.v1.payment_intents.confirm_async(intent_id, params, by)).to_dict()

    async def _give(self, charge: Charge, intent_id: str, key: str, amount: int) -> Any:
        """Stripe forgets our keys after a day, but not its refunds: one that is there already is not made again."""
        refunds = self._client.v1.refunds
        found = await refunds.list_async({"payment_intent": intent_id, "limit": 100})
        for one in found.to_dict()["data"]:
            if (one["metadata"] or {}).get(_REFUND) == key:
                return one
        metadata = {_PAYMENT: charge.key, _REFUND: key}
        params: Any = {"payment_intent": intent_id, "amount": amount, "metadata": metadata}
        return (await refunds.create_async(params, self._by(charge.key, f"refund:{key}"))).to_dict()

    def _outcome(self, intent: Any) -> Outcome:
        match intent["status"]:
            case "requires_capture":
                return Authorised(intent["id"], intent["amount_capturable"] // self._minor(1))
            case "succeeded":
                return Authorised(intent["id"], intent["amount_received"] // self._minor(1))
            case "requires_action":
                to = (intent["next_action"] or {}).get("redirect_to_url") or {}
                return Redirect(to["url"], intent["id"]) if to.get("url") else Wait(intent["id"])
            case "requires_payment_method" | "canceled":
                return Declined(_why(intent["last_payment_error"]) or intent["status"], intent["id"])
        return Wait(intent["id"])

    def _minor(self, amount: int) -> int:
        return amount * _SCALES.get(self._currency, 1)

    def _by(self, key: str, step: str) -> Any:
        return {"idempotency_key": f"omo:{key}:{step}"}

    async def _within(self, work: Awaitable[T], timeout: float) -> T:
        try:
            async with asyncio.timeout(timeout):
                return await work
        except (stripe.CardError, stripe.InvalidRequestError):
            raise
        except _AWAY as error:
            raise ProviderAway(f"no answer from the payment provider: {type(error).__name__}") from error


def _comes_in_parts(intent: Any) -> bool:
    charge = intent["latest_charge"]
    if charge is None or isinstance(charge, str):
        return False
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    return bool((card.get("multicapture") or {}).get("status") == "available")


def _why(error: Any) -> str:
    return str(error.get("decline_code") or error.get("code") or "declined") if error else ""


def _told(error: stripe.StripeError) -> Mapping[str, Any]:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    return body.get("error") or {}


def _payment(key: str) -> tuple[str, int] | None:
    """Which order's payment a key of ours names, and which of them."""
    order_id, _, number = key.partition(":")
    try:
        return str(uuid.UUID(order_id)), int(number or TENDER)
    except ValueError:
        return None
