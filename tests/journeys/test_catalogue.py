"""A season arrives: a file of goods, found in Chinese and English, sold where it is meant to be, at one price."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.harness.fleet import TestFleet
from tests.journeys.stages import opened, refused

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

_WRONG, _RIGHT = "4719999000032", "4719999000033"
_FILE = f"""Style,Art,Name,English,EAN,Cost
SEASON-CAPE,SEASON-CAPE-S,羊絨斗篷,Cashmere cape,4719999000019,5200
SEASON-CAPE,SEASON-CAPE-M,羊絨斗篷,Cashmere cape,4719999000026,5200
SEASON-MUFF,SEASON-MUFF-1,手籠,Muff,{_WRONG},800
"""
_MAPPING = {
    "Style": "product_id", "Art": "sku", "Name": "name", "English": "name.en", "EAN": "barcodes", "Cost": "unit_cost",
}  # fmt: skip
_CAPE = {"channel_id": "web", "lines": [{"sku": "SEASON-CAPE-M", "quantity": 1, "method": "SHIP"}]}


async def _checked(hq: Any, content: str) -> Any:
    """An import whose rows are checked, and nothing changed."""
    job = (await hq.post("/v1/hq/imports", {"mapping": _MAPPING, "file_name": "season.csv"}))["job"]["import_id"]
    await hq.post(f"/v1/hq/imports/{job}/parts", {"part_no": 1, "content": content})
    await hq.post(f"/v1/hq/imports/{job}/start", {"dry_run": True})
    return await _until(hq, job, "CHECKED")


async def _until(hq: Any, job: str, state: str) -> Any:
    async with asyncio.timeout(30):
        # a job has no event of its own
        while (found := (await hq.get(f"/v1/hq/imports/{job}"))["job"])["state"] != state:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return found


async def _load(hq: Any) -> None:
    wrong = await _checked(hq, _FILE)
    assert (wrong["rows"], wrong["rows_failed"]) == (3, 1)
    (error,) = (await hq.get(f"/v1/hq/imports/{wrong['import_id']}/errors"))["errors"]
    assert error == {
        "row_no": 3,
        "field": "barcodes",
        "rule": f"{_WRONG} is no EAN-13: its check digit must be 3",
        "value": _WRONG,
    }
    job = (await _checked(hq, _FILE.replace(_WRONG, _RIGHT)))["import_id"]
    await hq.post(f"/v1/hq/imports/{job}/start", {"dry_run": False})
    assert (await _until(hq, job, "COMPLETED"))["rows_failed"] == 0


async def _prices(hq: Any, name: str, amount: int, channels: list[str]) -> None:
    skus = ("SEASON-CAPE-S", "SEASON-CAPE-M", "SEASON-MUFF-1")
    listed: dict[str, Any] = {"price_list_id": name, "currency_code": "TWD", "channel_ids": channels}
    listed["prices"] = [{"sku": sku, "amount": amount} for sku in skus]
    await hq.put("/v1/hq/price-lists", {"price_list": listed})


async def _found(web: Any, query: str, **filters: str) -> list[str]:
    hits = (await web.get("/v1/search/products", query=query, **filters))["hits"]
    assert "unit_cost" not in str(hits)
    return [one["product"]["product_id"] for one in hits if one["product"]["product_id"].startswith("SEASON-")]


async def _sell(hq: Any, sku: str, **entry: Any) -> None:
    entries = [{"channel_id": "web"} | entry] if entry else []
    await hq.put("/v1/hq/assortments", {"assortments": [{"sku": sku, "entries": entries}]})


async def test_a_season_from_its_file_to_the_shelf(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale:
        hq, web = tale.hq, tale.web
        await _load(hq)
        queries = ("斗", "斗篷", "羊絨斗篷", "cashmere", "cashmeer", "SEASON-CAPE", "4719999000026")
        assert [await _found(web, query) for query in queries] == [["SEASON-CAPE"]] * len(queries)

        await _prices(hq, "season", 12_000, [])
        await fleet.quiesce()
        assert (await web.post("/v1/quotes", _CAPE))["quote"]["totals"]["grand_total"]["amount"] == 12_000
        await _prices(hq, "season-web", 11_000, ["web"])
        gaps = {one["sku"]: one["prices"] for one in (await hq.get("/v1/hq/prices/gaps", page_size=100))["gaps"]}
        said = {one["price_list_id"]: one["amount"] for one in gaps["SEASON-CAPE-M"]}
        assert said == {"season": 12_000, "season-web": 11_000}
        await _prices(hq, "season-web", 12_000, ["web"])
        assert "SEASON-CAPE-M" not in str(await hq.get("/v1/hq/prices/gaps", page_size=100))
        changes = (await hq.get("/v1/hq/prices/changes", sku="SEASON-CAPE-M"))["changes"]
        assert [(one["amount_before"], one["amount"]) for one in changes][:2] == [(11_000, 12_000), (None, 11_000)]

        await _sell(hq, "SEASON-CAPE-M", withheld=True)
        await _sell(hq, "SEASON-CAPE-S", withheld=True)
        await fleet.quiesce()
        assert (await _found(web, "斗篷", channel="web"), await _found(web, "斗篷", channel="app")) == (
            [], ["SEASON-CAPE"],
        )  # fmt: skip
        why = await refused(web.post("/v1/quotes", _CAPE))
        assert (why.reason, why.metadata["sku"]) == ("SKU_NOT_SOLD_HERE", "SEASON-CAPE-M")
        await _sell(hq, "SEASON-CAPE-M")
        await fleet.quiesce()
        assert (await web.post("/v1/quotes", _CAPE))["quote"]["totals"]["grand_total"]["amount"] == 12_000
