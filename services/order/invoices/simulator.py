"""Speaks to the e-invoice simulator over HTTP, as to any provider."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from services.order.invoices.domain import InvoiceProviderAway, Line
from services.order.invoices.provider import Accepted, Document, Outcome, Refused, Waiting

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_JSON = {"content-type": "application/json"}
_ANSWERS = (200, 202, 404, 409, 422)
_CONNECTIONS = 8


class Simulator:
    """The provider `simulator`."""

    name = "simulator"

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def issue(self, document: Document, timeout: float) -> Outcome:
        invoice, buyer = document.invoice, document.buyer
        body = {
            "number": invoice.number, "period": invoice.period, "issue_time": invoice.issue_time.isoformat(),
            "random_code": invoice.random_code, "order_no": document.order_no, "seller": document.seller_tax_id,
            "buyer": buyer.tax_id, "carrier_kind": invoice.carrier_kind, "carrier": buyer.carrier,
            "donation_code": invoice.donation_code, "print": invoice.print, "sales": invoice.sales, "tax": invoice.tax,
            "free": invoice.free, "total": invoice.total, "lines": [_line(one) for one in invoice.lines],
        }  # fmt: skip
        return await self._send("issue", document, body, timeout)

    async def void(self, document: Document, timeout: float) -> Outcome:
        invoice = document.invoice
        body = {"number": invoice.number, "period": invoice.period, "reason": invoice.void_reason}
        return await self._send("void", document, body, timeout)

    async def allow(self, document: Document, timeout: float) -> Outcome:
        less = document.allowance
        assert less is not None, "an allowance is of one"
        body = {
            "number": document.invoice.number, "period": document.invoice.period, "allowance": less.number,
            "amount": less.amount, "tax": less.tax, "lines": [_line(one) for one in less.lines],
        }  # fmt: skip
        return await self._send("allow", document, body, timeout)

    async def void_allowance(self, document: Document, timeout: float) -> Outcome:
        less = document.allowance
        assert less is not None, "an allowance is of one"
        body = {"number": document.invoice.number, "period": document.invoice.period, "allowance": less.number}
        return await self._send("void_allowance", document, body, timeout)

    async def query(self, document: Document, timeout: float) -> Outcome | None:
        answer = await self._call("GET", f"/documents/{document.key}", b"", timeout)
        return None if answer.get("state") == "unknown" else _outcome(answer)

    async def _send(self, verb: str, document: Document, body: Mapping[str, Any], timeout: float) -> Outcome:
        return _outcome(await self._call("PUT", f"/documents/{document.key}?verb={verb}", _encode(body), timeout))

    async def _call(self, method: str, path: str, body: bytes, timeout: float) -> dict[str, Any]:
        session = self._session or self._open()
        try:
            async with session.request(
                method, self._url + path, data=body, headers=_JSON, timeout=aiohttp.ClientTimeout(total=timeout)
            ) as reply:
                if reply.status not in _ANSWERS:
                    raise InvoiceProviderAway(f"the invoice provider answered {reply.status}", status=reply.status)
                return _decode(await reply.read())
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
            raise InvoiceProviderAway(f"no answer from the invoice provider: {type(error).__name__}") from error

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _line(one: Line) -> dict[str, Any]:
    return {"name": one.name, "quantity": one.quantity, "amount": one.amount, "rate_bp": one.rate_bp}


def _outcome(answer: Mapping[str, Any]) -> Outcome:
    match answer.get("state"):
        case "accepted":
            return Accepted()
        case "waiting":
            return Waiting()
        case "refused":
            return Refused(str(answer.get("code", "")) or "REFUSED")
        case other:
            raise InvoiceProviderAway(f"the invoice provider said {other!r}")
