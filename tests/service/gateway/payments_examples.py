"""The examples about payments: split over two, paid at a counter, given back there; and nothing that gave up."""

from typing import Any

_NOBODY = "0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55"


async def pay(reader: Any) -> None:
    """The shopper of the examples pays in parts, one of them when she collects."""
    send = reader.send
    quote = (await send("POST", "/v1/quotes"))["quote"]
    due = quote["amount_due"]["amount"]
    parts = [
        {"provider": "simulator", "instrument_token": "sim_ok", "amount": due - 3000},
        {"provider": "counter", "instrument_token": "till"},
    ]
    paid = {"payment": None, "payments": parts, "contact_id": None}
    order = (await send("POST", "/v1/orders", 201, quote_id=quote["quote_id"], **paid))["order"]
    assert [one["amount"]["amount"] for one in order["tenders"]] == [due - 3000, 3000]
    named = {"order_id": order["order_id"]}
    left = (await send("GET", "/v1/staff/orders/{order_id}/outstanding", who="manager", **named))["outstanding"]
    assert left["to_take"] == {"currency": "TWD", "amount": 3000}
    taken = await send("POST", "/v1/staff/orders/{order_id}/tenders", who="manager", **named)
    assert taken["outstanding"]["to_take"]["amount"] == 0
    early = await send("POST", "/v1/staff/orders/{order_id}/tenders/give-back", 409, who="manager", **named)
    assert early["reason"] == "TENDER_NOT_DUE"
    await send("POST", "/v1/orders/{order_id}/cancel", **named)
    path = "/v1/staff/orders/{order_id}/outstanding"
    await reader.until(lambda found: found["outstanding"]["to_give"]["amount"], "GET", path, who="manager", **named)
    given = await send("POST", "/v1/staff/orders/{order_id}/tenders/give-back", who="manager", **named)
    assert given["outstanding"]["to_give"]["amount"] == 0
    moved = {one["state"]: one for one in (await send("GET", "/v1/hq/orders/{order_id}/payments", **named))["tenders"]}
    assert moved["GIVEN"]["actor"] == given["outstanding"]["movements"][-1]["actor"] == moved["RECEIVED"]["actor"]
    assert moved["GIVEN"]["actor"]["terminal_id"], "which till it was"
    assert moved["GIVEN"]["reason"] == "CHANGED_MIND"
    his = (await send("GET", "/v1/orders/{order_id}", **named))["order"]
    assert not any({"actor", "reason"} & one.keys() for one in his["tenders"]), "shoppers are not told"
    await _nothing_gave_up(send)
    await reader.fleet.quiesce()


async def _nothing_gave_up(send: Any) -> None:
    assert (await send("GET", "/v1/hq/attention"))["items"] == []
    for verb in ("retry", "skip", "compensate"):
        unknown = await send("POST", f"/v1/hq/attention/{verb}", 404, kind="checkout", key=_NOBODY)
        assert unknown["reason"] == "ATTENTION_UNKNOWN"
    assert (await send("GET", "/v1/hq/interventions"))["interventions"] == []
