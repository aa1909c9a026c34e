"""The examples about goods: what can be sold, where from, on its way, counted, found wrong, expected and foreseen."""

from datetime import UTC, datetime
from typing import Any

from gateway.http import permissions
from kit import access
from kit.postgres import Database
from services.inventory.planner.usecases import Plan
from tests.service.gateway import lot_examples
from tests.service.gateway.test_routes import CALLS, body

_GOODS = ("availability", "backorders", "counts", "lots", "plans", "sourcing", "stock", "supply", "transfers")
_SKU = "?sku=COAT-CAMEL-M"


async def move(reader: Any, order_id: str) -> None:
    """Everything that headquarters and stores do with goods beside selling them; `manager` and `warehouse` may sign."""
    for part in (_rules, _transfers, _counts, _shelves, _supply, _plans, lot_examples.trace):
        await part(reader)
    await _sourcing(reader, order_id)
    await reader.fleet.quiesce()
    # a route that nobody sent here was never tried
    assert {one for one in permissions.TABLE if _is_goods(one[1])} - reader.seen == set()


async def restock(reader: Any) -> None:
    """What was collected and sold in the store is there once more."""
    delivery = {"source_id": "PO-1143", "business_time": datetime.now(UTC).isoformat()}
    receipt = body(CALLS["POST", "/v1/hq/stock/movements"])["movements"][0] | delivery
    await reader.send("POST", "/v1/hq/stock/movements", 201, movements=[receipt])


def _is_goods(path: str) -> bool:
    _, _, who, what, *_ = [*path.split("/"), "", ""]
    return who in ("hq", "staff") and what in _GOODS


async def open_places(reader: Any) -> None:
    """The places that the examples name beside the first store."""
    first = body(CALLS["PUT", "/v1/hq/locations"])["locations"][0]
    others = [
        first | {"location_id": "WH1", "kind": "WAREHOUSE", "ships": True, "pickup": False},
        first | {"location_id": "TPE02", "ships": True},
    ]
    await reader.send("PUT", "/v1/hq/locations", locations=others)
    receipt = body(CALLS["POST", "/v1/hq/stock/movements"])["movements"][0] | {"location_id": "WH1"}
    await reader.send("POST", "/v1/hq/stock/movements", 201, movements=[receipt])


async def _rules(reader: Any) -> None:
    send = reader.send
    channel = "GET", "/v1/channels/{channel_id}/availability"
    stocks = await send(*channel, query=f"{_SKU}&location=TPE01", channel_id="web")
    before = stocks["stocks"][0]["shipped"]["available"]
    made = await send("POST", "/v1/hq/availability/rules", 201)
    version = made["rules"]["version"]
    await send("GET", "/v1/hq/availability/rules/{version}/impact", version=version)
    await send("POST", "/v1/hq/availability/rules/{version}/activate", version=version)
    await send("GET", "/v1/hq/availability/rules/{version}", version=version)
    assert (await send("GET", "/v1/hq/availability/rules"))["rules"]
    await send("GET", "/v1/hq/availability/explain", query="?channel=web&sku=COAT-CAMEL-M")
    # one is kept back at each place that ships: the warehouse
    stocks = await send(*channel, query=_SKU, channel_id="web")
    assert stocks["stocks"][0]["shipped"]["available"] == before - 1


