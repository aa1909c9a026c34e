"""J10, ten thousand want one: 100 units, 3,000 buyers over web, app and tills at once (a soak; else 900)."""

import asyncio
import random
import secrets
from collections import Counter as Tally
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.demo import brand
from cli.demo.counter import Counter
from cli.demo.tale import Tale
from cli.demo.web import Web
from tests.depth import SOAK
from tests.harness.fleet import TestFleet
from tests.journeys.rush import CONNECTIONS, FLASH, PRICE, Account, Crowd, sold
from tests.journeys.stages import opened

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(400)]

UNITS, ONLINE, AT_TILLS, ACCOUNTS = (100, 1_200, 1_800, 24) if SOAK else (100, 360, 540, 12)
# every so many of them begin to pay, or are handed it, and are never seen again
_DREAMERS = 7
# what anybody waits for his one answer at most, with all the others at the door and whoever else uses the machine
_AT_ONCE = 60.0


async def _on_sale(tale: Tale) -> None:
    """One shelf for all channels."""
    hq = tale.hq
    product: dict[str, Any] = {"product_id": "FLASH-BEANIE", "name": "Beanie", "variants": [{"sku": FLASH}]}
    await hq.put("/v1/hq/products", {"products": [product]})
    listed = {"price_list_id": "flash", "currency_code": brand.CURRENCY, "prices": [{"sku": FLASH, "amount": PRICE}]}
    await hq.put("/v1/hq/price-lists", {"price_list": {**listed, "tax_included": True}})
    opening = {"sku": FLASH, "location_id": brand.STORE, "kind": "OPENING", "quantity": UNITS, "reason": "flash sale"}
    await hq.post("/v1/hq/stock/movements", {"movements": [opening]})
    await tale.stage.settle()


@asynccontextmanager
async def _waiting(fleet: TestFleet, tale: Tale) -> AsyncIterator[tuple[list[Account], Counter]]:
    """Everybody before the doors open: accounts on the web and in the app, and the store's till."""
    async with AsyncExitStack() as open_:
        limits = httpx.Limits(max_connections=CONNECTIONS)
        client = httpx.AsyncClient(base_url=fleet.gateway_url, trust_env=False, limits=limits, timeout=60)
        await open_.enter_async_context(client)
        web = Web(fleet.gateway_url, client=client)
        accounts = [Account(web, f"window-{number}") for number in range(ACCOUNTS)]
        for number, account in enumerate(accounts):
            await account.sign_in(fleet, f"093{secrets.randbelow(10**7):07d}", number)
        counter = await open_.enter_async_context(tale.counter(brand.STORE))
        await counter.sign_in(brand.LIN)
        yield accounts, counter


async def _to_be_had(web: Web) -> int:
    levels = (await web.get("/v1/availability", sku=[FLASH], location=[brand.STORE]))["levels"]
    available: int = levels[0]["available"]
    return available


async def test_ten_thousand_want_one(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale:
        await _on_sale(tale)
        async with _waiting(fleet, tale) as (accounts, counter):
            crowd = await _rush(accounts, counter)
            assert crowd.promised == UNITS
            assert Tally(crowd.told).keys() <= {"409 OUT_OF_STOCK", "till OUT_OF_STOCK"}
            assert len(crowd.told) == ONLINE + AT_TILLS - UNITS
            assert crowd.slowest < _AT_ONCE
            assert await _to_be_had(tale.web) == 0

            await sold(counter, crowd.in_hand, int(tale.stage.seconds()))
            await tale.stage.settle()
            assert await _to_be_had(tale.web) == 0, "what is paid at the till is gone, its holds are no units"

            left = len(crowd.abandoned) + len(crowd.walked_away)
            await _comes_back(fleet, accounts, left, crowd)
            await _adds_up(tale, counter, accounts, crowd)


async def _rush(accounts: list[Account], counter: Counter) -> Crowd:
    """All at once, in no order."""
    crowd = Crowd()
    online = [
        crowd.buys(accounts[n % ACCOUNTS], "web" if n % 2 else "app", pays=bool(n % _DREAMERS)) for n in range(ONLINE)
    ]
    at_till = [crowd.asks(counter, pays=bool(n % _DREAMERS)) for n in range(AT_TILLS)]
    everybody = [*online, *at_till]
    random.Random(10).shuffle(everybody)
    await asyncio.gather(*everybody)
    return crowd


async def _comes_back(fleet: TestFleet, accounts: list[Account], left: int, crowd: Crowd) -> None:
    """Nobody pays for a quarter of an hour: what was held returns, and those who lost take it, to the last unit."""
    await fleet.advance("20m")
    assert left > 0
    for account in accounts:
        await account.refresh()
    assert await _to_be_had(accounts[0].web) == left
    late = Crowd()
    await asyncio.gather(*(late.buys(accounts[n % ACCOUNTS], "app") for n in range(left + 50)))
    assert (len(late.confirmed), late.told) == (left, ["409 OUT_OF_STOCK"] * 50)
    crowd.confirmed += late.confirmed
    await fleet.quiesce()


async def _adds_up(tale: Tale, counter: Counter, accounts: list[Account], crowd: Crowd) -> None:
    """Exactly the units that there were, none of them twice, and every ledger says so."""
    assert len(crowd.confirmed) + len(crowd.in_hand) == UNITS
    assert len(set(crowd.confirmed)) == len(crowd.confirmed)
    states = Tally[str]()
    for account in accounts:
        for order in await _orders(account):
            states[order["state"]] += 1
    assert (states["CONFIRMED"], states["PENDING_PAYMENT"]) == (len(crowd.confirmed), 0)
    await counter.sign_in(brand.LIN)
    (level,) = (await tale.web.as_(counter.staff_token).get("/v1/staff/stock", sku=[FLASH]))["levels"]
    assert {name: level[name] for name in ("on_hand", "committed", "held", "available")} == {
        "on_hand": UNITS - len(crowd.in_hand),
        "committed": len(crowd.confirmed),
        "held": 0,
        "available": 0,
    }
    assert await _sold_in_store(tale) == len(crowd.in_hand)
    short = (await tale.hq.get("/v1/hq/stock/shortfalls", location=brand.STORE, page_size=100))["shortfalls"]
    assert [one for one in short if one["sku"] == FLASH] == []
    checks, drifts = await tale.stage.prove()
    assert (checks > 30, drifts) == (True, [])


async def _orders(account: Account) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    token = ""
    while True:
        page = await account.app.get("/v1/orders", page_size=100, page_token=token)
        found += page["orders"]
        token = page["next_page_token"]
        if not token:
            return found


async def _sold_in_store(tale: Tale) -> int:
    """Units of the journal, each sale once."""
    rows = (await tale.hq.get("/v1/hq/stock/movements", sku=FLASH, location=brand.STORE, page_size=100))["movements"]
    sales = [one for one in rows if one["kind"] == "SALE"]
    assert len({one["source_id"] for one in sales}) == len(sales)
    units: int = -sum(one["quantity"] for one in sales)
    return units
