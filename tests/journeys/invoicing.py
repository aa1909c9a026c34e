"""The brand issues invoices for as long as one journey needs them; the journeys after it find none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cli.demo.stage import until
from cli.demo.tale import Tale
from cli.demo.web import Web

CARRIER = {"carrier_kind": "MOBILE_BARCODE", "carrier": "/ABC+123"}
MASKED = "/AB*****"
_TAIPEI = ZoneInfo("Asia/Taipei")
# a journey's week may lie on both sides of a period's end: voiding is possible for a while after it
_TERMS = {"seller_tax_id": "04595257", "seller_name": "和光", "void_days": 14}
_TRACK, _NUMBERS = "JN", 1_000


@asynccontextmanager
async def issuing(tale: Tale) -> AsyncIterator[None]:
    """Terms and numbers of this period and the next; they are switched off again by whoever is signed in then."""
    there = {one["period"] for one in (await tale.hq.get("/v1/hq/invoice-blocks"))["blocks"]}
    now = tale.stage.now().astimezone(_TAIPEI)
    # by its first day: two months from the last day of one period may lie beyond all of the next
    begun = now.replace(month=now.month - (now.month + 1) % 2, day=1)
    for at in (begun, begun + timedelta(days=62)):
        period = at.year * 100 + at.month - (at.month + 1) % 2
        block = {"period": period, "track": _TRACK, "first_number": 0, "last_number": _NUMBERS - 1}
        if period not in there:
            await tale.hq.post("/v1/hq/invoice-blocks", {"block": block})
    await _put(tale, enabled=True)
    try:
        yield
    finally:
        await _put(tale, enabled=False)


async def _put(tale: Tale, *, enabled: bool) -> None:
    await tale.hq.put("/v1/hq/invoice-terms", {"terms": _TERMS | {"enabled": enabled}})


async def handed_in(tale: Tale, order_id: str, many: int) -> list[tuple[str, int]]:
    """State and worth of an order's invoices, the oldest first, once so many stand and the provider has them all."""
    path = f"/v1/hq/orders/{order_id}/invoices"

    async def look() -> list[dict[str, Any]]:
        return list((await tale.hq.get(path))["invoices"])

    def arrived(found: list[dict[str, Any]]) -> bool:
        return len(found) == many and all(one["upload"]["state"] == "DONE" for one in found)

    found = await until("the invoices at the provider", look, arrived)
    return [(one["state"], one["total"]["amount"]) for one in sorted(found, key=lambda one: str(one["number"]))]


async def shown(app: Web, order_id: str) -> list[tuple[str, str, int]]:
    """What stands on the receipt in the app: letters of the number, the masked carrier, the amount."""
    found = (await app.get(f"/v1/orders/{order_id}/receipt"))["receipt"]["invoices"]
    assert all(len(one["number"]) == len("JN00000000") for one in found)
    return [(one["number"][:2], one["masked_carrier"], one["total"]["amount"]) for one in found]
