"""The examples about carts: filled as nobody, brought along, handed over both ways, frozen, ordered."""

import csv
import io
import json
from typing import Any


async def fill(reader: Any, member_id: str) -> None:
    """The shopper of the examples buys by cart, and so does the store for her."""
    send = reader.send
    made = await send("POST", "/v1/carts", 201, who="guest")
    guest, token = made["cart"]["cart_id"], made["cart_token"]
    await send("POST", "/v1/carts/{cart_id}/changes", who="guest", cart_id=guest, cart_token=token)
    held = (await send("GET", "/v1/carts/{cart_id}", who="guest", cart_id=guest, cart_token=token))["cart"]
    assert [(line["sku"], line["quantity"], line["origin"]) for line in held["lines"]] == [("COAT-CAMEL-M", 2, "APP")]
    assert (held["member_id"], held["problems"]) == (None, []), held["problems"]
    assert (await send("GET", "/v1/cart"))["cart"]["cart_id"] is None
    assert (await send("GET", "/v1/carts/{cart_id}", 404, who="guest", cart_id=guest))["reason"] == "CART_UNKNOWN"
    assert (await send("POST", "/v1/cart/merge", 404, cart_id=guest))["reason"] == "CART_UNKNOWN"
    mine = (await send("POST", "/v1/cart/merge", cart_id=guest, cart_token=token))["cart"]
    assert (mine["cart_id"], mine["member_id"]) == (guest, member_id)
    await _to_the_till(send, mine)
    await _from_the_till(send, member_id)
    await _order(send)
    await _held(send)
    await _found(reader)
    assert (await send("GET", "/v1/hq/members/{member_id}/cart", member_id=member_id))["cart"]["lines"] == []


async def _to_the_till(send: Any, cart: Any) -> None:
    code = (await send("POST", "/v1/cart/code"))["code"]
    taken = (await send("POST", "/v1/staff/carts/take", code=code))["cart"]
    assert taken["lock"]["client_id"].startswith("till:")
    refused = await send("POST", "/v1/cart/changes", 409)
    assert refused["reason"] == "CART_LOCKED"
    named = {"cart_id": cart["cart_id"]}
    await send("GET", "/v1/staff/carts/{cart_id}", **named)
    await send("POST", "/v1/staff/carts/{cart_id}/changes", **named)
    await send("POST", "/v1/staff/carts/{cart_id}/lock", **named)
    line_id = taken["lines"][0]["line_id"]
    sold = [{"line_id": line_id, "quantity": 2}]
    left = (await send("POST", "/v1/staff/carts/{cart_id}/settle", sold=sold, **named))["cart"]
    assert ([line["quantity"] for line in left["lines"]], left["lock"]) == ([1], None)


async def _from_the_till(send: Any, member_id: str) -> None:
    made = (await send("POST", "/v1/staff/carts", 201))["cart"]
    assert (made["lines"][0]["origin"], made["lines"][0]["staff_code"]) == ("TILL", "A102")
    code = (await send("POST", "/v1/staff/carts/{cart_id}/code", cart_id=made["cart_id"]))["code"]
    both = (await send("POST", "/v1/cart/take", code=code))["cart"]
    assert [line["quantity"] for line in both["lines"]] == [1]
    await send("POST", "/v1/staff/carts/{cart_id}/unlock", 404, cart_id=both["cart_id"])
    guest = await send("POST", "/v1/carts", 201, who="guest")
    named = {"cart_id": guest["cart"]["cart_id"], "cart_token": guest["cart_token"]}
    assert (await send("POST", "/v1/carts/{cart_id}/code", who="guest", **named))["code"]
    seen = await send("GET", "/v1/staff/members/{member_id}/cart", member_id=member_id)
    assert seen["cart"]["cart_id"] == both["cart_id"]


async def _order(send: Any) -> None:
    await send("POST", "/v1/cart/lock")
    await send("POST", "/v1/cart/unlock")
    frozen = (await send("POST", "/v1/cart/freeze"))["cart"]
    assert (frozen["freeze"], frozen["totals"]["grand_total"]["amount"]) == ("SOFT", 12800)
    contact = (await send("POST", "/v1/contacts", 201))["contact_id"]
    order = (await send("POST", "/v1/cart/checkout", 201, version=frozen["version"], contact_id=contact))["order"]
    assert (order["state"], order["totals"]["grand_total"]["amount"]) == ("CONFIRMED", 12800)


async def _held(send: Any) -> None:
    hold = (await send("POST", "/v1/cart-holds", 201))["hold"]
    assert [(one["sku"], one["location_id"], one["quantity"]) for one in hold["lines"]] == [
        ("COAT-CAMEL-M", "TPE01", 1)
    ]
    named = {"hold_id": hold["hold_id"]}
    later = (await send("POST", "/v1/cart-holds/{hold_id}/extend", ttl_seconds=1_200, **named))["hold"]
    assert later["expire_time"] > hold["expire_time"]
    assert (await send("GET", "/v1/cart-holds/{hold_id}", **named))["hold"] == later
    await send("DELETE", "/v1/cart-holds/{hold_id}", 204, **named)
    gone = await send("POST", "/v1/cart-holds/{hold_id}/extend", 409, **named)
    assert (gone["reason"], gone["metadata"]["field"], gone["metadata"]["state"]) == (
        "HOLD_ENDED",
        "hold_id",
        "RELEASED",
    )


async def _found(reader: Any) -> None:
    send = reader.send
    (latest, *_) = (await send("GET", "/v1/orders"))["orders"]
    for path in ("/v1/hq/orders/search", "/v1/staff/orders/search"):
        found = (await send("POST", path))["orders"]  # by her telephone number
        assert found[0]["order_id"] == latest["order_id"]
        assert (await send("POST", path, phone="0900000000"))["orders"] == []
    tables = {one["name"]: one["columns"] for one in (await send("GET", "/v1/hq/export/columns"))["tables"]}
    assert set(tables) == {"orders", "units", "invoices"}  # the last by their period: the examples about invoices
    for table, columns in ((name, tables[name]) for name in ("orders", "units")):
        query = "?start_time=2020-01-01T00:00:00Z&end_time=2099-01-01T00:00:00Z"
        address = f"/v1/hq/export/{table}"
        headers = {"Authorization": f"Bearer {reader.tokens['hq']}"}
        rows = (await reader.http.get(f"{address}.csv{query}", headers=headers)).content.decode("utf-8-sig")
        head, *lines = list(csv.reader(io.StringIO(rows)))
        assert head == [one["name"] for one in columns]
        told = (await reader.http.get(f"{address}.ndjson{query}", headers=headers)).text.splitlines()
        assert [list(json.loads(line)) for line in told] == [head] * len(lines)
        assert latest["order_id"] in {line[0] for line in lines}
        reader.seen |= {("GET", f"{address}.csv"), ("GET", f"{address}.ndjson")}
