"""The examples about speaking to members: whom, with what words, how it went; what a shopper says of it himself."""

from typing import Any


async def engage(reader: Any, member_id: str) -> None:
    """Headquarters make a mission of their first segment and template; the shopper looks at what concerns him."""
    await _whom(reader, member_id)
    await _words(reader, member_id)
    await _mission(reader)
    await _shopper(reader)


async def _whom(reader: Any, member_id: str) -> None:
    send = reader.send
    kept = await send("PUT", "/v1/hq/segments/{segment_id}", segment_id="store_only")
    assert kept["segment"]["version"] == 1
    assert (await send("GET", "/v1/hq/segments"))["segments"] == [kept["segment"]]
    assert (await send("GET", "/v1/hq/segments/{segment_id}", segment_id="store_only")) == kept
    asked = {field["name"] for field in (await send("GET", "/v1/hq/segments/fields"))["fields"]}
    assert {"rfm_group", "channel_class", "tags"} <= asked
    everybody: dict[str, Any] = {"rule": {"all": []}}
    met = await reader.until(lambda found: found["members"] > 0, "POST", "/v1/hq/segments/preview", **everybody)
    groups = (await send("GET", "/v1/hq/segments/rfm"))["groups"]
    assert sum(group["members"] for group in groups) >= met["members"]
    wrong = {"rule": {"all": [{"field": "orders", "operator": "AT_LEAST", "values": ["many"]}]}}
    refused = await send("POST", "/v1/hq/segments/preview", 400, **wrong)
    assert refused["metadata"]["field"] == "rule.all[0].values[0]"
    await send("POST", "/v1/hq/members/{member_id}/facts/refresh", 204, member_id=member_id)
    assert (await send("POST", "/v1/hq/facts/rebuild"))["members"] > 0


async def _words(reader: Any, member_id: str) -> None:
    send = reader.send
    kept = await send("PUT", "/v1/hq/templates/{template_id}", template_id="autumn_sale")
    assert (await send("GET", "/v1/hq/templates"))["templates"] == [kept["template"]]
    assert (await send("GET", "/v1/hq/templates/{template_id}", template_id="autumn_sale")) == kept
    shown = await send("POST", "/v1/hq/templates/{template_id}/preview", template_id="autumn_sale")
    assert "COAT-CAMEL-M" in shown["message"]["text"]
    texts = [{"locale": "en", "subject": "s", "text": "{phone}"}]
    refused = await send("PUT", "/v1/hq/templates/{template_id}", 400, template_id="autumn_sale", texts=texts)
    assert refused["metadata"]["field"] == "template.texts[0].text"
    assert (await send("PUT", "/v1/hq/message-rules"))["rules"]["version"] == 1
    assert (await send("GET", "/v1/hq/message-rules"))["rules"]["per_day"] == 1
    await send("GET", "/v1/hq/message-channels")
    await send("POST", "/v1/hq/message-channels/{channel}/resume", 400, channel="pigeon")
    await send("GET", "/v1/hq/members/{member_id}/messages", member_id=member_id)


async def _mission(reader: Any) -> None:
    send, one = reader.send, {"campaign_id": "autumn"}
    path = "/v1/hq/campaigns/{campaign_id}"
    assert (await send("PUT", path, **one))["campaign"]["state"] == "DRAFT"
    assert (await send("POST", f"{path}/start", **one))["campaign"]["state"] == "ACTIVE"
    assert (await send("PUT", path, 409, **one))["reason"] == "CAMPAIGN_STATE"
    assert (await send("GET", f"{path}/results", **one))["results"]["entered"] == 0
    assert (await send("POST", f"{path}/pause", **one))["campaign"]["state"] == "PAUSED"
    assert [row["campaign_id"] for row in (await send("GET", "/v1/hq/campaigns"))["campaigns"]] == ["autumn"]
    assert (await send("GET", path, **one))["campaign"]["goal"]["kind"] == "ONLINE_ORDER"
    assert (await send("PUT", "/v1/hq/referral-rules"))["rules"]["version"] == 1
    assert (await send("GET", "/v1/hq/referral-rules"))["rules"]["bind_days"] == 30


async def _shopper(reader: Any) -> None:
    send = reader.send
    await send("PUT", "/v1/me/message-preferences")
    assert (await send("GET", "/v1/me/message-preferences"))["preferences"]["locale"] == "en"
    await send("GET", "/v1/me/messages")
    assert (await send("GET", "/v1/me/missions"))["missions"] == []
    own = await send("GET", "/v1/me/referral")
    assert (await send("POST", "/v1/me/referral", 404))["reason"] == "REFERRAL_CODE_UNKNOWN"
    refused = await send("POST", "/v1/me/referral", 409, code=own["code"])
    assert (refused["reason"], refused["metadata"]["rule"]) == ("REFERRAL_REFUSED", "SELF")
    for method in ("GET", "POST"):
        assert (await send(method, "/v1/t/{token}", 404, token="A" * 39))["reason"] == "MESSAGE_LINK_INVALID"
