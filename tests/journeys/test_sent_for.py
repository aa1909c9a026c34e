"""A camera that its store lacks: sent for, collected by its serial, and brought back to another store as that one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from cli.demo import brand
from cli.demo.brand import CHANG, LIN, StaffMember
from cli.demo.counter import Counter
from cli.demo.stage import until
from cli.demo.tale import Tale
from cli.demo.web import Web
from kit.ids import uuid7
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import order_of, paid_by
from tests.journeys.stages import opened, refused

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

HERE, THERE, WAREHOUSE = brand.STORE, CHANG.location_id, brand.WAREHOUSE
PACKER = StaffMember("SF01", "高志強", WAREHOUSE, "adviser", "5824")
CAMERA, PRICE = "SENT-CAMERA", 18_900
# the books of the store have one that nobody finds
STOCK = {HERE: "SN-00024", WAREHOUSE: "SN-00042"}


@dataclass(slots=True)
class Scene:
    """A shopper, and the consoles of two stores and the warehouse."""

    tale: Tale
    consoles: dict[str, Web]

    async def level(self, place: str) -> tuple[int, int, int]:
        """On hand, committed, available."""
        await self.tale.stage.settle()
        (level,) = (await self.consoles[place].get("/v1/staff/stock", sku=[CAMERA]))["levels"]
        return level["on_hand"], level["committed"], level["available"]

    async def tasks(self, order_id: str) -> dict[str, tuple[str, str]]:
        """Task and state by place."""
        found = (await order_of(self.tale, order_id))["fulfilments"]
        return {one["location_id"]: (one["fulfilment_id"], one["state"]) for one in found}

    async def tab(self, name: str) -> list[str]:
        """Whose pickups stand in one tab of the store's list."""
        found = (await self.consoles[HERE].get("/v1/staff/pickups", tab=name))["pickups"]
        return [one["fulfilment"]["order_id"] for one in found]

    async def serials(self, order_id: str) -> list[tuple[str | None, str | None]]:
        """As which each unit left, and came back: what headquarters see of its life."""
        units = (await self.tale.hq.get(f"/v1/hq/orders/{order_id}/units/1"))["sale"]
        return [(one["serial"], (one["returned"] or {}).get("serial")) for one in units]


