"""One stock: the online warehouse is short, so a store sends it, or the next one; and what nobody has is given up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from cli.demo import counter
from cli.demo.counter import Counter
from cli.demo.stage import until
from cli.demo.tale import Tale
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import order_of, paid_by
from tests.journeys.one_stock import (
    CHANNEL,
    FAR,
    HUANG,
    LIU,
    NEAR,
    PRICE,
    SKU,
    WAREHOUSE,
    Scene,
    all_in,
    furnish,
    sent_by,
)
from tests.journeys.stages import opened, refused

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]


@pytest_asyncio.fixture(scope="module")
async def scene(fleet: TestFleet, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        tale = await stack.enter_async_context(opened(fleet, tmp_path_factory.mktemp("one-stock")))
        await furnish(tale.hq)
        found = Scene(tale, f"http://{fleet.target('carrier')}")
        for person in (LIU, HUANG):
            credential, _ = await counter.credential(tale.stage, tale.hq, person.location_id)
            till = await stack.enter_async_context(Counter(tale.stage, person.location_id, credential))
            await till.sign_in(person)
            found.stores[person.location_id] = till
        await tale.stage.settle()
        yield found


async def test_headquarters_have_another_store_send_it(scene: Scene) -> None:
    tale = scene.tale
    assert await scene.to_be_had() == 7
    order = await scene.buys(1)
    await tale.stage.settle()
    await scene.a_minute_later()
    assert await scene.to_be_had() == 6
    (task,) = await until("the near store's task", lambda: scene.tasks(NEAR), lambda tasks: len(tasks) == 1)
    moved = {"location_id": FAR, "reason": "STORE_CLOSED"}
    held = (await tale.hq.post(f"/v1/hq/tasks/{task.fulfilment_id}/move", moved))["fulfilment"]
    assert (held["state"], held["reason"]) == ("ON_HOLD", "MOVING")
    (there,) = await until("the far store's task", lambda: scene.tasks(FAR), lambda tasks: len(tasks) == 1)
    assert there.decision_id not in ("", task.decision_id)
    assert await scene.tasks(NEAR) == []
    await tale.stage.settle()
    committed = {place: (await scene.level(place))["committed"] for place in (NEAR, FAR)}
    assert committed == {NEAR: 0, FAR: 1}, "the promise went with it"
    assert await scene.to_be_had() == 6, "moved, and neither freed nor promised twice"
    why = (await scene.at(FAR).get(f"/v1/staff/sourcing/orders/{order['order_id']}"))["decisions"]
    assert f"Line 1 was moved from {NEAR} to {FAR} (STORE_CLOSED)." in str(why)
    await tale.app.post(f"/v1/orders/{order['order_id']}/cancel", {"reason": "CHANGED_MIND"})
    await _nothing_drifts(tale)
    assert await scene.to_be_had() == 7
    for till in scene.stores.values():
        till.tasks_changed.clear()


async def test_a_store_sends_what_the_warehouse_has_not_and_another_what_that_store_cannot(scene: Scene) -> None:
    tale = scene.tale
    assert await scene.to_be_had() == 7
    home = {"name": "吳先生", "phone": "0912345678", "address": "220 新北市板橋區縣民大道二段 7 號"}
    contact = await tale.app.post("/v1/contacts", home)
    order = await scene.buys(2, contact_id=contact["contact_id"], masked_name=contact["masked_name"])
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
    again = await _sourced_again(scene, order["order_id"], task.decision_id)
    await _sent(scene, order["order_id"], again.fulfilment_id)
    await _nothing_drifts(tale)


async def _sourced_again(scene: Scene, order_id: str, first_decision_id: str) -> Any:
    """The far store's task; meanwhile its goods are never to be had by somebody else."""
    seen: set[int] = set()

    async def there() -> list[Any]:
        seen.add(await scene.to_be_had())
        return await scene.tasks(FAR)

    (task,) = await until("the far store's task", there, lambda tasks: len(tasks) == 1)
    assert seen <= {5, 2}, "two stay promised all the time, and what nobody finds is not to be had"
    assert [(line.sku, line.quantity) for line in task.lines] == [(SKU, 2)]
    assert task.decision_id not in ("", first_decision_id)
    assert await scene.tasks(NEAR) == []
    await scene.tale.stage.settle()
    assert await scene.to_be_had() == 2, "of four in the far store; the near one found none of its three"
    assert [(await scene.level(place))["available"] for place in (NEAR, FAR)] == [0, 2]
    shown = await order_of(scene.tale, order_id)
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
    return task


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
    """One walk along the shelves, packed, labelled, given to the carrier; then the money is taken, and it is there."""
    console = scene.at(FAR)
    walk = (await console.post("/v1/staff/pick-lists", {"fulfilment_ids": [task_id]}))["pick_list"]
    assert [(one["sku"], one["quantity"]) for one in walk["items"]] == [(SKU, 2)]
    assert {(one["state"], one["picker_staff_code"]) for one in walk["tasks"]} == {("PICKING", HUANG.code)}
    units = [{"line_no": 1, "first_unit": number, "quantity": 1} for number in (0, 1)]
    await console.post(
        f"/v1/staff/tasks/{task_id}/pack", {"parcels": [{"units": [one], "weight_grams": 900} for one in units]}
    )
    packed = await until("the carrier", lambda: sent_by(scene, order_id), all_in("PACKED", "BOOKED"))
    for parcel in packed["parcels"]:
        label = await console.ask("GET", f"/v1/staff/parcels/{parcel['parcel_id']}/label")
        assert (label.headers["content-type"], label.content[:5]) == ("application/pdf", b"%PDF-")
    assert (await scene.level(FAR))["on_hand"] == 4, "it is still here"
    await console.post(f"/v1/staff/tasks/{task_id}/ship", {})
    paid = await until(
        "the capture",
        lambda: order_of(scene.tale, order_id),
        lambda order: [tender["state"] for tender in order["tenders"]] == ["CAPTURED"],
    )
    assert {each["state"] for each in paid["fulfilments"]} == {"SHIPPED", "REJECTED"}
    await scene.tale.stage.settle()
    level = await scene.level(FAR)
    assert (level["on_hand"], level["committed"], level["available"]) == (2, 0, 2)
    assert await scene.to_be_had() == 2, "what left was promised before"
    for parcel in packed["parcels"]:
        await scene.scan(parcel["tracking_no"], "OUT_FOR_DELIVERY")
        await scene.scan(parcel["tracking_no"], "DELIVERED")
    there = await until("the parcels", lambda: sent_by(scene, order_id), all_in("DELIVERED", "DELIVERED"))
    assert {one["told"] for one in there["parcels"]} == {"DELIVERED"}
    assert all(one["tracking_url"].startswith(scene.carrier) for one in there["parcels"])


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
