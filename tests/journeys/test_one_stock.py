"""One stock: the online warehouse is short, so a store sends it, or the next one; and what nobody has is given up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from cli.demo import counter
from cli.demo.brand import StaffMember
from cli.demo.counter import Counter
from cli.demo.stage import until
from cli.demo.tale import Tale
from cli.demo.web import Web
from kit.ids import uuid7
from omo.storelink.v1 import till_service_pb2 as pb
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import order_of, paid_by
from tests.journeys.stages import opened, refused

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

CHANNEL, SKU, PRICE = "one-stock", "ONE-STOCK-PARKA-M", 2_400
WAREHOUSE, NEAR, FAR = "OS-WH", "OS-NEAR", "OS-FAR"
LIU = StaffMember("OS01", "劉美玲", NEAR, "adviser", "2581")
HUANG = StaffMember("OS02", "黃志明", FAR, "adviser", "3692")
# 新北市板橋, and where the stores are
_THERE = {"country_code": "TW", "postal_code": "220", "latitude_e6": 25_011_000, "longitude_e6": 121_461_000}
_AT = {NEAR: (25_014_000, 121_463_000), FAR: (22_628_000, 120_302_000), WAREHOUSE: (25_045_000, 121_294_000)}


@dataclass(slots=True)
class Scene:
    """A shopper, headquarters, and two stores with their tills open."""

    tale: Tale
    stores: dict[str, Counter] = field(default_factory=dict)

    async def buys(self, quantity: int, **more: Any) -> dict[str, Any]:
        body = {
            "channel_id": CHANNEL,
            "lines": [{"sku": SKU, "quantity": quantity, "method": "SHIP"}],
            "delivery": {"shipping_method": "standard", "destination": _THERE},
        }
        placed = await self.tale.app.ask("POST", "/v1/orders", body | paid_by("sim_ok") | more, uuid7())
        order: dict[str, Any] = placed.json()["order"]
        assert (placed.status_code, order["state"]) == (201, "CONFIRMED")
        assert [line["fulfilment_location_id"] for line in order["lines"]] == [None], "nobody has been chosen yet"
        assert order["delivery"]["destination"] == _rounded(_THERE), "whereabouts, and no more"
        return order

    async def to_be_had(self) -> int:
        """What the channel can sell."""
        found = await self.tale.web.get(f"/v1/channels/{CHANNEL}/availability", sku=[SKU])
        available: int = found["stocks"][0]["shipped"]["available"]
        return available

    async def tasks(self, place: str) -> list[Any]:
        """What the store's till lists."""
        request = pb.ListTasksRequest(page_size=100)
        return list((await self.stores[place].ask(lambda till: till.ListTasks, request)).tasks)

    async def level(self, place: str) -> dict[str, Any]:
        """What the store has in its books."""
        level: dict[str, Any] = (await self.at(place).get("/v1/staff/stock", sku=[SKU]))["levels"][0]
        return level

    def at(self, place: str) -> Web:
        """The console of a store's staff."""
        return self.tale.web.as_(self.stores[place].staff_token)

    async def a_minute_later(self) -> None:
        await self.tale.stage.advance(timedelta(seconds=61))


def _rounded(given: dict[str, Any]) -> dict[str, Any]:
    return given | {name: round(given[name] / 10_000) * 10_000 for name in ("latitude_e6", "longitude_e6")}


