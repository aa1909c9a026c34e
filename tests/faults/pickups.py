"""A day's pickups beyond the plain one: at an appointment, in part, short of something, sent there, or asked for."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cli.demo import brand
from cli.demo.brand import StaffMember
from cli.demo.web import Web
from kit.ids import uuid7
from omo.storelink.v1 import till_service_pb2 as pb
from tests.faults.asking import reached
from tests.faults.shoppers import Shopper
from tests.faults.tills import Counter
from tests.faults.world import World

_WAREHOUSE = "WH1"
# in the store, and in the warehouse alone
_HERE, _THERE = "SHIRT-WHITE-M", "SHIRT-WHITE-S"
_PACKER = StaffMember("W001", "周志明", _WAREHOUSE, "manager", "7391")
# a word that says nothing of the shelf
_BUSY = {"reason": "TOO_BUSY"}
_PAUSE, _TRIES = 0.3, 200
_EVERY_DAY = [{"weekday": day, "open_minute": 0, "close_minute": 1440} for day in range(1, 8)]
_PAY = {"channel_id": "web", "payment": {"provider": "simulator", "instrument_token": "sim_ok"}}


async def pick_up(world: World, counter: Counter, shopper: Shopper) -> None:
    """The staff member of the store is signed in."""
    store = Web(world.fleet.gateway_url, client=world.client).as_(counter.staff_token)
    await _in_part(world, counter, shopper, store)
    await _from_elsewhere(world, counter, shopper, store)
    await _lacked(counter, shopper, store)


async def _in_part(world: World, counter: Counter, shopper: Shopper, store: Web) -> None:
    """One of three at an appointment, one that is damaged, and the last one afterwards."""
    line = {"sku": _HERE, "quantity": 3, "method": "COLLECT", "fulfilment_location_id": brand.STORE}
    order_id = await _ordered(shopper, {"lines": [line]})
    task = await counter.task(order_id)
    hours = {"days": _EVERY_DAY, "slot_minutes": 60, "capacity": 100}
    await reached(lambda: world.hq.put(f"/v1/hq/stores/{brand.STORE}/pickup-hours", hours))
    day = datetime.now(UTC).astimezone(ZoneInfo("Asia/Taipei")) + timedelta(days=3)
    noon = day.replace(hour=12, minute=0, second=0, microsecond=0)
    await _told(shopper, f"/v1/pickups/{task}/appointment", {"start_time": noon.isoformat(), "staff_code": None})
    await _readied(counter, task)
    part = {"units": [_units(1)], "missing": [_units(1) | {"reason": "DAMAGED"}], "pin": await _pin(shopper, order_id)}
    done = await _said(store, f"/v1/staff/tasks/{task}/handover-part", part)
    assert (done["fulfilment"]["state"], done["rest"]["state"]) == ("PARTIALLY_HANDED_OVER", "READY")
    await _handed_over(counter, done["rest"]["fulfilment_id"], await _pin(shopper, order_id))


async def _from_elsewhere(world: World, counter: Counter, shopper: Shopper, store: Web) -> None:
    """The warehouse sends two, of which one comes."""
    line = {"sku": _THERE, "quantity": 2, "method": "SHIP"}
    way = {"shipping_method": "express", "collect_location_id": brand.STORE}
    order_id = await _ordered(shopper, {"lines": [line], "delivery": way})
    async with await _warehouse(world) as till:
        task = await till.task(order_id)
        for verb in ("Accept", "Pick"):
            asked = getattr(pb, f"{verb}FulfilmentRequest")(request_id=uuid7(), fulfilment_id=task)
            await till.ask(f"{verb}Fulfilment", asked)
        packer = Web(world.fleet.gateway_url, client=world.client).as_(till.staff_token)
        left = await _said(packer, f"/v1/staff/tasks/{task}/dispatch", None)
        assert left["leg"]["state"] == "IN_TRANSIT"
    short = {"short": [_units(1) | {"reason": "DAMAGED"}]}
    came = await _said(store, f"/v1/staff/incoming/{task}/receive", short)
    own = came["fulfilment"]["fulfilment_id"]
    await counter.ask("ReadyFulfilment", pb.ReadyFulfilmentRequest(request_id=uuid7(), fulfilment_id=own))
    await _handed_over(counter, own, await _pin(shopper, order_id))


async def _lacked(counter: Counter, shopper: Shopper, store: Web) -> None:
    """The store asks for one, finds it after all, and the shopper wants it no more."""
    line = {"sku": _HERE, "quantity": 1, "method": "COLLECT", "fulfilment_location_id": brand.STORE}
    order_id = await _ordered(shopper, {"lines": [line]})
    (leg,) = await _sent_for(store, f"/v1/staff/tasks/{await counter.task(order_id)}/request-transfer")
    await _said(store, f"/v1/staff/incoming/{leg['fulfilment_id']}/call-off", None)
    # inventory has moved its promise back
    await counter.task(order_id)
    await _told(shopper, f"/v1/orders/{order_id}/cancel", {"reason": "CHANGED_MIND"})


async def _sent_for(store: Web, path: str) -> list[dict[str, Any]]:
    """With one key until inventory has answered."""
    key = uuid7()
    for _ in range(_TRIES):
        asked = await reached(lambda: store.post(path, _BUSY, key))
        if asked["transfer"]["state"] != "ASKED":
            assert asked["transfer"]["state"] == "SENT", asked
            return list(asked["legs"])
        await asyncio.sleep(_PAUSE)
    raise AssertionError("inventory never answered")


async def _warehouse(world: World) -> Counter:
    """A till there, and somebody who is signed in at it."""
    staff = {"staff_code": _PACKER.code, "display_name": _PACKER.name, "home_location_id": _WAREHOUSE}
    known = (await reached(lambda: world.hq.get("/v1/hq/staff", page_size=100)))["staff"]
    if all(one["staff_code"] != _PACKER.code for one in known):
        hired = {"staff": staff | {"roles": [_PACKER.role], "location_ids": [_WAREHOUSE]}, "pin": _PACKER.pin}
        await reached(lambda: world.hq.put("/v1/hq/staff", hired))
    world.counters += 1
    name = f"packing-{world.counters}"
    code = await world.told("/v1/hq/terminals/codes", {"location_id": _WAREHOUSE, "name": name})
    till = await Counter.enrolled(world.fleet, code["code"], world.folder / name)
    await till.sign_in(_PACKER)
    return till


async def _ordered(shopper: Shopper, basket: dict[str, Any]) -> str:
    """Until it is not refused: a fault may undo an order, and then the shopper orders once more."""
    while True:
        answer = await shopper.post("/v1/orders", _PAY | basket, uuid7())
        assert answer is not None, "nobody said how it ended"
        if answer.is_success:
            return str(answer.json()["order"]["order_id"])
        assert answer.status_code in (409, 503), answer.text


async def _readied(counter: Counter, task: str) -> None:
    for verb in ("Accept", "Pick", "Ready"):
        asked = getattr(pb, f"{verb}FulfilmentRequest")(request_id=uuid7(), fulfilment_id=task)
        await counter.ask(f"{verb}Fulfilment", asked)


async def _handed_over(counter: Counter, task: str, pin: str) -> None:
    asked = pb.HandOverFulfilmentRequest(request_id=uuid7(), fulfilment_id=task, pin=pin)
    await counter.ask("HandOverFulfilment", asked)


def _units(quantity: int) -> dict[str, Any]:
    return {"line_no": 1, "quantity": quantity}


async def _pin(shopper: Shopper, order_id: str) -> str:
    return str((await shopper.get(f"/v1/orders/{order_id}"))["order"]["pickup_pin"])


async def _told(shopper: Shopper, path: str, body: Any) -> None:
    answer = await shopper.post(path, body, uuid7())
    assert answer is not None, "nobody answered"
    assert answer.is_success, answer.text


async def _said(console: Web, path: str, body: Any) -> Any:
    """With one key until somebody answers."""
    key = uuid7()
    return await reached(lambda: console.post(path, body, key))
