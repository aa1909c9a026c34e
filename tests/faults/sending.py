"""A day's sending from the store: in parts and parcels, called off, moved, and what turns out not to be there."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from cli.demo import brand
from cli.demo.web import Web
from kit.ids import uuid7
from tests.depth import PATIENCE
from tests.faults.asking import reached
from tests.faults.shoppers import Shopper
from tests.faults.tills import Counter
from tests.faults.world import World

_SKU, _WAREHOUSE = "SHIRT-WHITE-M", "WH1"
_PAY = {"channel_id": "web", "payment": {"provider": "simulator", "instrument_token": "sim_ok"}}
_PLACE = brand.LOCATIONS[0] | {"ships": True}
_HOME = {"name": "吳先生", "phone": "0912345678", "address": "220 新北市板橋區縣民大道二段 7 號"}


async def send(world: World, counter: Counter, shopper: Shopper) -> None:
    """The staff member of the store is signed in."""
    store = Web(world.fleet.gateway_url, client=world.client).as_(counter.staff_token)
    await reached(lambda: world.hq.put("/v1/hq/locations", {"locations": [_PLACE]}))
    await _in_parts(world, counter, shopper, store)
    await _moved(world, counter, shopper)
    await _not_there(world, counter, shopper, store)


async def _in_parts(world: World, counter: Counter, shopper: Shopper, store: Web) -> None:
    """One of two is shipped and comes; the other is packed, and wanted no longer."""
    contact = await _told(shopper, "/v1/contacts", _HOME)
    order_id = await _ordered(shopper, 2, contact_id=contact["contact_id"], masked_name=contact["masked_name"])
    task = await counter.task(order_id)
    one = {"units": [{"line_no": 1, "first_unit": 0, "quantity": 1}]}
    part = (await _said(store, f"/v1/staff/tasks/{task}/split", one))["part"]["fulfilment_id"]
    await _said(store, "/v1/staff/pick-lists", {"fulfilment_ids": [task, part]})
    for each in (task, part):
        await _said(store, f"/v1/staff/tasks/{each}/pack", {})
    booked = await _until(shopper, order_id, lambda tasks: all(_parcels(one) == ["BOOKED"] for one in tasks))
    (label,) = (one["parcels"][0]["tracking_no"] for one in booked if one["fulfilment_id"] == task)
    await _said(store, f"/v1/staff/tasks/{task}/ship", {})
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as courier:
        where = f"http://{world.fleet.target('carrier')}/scans/{label}"
        assert (await courier.post(where, json={"kind": "DELIVERED"})).is_success
    await _until(shopper, order_id, lambda tasks: "DELIVERED" in [one["state"] for one in tasks])
    await _told(shopper, f"/v1/orders/{order_id}/cancel", {"reason": "CHANGED_MIND"})
    ended = await _until(shopper, order_id, lambda tasks: len(tasks) == 2)
    assert sorted(one["state"] for one in ended) == ["CANCELLED", "DELIVERED"]


async def _moved(world: World, counter: Counter, shopper: Shopper) -> None:
    """The warehouse sends what the store was to send."""
    order_id = await _ordered(shopper, 1)
    task = await counter.task(order_id)
    await world.told(f"/v1/hq/tasks/{task}/move", {"location_id": _WAREHOUSE, "reason": "TOO_BUSY"})
    await _until(shopper, order_id, lambda tasks: _WAREHOUSE in [one["location_id"] for one in tasks])


async def _not_there(world: World, counter: Counter, shopper: Shopper, store: Web) -> None:
    """A good that the store has not is taken from all that waits there."""
    terms = {"terms": {"collateral_rejection": True}}
    await reached(lambda: world.hq.put("/v1/hq/shipping-terms", terms))
    first, second = await _ordered(shopper, 1), await _ordered(shopper, 1)
    await counter.task(second)
    await _said(store, f"/v1/staff/tasks/{await counter.task(first)}/reject", {"reason": "NOT_IN_STOCK"})
    await _until(shopper, second, lambda tasks: "REJECTED" in [one["state"] for one in tasks])


async def _ordered(shopper: Shopper, quantity: int, **more: Any) -> str:
    line = {"sku": _SKU, "quantity": quantity, "method": "SHIP", "fulfilment_location_id": brand.STORE}
    async with asyncio.timeout(PATIENCE):
        while True:  # order has not heard yet that the store ships, or a fault undid the order: once more
            answer = await shopper.post("/v1/orders", _PAY | {"lines": [line]} | more, uuid7())
            assert answer is not None, "nobody said how it ended"
            if answer.is_success:
                return str(answer.json()["order"]["order_id"])
            assert answer.status_code in (409, 503) or "location that ships" in answer.text, answer.text
            await asyncio.sleep(0.1)


async def _until(shopper: Shopper, order_id: str, wanted: Callable[[list[Any]], bool]) -> list[Any]:
    """The order's tasks once they are so."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await shopper.get(f"/v1/orders/{order_id}")
            if found and (tasks := found["order"]["fulfilments"]) and wanted(tasks):
                return list(tasks)
            await asyncio.sleep(0.1)


def _parcels(task: Any) -> list[str]:
    return [one["state"] for one in task["parcels"]]


async def _told(shopper: Shopper, path: str, body: Any) -> Any:
    answer = await shopper.post(path, body, uuid7())
    assert answer is not None, "nobody answered"
    assert answer.is_success, answer.text
    return answer.json()


async def _said(store: Web, path: str, body: Any) -> Any:
    """With one key until somebody answers."""
    key = uuid7()
    return await reached(lambda: store.post(path, body, key))