@pytest_asyncio.fixture(scope="module")
async def scene(fleet: TestFleet, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        tale = await stack.enter_async_context(opened(fleet, tmp_path_factory.mktemp("one-stock")))
        await _brand(tale.hq)
        found = Scene(tale)
        for person in (LIU, HUANG):
            credential, _ = await counter.credential(tale.stage, tale.hq, person.location_id)
            till = await stack.enter_async_context(Counter(tale.stage, person.location_id, credential))
            await till.sign_in(person)
            found.stores[person.location_id] = till
        await tale.stage.settle()
        yield found


async def _brand(hq: Web) -> None:
    """A channel with a warehouse that is empty, and two stores that ship for it: the far one has more."""
    places = [
        {
            "location_id": code,
            "kind": "WAREHOUSE" if code == WAREHOUSE else "STORE",
            "name": code,
            "ships": True,
            "position": {"latitude_e6": north, "longitude_e6": east},
        }
        for code, (north, east) in _AT.items()
    ]
    await hq.put("/v1/hq/locations", {"locations": places})
    await hq.put("/v1/hq/channels", {"channels": [{"channel_id": CHANNEL, "kind": "ONLINE", "name": "One stock"}]})
    product = {"product_id": "ONE-STOCK-PARKA", "name": "Parka", "brand": "Hikari", "variants": [{"sku": SKU}]}
    await hq.put("/v1/hq/products", {"products": [product]})
    prices = {"price_list_id": "OS", "currency_code": "TWD", "channel_ids": [CHANNEL]}
    await hq.put("/v1/hq/price-lists", {"price_list": prices | {"prices": [{"sku": SKU, "amount": PRICE}]}})
    for person in (LIU, HUANG):
        staff = {"staff_code": person.code, "display_name": person.name, "home_location_id": person.location_id}
        await hq.put("/v1/hq/staff", {"staff": staff | {"roles": [person.role]}, "pin": person.pin})
    stock = {WAREHOUSE: 0, NEAR: 3, FAR: 4}
    opening = [
        {"sku": SKU, "location_id": code, "kind": "OPENING", "quantity": units, "reason": "one stock"}
        for code, units in stock.items()
    ]
    await hq.post("/v1/hq/stock/movements", {"movements": opening})
    rule = {"rule_id": "nearest", "sorts": ["PROXIMITY"], "allow_partial": True, "then": "QUEUE"}
    rules = [rule | {"queue": "unfillable", "auto_cancel_hours": 1}]
    put = {"rule_set_id": "one-stock", "channel_ids": [CHANNEL], "routes": [{"route_id": "all", "rules": rules}]}
    made = (await hq.put("/v1/hq/sourcing/rule-sets", put))["rule_set"]
    await hq.post("/v1/hq/sourcing/rule-sets/one-stock/activate", {"version": made["version"]})


async def test_a_store_sends_what_the_warehouse_has_not_and_another_what_that_store_cannot(scene: Scene) -> None:
    tale = scene.tale
    assert await scene.to_be_had() == 7
    order = await scene.buys(2)
    await tale.stage.settle()
    assert await scene.to_be_had() == 5
    assert await scene.tasks(NEAR) == []
    await scene.a_minute_later()

    async with asyncio.timeout(20):
        await scene.stores[NEAR].tasks_changed.wait()
    (task,) = await scene.tasks(NEAR)
    assert (task.order_id, [(line.sku, line.quantity) for line in task.lines]) == (order["order_id"], [(SKU, 2)])
    await _why(scene, order["order_id"], task.decision_id)

    console = scene.at(NEAR)
    rejected = (await console.post(f"/v1/staff/tasks/{task.fulfilment_id}/reject", {"reason": "NOT_IN_STOCK"}))[
        "fulfilment"
    ]
    assert rejected["state"] == "REJECTED"
    again = await until("the far store's task", lambda: scene.tasks(FAR), lambda tasks: len(tasks) == 1)
    assert [(line.sku, line.quantity) for line in again[0].lines] == [(SKU, 2)]
    assert again[0].decision_id not in ("", task.decision_id)
    assert await scene.tasks(NEAR) == []
    await tale.stage.settle()
    shown = await order_of(tale, order["order_id"])
    assert sorted((each["location_id"], each["state"]) for each in shown["fulfilments"]) == [
        (FAR, "PLACED"),
        (NEAR, "REJECTED"),
    ]
    assert [(each["kind"], each["location_id"]) for each in shown["news"]] == [
        ("SOURCED", NEAR),
        ("REJECTED", NEAR),
        ("SOURCED", FAR),
    ]
    assert shown["attention"] == []
    await _sent(scene, order["order_id"], again[0].fulfilment_id)
    await _nothing_drifts(tale)


async def _why(scene: Scene, order_id: str, decision_id: str) -> None:
    """Why this store? Its staff may ask."""
    explained = await scene.at(NEAR).get(f"/v1/staff/sourcing/orders/{order_id}")
    (decision,) = explained["decisions"]
    assert decision["decision_id"] == decision_id
    said = "\n".join(decision["lines_zh_tw"])
    assert f"{NEAR} 出貨 2 × {SKU} (1)：排名第 1，距離 0." in said, said
    assert any(WAREHOUSE in line and "無可用庫存" in line for line in decision["lines_zh_tw"]), said
    assert f"{NEAR} sends 2 × {SKU} (1): number 1 of the ranking" in "\n".join(decision["lines_en"])


async def _sent(scene: Scene, order_id: str, task_id: str) -> None:
    """Accepted, picked, packed, given to the carrier; then the money is taken."""
    console = scene.at(FAR)
    for step in ("accept", "pick", "ready", "handover"):
        await console.post(f"/v1/staff/tasks/{task_id}/{step}", {})
    paid = await until(
        "the capture",
        lambda: order_of(scene.tale, order_id),
        lambda order: [tender["state"] for tender in order["tenders"]] == ["CAPTURED"],
    )
    assert {each["state"] for each in paid["fulfilments"]} == {"HANDED_OVER", "REJECTED"}
    await scene.tale.stage.settle()
    level = await scene.level(FAR)
    assert (level["on_hand"], level["committed"], level["available"]) == (2, 0, 2)


async def test_what_nobody_has_any_more_is_given_up_with_money_and_points(scene: Scene) -> None:
    tale = scene.tale
    await tale.hq.post(f"/v1/hq/members/{tale.member_id}/points", {"points": 300, "reason": "welcome"})
    points = (await tale.app.get("/v1/me/standing"))["standing"]["points_active"]
    order = await scene.buys(1, spend_points=280)
    assert order["totals"]["grand_total"]["amount"] == PRICE - 280
    await tale.stage.settle()
    for place in (NEAR, FAR):
        if on_hand := (await scene.level(place))["on_hand"]:
            gone = {"sku": SKU, "location_id": place, "kind": "ADJUSTMENT", "quantity": -on_hand}
            await tale.hq.post("/v1/hq/stock/movements", {"movements": [gone | {"reason": "burst pipe"}]})
    await tale.stage.settle()
    assert await scene.to_be_had() == 0
    body = {"channel_id": CHANNEL, "lines": [{"sku": SKU, "quantity": 1, "method": "SHIP"}]}
    assert (await refused(tale.app.post("/v1/orders", body | paid_by("sim_ok")))).reason == "OUT_OF_STOCK"
    broken = await order_of(tale, order["order_id"])
    assert broken["attention"] == ["PROMISE_BROKEN"]
    await scene.a_minute_later()
    waiting = await order_of(tale, order["order_id"])
    assert (waiting["state"], waiting["attention"]) == ("CONFIRMED", ["PROMISE_BROKEN", "UNPLACED"])
    assert [each["order_id"] for each in await _queue(tale)] == [order["order_id"]]

    await tale.stage.advance(timedelta(minutes=61))
    await tale.refresh()
    ended = await order_of(tale, order["order_id"])
    assert (ended["state"], ended["reason"], ended["fulfilments"]) == ("CANCELLED", "UNFILLABLE", [])
    assert [tender["state"] for tender in ended["tenders"] if tender["provider"]] == ["VOIDED"]
    assert [each["kind"] for each in ended["news"]] == ["PROMISE_BROKEN", "UNPLACED", "GIVEN_UP"]
    assert (await tale.app.get("/v1/me/standing"))["standing"]["points_active"] == points
    await _nothing_drifts(tale)


async def _queue(tale: Tale) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await tale.hq.get("/v1/hq/sourcing/queue", queue="unfillable"))["sourcings"]
    return found


async def _nothing_drifts(tale: Tale) -> None:
    await tale.stage.settle()
    checks, drifts = await tale.stage.prove()
    assert checks > 30
    assert drifts == []
