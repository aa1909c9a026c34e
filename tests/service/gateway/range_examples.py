"""The examples that say what is sold where and at what price, and those of a file of goods."""

from typing import Any


async def sell(reader: Any) -> None:
    """What is sold where and at what price, and a file of more of it."""
    send = reader.send
    await send("PUT", "/v1/hq/location-groups")
    await send("GET", "/v1/hq/location-groups")
    put = (await send("PUT", "/v1/hq/assortments"))["assortments"]
    assert [(one["sku"], one["entries"][0]["channel_id"]) for one in put] == [("COAT-CAMEL-M", "web")]
    assert (await send("GET", "/v1/hq/assortments"))["assortments"] == put
    sold = "?sku=COAT-CAMEL-M&channel=web"
    assert await send("GET", "/v1/hq/assortments/check", query=sold) == {"sellable": True, "reason": None}
    await send("GET", "/v1/hq/products/{product_id}", product_id="COAT-CAMEL")
    assert [one["price_list_id"] for one in (await send("GET", "/v1/hq/price-lists"))["price_lists"]] == ["TW-2026"]
    assert (await send("GET", "/v1/hq/prices/effective", query=sold))["amount"] == 12800
    assert (await send("GET", "/v1/hq/prices/gaps"))["gaps"] == []
    changes = (await send("GET", "/v1/hq/prices/changes", query="?sku=COAT-CAMEL-M"))["changes"]
    said = [(one["amount_before"], one["amount"], one["actor"]["kind"], one["reason"]) for one in changes]
    assert said == [(None, 12800, "HQ", "winter prices")]
    job = (await send("POST", "/v1/hq/imports", 201))["job"]["import_id"]
    assert (await send("POST", "/v1/hq/imports/{import_id}/parts", import_id=job))["job"]["rows"] == 1
    await send("POST", "/v1/hq/imports/{import_id}/start", import_id=job)
    ended = "GET", "/v1/hq/imports/{import_id}"
    checked = await reader.until(lambda found: found["job"]["state"] == "CHECKED", *ended, import_id=job)
    assert (checked["job"]["rows_done"], checked["job"]["rows_failed"], checked["job"]["rows_changed"]) == (1, 0, 1)
    await send("POST", "/v1/hq/imports/{import_id}/start", import_id=job, dry_run=False)
    await reader.until(lambda found: found["job"]["state"] == "COMPLETED", *ended, import_id=job)
    assert (await send("GET", "/v1/hq/imports/{import_id}/errors", import_id=job))["errors"] == []
    await send("GET", "/v1/hq/imports")
    found = (await send("GET", "/v1/hq/search/products", query="?query=red+scraf"))["hits"]
    assert [one["product"]["product_id"] for one in found] == ["SCARF-RED"]
