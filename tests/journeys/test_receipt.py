"""A receipt from before: bought by nobody known, claimed by its buyer in his app, earned as of its own time."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cli.demo import brand, selling
from cli.demo.brand import LIN
from cli.demo.stage import until
from cli.demo.tale import Tale
from tests.harness.fleet import TestFleet
from tests.journeys.stages import opened, refused, sign_in, stranger

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

COAT = selling.COATS[0]
_ZONE = ZoneInfo("Asia/Taipei")


async def test_a_receipt_from_before_is_claimed(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale:
        total, sold = await _sold_to_nobody(tale)
        day = f"{sold.astimezone(_ZONE):%Y-%m-%d}"
        told = {"receipt_no": tale.receipt_no, "day": day, "grand_total": total}
        wrong = await refused(tale.app.post("/v1/me/receipts", {**told, "grand_total": total + 1}))
        assert (wrong.status, wrong.reason) == (404, "SALE_UNKNOWN")
        claimed = await tale.app.post("/v1/me/receipts", told)
        assert claimed["order_id"] == tale.sale_id
        assert await tale.app.post("/v1/me/receipts", told) == claimed

        async def standing() -> Any:
            return (await tale.app.get("/v1/me/standing"))["standing"]

        def earned(found: Any) -> bool:
            return bool(found["points_active"] + found["points_pending"] == total // 10)

        await until("the points of the sale", standing, earned)
        assert (await standing())["qualifying_spend"] == total
        other = Tale(tale.stage, tale.web, tale.hq, tale.till, stranger())
        await sign_in(other)
        assert (await refused(other.app.post("/v1/me/receipts", told))).reason == "SALE_TAKEN"
        assert tale.member_id in {one["member_id"] for one in (await tale.app.get("/v1/orders"))["orders"]}


async def _sold_to_nobody(tale: Tale) -> tuple[int, datetime]:
    """A coat, over the store stream; what it came to, and when: the day may end before it is claimed."""
    async with tale.counter(brand.STORE) as counter:
        await counter.sign_in(LIN)
        quote, fact = await selling.sold(tale, counter, LIN, "", (COAT,))
    tale.sale_id, tale.receipt_no = fact.sale_id, fact.receipt_no
    await tale.stage.settle()
    return int(quote.totals.grand_total.minor_units), fact.business_time.ToDatetime(UTC)
