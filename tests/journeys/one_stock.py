"""One stock, three places: an online warehouse that is empty, and two stores that send for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cli.demo.brand import StaffMember
from cli.demo.counter import Counter
from cli.demo.tale import Tale
from cli.demo.web import Web
from kit.ids import uuid7
from omo.storelink.v1 import till_service_pb2 as pb
from tests.journeys.baskets import order_of, paid_by

CHANNEL, SKU, PRICE = "one-stock", "ONE-STOCK-PARKA-M", 2_400
WAREHOUSE, NEAR, FAR = "OS-WH", "OS-NEAR", "OS-FAR"
LIU = StaffMember("OS01", "劉美玲", NEAR, "adviser", "2581")
HUANG = StaffMember("OS02", "黃志明", FAR, "adviser", "3692")
# 新北市板橋, and where the stores are
THERE = {"country_code": "TW", "postal_code": "220", "latitude_e6": 25_011_000, "longitude_e6": 121_461_000}
AT = {NEAR: (25_014_000, 121_463_000), FAR: (22_628_000, 120_302_000), WAREHOUSE: (25_045_000, 121_294_000)}


@dataclass(slots=True)
class Scene:
    """A shopper, headquarters, and two stores with their tills open."""

    tale: Tale
    carrier: str
    stores: dict[str, Counter] = field(default_factory=dict)

    async def buys(self, quantity: int, **more: Any) -> dict[str, Any]:
        """Orders when a batch of sourcing has just begun: nobody is chosen before the test moves the clock."""
        await self.a_new_minute()
        body = {
            "channel_id": CHANNEL,
            "lines": [{"sku": SKU, "quantity": quantity, "method": "SHIP"}],
            "delivery": {"shipping_method": "standard", "destination": THERE},
        }
        placed = await self.tale.app.ask("POST", "/v1/orders", body | paid_by("sim_ok") | more, uuid7())
        order: dict[str, Any] = placed.json()["order"]
        assert (placed.status_code, order["state"]) == (201, "CONFIRMED")
        assert [line["fulfilment_location_id"] for line in order["lines"]] == [None], "nobody has been chosen yet"
        assert order["delivery"]["destination"] == rounded(THERE), "whereabouts, and no more"
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

    async def scan(self, tracking_no: str, kind: str) -> None:
        """A courier says something of a parcel."""
        async with Web(self.carrier) as courier:
            await courier.post(f"/scans/{tracking_no}", {"kind": kind})

    async def a_new_minute(self) -> None:
        await self.tale.stage.advance(timedelta(seconds=61 - self.tale.stage.now().timestamp() % 60))

    async def a_minute_later(self) -> None:
        await self.tale.stage.advance(timedelta(seconds=61))


def rounded(given: dict[str, Any]) -> dict[str, Any]:
    return given | {name: round(given[name] / 10_000) * 10_000 for name in ("latitude_e6", "longitude_e6")}


async def furnish(hq: Web) -> None:
    """A channel with a warehouse that is empty, and two stores that ship for it: the far one has more."""
    places = [
        {
            "location_id": code,
            "kind": "WAREHOUSE" if code == WAREHOUSE else "STORE",
            "name": code,
            "ships": True,
            "position": {"latitude_e6": north, "longitude_e6": east},
        }
        for code, (north, east) in AT.items()
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


async def sent_by(scene: Scene, order_id: str) -> dict[str, Any]:
    """What its shopper sees of the task that sends it."""
    shown = (await order_of(scene.tale, order_id))["fulfilments"]
    found: dict[str, Any] = next(each for each in shown if each["state"] != "REJECTED")
    return found


def all_in(state: str, parcels: str) -> Callable[[dict[str, Any]], bool]:
    return lambda task: task["state"] == state and {one["state"] for one in task["parcels"]} == {parcels}
