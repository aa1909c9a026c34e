"""The examples about counters: a pickup that is rejected, a visit, goods to try on, where goods of a sale go."""

from typing import Any

from tests.service.gateway import pickup_examples


async def settle(reader: Any, member_id: str) -> None:
    """The shopper of the examples at the counter of TPE01."""
    send = reader.send
    await send("POST", "/v1/staff/contacts", 201, member_id=member_id)
    await _visit(reader)
    await _tryouts(send)
    await _rejected(reader)


async def _visit(reader: Any) -> None:
    """What was ordered is handed over whole: nothing is left, nothing is taken instead."""
    send = reader.send
    task = await pickup_examples.ordered(reader)
    for step in ("accept", "pick", "ready"):
        await send("POST", f"/v1/staff/tasks/{{task_id}}/{step}", task_id=task)
    order_id = (await send("GET", "/v1/orders"))["orders"][0]["order_id"]
    pin = (await send("GET", "/v1/orders/{order_id}", order_id=order_id))["order"]["pickup_pin"]
    pickup = {"fulfilment_id": task, "pin": pin, "dropped": []}
    own: dict[str, Any] = {"returned": None, "pickup": pickup, "lines": [], "tenders": []}
    visit = (await send("POST", "/v1/staff/visits", 201, **own))["visit"]
    assert (visit["collected_order_id"], visit["charged_total"]["amount"]) == (order_id, 0)
    again = await send("GET", "/v1/staff/visits/{visit_id}", visit_id=visit["visit_id"])
    assert again["visit"] == visit
    paid = await send("POST", "/v1/staff/orders/{order_id}/undelivered/pay-out", order_id=order_id)
    assert paid["tenders"] == []


async def _tryouts(send: Any) -> None:
    held = (await send("POST", "/v1/tryouts", 201))["tryout"]
    named = {"tryout_id": held["tryout_id"]}
    assert (await send("GET", "/v1/tryouts/{tryout_id}", **named))["tryout"] == held
    assert [one["tryout_id"] for one in (await send("GET", "/v1/tryouts"))["tryouts"]] == [held["tryout_id"]]
    assert len((await send("GET", "/v1/staff/tryouts", query="?location=TPE01"))["tryouts"]) == 1
    for step in ("ready", "begin"):
        await send("POST", f"/v1/staff/tryouts/{{tryout_id}}/{step}", **named)
    seen = (await send("GET", "/v1/staff/tryouts/{tryout_id}", **named))["tryout"]
    assert seen["state"] == "TRYING"
    await send("POST", "/v1/staff/tryouts/{tryout_id}/release", **named)
    await send("POST", "/v1/tryouts/{tryout_id}/release", **named)


async def _rejected(reader: Any) -> None:
    """By the link's token the shopper lets it be."""
    send = reader.send
    put = (await send("PUT", "/v1/hq/rejected-pickup-policy"))["policy"]
    assert (await send("GET", "/v1/hq/rejected-pickup-policy"))["policy"] == put
    task = await pickup_examples.ordered(reader)
    await send("POST", "/v1/staff/tasks/{task_id}/reject", task_id=task)
    order_id = (await send("GET", "/v1/orders"))["orders"][0]["order_id"]
    link = await send("GET", "/v1/orders/{order_id}/pickup-choice", order_id=order_id)
    assert (await send("GET", "/v1/hq/orders/{order_id}/pickup-choice", order_id=order_id))["token"] == link["token"]
    await reader.fleet.quiesce()
    token = {"token": link["token"]}
    assert (await send("POST", "/v1/pickup-choices/look", **token))["choice"]["state"] == "ASKED"
    own = token | {"option": "CANCEL", "location_id": None}
    assert (await send("POST", "/v1/pickup-choices", **own))["choice"]["state"] == "SETTLED"
    await send("PUT", "/v1/hq/rejected-pickup-policy", ask=False)
