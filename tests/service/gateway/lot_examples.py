"""The examples about lots: what to take, who took it, what is called back."""

from typing import Any

from tests.service.gateway.test_routes import CALLS, body

# what a store says that it handed over
TAKEN = [{"line_no": 1, "lots": [{"lot": "L2611", "quantity": 1}]}]
_SKU, _LOT = "?sku=SERUM-30", "?sku=SERUM-30&lot=L2611"


async def trace(reader: Any) -> None:
    """A serum comes in by lot, is recalled, traced and let go again; nobody ordered any."""
    send = reader.send
    coat = body(CALLS["PUT", "/v1/hq/products"])["products"][0]
    variant = coat["variants"][0] | {"sku": "SERUM-30", "barcodes": [], "tracking": ["LOT", "EXPIRY"]}
    await send("PUT", "/v1/hq/products", products=[coat | {"product_id": "SERUM", "variants": [variant], "media": []}])
    receipt = body(CALLS["POST", "/v1/hq/stock/movements"])["movements"][0] | {"sku": "SERUM-30", "quantity": 6}
    lots = [{"lot": "L2611", "expire_date": "2027-03-31", "quantity": 6}]
    refused = await send("POST", "/v1/hq/stock/movements", 400, movements=[receipt])
    assert refused["errors"][0]["field"] == "movements[0].lots"
    await send("POST", "/v1/hq/stock/movements", 201, movements=[receipt | {"lots": lots}])
    for part in ("hq", "staff"):
        found = await send("GET", f"/v1/{part}/lots", query=_SKU)
        assert [(one["lot"], one["expected"]) for one in found["balances"]] == [("L2611", 6)]
    taken = await send("GET", "/v1/staff/lots/suggestion", query=f"{_SKU}&location=TPE01&quantity=2")
    assert [(one["lot"], one["quantity"]) for one in taken["units"]] == [("L2611", 2)]
    assert (await send("POST", "/v1/staff/lots/picks", 409))["reason"] == "NOT_ASSIGNED"
    assert (await send("POST", "/v1/staff/lots/counts"))["unnamed"] == 6
    await send("POST", "/v1/staff/lots/counts", units=lots)
    recalled = await send("POST", "/v1/hq/lots/recall")
    assert (recalled["lot"]["state"], recalled["balances"][0]["put_aside"]) == ("RECALLED", 6)
    assert (await send("POST", "/v1/hq/lots/release"))["lot"]["state"] == "GOOD"
    for path, who in (("/v1/hq/lots/trace", "hq"), ("/v1/staff/lots/trace", "manager")):
        assert (await send("GET", path, who=who, query=_LOT))["entries"]
    assert (await send("GET", "/v1/hq/lots/possible-takers", query=_LOT))["movements"] == []
