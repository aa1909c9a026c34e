"""The examples about sending: terms, a walk, parts and parcels, a label, what the carrier says."""

import re
from typing import Any

import httpx

from tests.service.gateway.test_routes import CALLS, body


async def send_home(reader: Any) -> None:
    """The shopper of the examples has three coats sent from the store, in two parts."""
    send = reader.send
    example = body(CALLS["PUT", "/v1/hq/locations"])["locations"]
    await send("PUT", "/v1/hq/locations", locations=[one | {"ships": True} for one in example])
    await reader.fleet.quiesce()
    put = (await send("PUT", "/v1/hq/shipping-terms"))["terms"]
    assert (await send("GET", "/v1/hq/shipping-terms"))["terms"] == put
    fees = (await send("PUT", "/v1/hq/shipping-fees"))["fees"]
    assert (await send("GET", "/v1/hq/shipping-fees"))["fees"] == fees
    assert (await send("GET", "/v1/hq/shipping-fees/versions"))["versions"][0] == fees
    await send("PUT", "/v1/hq/shipping-fees", fees={"rules": []}, reason="the demo ships for nothing")
    task = await _ordered(reader)
    for part in ("hq", "staff"):
        who = {"who": "manager"} if part == "staff" else {}
        held = await send("POST", f"/v1/{part}/tasks/{{task_id}}/hold", task_id=task, **who)
        assert (held["fulfilment"]["state"], held["fulfilment"]["reason"]) == ("ON_HOLD", "ADDRESS_UNCLEAR")
        await send("POST", f"/v1/{part}/tasks/{{task_id}}/release", task_id=task, **who)
        one = [{"line_no": 1, "first_unit": 0, "quantity": 1}]
        split = await send("POST", f"/v1/{part}/tasks/{{task_id}}/split", task_id=task, units=one)
        assert [len(split[name]["lines"]) for name in ("fulfilment", "part")] == [1, 1]
        other = split["part"]["fulfilment_id"]
        whole = await send("POST", f"/v1/{part}/tasks/{{task_id}}/merge", task_id=task, other_fulfilment_id=other)
        assert [line["quantity"] for line in whole["fulfilment"]["lines"]] == [2]
    walk = (await send("POST", "/v1/staff/pick-lists", 201, fulfilment_ids=[task]))["pick_list"]
    path = "/v1/staff/pick-lists/{pick_list_id}"
    assert (await send("GET", path, pick_list_id=walk["pick_list_id"]))["pick_list"]["items"] == walk["items"]
    await send("POST", "/v1/hq/tasks/{task_id}/move", 409, task_id=task)
    await _sent(reader, task)


async def _ordered(reader: Any) -> str:
    line = {"sku": "COAT-CAMEL-M", "quantity": 2, "method": "SHIP", "fulfilment_location_id": "TPE01"}
    quote = (await reader.send("POST", "/v1/quotes", lines=[line], coupon_codes=[]))["quote"]
    contact = await reader.send("POST", "/v1/contacts", 201)
    named = {"contact_id": contact["contact_id"], "masked_name": contact["masked_name"]}
    order_id = (await reader.send("POST", "/v1/orders", 201, quote_id=quote["quote_id"], **named))["order"]["order_id"]
    listed = await reader.until(
        lambda found: any(one["order_id"] == order_id for one in found["tasks"]), "GET", "/v1/staff/tasks"
    )
    (task,) = (one["fulfilment_id"] for one in listed["tasks"] if one["order_id"] == order_id)
    return str(task)


async def _sent(reader: Any, task: str) -> None:
    send, named = reader.send, {"task_id": task}
    await send("POST", "/v1/staff/tasks/{task_id}/pack", **named)
    packed = await reader.until(
        lambda found: found["fulfilment"]["parcels"][0]["state"] == "BOOKED",
        "GET",
        "/v1/staff/tasks/{task_id}",
        **named,
    )
    (parcel,) = packed["fulfilment"]["parcels"]
    assert re.fullmatch(r"SIM[0-9A-F]{12}", parcel["tracking_no"])
    await send("POST", "/v1/staff/parcels/{parcel_id}/book", 409, parcel_id=parcel["parcel_id"])
    await _label(reader, parcel["parcel_id"])
    shipped = (await send("POST", "/v1/staff/tasks/{task_id}/ship", **named))["fulfilment"]
    assert (shipped["state"], shipped["parcels"][0]["state"]) == ("SHIPPED", "SHIPPED")
    unsigned = await send("POST", "/v1/webhooks/carriers/{carrier}", 403, carrier="simulator")
    assert unsigned["reason"] == "SIGNATURE_INVALID"
    async with httpx.AsyncClient(trust_env=False) as courier:
        where = f"http://{reader.fleet.target('carrier')}/scans/{parcel['tracking_no']}"
        assert (await courier.post(where, json={"kind": "DELIVERED"})).is_success
    there = await reader.until(
        lambda found: found["fulfilment"]["state"] == "DELIVERED", "GET", "/v1/staff/tasks/{task_id}", **named
    )
    assert there["fulfilment"]["parcels"][0]["told"] == "DELIVERED"


async def _label(reader: Any, parcel_id: str) -> None:
    """A page, and no document."""
    path = "/v1/staff/parcels/{parcel_id}/label"
    headers = {"Authorization": f"Bearer {reader.tokens['staff']}"}
    label = await reader.http.get(path.format(parcel_id=parcel_id), headers=headers)
    assert (label.status_code, label.headers["content-type"], label.content[:5]) == (200, "application/pdf", b"%PDF-")
    reader.seen.add(("GET", path))
