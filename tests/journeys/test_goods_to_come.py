"""A coat that nobody has yet: ordered from a mill, sold with its day, put off, received, and the first buyer's."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.demo import brand
from cli.demo.tale import Tale
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import paid_by
from tests.journeys.stages import opened, refused

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]
SKU, ORDERED = "TO-COME-CAPE-M", "PO-TO-COME-1"


def _basket(quantity: int) -> dict[str, Any]:
    line = {"sku": SKU, "quantity": quantity, "method": "SHIP", "fulfilment_location_id": brand.WAREHOUSE}
    return {"channel_id": brand.WEB, "lines": [line]} | paid_by("sim_ok")


async def _expect(tale: Tale, at: datetime) -> None:
    line = {"sku": SKU, "location_id": brand.WAREHOUSE, "quantity": 3, "expected_time": at.isoformat()}
    document = {"document_id": ORDERED, "kind": "PURCHASE_ORDER", "lines": [{**line, "line_no": 1, "promisable": True}]}
    await tale.hq.put("/v1/hq/supply", {"documents": [document]})
    await tale.stage.settle()


async def _described(tale: Tale) -> None:
    product = {"product_id": "TO-COME-CAPE", "name": "Cape", "variants": [{"sku": SKU}]}
    await tale.hq.put("/v1/hq/products", {"products": [product]})
    listed = {"price_list_id": "to-come", "currency_code": brand.CURRENCY, "prices": [{"sku": SKU, "amount": 9_000}]}
    await tale.hq.put("/v1/hq/price-lists", {"price_list": {**listed, "tax_included": True}})
    await tale.stage.settle()


async def _offered(tale: Tale) -> tuple[int, list[int], str | None]:
    """What the web can ship now, what comes, and from when on."""
    (stock,) = (await tale.web.get(f"/v1/channels/{brand.WEB}/availability", sku=[SKU]))["stocks"]
    coming = [one["more"]["available"] for one in stock["incoming"]]
    return stock["shipped"]["available"], coming, stock["available_from_time"]


async def _waiting(tale: Tale) -> list[tuple[str, int, str]]:
    found = (await tale.hq.get("/v1/hq/backorders", sku=SKU))["backorders"]
    return [(one["order_id"], one["quantity"], one["promise_time"]) for one in found]


async def _seen(tale: Tale, order_id: str) -> Any:
    """What the shopper is told of his order's line."""
    return (await tale.app.get(f"/v1/orders/{order_id}"))["order"]["lines"][0]["backordered"]


def _told(at: datetime) -> str:
    """A moment as the API writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


async def test_a_coat_is_sold_before_it_is_there(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale:
        await _described(tale)
        gone = await refused(tale.app.post("/v1/orders", _basket(1)))
        assert (gone.status, gone.reason) == (409, "OUT_OF_STOCK")

        day = tale.stage.now().replace(microsecond=0) + timedelta(days=9)
        await _expect(tale, day)
        assert await _offered(tale) == (0, [3], _told(day))
        order = (await tale.app.post("/v1/orders", _basket(2)))["order"]
        assert order["state"] == "CONFIRMED"
        await tale.stage.settle()
        assert await _waiting(tale) == [(order["order_id"], 2, _told(day))]
        assert await _seen(tale, order["order_id"]) == {"quantity": 2, "promise_time": _told(day)}
        assert await _offered(tale) == (0, [1], _told(day))
        assert (await refused(tale.app.post("/v1/orders", _basket(2)))).reason == "OUT_OF_STOCK"

        later = day + timedelta(days=4)
        await _expect(tale, later)
        assert await _waiting(tale) == [(order["order_id"], 2, _told(later))]
        assert await _seen(tale, order["order_id"]) == {"quantity": 2, "promise_time": _told(later)}

        came = {"arrivals": [{"line_no": 1, "accepted": 3}]}
        kept = (await tale.hq.post(f"/v1/hq/supply/{ORDERED}/receive", came))["document"]
        assert (kept["state"], kept["lines"][0]["incoming"]) == ("CLOSED", 0)
        await tale.stage.settle()
        assert (await _waiting(tale), await _seen(tale, order["order_id"])) == ([], None)
        shipped, coming, _ = await _offered(tale)
        assert (shipped, coming) == (1, [])
        checks, drifts = await tale.stage.prove()
        assert (checks > 30, drifts) == (True, [])
