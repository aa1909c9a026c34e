"""The examples about conversations: a shopper writes, staff answer, hand over and close, headquarters too."""

from typing import Any


async def talk(reader: Any) -> None:
    """As a shop without LINE and web push has it: the app alone."""
    send = reader.send
    written = await send("POST", "/v1/me/chat", 201)
    thread = written["conversation_id"]
    one = {"conversation_id": thread}
    listed = (await send("GET", "/v1/staff/conversations"))["conversations"]
    assert [(row["conversation_id"], row["queue"], row["staff_code"]) for row in listed] == [(thread, "STAFF", "A102")]
    assert (await send("GET", "/v1/staff/conversations/tasks"))["tasks"] == []
    path = "/v1/{door}/conversations/{{conversation_id}}"
    for door in ("staff", "hq"):
        at = path.format(door=door)
        read = await send("GET", at, **one)
        seen = {"seen_sequence": read["conversation"]["last_sequence"]}
        replied = await send("POST", f"{at}/replies", 201, **one, **seen)
        assert (await send("POST", f"{at}/replies", 409, **one, **seen))["reason"] == "CONVERSATION_MOVED"
        noted = await send("POST", f"{at}/notes", 201, **one)
        assert noted["conversation"]["version"] == replied["conversation"]["version"] + 1
        version = {"version": noted["conversation"]["version"]}
        handed = (await send("POST", f"{at}/handover", **one, **version))["conversation"]
        assert handed["staff_code"] == "A102"
        closed = (await send("POST", f"{at}/close", **one, version=handed["version"]))["conversation"]
        assert closed["state"] == "CLOSED"
        unfailed = {"entry_id": replied["entry"]["entry_id"]}
        again = await send("POST", f"{at}/replies/{{entry_id}}/retry", 409, **one, **unfailed)
        assert (again["reason"], again["metadata"]["state"]) == ("REPLY_NOT_FAILED", "SENT")
        addresses = f"/v1/{door}/members/{{member_id}}/addresses"
        reached = (await send("GET", addresses, member_id=listed[0]["member_id"]))["addresses"]
        assert [(row["channel"], row["verified"], row["end_code"]) for row in reached] == [("sms", True, None)]
    kept = (await send("PUT", "/v1/hq/service-hours"))["hours"]
    assert (await send("GET", "/v1/hq/service-hours"))["hours"] == kept
    assert (await send("PUT", "/v1/hq/service-hours", 409))["reason"] == "CONFLICT"
    shown = await send("GET", "/v1/me/chat")
    assert [row["kind"] for row in shown["entries"]] == ["INBOUND", "REPLY", "REPLY"]
    assert len((await send("GET", "/v1/hq/conversations", query="?state=CLOSED"))["conversations"]) == 1
    assert (await send("GET", "/v1/hq/conversations/tasks"))["tasks"] == []
    assert (await send("GET", "/v1/push/key", 404))["reason"] == "CHANNEL_UNKNOWN"
    assert (await send("POST", "/v1/me/push/subscriptions", 404))["reason"] == "CHANNEL_UNKNOWN"
    await send("DELETE", "/v1/me/push/subscriptions/{subscription_id}", 204, subscription_id=thread)
