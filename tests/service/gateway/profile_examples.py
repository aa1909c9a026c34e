"""The examples about profiles and privacy: what staff note, tag and offer, what the shopper says, takes and forgets."""

import io
import zipfile
from typing import Any


async def profile(reader: Any, member_id: str) -> None:
    """A member as staff and headquarters know him."""
    send, one = reader.send, {"member_id": member_id}
    at, desk = "/v1/staff/members/{member_id}", "/v1/hq/members/{member_id}"
    await send("PUT", "/v1/hq/tags/{tag}", tag="likes-camel", origins=["staff", "marketing"])
    assert (await send("GET", "/v1/staff/tags"))["definitions"] == (await send("GET", "/v1/hq/tags"))["definitions"]
    trial = (await send("POST", f"{at}/trials", 201, **one))["record"]
    assert (trial["kind"], trial["staff_code"], trial["data"]["outcome"]) == ("TRIAL", "A102", "HESITATED")
    await send("POST", f"{at}/visits", 201, **one)
    await send("POST", f"{at}/notes", 201, **one)
    await send("POST", f"{desk}/notes", 201, **one)
    for path, who in ((f"{at}/complaints", at), (f"{desk}/complaints", desk)):
        complaint = (await send("POST", path, 201, **one))["record"]["record_id"]
        await send("POST", f"{who}/complaints/{{record_id}}/settle", 201, **one, record_id=complaint)
    await send("POST", "/v1/me/complaints", 201)
    await send("POST", f"{at}/calls", 201, **one)
    for door in (at, desk):
        tag = {**one, "tag": "likes-camel"}
        assert (await send("PUT", f"{door}/tags/{{tag}}", **tag))["tag"]["tag"] == "likes-camel"
        assert [row["tag"] for row in (await send("GET", f"{door}/tags", **one))["tags"]] == ["likes-camel"]
        assert (await send("GET", f"{door}/tags/changes", **one))["changes"][0]["kind"] == "SET"
    await send("DELETE", f"{at}/tags/{{tag}}", 204, **one, tag="likes-camel")
    await send("DELETE", f"{desk}/tags/{{tag}}", 204, **one, tag="likes-camel")
    await _surveys(reader, member_id)
    assert {"TRIAL", "NOTE", "COMPLAINT"} <= {row["kind"] for row in await _timeline(reader, f"{at}/timeline", **one)}
    assert "NOTE" in {row["kind"] for row in await _timeline(reader, f"{desk}/timeline", **one)}
    assert "NOTE" not in {row["kind"] for row in await _timeline(reader, "/v1/me/timeline")}
    panel = await send("GET", f"{at}/panel", **one)
    assert panel["missing"] == []
    assert (panel["member"]["member_id"], panel["binding"]["staff_code"]) == (member_id, "A102")
    assert panel["orders"]
    # he complained himself, and nobody has settled that
    [entry] = (await send("GET", "/v1/staff/calls"))["entries"]
    assert [cause["reason"] for cause in entry["causes"]] == ["COMPLAINT_OPEN"]


async def _surveys(reader: Any, member_id: str) -> None:
    send, one = reader.send, {"member_id": member_id}
    at = "/v1/staff/members/{member_id}/surveys"
    await send("PUT", "/v1/hq/questionnaires")
    for door in ("hq", "staff"):
        assert (await send("GET", f"/v1/{door}/questionnaires"))["questionnaires"][0]["version"] == 1
    offer = (await send("POST", at, 201, **one))["offer"]
    assert (offer["staff_code"], offer["state"]) == ("A102", "OPEN")
    done = await send("POST", "/v1/me/surveys/{offer_id}/answers", offer_id=offer["offer_id"])
    # nobody has made the benefit yet: it is owed
    assert (done["offer"]["state"], done["offer"]["voucher_state"]) == ("ANSWERED", "OWED")
    again = (await send("POST", at, 201, **one))["offer"]["offer_id"]
    await send("POST", f"{at}/{{offer_id}}/answers", **one, offer_id=again)
    for path in (at, "/v1/hq/members/{member_id}/surveys", "/v1/me/surveys"):
        assert len((await send("GET", path, **one))["offers"]) == 2


async def _timeline(reader: Any, path: str, **named: Any) -> Any:
    return (await reader.send("GET", path, query="?page_size=100", **named))["records"]


async def privacy(reader: Any, member_id: str) -> None:
    """What the shopper says, takes along, and asks to be forgotten: in the end he stays."""
    send, one = reader.send, {"member_id": member_id}
    said = [{"purpose": purpose, "choice": "GRANTED"} for purpose in ("BROWSING", "SHARING")]
    await send("PUT", "/v1/me/consents", consents=said)
    for path, source in (("/v1/staff/members/{member_id}", "store"), ("/v1/hq/members/{member_id}", "service")):
        await send("PUT", f"{path}/consents", **one, source=source)
        assert (await send("GET", f"{path}/consents", **one))["history"][0]["source"] == source
    assert len((await send("GET", "/v1/me/consents"))["consents"]) == 3
    assert (await send("POST", "/v1/me/browsing"))["kept"] == 1
    assert [row["actor"]["id"] for row in (await send("GET", "/v1/me/reads"))["reads"]]
    assert (await send("GET", "/v1/hq/members/{member_id}/reads", **one))["reads"]
    assert (await send("GET", "/v1/hq/reads", query="?actor_id=A102"))["reads"]
    export = (await send("POST", "/v1/me/exports", 202))["export"]["export_id"]
    assert (await send("POST", "/v1/hq/members/{member_id}/exports", 202, **one))["export"]["export_id"] == export
    ready = await reader.until(
        lambda found: found["export"]["state"] == "READY", "GET", "/v1/me/exports/{export_id}", export_id=export
    )
    await send("GET", "/v1/hq/exports/{export_id}", export_id=export)
    await _fetch(reader, ready["export"]["download_token"])
    await _forget(reader, member_id)
    assert (await send("GET", "/v1/hq/retention"))["rules"]
    kept = await send("PUT", "/v1/hq/retention/{subject}", subject="timeline.BROWSING")
    assert kept["rule"]["keep_days"] == 60


async def _fetch(reader: Any, token: str) -> None:
    """No JSON: read as it comes."""
    path = "/v1/exports/{token}"
    given = await reader.http.get(path.format(token=token))
    assert given.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(given.content)) as packed:
        names = set(packed.namelist())
    assert {
        "member/timeline.jsonl",
        "member/consents.jsonl",
        "order/orders.jsonl",
        "attribution/bindings.jsonl",
    } <= names
    again = await reader.http.get(path.format(token=token))
    assert (again.status_code, again.json()["reason"]) == (410, "LINK_SPENT")
    reader.seen.add(("GET", path))


async def _forget(reader: Any, member_id: str) -> None:
    send = reader.send
    of_hq: dict[str, Any] = {"member_id": member_id}
    for door, asked, one in (("me", "/v1/me/erasures", {}), ("hq", "/v1/hq/members/{member_id}/erasures", of_hq)):
        wanted = (await send("POST", asked, 202, **one))["erasure"]["erasure_id"]
        at = f"/v1/{door}/erasures/{{erasure_id}}"
        held = await reader.until(lambda found: found["erasure"]["state"] == "DELAYED", "GET", at, erasure_id=wanted)
        assert "POINTS_LEFT" in {one["reason"] for one in held["erasure"]["blockers"]}
        ended = await send("POST", f"{at}/cancel", erasure_id=wanted)
        assert ended["erasure"]["state"] == "CANCELLED"