@pytest_asyncio.fixture(scope="module")
async def scene(fleet: TestFleet, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        tale = await stack.enter_async_context(opened(fleet, tmp_path_factory.mktemp("sent-for")))
        await _goods(tale.hq)
        tills: list[tuple[Counter, StaffMember]] = [
            (await stack.enter_async_context(tale.counter(HERE)), LIN),
            (await stack.enter_async_context(await tale.branch(THERE)), CHANG),
            (await stack.enter_async_context(await tale.branch(WAREHOUSE)), PACKER),
        ]
        for till, person in tills:
            await till.sign_in(person)
        await tale.stage.settle()
        yield Scene(tale, {person.location_id: tale.web.as_(till.staff_token) for till, person in tills})


async def _goods(hq: Web) -> None:
    variant = {"sku": CAMERA, "tracking": ["SERIAL"]}
    product = {"product_id": CAMERA, "name": "Camera", "brand": "Hikari", "variants": [variant]}
    await hq.put("/v1/hq/products", {"products": [product]})
    prices = {"price_list_id": "SENT", "currency_code": "TWD", "channel_ids": [brand.WEB]}
    await hq.put("/v1/hq/price-lists", {"price_list": prices | {"prices": [{"sku": CAMERA, "amount": PRICE}]}})
    staff = {"staff_code": PACKER.code, "display_name": PACKER.name, "home_location_id": WAREHOUSE}
    await hq.put("/v1/hq/staff", {"staff": staff | {"roles": [PACKER.role]}, "pin": PACKER.pin})
    opening = [
        {
            "sku": CAMERA,
            "location_id": place,
            "kind": "OPENING",
            "quantity": 1,
            "reason": "sent for",
            "lots": [{"serial": serial, "quantity": 1}],
        }
        for place, serial in STOCK.items()
    ]
    await hq.post("/v1/hq/stock/movements", {"movements": opening})


async def test_what_a_store_lacks_is_sent_there_and_comes_back_by_its_serial(scene: Scene) -> None:
    tale, here, source = scene.tale, scene.consoles[HERE], scene.consoles[WAREHOUSE]
    lines = [{"sku": CAMERA, "quantity": 1, "method": "COLLECT", "fulfilment_location_id": HERE}]
    order = (await tale.app.post("/v1/orders", {"channel_id": brand.WEB, "lines": lines} | paid_by("sim_ok")))["order"]
    order_id = order["order_id"]
    task, _ = (await scene.tasks(order_id))[HERE]
    await here.post(f"/v1/staff/tasks/{task}/accept", {})
    await tale.stage.settle()

    asked = await _sent_for(here, f"/v1/staff/tasks/{task}/request-transfer")
    assert (asked["transfer"]["state"], asked["fulfilment"]["state"]) == ("SENT", "CANCELLED")
    (leg,) = asked["legs"]
    assert (leg["from_location_id"], leg["to_location_id"]) == (WAREHOUSE, HERE)
    await tale.stage.settle()
    news = {one["kind"]: one["promise_time"] for one in (await order_of(tale, order_id))["news"]}
    assert news.keys() == {"SOURCED", "SENT_FOR"}
    assert news["SENT_FOR"] == asked["transfer"]["promise_time"]
    assert await scene.tab("INCOMING") == [order_id]
    assert (await scene.level(WAREHOUSE), await scene.level(HERE)) == ((1, 1, 0), (0, 0, 0)), "the promise went along"

    await _on_its_way(scene, source, leg["fulfilment_id"])
    assert (await here.get("/v1/staff/incoming"))["legs"][0]["state"] == "IN_TRANSIT"
    came = await here.post(f"/v1/staff/incoming/{leg['fulfilment_id']}/receive", {})
    own = came["fulfilment"]["fulfilment_id"]
    assert (came["fulfilment"]["state"], await scene.tab("ARRIVED")) == ("ARRIVED", [order_id])
    assert await scene.level(HERE) == (1, 1, 0), "it is nobody else's"

    await here.post(f"/v1/staff/tasks/{own}/ready", {})
    await _collected(scene, order_id, own)
    await _brought_back_elsewhere(scene, order_id)


async def _sent_for(console: Web, path: str) -> Any:
    """With one key until inventory has answered: where it is late, the store is told that it was asked."""
    key = uuid7()
    return await until("what inventory says", lambda: console.post(path, {"reason": "NOT_IN_STOCK"}, key),
                       lambda found: found["transfer"]["state"] != "ASKED")  # fmt: skip


async def _on_its_way(scene: Scene, source: Web, task: str) -> None:
    for step in ("accept", "pick", "dispatch"):
        await source.post(f"/v1/staff/tasks/{task}/{step}", {})
    assert await scene.level(WAREHOUSE) == (0, 0, 0)


async def _collected(scene: Scene, order_id: str, task: str) -> None:
    """By the PIN, as the one that it is; then the money is taken."""
    tale, at = scene.tale, f"/v1/staff/tasks/{task}/handover"
    proof: dict[str, Any] = {"pin": (await order_of(tale, order_id))["pickup_pin"]}
    nameless = await refused(scene.consoles[HERE].post(at, proof))
    assert (nameless.reason, nameless.metadata["field"]) == ("SERIAL_REQUIRED", "lots")
    lots = [{"line_no": 1, "lots": [{"serial": STOCK[WAREHOUSE], "quantity": 1}]}]
    await scene.consoles[HERE].post(at, proof | {"lots": lots})
    await until("the capture", lambda: order_of(tale, order_id),
                lambda found: [one["state"] for one in found["tenders"]] == ["CAPTURED"])  # fmt: skip
    assert await scene.level(HERE) == (0, 0, 0)
    assert await scene.serials(order_id) == [(STOCK[WAREHOUSE], None)]


async def _brought_back_elsewhere(scene: Scene, order_id: str) -> None:
    """Another camera in the same box is not it."""
    console = scene.consoles[THERE]

    def bringing(serial: str) -> dict[str, Any]:
        returned = {"order_id": order_id, "units": [{"line_no": 1, "serials": [serial]}], "reason": "CHANGED_MIND"}
        return {"location_id": THERE, "returned": returned | {"verified": True}}

    other = await refused(console.post("/v1/staff/visits", bringing(STOCK[HERE])))
    assert (other.reason, other.metadata["field"]) == ("SERIAL_MISMATCH", "units.serials")
    visit = (await console.post("/v1/staff/visits", bringing(STOCK[WAREHOUSE])))["visit"]
    assert visit["refunded_total"]["amount"] == PRICE
    assert await scene.level(THERE) == (1, 0, 1)
    assert await scene.serials(order_id) == [(STOCK[WAREHOUSE], STOCK[WAREHOUSE])]
    checks, drifts = await scene.tale.stage.prove()
    assert checks > 30
    assert drifts == []