async def _sourcing(reader: Any, order_id: str) -> None:
    send, one = reader.send, "/v1/hq/sourcing/rule-sets/{rule_set_id}"
    put = (await send("PUT", "/v1/hq/sourcing/rule-sets"))["rule_set"]
    assert (put["version"], put["state"]) == (1, "DRAFT")
    await send("POST", f"{one}/simulate", rule_set_id="brand")
    await send("POST", f"{one}/activate", rule_set_id="brand")
    await send("GET", one, rule_set_id="brand")
    assert [each["state"] for each in (await send("GET", "/v1/hq/sourcing/rule-sets"))["rule_sets"]] == ["ACTIVE"]
    await send("POST", f"{one}/retire", rule_set_id="brand")
    for part in ("hq", "staff"):
        who = "hq" if part == "hq" else "manager"
        await send("POST", f"/v1/{part}/sourcing/pauses", who=who)
        await send("POST", f"/v1/{part}/sourcing/pauses", who=who, paused=False)
        found = await send("GET", f"/v1/{part}/sourcing/orders/{{order_id}}", order_id=order_id)
        assert found["sourcing"]["state"] == "PINNED"
    assert (await send("GET", "/v1/hq/sourcing/queue"))["sourcings"] == []
    assert await send("POST", "/v1/hq/sourcing/queue/run") == {"orders": 0}
    # the shopper has it
    refused = await send("POST", "/v1/hq/sourcing/orders/{order_id}/reject", 409, order_id=order_id)
    assert refused["reason"] == "TRANSITION_REFUSED"


async def _transfers(reader: Any) -> None:
    send, hq, staff = reader.send, "/v1/hq/transfers/{transfer_id}", "/v1/staff/transfers/{transfer_id}"
    first, second = [(await send("POST", "/v1/hq/transfers", 201))["transfer"]["transfer_id"] for _ in range(2)]
    await send("POST", f"{hq}/approve", transfer_id=first)
    assert (await send("POST", f"{staff}/ship", transfer_id=first))["transfer"]["state"] == "SHIPPED"
    for path in (hq, staff):
        await send("GET", path, transfer_id=first)
    assert (await send("POST", f"{hq}/close", transfer_id=first))["transfer"]["discrepancies"][0]["kind"] == "UNDER"
    await send("POST", f"{hq}/cancel", transfer_id=second)
    # the other way round, so that the store receives
    third = await send("POST", "/v1/hq/transfers", 201, from_location_id="WH1", to_location_id="TPE01")
    back = third["transfer"]["transfer_id"]
    await send("POST", f"{hq}/approve", transfer_id=back)
    await send("POST", f"{staff}/ship", who="warehouse", transfer_id=back)
    done = await send("POST", f"{staff}/receive", transfer_id=back)
    assert (done["transfer"]["state"], done["transfer"]["lines"][0]["accepted"]) == ("RECEIVED", 1)
    for path in ("hq", "staff"):
        assert (await send("GET", f"/v1/{path}/transfers"))["transfers"]


async def _counts(reader: Any) -> None:
    send, hq, staff = reader.send, "/v1/hq/counts/{session_id}", "/v1/staff/counts/{session_id}"
    done = (await send("POST", "/v1/staff/counts", 201, who="manager"))["count"]["session_id"]
    for step in ("join", "lines", "release", "join", "submit"):
        await send("POST", f"{staff}/{step}", session_id=done)
    await send("POST", f"{staff}/recount", who="manager", session_id=done)
    for step in ("lines", "submit"):
        await send("POST", f"{staff}/{step}", session_id=done)
    for path in (hq, staff):
        assert (await send("GET", path, session_id=done))["count"]["lines"][0]["quantity"] == 20
    assert (await send("POST", f"{staff}/approve", who="manager", session_id=done))["count"]["state"] == "APPROVED"
    again = (await send("POST", "/v1/hq/counts", 201))["count"]["session_id"]
    for step in ("lines", "submit"):
        await send("POST", f"{staff}/{step}", session_id=again)
    await send("POST", f"{hq}/recount", session_id=again)
    for step in ("lines", "submit"):
        await send("POST", f"{staff}/{step}", session_id=again)
    assert (await send("POST", f"{hq}/approve", session_id=again))["count"]["state"] == "APPROVED"
    for path, who in ((hq, "hq"), (staff, "manager")):
        idle = (await send("POST", "/v1/hq/counts", 201))["count"]["session_id"]
        await send("POST", f"{path}/cancel", who=who, session_id=idle)
        assert (await send("GET", path.rpartition("/")[0], who=who))["counts"]


