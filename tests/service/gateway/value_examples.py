"""The examples about what members hold: given, sold, claimed, kept, taken, used in an order, and reported."""

from datetime import UTC, datetime, timedelta
from typing import Any


async def hold(reader: Any, member_id: str) -> None:
    """The shopper of the examples gets a bit of everything, and pays an order with credit."""
    send = reader.send
    await _coupons(reader, member_id)
    await _cards(reader, member_id)
    await _prepaid(reader, member_id)
    program = (await send("PUT", "/v1/hq/benefit-programs"))["program"]["program_id"]
    assert [one["program_id"] for one in (await send("GET", "/v1/hq/benefit-programs"))["programs"]] == [program]
    granted = await send("POST", "/v1/hq/benefit-programs/{program_id}/grant", program_id=program, member_id=member_id)
    assert granted["benefit"]["kind"] == "BENEFIT"
    good = (await send("PUT", "/v1/hq/gift-card-goods"))["good"]
    assert (await send("GET", "/v1/hq/gift-card-goods"))["goods"] == [good]
    assert (await send("GET", "/v1/hq/voucher-limits"))["limits"]["version"] == 0
    assert (await send("PUT", "/v1/hq/voucher-limits"))["limits"]["version"] == 1
    await send("PUT", "/v1/me/birthday", 204)
    await send("PUT", "/v1/staff/members/{member_id}/birthday", 204, member_id=member_id)
    given = await send("POST", "/v1/hq/members/{member_id}/credit", member_id=member_id)
    assert given["wallet"]["credit_active"] == 500
    quote = await send("POST", "/v1/quotes", spends=[{"kind": "CREDIT", "amount": 200}])
    assert (quote["quote"]["amount_due"]["amount"], quote["quote"]["spends"][0]["pays"]) == (12600, 200)
    wallet = (await send("GET", "/v1/me/wallet"))["wallet"]
    assert {one["kind"] for one in wallet["lots"]} == {"CREDIT", "COUPON", "GIFT_CARD", "PREPAID", "BENEFIT"}
    for path in ("/v1/staff/members/{member_id}/wallet", "/v1/hq/members/{member_id}/wallet"):
        assert (await send("GET", path, member_id=member_id))["wallet"] == wallet
    assert (await send("GET", "/v1/me/wallet/entries"))["entries"][0]["amount"] == 500
    await send("GET", "/v1/staff/members/{member_id}/wallet/entries", member_id=member_id)


async def _coupons(reader: Any, member_id: str) -> None:
    send = reader.send
    made = (await send("PUT", "/v1/hq/coupon-campaigns"))["campaign"]["campaign_id"]
    issued = await send("POST", "/v1/hq/coupon-campaigns/{campaign_id}/issue", campaign_id=made, member_ids=[member_id])
    assert issued["issued"] == 1
    assert (await send("POST", "/v1/me/coupons/{campaign_id}/claim", campaign_id=made))["coupon"]["state"] == "ISSUED"
    await send(
        "POST", "/v1/staff/members/{member_id}/coupons/{campaign_id}/claim", member_id=member_id, campaign_id=made
    )
    assert (await send("GET", "/v1/hq/coupon-campaigns"))["campaigns"][0]["issued"] == 3


async def _cards(reader: Any, member_id: str) -> None:
    send = reader.send
    first, second, third = (await send("POST", "/v1/hq/gift-card-batches"))["codes"]
    sold = [(await send("POST", "/v1/staff/gift-cards/sell", code=code))["card"] for code in (first, second, third)][-1]
    assert (await send("POST", "/v1/staff/gift-cards/find", code=first))["card"]["state"] == "ACTIVE"
    assert (await send("POST", "/v1/me/gift-cards/find", code=first))["card"]["active"] == 500
    assert (await send("POST", "/v1/me/gift-cards", code=first))["card"]["active"] == 500
    await send("POST", "/v1/staff/members/{member_id}/gift-cards", member_id=member_id, code=second)
    ended = await send("POST", "/v1/hq/gift-cards/{card_id}/cancel", card_id=sold["card_id"])
    assert (ended["card"]["state"], ended["card"]["active"]) == ("CANCELLED", 0)
    assert (await send("GET", "/v1/hq/gift-card-batches"))["batches"][0]["outstanding"] == 1000
    unknown = await send("POST", "/v1/me/gift-cards/find", 404)
    assert unknown["reason"] == "GIFT_CARD_UNKNOWN"


async def _prepaid(reader: Any, member_id: str) -> None:
    send = reader.send
    program = (await send("PUT", "/v1/hq/prepaid/programs"))["program"]["program_id"]
    for part in ("staff", "hq"):
        assert (await send("GET", f"/v1/{part}/prepaid/programs"))["programs"][0]["program_id"] == program
    sold = await send(
        "POST", "/v1/staff/members/{member_id}/prepaid", member_id=member_id, program_id=program, order_id=None
    )
    lot_id = sold["pack"]["lot"]["lot_id"]
    taken = await send("POST", "/v1/staff/members/{member_id}/prepaid/redeem", member_id=member_id, lot_id=lot_id)
    assert (taken["lot"]["active"], taken["unit_value"]) == (19, 0)
    friend = await send("POST", "/v1/staff/members", 201, phone="0955111222")
    recipient = friend["member"]["member_id"]
    left = await send("POST", "/v1/me/prepaid/{lot_id}/gift", lot_id=lot_id, recipient_id=recipient)
    assert left["lot"]["active"] == 18
    now = datetime.now(UTC)
    span = f"?start={now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}&end={now + timedelta(days=60):%Y-%m-%dT%H:%M:%SZ}"
    assert (await send("GET", "/v1/hq/prepaid/refunds"))["refunds"] == []
    refused = await send("POST", "/v1/hq/prepaid/refunds/{pack_id}/settle", 404, pack_id=sold["pack"]["pack_id"])
    assert refused["reason"] == "VALUE_UNKNOWN"
    report = await send("GET", "/v1/hq/prepaid/report", query=span)
    assert [(one["packs"], one["redeemed"]) for one in report["breakage"]] == [(1, 1)]
