"""A brand to measure with: 1,000 variants, three stores, a warehouse, two dozen rules, put through the API."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

from cli.demo import brand, headquarters
from cli.demo.claiming import code_of
from cli.demo.stage import Stage, until
from cli.demo.web import Web

PRODUCTS, SIZES = 250, 4
SKUS = [f"SKU{number:04}" for number in range(PRODUCTS * SIZES)]
CATEGORIES = 10
COUPON = brand.COUPON
PLENTY = 1_000_000
_AT_ONCE = 4


async def load(stage: Stage, web: Web, places: int = 0) -> Web:
    """Puts the brand, and `places` more stores; gives the API as headquarters."""
    await stage.look_at_clock()
    hq = await headquarters.sign_in(stage, web)
    stores = [*brand.LOCATIONS, *(_store(number) for number in range(places))]
    for start in range(0, len(stores), 100):
        await hq.put("/v1/hq/locations", {"locations": stores[start : start + 100]})
    await hq.put("/v1/hq/channels", brand.CHANNELS)
    products = [_product(number) for number in range(PRODUCTS)]
    for start in range(0, PRODUCTS, 50):
        await hq.put("/v1/hq/products", {"products": products[start : start + 50]})
    await hq.put("/v1/hq/price-lists", {"price_list": brand.PRICE_LIST | {"prices": _prices()}})
    await hq.put("/v1/hq/program", {"program": brand.PROGRAM})
    await hq.put("/v1/hq/rules", {"rules": {"version": "1", "rules": _rules()}, "reason": "benchmark"})
    for start in range(0, len(SKUS), 200):
        await open_stock(hq, dict.fromkeys(SKUS[start : start + 200], PLENTY), "WH1")
    await stage.settle()
    return hq


async def open_stock(hq: Web, levels: dict[str, int], place: str) -> None:
    """Opens the books of a place."""
    movements = [
        {"sku": sku, "location_id": place, "kind": "OPENING", "quantity": quantity, "reason": "benchmark"}
        for sku, quantity in levels.items()
    ]
    await hq.post("/v1/hq/stock/movements", {"movements": movements})


async def shoppers(stage: Stage, web: Web, count: int) -> list[str]:
    """Tokens of so many members, each signed in by a code sent to a telephone of his own."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> str:
        async with slots:
            return await _sign_in(stage, web, number)

    tokens = await asyncio.gather(*(one(number) for number in range(count)))
    await stage.settle()
    return tokens


async def give_points(hq: Web, tokens: Sequence[str], points: int) -> None:
    """Gives each of these members points that he may spend."""
    for token in tokens:
        member_id = (await hq.as_(token).get("/v1/me"))["member"]["member_id"]
        await hq.post(f"/v1/hq/members/{member_id}/points", {"points": points, "reason": "benchmark"})


async def _sign_in(stage: Stage, web: Web, number: int) -> str:
    # neighbouring numbers and addresses share a login limit: so nobody here has a neighbour
    phone, device = f"09{number % 1000:03}{number // 1000:02}456", f"bench-{number}"
    headers = {"X-Forwarded-For": f"10.{number // 250}.{number % 250}.7"}
    sent = await _post(web, "/v1/auth/otp", {"phone": phone, "device_id": device}, headers)
    challenge_id = sent["challenge_id"]

    async def read() -> str:
        return code_of(stage.member_log(), challenge_id)

    code = await until("the login code", read, bool)
    body = {"challenge_id": challenge_id, "code": code, "device_id": device, "source": "app"}
    token: str = (await _post(web, "/v1/auth/otp/verify", body, headers))["session"]["access_token"]
    return token


async def _post(web: Web, path: str, body: dict[str, Any], headers: dict[str, str]) -> Any:
    response = await web._client.post(path, json=body, headers=headers)  # noqa: SLF001  # its posts have no headers
    if not response.is_success:
        raise RuntimeError(f"{path} answered {response.status_code}: {response.text}")
    return response.json()


def basket(random: Random, lines: int = 2) -> list[dict[str, Any]]:
    """Different goods, sent home."""
    return [{"sku": sku, "quantity": 1, "method": "SHIP"} for sku in random.sample(SKUS, lines)]


def _store(number: int) -> dict[str, Any]:
    return {"location_id": f"ST{number:02}", "kind": "STORE", "name": f"Store {number}", "pickup": True}


def _product(number: int) -> dict[str, Any]:
    skus = SKUS[number * SIZES : (number + 1) * SIZES]
    return {
        "product_id": f"P{number:03}",
        "name": f"Product {number}",
        "brand": brand.NAME,
        "categories": [f"category-{number % CATEGORIES}"],
        "variants": [{"sku": sku, "title": sku, "unit_cost": 400} for sku in skus],
    }


def _prices() -> list[dict[str, Any]]:
    return [{"sku": sku, "amount": 990 + 10 * (number % 300)} for number, sku in enumerate(SKUS)]


def _rules() -> list[dict[str, Any]]:
    """Sales of single products and of categories, the demo's tier and coupon, one for large baskets."""
    sales = [
        {"id": f"sale-{number}", "version": "1", "stage": "product", "trigger": "auto",
         "scope": {"include": {"products": [f"P{number * 12:03}"]}},
         "effect": {"kind": "percent_off", "basis_points": 1_000}}
        for number in range(16)
    ]  # fmt: skip
    weeks = [
        {"id": f"category-{number}", "version": "1", "stage": "line", "trigger": "auto",
         "scope": {"include": {"categories": [f"category-{number}"]}},
         "effect": {"kind": "percent_off", "basis_points": 500}}
        for number in range(0, CATEGORIES, 2)
    ]  # fmt: skip
    large = {"id": "large", "version": "1", "stage": "order", "trigger": "auto",
             "conditions": [{"kind": "min_amount", "amount": 3_000}],
             "effect": {"kind": "amount_off", "amount": 100}}  # fmt: skip
    return [*sales, *weeks, large, *brand.RULES]
