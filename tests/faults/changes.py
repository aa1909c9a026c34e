"""A day's changes: an order to which its shopper adds something, and cups that are sold before they are there."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

from cli.demo import brand
from kit.ids import uuid7
from tests.depth import PATIENCE
from tests.faults.asking import reached
from tests.faults.shoppers import Shopper
from tests.faults.world import World

_PAY = {"provider": "simulator", "instrument_token": "sim_ok"}
_UNITS, _PRICE = 20, 480
# sold until then, released after
_SOLD, _RELEASED = timedelta(minutes=8), timedelta(minutes=9)


async def add_to_an_order(shopper: Shopper) -> None:
    """Looked at as it stands, changed in one piece; what a fault has undone is tried again."""
    order_id = await _ordered(shopper, "SHIRT-WHITE-M")
    actions = [{"add_line": _line("SHIRT-WHITE-M")}]
    async with asyncio.timeout(PATIENCE):
        while True:
            version = (await _order(shopper, order_id))["version"]
            asked = {"version": version, "actions": actions, "payment": _PAY}
            answer = await shopper.post(f"/v1/orders/{order_id}/edits", asked, uuid7())
            assert answer is not None, "nobody said how it ended"
            if answer.is_success:
                break
            assert answer.status_code in (409, 503), answer.text
            await asyncio.sleep(0.2)
    edit = answer.json()["edit"]
    assert edit["state"] == "APPLIED"
    assert (await _order(shopper, edit["added_order_id"]))["state"] == "CONFIRMED"


async def sell_ahead(world: World, shopper: Shopper) -> None:
    """Two cups are ordered, come, and are released when their day is there."""
    sku = f"CUP-{uuid7()[-8:].upper()}"
    await world.stage.look_at_clock()
    begin = world.stage.now().replace(microsecond=0)
    await _offered(world, sku, begin)
    order_id = await _ordered(shopper, sku, 2)
    came = {"arrivals": [{"line_no": 1, "accepted": _UNITS}]}
    await world.told(f"/v1/hq/supply/PO-{sku}/receive", came)
    await world.fleet.clock.advance(_RELEASED)
    async with asyncio.timeout(PATIENCE):
        while (await _order(shopper, order_id))["fulfilments"][0]["state"] == "ON_HOLD":  # noqa: ASYNC110  # its timer's
            await asyncio.sleep(0.1)


async def _offered(world: World, sku: str, begin: datetime) -> None:
    line = {"line_no": 1, "sku": sku, "location_id": brand.STORE, "quantity": _UNITS, "promisable": True}
    ordered: dict[str, Any] = {"document_id": f"PO-{sku}", "kind": "PURCHASE_ORDER"}
    ordered |= {"lines": [line | {"expected_time": (begin + timedelta(hours=1)).isoformat()}]}
    times = {"start_time": begin, "end_time": begin + _SOLD, "release_time": begin + _RELEASED}
    offer = {"sku": sku, "cap": _UNITS, "location_caps": [{"code": brand.STORE, "units": _UNITS}]}
    listed = {"price_list_id": f"of-{sku}", "currency_code": brand.CURRENCY, "tax_included": True}
    for path, body in (
        ("products", {"products": [{"product_id": sku, "name": "Cup", "variants": [{"sku": sku}]}]}),
        ("price-lists", {"price_list": listed | {"prices": [{"sku": sku, "amount": _PRICE}]}}),
        ("supply", {"documents": [ordered]}),
        (f"preorders/{sku}", offer | {name: at.isoformat() for name, at in times.items()}),
    ):
        await reached(lambda path=path, body=body: world.hq.put(f"/v1/hq/{path}", body))  # type: ignore[misc]


async def _ordered(shopper: Shopper, sku: str, quantity: int = 1) -> str:
    """Until it is taken: order has not heard of the good yet, or a fault undid the order."""
    body = {"channel_id": "web", "lines": [_line(sku, quantity)], "payment": _PAY}
    end = time.monotonic() + PATIENCE
    while True:
        answer = await shopper.post("/v1/orders", body, uuid7())
        assert answer is not None, "nobody said how it ended"
        if answer.is_success:
            return str(answer.json()["order"]["order_id"])
        assert time.monotonic() < end, answer.text
        await asyncio.sleep(0.2)


def _line(sku: str, quantity: int = 1) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "method": "COLLECT", "fulfilment_location_id": brand.STORE}


async def _order(shopper: Shopper, order_id: str) -> Any:
    found = await shopper.get(f"/v1/orders/{order_id}")
    assert found is not None, "nobody answered"
    return found["order"]
