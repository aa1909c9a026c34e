"""The examples about invoices: terms, numbers, an order's invoice as its buyer, its store and headquarters see it."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

_TERMS = {
    "enabled": True,
    "seller_tax_id": "04595257",
    "seller_name": "和光股份有限公司",
    "moment": "CONFIRMATION",
}
_SHOWN = ("/v1/orders", "/v1/staff/orders", "/v1/hq/orders")


async def issue(reader: Any) -> None:
    """The brand issues invoices from now on; what comes afterwards is not the examples' to hear of."""
    send = reader.send
    period = _period()
    assert (await send("PUT", "/v1/hq/invoice-terms", terms=_TERMS))["terms"]["version"] == 1
    assert (await send("GET", "/v1/hq/invoice-terms"))["terms"]["moment"] == "CONFIRMATION"
    block = {"period": period, "track": "AB", "first_number": 12345650, "last_number": 12345899}
    allotted = (await send("POST", "/v1/hq/invoice-blocks", 201, block=block))["block"]
    assert (await send("GET", "/v1/hq/invoice-blocks"))["blocks"] == [allotted]
    quote = (await send("POST", "/v1/quotes"))["quote"]
    buyer = {"carrier_kind": "MOBILE_BARCODE", "carrier": "/ABC+123"}
    placed = {"quote_id": quote["quote_id"], "contact_id": None, "invoice": buyer}
    order = (await send("POST", "/v1/orders", 201, **placed))["order"]
    named = {"order_id": order["order_id"]}
    found = await reader.until(lambda found: found["invoices"], "GET", "/v1/orders/{order_id}/invoices", **named)
    (invoice,) = found["invoices"]
    assert (invoice["number"], invoice["masked_carrier"]) == ("AB12345650", "/AB*****")
    shown = (await send("GET", "/v1/orders/{order_id}", **named))["order"]["invoices"]
    assert [(one["number"], one["masked_carrier"]) for one in shown] == [("AB12345650", "/AB*****")]
    await _everywhere(reader, named, invoice)
    await _spoiled(reader, period)
    report = await send("GET", "/v1/hq/invoice-periods/{period}/numbers", period=period)
    assert [(one["used"], one["voided"], len(one["spoiled"])) for one in report["numbers"]] == [(1, 0, 0), (0, 0, 2)]
    assert (await send("GET", "/v1/hq/invoices/late"))["invoices"] == []
    await send("POST", "/v1/hq/orders/{order_id}/invoices/retry", **named)
    await _exported(reader, period)
    await send("PUT", "/v1/hq/invoice-terms", terms=_TERMS | {"enabled": False})


async def _spoiled(reader: Any, period: int) -> None:
    """A till's own numbers, of which the store says one and headquarters another."""
    block = {"period": period, "track": "AC", "first_number": 0, "last_number": 9, "location_id": "TPE01",
             "terminal_id": "T1"}  # fmt: skip
    await reader.send("POST", "/v1/hq/invoice-blocks", 201, block=block)
    for number, part, who in (("AC00000000", "staff", "manager"), ("AC00000004", "hq", "hq")):
        told = {"numbers": [number], "period": period}
        found = await reader.send("POST", f"/v1/{part}/invoice-numbers/spoil", who=who, **told)
        assert [(one["number"], one["reason"]) for one in found["spoiled"]] == [(number, "PAPER_TORN")]


async def _everywhere(reader: Any, named: dict[str, str], invoice: dict[str, Any]) -> None:
    """The same receipt for everybody who may see it, as data and as a document."""
    send, codes = reader.send, set[str]()
    for part, who in zip(_SHOWN, ("shop", "manager", "hq"), strict=True):
        path = f"{part}/{{order_id}}"
        receipt = (await send("GET", f"{path}/receipt", who=who, **named))["receipt"]
        assert [one["number"] for one in receipt["invoices"]] == [invoice["number"]]
        assert (await send("GET", f"{path}/invoices", who=who, **named))["invoices"][0]["number"] == invoice["number"]
        codes.add(receipt["code"])
        headers = {"Authorization": f"Bearer {reader.tokens[who]}"}
        answer = await reader.http.get(f"{path.format(**named)}/receipt.pdf", headers=headers)
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
        reader.seen.add(("GET", f"{path}/receipt.pdf"))
    (code,) = codes
    found = await send("GET", "/v1/staff/receipts/{code}", who="warehouse", code=code)
    assert found["receipt"]["order"]["order_id"] == named["order_id"]


async def _exported(reader: Any, period: int) -> None:
    headers = {"Authorization": f"Bearer {reader.tokens['hq']}"}
    tables = {one["name"]: one["columns"] for one in (await reader.send("GET", "/v1/hq/export/columns"))["tables"]}
    heads = [one["name"] for one in tables["invoices"]]
    for kind in ("csv", "ndjson"):
        path = f"/v1/hq/export/invoices.{kind}"
        answer = await reader.http.get(f"{path}?period={period}", headers=headers)
        assert answer.status_code == 200
        assert "AB12345650" in answer.text
        told = answer.content.decode("utf-8-sig").splitlines()[0]
        assert heads == (told.split(",") if kind == "csv" else list(json.loads(told)))
        reader.seen.add(("GET", path))


def _period() -> int:
    now = datetime.now(UTC).astimezone(ZoneInfo("Asia/Taipei"))
    return now.year * 100 + now.month - (now.month + 1) % 2