async def _shelves(reader: Any) -> None:
    """What is found wrong on the shelf, told by other systems, believed, and to be looked at."""
    send = reader.send
    assert (await send("GET", "/v1/staff/stock", query=_SKU))["levels"][0]["on_hand"] == 20
    await send("PUT", "/v1/hq/stock/variance-reasons")
    for part in ("hq", "staff"):
        assert (await send("GET", f"/v1/{part}/stock/variance-reasons"))["reasons"]
        await send("POST", f"/v1/{part}/stock/variances", 201)
        assert (await send("GET", f"/v1/{part}/stock/confidence"))["confidences"]
    assert (await send("GET", "/v1/staff/stock", query=_SKU))["levels"][0]["on_hand"] == 18
    await send("POST", "/v1/hq/stock/feeds")
    assert (await send("GET", "/v1/hq/stock/feeds"))["watermarks"][0]["source"] == "ERP"
    for part, who in (("hq", "hq"), ("staff", "warehouse")):
        tasks = (await send("GET", f"/v1/{part}/stock/tasks", who=who))["tasks"]
        task = next(one["task_id"] for one in tasks if (one["location_id"] == "WH1") is (part == "staff"))
        await send("POST", f"/v1/{part}/stock/tasks/{{task_id}}/claim", who=who, task_id=task)
        if part == "hq":
            await send("POST", f"/v1/{part}/stock/tasks/{{task_id}}/claim", who=who, task_id=task, give_back=True)
        await send("POST", f"/v1/{part}/stock/tasks/{{task_id}}/resolve", who=who, task_id=task)
    assert (await send("GET", "/v1/hq/stock/shortfalls"))["shortfalls"] == []
    await send("GET", "/v1/hq/stock/movements", query=_SKU)


async def _supply(reader: Any) -> None:
    send, hq, staff = reader.send, "/v1/hq/supply/{document_id}", "/v1/staff/supply/{document_id}"
    put = (await send("PUT", "/v1/hq/supply"))["documents"][0]
    known = put["document_id"]
    other = body(CALLS["PUT", "/v1/hq/supply"])["documents"][0] | {"document_id": "PO-2"}
    await send("PUT", "/v1/hq/supply", documents=[other])
    for path in (hq, staff):
        await send("GET", path, document_id=known)
        assert (await send("GET", path.rpartition("/")[0]))["documents"]
        await send("POST", f"{path}/receive", document_id=known)
    await send("POST", f"{hq}/cancel", document_id="PO-2")
    for part in ("hq", "staff"):
        assert (await send("GET", f"/v1/{part}/backorders"))["backorders"] == []
    await send("PUT", "/v1/hq/backorders/{owner_id}/priority", 404, owner_id="0199a5be-4d20-7a11-8c3d-1e2f3a4b5c6d")


async def _plans(reader: Any) -> None:
    """The planner itself runs beside the fleet, as each night."""
    send, one = reader.send, "/v1/hq/plans/suggestions/{suggestion_id}"
    await send("PUT", "/v1/hq/plans/policy")
    await send("GET", "/v1/hq/plans/policy")
    for decide in ("decline", "accept"):
        lot = (await send("POST", "/v1/hq/plans/lots", 201, reference=decide))["allocation"]["allocation_id"]
        await _plan(reader, decide)
        planned = await send("GET", "/v1/hq/plans/lots/{allocation_id}", allocation_id=lot)
        assert planned["allocation"]["state"] == "PLANNED"
        first = planned["suggestions"][0]
        named = {"suggestion_id": first["suggestion_id"]}
        await send("GET", one, **named)
        if decide == "accept":
            named["quantity"] = first["quantity"]
        done = await send("POST", f"{one}/{decide}", **named)
        assert done["suggestion"]["state"] == {"accept": "ACCEPTED", "decline": "DECLINED"}[decide]
    for path in ("runs", "suggestions", "forecasts", "size-gaps"):
        await send("GET", f"/v1/hq/plans/{path}")


async def _plan(reader: Any, run_id: str) -> None:
    db = await Database.open(reader.fleet.database("inventory").dsn, size=2)
    try:
        with access.acting_as(access.service("planner")):
            await Plan(db, lambda: datetime.now(UTC), 4).run(run_id)
    finally:
        await db.close()
