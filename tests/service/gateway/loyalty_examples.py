"""The examples about points and tiers: what a member holds, what is given by hand, what the brand owes."""

from typing import Any


async def hold(reader: Any, member_id: str) -> None:
    """Everybody sees what the member holds; headquarters gives a tier, ends it, and takes one over."""
    send = reader.send
    mine = (await send("GET", "/v1/me/standing"))["standing"]
    lots: list[dict[str, Any]] = []
    for part in ("staff", "hq"):
        own = {"member_id": member_id}
        assert (await send("GET", f"/v1/{part}/members/{{member_id}}/standing", **own))["standing"] == mine
        assert (await send("GET", f"/v1/{part}/members/{{member_id}}/points", **own))["entries"]
        lots = (await send("GET", f"/v1/{part}/members/{{member_id}}/points/lots", **own))["lots"]
        assert 200 in {lot["active"] for lot in lots}
    assert (await send("GET", "/v1/me/points/lots"))["lots"] == lots
    of_lot = "/v1/hq/members/{member_id}/points/lots/{lot_id}/activate"
    active = next(lot["lot_id"] for lot in lots if not lot["pending"])
    assert (await send("POST", of_lot, 404, member_id=member_id, lot_id=active))["reason"] == "LOT_UNKNOWN"
    for lot in lots:
        if lot["pending"]:
            activated = await send("POST", of_lot, member_id=member_id, lot_id=lot["lot_id"])
            assert activated["standing"]["points_active"] > mine["points_active"]
    of_tier = "/v1/hq/members/{member_id}/tier/"
    given = (await send("POST", of_tier + "grant", member_id=member_id))["standing"]
    assert (given["tier"], given["tier_source"]) == ("gold", "GRANTED")
    ended = (await send("POST", of_tier + "grant/end", member_id=member_id))["standing"]
    assert ended["tier"] == mine["tier"]
    steps = (await send("GET", of_tier + "changes", member_id=member_id))["changes"]
    assert [step["cause"] for step in steps][:2] == ["GRANT_ENDED", "GRANT"]
    assert (await send("GET", "/v1/me/tier/changes"))["changes"] == steps
    refused = await send("POST", "/v1/hq/tiers/import")
    assert [(row["row"], row["field"]) for row in refused["refused"]] == [(0, "member_id")]
    versions = (await send("GET", "/v1/hq/program/versions"))["versions"]
    assert versions[0]["version"] == (await send("GET", "/v1/hq/program"))["program"]["version"]
    assert (await send("GET", "/v1/hq/program", 404, query="?version=999"))["reason"] == "PROGRAM_UNKNOWN"
    owed = await send("GET", "/v1/hq/points/liability")
    assert owed["total_value"] == sum(month["value"] for month in owed["months"]) > 0
    await send_csv(reader, owed)


async def send_csv(reader: Any, owed: dict[str, Any]) -> None:
    """The same as a table; no model says what is in it."""
    headers = {"Authorization": f"Bearer {reader.tokens['hq']}"}
    answer = await reader.http.get("/v1/hq/points/liability.csv", headers=headers)
    rows = answer.content.decode("utf-8-sig").split()[1:]
    assert [int(row.split(",")[-1]) for row in rows] == [month["value"] for month in owed["months"]]
