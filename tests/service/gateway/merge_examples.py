"""The examples about members who are one person: found, looked at, merged, undone; receipts; frozen value."""

from typing import Any


async def settle(reader: Any, shopper_id: str) -> None:
    """A card member of the store's turns out to be the shopper of the examples, and then does not."""
    send = reader.send
    enrolled = await send("POST", "/v1/staff/members", 201, phone="", card_no="CARD-7001")
    card = enrolled["member"]["member_id"]
    pair = {"member_id": card, "other_member_id": shopper_id}
    for part, who in (("staff", "manager"), ("hq", "hq")):
        assert (await send("GET", f"/v1/{part}/merge-candidates", who=who))["candidates"] == []
        unknown = await send("POST", f"/v1/{part}/merge-candidates/{{candidate_id}}/dismiss", 404, who=who,
                             candidate_id=card)  # fmt: skip
        assert unknown["reason"] == "MERGE_CANDIDATE_UNKNOWN"
        seen = await send("GET", f"/v1/{part}/members/{{member_id}}/merges/{{other_member_id}}", who=who, **pair)
        assert (seen["preview"]["survivor_id"], seen["preview"]["absorbed_id"]) == (shopper_id, card)
        merged = await send("POST", f"/v1/{part}/merges", who=who, **pair)
        listed = await send("GET", f"/v1/{part}/members/{{member_id}}/merges", who=who, member_id=shopper_id)
        assert listed["merges"][0] == merged["merge"]
        undone = await send("POST", "/v1/hq/merges/{merge_id}/undo", merge_id=merged["merge"]["merge_id"], order_ids=[])
        assert undone["merge"]["undo_reason"] == "TWO_PEOPLE"
    assert (await send("GET", "/v1/hq/frozen-value"))["freezes"] == []
    assert (await send("POST", "/v1/hq/members/{member_id}/release", 409, member_id=card))[
        "reason"
    ] == "VALUE_NOT_FROZEN"
    assert (await send("POST", "/v1/staff/members/{member_id}/receipts", 404, member_id=card))[
        "reason"
    ] == "SALE_UNKNOWN"
    assert (await send("POST", "/v1/me/receipts", 404))["reason"] == "SALE_UNKNOWN"
    assert (await send("POST", "/v1/me/household", 201))["household"]["owner_id"] == shopper_id
    assert (await send("POST", "/v1/me/household/join", 403))["reason"] == "HOUSEHOLD_CODE_INVALID"
    assert (await send("POST", "/v1/me/household/invitations"))["code"]
    assert (await send("POST", "/v1/me/household/points", points=1))["household"]["points_active"] == 1
    assert (await send("GET", "/v1/me/household"))["household"]["points_active"] == 1
    await send("POST", "/v1/me/household/leave", 204)
    assert (await send("GET", "/v1/me/merge-candidates"))["candidates"] == []
    refused = await send("GET", "/v1/me/merge-candidates/{other_member_id}", 403, other_member_id=card)
    assert refused["reason"] == "MERGE_UNPROVEN"
    assert (await send("POST", "/v1/me/merges", 403, other_member_id=card))["reason"] == "MERGE_UNPROVEN"
