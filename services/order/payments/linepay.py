"""Speaks to LINE Pay by its Online API v3: the shopper agrees in his app, and what we confirm is paid at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.order.payments.domain import (
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
from services.order.payments.linepay_client import OK, TROUBLE, UNDER_WAY, Client
from services.order.payments.linepay_refunds import Refunds
from services.order.payments.store_notes import Notes

_PAID, _AGREED = "0123", "0110"
_TWICE = "1172"  # that number of ours was asked for before
_ENDS = {"0121": "cancelled_by_shopper", "0122": "failed"}
_TRIES = 5


class LinePay:
    """The provider `linepay`.

    It knows our number of a payment once only, and no key of a refund: what
    was asked is noted before it is asked, so that nothing is asked twice. A
    request that nobody confirms takes no money, so one whose answer was lost
    is left to lapse. It sends no notifications: the saga asks how it stands.
    """

    name = "linepay"

    def __init__(self, channel_id: str, secret: str, url: str, currency: str, notes: Notes) -> None:
        self._client = Client(channel_id, secret, url, currency)
        self._notes = notes
        self._refunds = Refunds(self._client, notes)

    async def close(self) -> None:
        await self._client.close()

    async def authorise(self, ask: Ask, timeout: float) -> Outcome:
        notes = await self._notes.of(ask.key)
        transaction = _transaction(notes)
        if "void" in notes:
            return Declined("voided", transaction)
        if not transaction:
            return await self._request(ask, notes, timeout)
        said = await self._client.get(f"/v3/payments/requests/{transaction}/check", "", timeout)
        match said["returnCode"]:
            case code if code == OK:
                return Redirect(notes[f"url:{transaction}"], transaction)
            case code if code == _AGREED:
                return await self._confirm(ask, transaction, timeout)
            case code if code == _PAID:
                return Authorised(transaction, await self._paid(transaction, timeout))
            case code if code in _ENDS:
                return Declined(_ENDS[code], transaction)
            case code:
                raise ProviderAway(f"the payment provider said {code}", status=code)

    async def capture(self, charge: Charge, key: str, amount: int, timeout: float) -> Declined | None:
        """What is confirmed is paid: our books follow the goods."""
        return None

    async def void(self, charge: Charge, timeout: float) -> None:
        await self._notes.add(charge.key, "void", "")
        transaction = _transaction(await self._notes.of(charge.key))
        if not transaction:
            return
        said = await self._client.get(f"/v3/payments/requests/{transaction}/check", "", timeout)
        if said["returnCode"] == _PAID:
            over = charge.asked - charge.money.captured
            answer = await self._refunds.give(charge.key, transaction, "void", over, timeout)
            if answer is not None:
                raise ProviderAway(f"what was paid could not be given back: {answer.code}", status=answer.code)

    async def refund(self, charge: Charge, key: str, amount: int, timeout: float) -> Declined | Wait | None:
        return await self._refunds.give(charge.key, charge.reference, key, amount, timeout)

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notification | None:
        raise SignatureInvalid("LINE Pay sends no notifications")

    async def _request(self, ask: Ask, notes: Mapping[str, str], timeout: float) -> Outcome:
        """Under the next number of ours: one whose answer was lost is known to LINE Pay and to nobody else."""
        if not ask.return_url:
            return Declined("no_return_url")
        for number in range(_TRIES):
            body = self._wish(ask, f"{ask.key}-{number}")
            said = await self._client.post("/v3/payments/request", body, timeout)
            if said["returnCode"] == OK:
                transaction, url = str(said["info"]["transactionId"]), str(said["info"]["paymentUrl"]["web"])
                await self._notes.add(ask.key, f"url:{transaction}", url)
                await self._notes.add(ask.key, "transaction", transaction)
                return Redirect(url, transaction)
            if said["returnCode"] != _TWICE:
                return _refused(said)
        raise ProviderAway("the payment provider never answered in time", status=_TWICE)

    async def _confirm(self, ask: Ask, transaction: str, timeout: float) -> Outcome:
        body = {"amount": self._client.amount(ask.amount), "currency": ask.currency}
        said = await self._client.post(f"/v3/payments/{transaction}/confirm", body, timeout)
        if said["returnCode"] in UNDER_WAY:
            return Wait(transaction)
        if said["returnCode"] != OK:
            return _refused(said, transaction)
        if "void" in await self._notes.of(ask.key):  # let go while we confirmed
            await self._refunds.give(ask.key, transaction, "void", ask.amount, timeout)
            return Declined("voided", transaction)
        return Authorised(transaction, self._sum(said["info"].get("payInfo", ())))

    async def _paid(self, transaction: str, timeout: float) -> int:
        return self._sum((await self._client.details(transaction, timeout)).get("payInfo", ()))

    def _wish(self, ask: Ask, number: str) -> dict[str, Any]:
        amount = self._client.amount(ask.amount)
        product = {"name": f"Order {ask.order_id[-12:]}", "quantity": 1, "price": amount}
        return {
            "amount": amount,
            "currency": ask.currency,
            "orderId": number,
            "packages": [{"id": "1", "amount": amount, "products": [product]}],
            "redirectUrls": {"confirmUrl": ask.return_url, "cancelUrl": ask.return_url},
        }

    def _sum(self, paid: Any) -> int:
        return sum(self._client.minor(one["amount"]) for one in paid)


def _transaction(notes: Mapping[str, str]) -> str:
    return notes.get("transaction", "")


def _refused(said: Mapping[str, Any], reference: str = "") -> Declined:
    code = str(said["returnCode"])
    if code in TROUBLE | UNDER_WAY:
        raise ProviderAway(f"the payment provider said {code}", status=code)
    return Declined(code, reference)
