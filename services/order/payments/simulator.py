"""Speaks to the payment simulator over HTTP, as to any provider."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aiohttp
import msgspec

from kit.errors import invalid
from services.order.checkout.domain import Entry
from services.order.payments import signing
from services.order.payments.domain import (
    TENDER,
    Ask,
    Authorised,
    Charge,
    Declined,
    Notification,
    Outcome,
    PaymentUnknown,
    ProviderAway,
    Redirect,
    Wait,
)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_JSON = {"content-type": "application/json"}
# connections that one process keeps open to the provider
_CONNECTIONS = 64
_IDLE_SECONDS = 60.0
_MOST = 10**15


class _Told(msgspec.Struct):
    """A notification's body."""

    notification_id: str
    key: str
    kind: str
    amount: int
    reference: str
    code: str = ""
    part: str = ""


_decode_told = msgspec.json.Decoder(_Told).decode


class Simulator:
    """The provider `simulator`."""

    name = "simulator"

    def __init__(self, url: str, secret: str) -> None:
        self._url = url.rstrip("/")
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def authorise(self, ask: Ask, timeout: float) -> Outcome:
        body = {
            "amount": ask.amount,
            "currency": ask.currency,
            "instrument_token": ask.instrument_token,
            "return_url": ask.return_url,
        }
        return _outcome(await self._post(f"/payments/{ask.key}/authorise", body, timeout))

    async def capture(self, charge: Charge, key: str, amount: int, timeout: float) -> Declined | None:
        answer = await self._post(f"/payments/{charge.key}/capture", {"key": key, "amount": amount}, timeout)
        return _refusal(answer)

    async def void(self, charge: Charge, timeout: float) -> None:
        await self._post(f"/payments/{charge.key}/void", {}, timeout)

    async def refund(self, charge: Charge, key: str, amount: int, timeout: float) -> Declined | Wait | None:
        answer = await self._post(f"/payments/{charge.key}/refund", {"key": key, "amount": amount}, timeout)
        return Wait(key) if answer.get("state") == "waiting" else _refusal(answer)

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notification:
        signing.check(body, headers, self._secret, now)
        try:
            told = _decode_told(body)
            entry = Entry(told.kind)
        except (msgspec.MsgspecError, ValueError) as error:
            raise invalid("body", f"must be a notification of the simulator: {error}") from None
        order_id, tender_no = _payment(told.key)
        if not 0 <= told.amount <= _MOST:
            raise invalid("body.amount", f"must be 0 to {_MOST}")
        return Notification(
            notification_id=told.notification_id,
            order_id=order_id,
            entry=entry,
            key=told.part,
            amount=told.amount,
            reference=told.reference,
            code=told.code,
            tender_no=tender_no,
        )

    async def _post(self, path: str, body: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        return await self._call(path, _encode(body), timeout)

    async def _call(self, path: str, body: bytes, timeout: float) -> dict[str, Any]:
        session = self._session or self._open()
        try:
            async with session.post(
                self._url + path, data=body, headers=_JSON, timeout=aiohttp.ClientTimeout(total=timeout)
            ) as reply:
                if reply.status not in (200, 202, 402, 404, 409):
                    raise ProviderAway(f"the payment provider answered {reply.status}", status=reply.status)
                answer: dict[str, Any] = _decode(await reply.read())
                return answer
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
            raise ProviderAway(f"no answer from the payment provider: {type(error).__name__}") from error

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_IDLE_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _payment(key: str) -> tuple[str, int]:
    """Whose payment a key names, and which of the order's it is."""
    order_id, _, number = key.partition(":")
    try:
        return str(uuid.UUID(order_id)), int(number or TENDER)
    except ValueError:
        raise PaymentUnknown("no payment has that reference", reference=key) from None


def _outcome(answer: Mapping[str, Any]) -> Outcome:
    reference = str(answer.get("reference", ""))
    match answer.get("state"):
        case "authorised" | "captured":
            return Authorised(reference, answer.get("amount"))
        case "redirect":
            return Redirect(str(answer["redirect_url"]), reference)
        case "waiting":
            return Wait(reference)
        case "declined" | "voided":
            return Declined(str(answer.get("code", "")) or str(answer["state"]), reference)
        case other:
            raise ProviderAway(f"the payment provider said {other!r}")


def _refusal(answer: Mapping[str, Any]) -> Declined | None:
    return Declined(str(answer["refused"])) if answer.get("refused") else None
