"""The examples about pickups: an appointment, a proxy, a part and its slip; what nobody collects, what comes here."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Asia/Taipei")


async def collect(reader: Any, member_id: str) -> None:
    """The shopper of the examples collects half of what he ordered at an appointment."""
    send = reader.send
    start = await _open(send)
    task = await ordered(reader)
    await _awaited(send, task, start)
    named = (await send("POST", "/v1/pickups/{task_id}/proxies", 201, task_id=task))["proxy"]
    assert (await send("GET", "/v1/pickups/{task_id}/proxies", task_id=task))["proxies"] == [named]
    revoked = await send("POST", "/v1/pickup-proxies/{proxy_id}/revoke", proxy_id=named["proxy_id"])
    assert (revoked["proxy"]["state"], revoked["proxy"]["pin"]) == ("REVOKED", None)
    for step in ("accept", "pick", "ready"):
        await send("POST", f"/v1/staff/tasks/{{task_id}}/{step}", task_id=task)
    code = (await send("POST", "/v1/pickups/{task_id}/code", task_id=task))["code"]
    assert (await send("GET", "/v1/staff/pickup-code-keys"))["keys"]
    part = await send("POST", "/v1/staff/tasks/{task_id}/handover-part", task_id=task, pin="", code=code, lots=[])
    assert (part["fulfilment"]["state"], part["rest"]["state"]) == ("PARTIALLY_HANDED_OVER", "READY")
    slip = (await send("GET", "/v1/staff/tasks/{task_id}/acknowledgement", task_id=task))["acknowledgement"]
    assert slip == (await send("GET", "/v1/pickups/{task_id}/acknowledgement", task_id=task))["acknowledgement"]
    assert (slip["proof"], [line["quantity"] for line in slip["lines"]]) == ("CODE", [1])
    await _unclaimed(send, member_id, part["rest"]["fulfilment_id"])
    await _nothing_comes(send, task)


async def _open(send: Any) -> str:
    """When the store receives shoppers; gives the beginning of the last slot of a day soon."""
    days = [{"weekday": day, "open_minute": 660, "close_minute": 1260} for day in range(1, 8)]
    own = {"location_id": "TPE01", "days": days}
    await send("PUT", "/v1/hq/stores/{location_id}/pickup-hours", **own)
    put = await send("PUT", "/v1/staff/stores/{location_id}/pickup-hours", who="manager", **own)
    assert (put["hours"]["days"], put["hours"]["version"]) == (days, 2)
    assert (await send("GET", "/v1/staff/stores/{location_id}/pickup-hours", location_id="TPE01")) == put
    day = (datetime.now(_ZONE) + timedelta(days=3)).date().isoformat()
    slots = (await send("GET", "/v1/pickup-slots", query=f"?location=TPE01&day={day}"))["slots"]
    assert [one["free"] for one in slots] == [put["hours"]["capacity"]] * 20
    start: str = slots[-1]["start_time"]
    return start


async def ordered(reader: Any) -> str:
    line = {"sku": "COAT-CAMEL-M", "quantity": 2, "method": "COLLECT", "fulfilment_location_id": "TPE01"}
    quote = (await reader.send("POST", "/v1/quotes", lines=[line], coupon_codes=[]))["quote"]
    placed = {"quote_id": quote["quote_id"], "contact_id": None, "masked_name": "陳○明"}
    order_id = (await reader.send("POST", "/v1/orders", 201, **placed))["order"]["order_id"]
    listed = await reader.until(
        lambda found: any(one["order_id"] == order_id for one in found["tasks"]), "GET", "/v1/staff/tasks"
    )
    (task,) = (one["fulfilment_id"] for one in listed["tasks"] if one["order_id"] == order_id)
    return str(task)


async def _awaited(send: Any, task: str, start: str) -> None:
    booked = (await send("POST", "/v1/pickups/{task_id}/appointment", task_id=task, start_time=start))["appointment"]
    assert (booked["staff_code"], booked["start_time"]) == ("A102", start)
    day = datetime.fromisoformat(start).astimezone(_ZONE).date().isoformat()
    listed = (await send("GET", "/v1/staff/appointments", query=f"?day={day}"))["appointments"]
    assert [one["fulfilment_id"] for one in listed] == [task]
    one = {"appointment_id": booked["appointment_id"]}
    moved = await send("POST", "/v1/appointments/{appointment_id}/move", start_time=start, staff_code=None, **one)
    assert (moved["appointment"]["staff_code"], moved["appointment"]["version"]) == (None, 2)
    assert (await send("GET", "/v1/me/appointments"))["appointments"] == [moved["appointment"]]
    await send("POST", "/v1/appointments/{appointment_id}/cancel", **one)
    adviser = await send("POST", "/v1/pickups/{task_id}/appointment", task_id=task, start_time=start, staff_code=None)
    assert adviser["appointment"]["staff_code"] == "A102", "the adviser whom the shopper is bound to"


async def _unclaimed(send: Any, member_id: str, rest: str) -> None:
    terms = await send("PUT", "/v1/hq/pickup-policy")
    assert (await send("GET", "/v1/pickup-policy")) == terms
    refused = await send("POST", "/v1/staff/tasks/{task_id}/return-to-shelf", 409, task_id=rest)
    assert refused["metadata"]["state"] == "READY"
    await send("POST", "/v1/pickups/{task_id}/appeal", 404, task_id=rest)
    await send("POST", "/v1/hq/no-show-appeals/{task_id}/settle", 404, task_id=rest)
    assert (await send("GET", "/v1/hq/no-show-appeals"))["no_shows"] == []
    standing = await send("GET", "/v1/me/pickup-standing")
    assert standing == await send("GET", "/v1/hq/members/{member_id}/pickup-standing", member_id=member_id)
    assert (standing["counted"], standing["measures"]) == (0, [])


async def _nothing_comes(send: Any, task: str) -> None:
    assert (await send("GET", "/v1/staff/incoming"))["legs"] == []
    await send("POST", "/v1/staff/tasks/{task_id}/dispatch", 404, task_id=task)
    await send("POST", "/v1/staff/incoming/{task_id}/receive", 404, task_id=task)
    await send("POST", "/v1/staff/incoming/{task_id}/call-off", 404, task_id=task)
    late = await send("POST", "/v1/staff/tasks/{task_id}/request-transfer", 409, task_id=task)
    assert (late["reason"], late["metadata"]["state"]) == ("TRANSITION_REFUSED", "HANDED_OVER")
    handed = (await send("GET", "/v1/staff/pickups", query="?tab=HANDOVER"))["pickups"]
    assert (handed[0]["fulfilment"]["fulfilment_id"], handed[0]["leg"]) == (task, None)
