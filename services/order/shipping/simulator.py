"""Speaks to the carrier simulator over HTTP, as to any carrier."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import aiohttp
import msgspec

from kit.errors import invalid
from services.order.fulfilment.domain_parcels import Kind, Word
from services.order.payments import signing
from services.order.shipping.carrier import Booked, CarrierAway, Refused, Shipment

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_JSON = {"content-type": "application/json"}


class _Told(msgspec.Struct):
    """A notification's body."""

    notification_id: str
    key: str
    kind: Kind
    time: datetime
    place: str = ""


_decode_told = msgspec.json.Decoder(_Told).decode


class SimulatedCarrier:
    """The carrier `simulator`."""

    name = "simulator"

    def __init__(self, url: str, secret: str) -> None:
        self._url = url.rstrip("/")
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def book(self, shipment: Shipment, timeout: float) -> Booked | Refused:
        to = {"name": shipment.to.name, "phone": shipment.to.phone, "address": shipment.to.address}
        answer = await self._post(
            f"/shipments/{shipment.key}/book",
            {
                "reference": shipment.order_no,
                "service": shipment.service,
                "weight_grams": shipment.weight_grams,
                "from": shipment.sender,
                "to": to,
            },
            timeout,
        )
        if refused := str(answer.get("refused", "")):
            return Refused(refused)
        return Booked(str(answer["tracking_no"]), str(answer.get("tracking_url", "")))

    async def call_off(self, key: str, timeout: float) -> None:
        await self._post(f"/shipments/{key}/cancel", {}, timeout)

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Sequence[Word]:
        signing.check(body, headers, self._secret, now)
        try:
            told = _decode_told(body)
        except (msgspec.MsgspecError, ValueError) as error:
            raise invalid("body", f"must be a notification of the simulator: {error}") from None
        if told.time.tzinfo is None or not 0 < len(told.notification_id) <= 128:
            raise invalid("body", "must have an id, and a time with its zone")
        return [Word(told.notification_id, told.key, told.kind, told.time, told.place[:128])]

    async def _post(self, path: str, body: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        self._session = self._session or aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.post(
                self._url + path, data=_encode(body), headers=_JSON, timeout=aiohttp.ClientTimeout(total=timeout)
            ) as reply:
                if reply.status not in (200, 409):
                    raise CarrierAway(f"the carrier answered {reply.status}", status=reply.status)
                answer: dict[str, Any] = _decode(await reply.read())
                return answer
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
            raise CarrierAway(f"no answer from the carrier: {type(error).__name__}") from error
