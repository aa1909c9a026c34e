"""The examples about recognising members: what they add and prove, the card on the screen, and headquarters' rules."""

import uuid
from datetime import UTC, datetime
from typing import Any

from tests.service.gateway.test_routes import CALLS, body


async def recognise(reader: Any, member_id: str) -> None:
    """As a shop without LINE Login and passkeys has it: the telephone, cards, and rules."""
    send = reader.send
    for path in ("line", "line/finish", "line/join", "passkey", "passkey/finish"):
        assert (await send("POST", f"/v1/auth/{path}", 409))["reason"] in ("LOGIN_NOT_OFFERED", "LOGIN_SPENT")
    assert (await send("POST", "/v1/me/line", 409))["reason"] == "LOGIN_NOT_OFFERED"
    assert (await send("POST", "/v1/me/passkeys/options", 409))["reason"] == "LOGIN_NOT_OFFERED"
    assert (await send("POST", "/v1/me/passkeys", 409))["reason"] == "LOGIN_NOT_OFFERED"
    assert (await send("GET", "/v1/me/passkeys"))["passkeys"] == []
    one = {"passkey_id": str(uuid.uuid4())}
    assert (await send("DELETE", "/v1/me/passkeys/{passkey_id}", 404, **one))["reason"] == "IDENTIFIER_UNKNOWN"
    await _own(reader)
    await _rules(reader)
    at = {"member_id": member_id}
    assert (await send("GET", "/v1/hq/members/{member_id}/passkeys", **at))["passkeys"] == []
    path = "/v1/hq/members/{member_id}/passkeys/{passkey_id}"
    assert (await send("DELETE", path, 404, **at, **one))["reason"] == "IDENTIFIER_UNKNOWN"
    given = await send("POST", "/v1/staff/members/{member_id}/identifiers", 201, **at, value="HK00012346")
    again = await send("POST", "/v1/hq/members/{member_id}/identifiers", 201, **at, value="HK00012346")
    assert given["identifier"]["identifier_id"] == again["identifier"]["identifier_id"]
    unknown = await send("POST", "/v1/staff/members/{member_id}/disputes", 404, **at, kind="CARD", value="HK00019999")
    assert unknown["reason"] == "IDENTIFIER_UNKNOWN"
    shown = (await send("GET", "/v1/hq/members/{member_id}/identifiers", **at))["identifiers"]
    assert "HK00012346" not in [row["value"] for row in shown]
    path = "/v1/hq/members/{member_id}/identifiers/{identifier_id}"
    await send("DELETE", path, 204, **at, identifier_id=given["identifier"]["identifier_id"])


async def _own(reader: Any) -> None:
    send = reader.send
    card = (await send("POST", "/v1/me/identifiers", 201))["identifier"]
    listed = (await send("GET", "/v1/me/identifiers"))["identifiers"]
    assert [row["kind"] for row in listed] == ["CARD", "PHONE"]
    named = {"identifier_id": card["identifier_id"]}
    await send("DELETE", "/v1/me/identifiers/{identifier_id}", 204, **named)
    anew = (await send("POST", "/v1/me/identifiers", 201))["identifier"]["identifier_id"]
    said = await send("POST", "/v1/me/identifiers/disputes", identifier_id=anew)
    assert said["value_frozen"] is False, "a card that nobody proved has opened nothing"
    assert (await send("POST", "/v1/me/left-value", 404))["reason"] == "CLAIM_INVALID"
    assert [row["case_id"] for row in (await send("GET", "/v1/hq/identity-cases"))["cases"]] == [said["case_id"]]
    closed = await send("POST", "/v1/hq/identity-cases/{case_id}/close", case_id=said["case_id"])
    assert closed["case"]["reason"] == "NOT_MY_NUMBER"
    assert (await send("GET", "/v1/hq/people-reviews"))["reviews"] == []
    path = "/v1/hq/people-reviews/{terminal_id}/{sequence}/close"
    nothing = await send("POST", path, 404, terminal_id="TPE01-1", sequence=17)
    assert nothing["reason"] == "PEOPLE_REVIEW_UNKNOWN"
    sent = await send("POST", "/v1/me/email")
    wrong = await send("POST", "/v1/me/email/verify", 403, challenge_id=sent["challenge_id"])
    assert wrong["reason"] == "OTP_WRONG"
    assert (await send("POST", "/v1/auth/email/confirm", 409))["reason"] == "CODE_SPENT"
    assert (await send("POST", "/v1/me/phone/verify", 409, challenge_id=str(uuid.uuid4())))["reason"] == "OTP_SPENT"
    shown = await send("POST", "/v1/me/code")
    assert (await send("POST", "/v1/staff/members/find", key=shown["code"]))["found_by"] == "CODE"
    assert (await send("POST", "/v1/staff/members/find", 409, key=shown["code"]))["reason"] == "MEMBER_CODE_SPENT"
    seen = body(CALLS["POST", "/v1/visits"])["visits"][0] | {"business_time": datetime.now(UTC).isoformat()}
    assert await send("POST", "/v1/visits", visits=[seen]) == {"kept": 1}
    assert await send("POST", "/v1/visits", visits=[seen]) == {"kept": 0}


async def _rules(reader: Any) -> None:
    send = reader.send
    assert (await send("PUT", "/v1/hq/identifiers/rules"))["rule"]["kind"] == "EMAIL"
    rules = (await send("GET", "/v1/hq/identifiers/rules"))["rules"]
    assert [row["kind"] for row in rules][:2] == ["PHONE", "LINE"]
    block = (await send("POST", "/v1/hq/identifiers/blocks", 201))["block"]
    blocks = (await send("GET", "/v1/hq/identifiers/blocks"))["blocks"]
    assert (blocks[0]["block_id"], blocks[0]["text"]) == (block["block_id"], "+886912000111")
    await send("DELETE", "/v1/hq/identifiers/blocks/{block_id}", 204, block_id=block["block_id"])
