"""The examples about returns: asked for, kept after all, agreed to, taken back; the board until everybody answered."""

from typing import Any


async def come_back(reader: Any, order_id: str) -> None:
    """The shopper of the examples brings back what was collected."""
    send = reader.send
    await send("PUT", "/v1/hq/return-policy")
    assert (await send("GET", "/v1/hq/return-policy"))["policy"]["version"] == 1
    named = {"order_id": order_id}
    preview = await send("POST", "/v1/orders/{order_id}/returns/preview", **named)
    assert preview == await send("POST", "/v1/staff/orders/{order_id}/returns/preview", **named)
    await _asked(send, named)
    taken = (await send("POST", "/v1/staff/orders/{order_id}/returns", 201, who="manager", **named))["returned"]
    assert (taken["state"], taken["refund"]["amount"]["amount"]) == (
        "INSPECTED",
        preview["lines"][0]["amount"]["amount"],
    )
    await _here(send, taken["return_id"])
    refund = {"refund_id": taken["return_id"]}
    await send("POST", "/v1/hq/refunds/{refund_id}/retry", **refund)
    await reader.until(
        lambda found: found["board"]["pending"] == 0, "GET", "/v1/hq/refunds/{refund_id}/board", **refund
    )
    board = (await send("GET", "/v1/staff/refunds/{refund_id}/board", **refund))["board"]
    kinds = {row["kind"]: (row["owner"], row["state"]) for row in board["rows"]}
    assert kinds["STOCK"] == ("inventory", "DONE")
    assert kinds["COMMISSION"] == ("attribution", "DONE")
    assert kinds["TIER"] == ("member", "DONE")
    for path in ("pay", "settle"):
        await send("POST", f"/v1/hq/refunds/{{refund_id}}/{path}", 409, **refund)
    await send("POST", "/v1/staff/refunds/{refund_id}/settle", 409, who="manager", **refund)
    await send("GET", "/v1/hq/refunds")
    for who, path in (("manager", "/v1/staff/orders"), ("hq", "/v1/hq/orders")):
        refused = await send("POST", f"{path}/{{order_id}}/units/{{line_no}}/serial", 400, who=who, line_no=1, **named)
        assert refused["metadata"]["field"] == "line_no", "goods that have no serials"


async def _asked(send: Any, named: dict[str, str]) -> None:
    """Asked for by the shopper, and by headquarters for her; nothing comes of either."""
    asked = (await send("POST", "/v1/orders/{order_id}/returns", 201, **named))["returned"]
    assert asked["state"] == "REQUESTED"
    assert [one["return_id"] for one in (await send("GET", "/v1/orders/{order_id}/returns", **named))["returns"]] == [
        asked["return_id"]
    ]
    refused = await send("POST", "/v1/staff/orders/{order_id}/returns", 409, **named)
    assert refused["metadata"].get("return_id") == asked["return_id"], refused
    await send("POST", "/v1/staff/returns/{return_id}/authorise", who="manager", return_id=asked["return_id"])
    await send("POST", "/v1/returns/{return_id}/cancel", return_id=asked["return_id"])
    opened = (await send("POST", "/v1/hq/orders/{order_id}/returns", 201, received=False, **named))["returned"]
    await send("POST", "/v1/hq/returns/{return_id}/authorise", return_id=opened["return_id"])
    await send("POST", "/v1/hq/returns/{return_id}/dispose", 409, return_id=opened["return_id"])
    cancelled = await send("POST", "/v1/staff/returns/{return_id}/cancel", return_id=opened["return_id"])
    again = (await send("POST", "/v1/hq/returns/{return_id}/cancel", return_id=opened["return_id"]))["returned"]
    assert (cancelled["returned"]["state"], again["version"]) == ("CANCELLED", cancelled["returned"]["version"])


async def _here(send: Any, return_id: str) -> None:
    for part in ("staff", "hq"):
        refused = await send("POST", f"/v1/{part}/returns/{{return_id}}/receive", 409, return_id=return_id)
        assert refused["reason"] == "TRANSITION_REFUSED"
        for step in ("send-on", "arrive"):
            refused = await send("POST", f"/v1/{part}/returns/{{return_id}}/{step}", 409, return_id=return_id)
            assert refused["detail"] == "no drop point has its goods"
    await send("POST", "/v1/staff/returns/{return_id}/dispose", return_id=return_id, disposition="DAMAGED")
    one = (await send("GET", "/v1/staff/returns/{return_id}", return_id=return_id))["returned"]
    assert one["lines"][0]["disposition"] == "DAMAGED"
    for path in ("/v1/staff/returns", "/v1/hq/returns"):
        assert (await send("GET", path))["returns"][0]["return_id"] == return_id
    await send("GET", "/v1/staff/orders/{order_id}/returns", order_id=one["order_id"])
