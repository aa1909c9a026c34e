"""A day at a counter beside plain sales: an exchange, a pickup that the store cannot have ready, goods to try on."""

from typing import Any

from cli.demo import brand
from cli.demo.web import Web
from kit.ids import uuid7
from tests.faults.asking import reached
from tests.faults.shoppers import Shopper
from tests.faults.tills import Counter
from tests.faults.world import COUNTER_SKU, World

_ASK = {"ask": True, "hours": 24, "otherwise": "CANCEL"}


async def at_the_counter(world: World, counter: Counter, shopper: Shopper, order_id: str) -> None:
    """`order_id` is to be collected here, and the store says that it cannot; the staff member is signed in."""
    console = Web(world.fleet.gateway_url, client=world.client).as_(counter.staff_token)
    await _exchanged(world, counter, console)
    await _rerouted(world, counter, console, shopper, order_id)
    await _tried(world, shopper, console)


async def _exchanged(world: World, counter: Counter, console: Web) -> None:
    """The same good for another piece of it: nothing is owed; and nothing of the sale never came."""
    sale_id = await counter.sell(world.history, COUNTER_SKU)
    await counter.synced()
    back = {"order_id": sale_id, "units": [{"line_no": 1}], "reason": "COLOUR", "verified": True}
    body = {"location_id": brand.STORE, "channel_id": brand.TILLS, "returned": back, "lines": [{"sku": COUNTER_SKU}]}
    visit = (await _said(console, "/v1/staff/visits", body))["visit"]
    assert visit["exchanged_total"] == visit["sale_total"]
    nothing = await _said(console, f"/v1/staff/orders/{sale_id}/undelivered/pay-out", {})
    assert nothing["tenders"] == []


async def _rerouted(world: World, counter: Counter, console: Web, shopper: Shopper, order_id: str) -> None:
    await reached(lambda: world.hq.put("/v1/hq/rejected-pickup-policy", _ASK))
    task = await counter.task(order_id)
    await _said(console, f"/v1/staff/tasks/{task}/reject", {"reason": "NO_CAPACITY"})
    link = await shopper.get(f"/v1/orders/{order_id}/pickup-choice")
    assert "token" in link, link
    answer = await shopper.post("/v1/pickup-choices", {"token": link["token"], "option": "SHIP"}, uuid7())
    assert answer is not None
    assert answer.json()["choice"]["chosen"] == "SHIP", answer.text


async def _tried(world: World, shopper: Shopper, console: Web) -> None:
    wanted = {"location_id": brand.STORE, "lines": [{"sku": COUNTER_SKU}]}
    answer = await shopper.post("/v1/tryouts", wanted, uuid7())
    assert answer is not None
    assert answer.is_success, answer.text
    held = answer.json()["tryout"]["tryout_id"]
    ended = await _said(console, f"/v1/staff/tryouts/{held}/release", {"reason": "CHANGED_MIND"})
    assert ended["tryout"]["state"] == "RELEASED"


async def _said(console: Web, path: str, body: Any) -> Any:
    """With one key until somebody answers."""
    key = uuid7()
    return await reached(lambda: console.post(path, body, key))
