"""Coupons and gift cards: how they come, go and end."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.member.cards.domain import CardState, CardUnknown
from services.member.cards.personal import HOLDING
from services.member.coupons.domain import Campaign, CampaignUnknown, CouponLimit
from services.member.value.domain import Spent, Unknown, Use
from tests.service.member.value_rig import (
    COUPON,
    GIFT_CARD,
    NOW,
    Purse,
    confirmed,
    new,
    purse,
)

__all__ = ["purse"]


def campaign(**changed: Any) -> Campaign:
    return replace(
        Campaign(new(), "九折", "ten", 0, NOW, NOW + timedelta(days=60), 30, 0, 1, True, True, True), **changed
    )


async def claim(purse: Purse, campaign_id: str, member_id: str) -> Any:
    async with purse.acting() as tx:
        return await purse.coupons.claim(tx, campaign_id, member_id)


async def test_of_a_campaign_of_one_a_hundred_get_one(purse: Purse) -> None:
    shoppers = [await purse.member() for _ in range(25)]
    async with purse.acting() as tx:
        made = await purse.coupons.put(tx, campaign(limit_total=1))
    tries = await asyncio.gather(
        *(claim(purse, made.campaign_id, shopper) for shopper in shoppers * 4), return_exceptions=True
    )
    assert sum(not isinstance(each, BaseException) for each in tries) == 1
    assert {type(each) for each in tries if isinstance(each, BaseException)} == {CouponLimit}
    await purse.proved()


async def test_a_member_gets_as_many_as_he_may_and_an_issue_leaves_him_out(purse: Purse) -> None:
    shopper, other = await purse.member(), await purse.member()
    async with purse.acting() as tx:
        made = await purse.coupons.put(tx, campaign(limit_total=5))
    ticket = await claim(purse, made.campaign_id, shopper)
    assert ticket.expire_time == NOW + timedelta(days=30)
    with pytest.raises(CouponLimit) as refused:
        await claim(purse, made.campaign_id, shopper)
    assert refused.value.metadata["scope"] == "member"
    async with purse.acting() as tx:
        issued = await purse.coupons.issue(tx, made.campaign_id, [shopper, other])
    assert [lot.member_id for lot in issued] == [other]
    await purse.hold(new(), shopper, Use(COUPON, ticket.lot_id, rule_id="ten"))
    purse.now += timedelta(days=61)
    with pytest.raises(CampaignUnknown):
        await claim(purse, made.campaign_id, other)
    await purse.proved()


async def test_a_coupon_of_a_campaign_to_come_waits_for_its_day(purse: Purse) -> None:
    shopper = await purse.member()
    async with purse.acting() as tx:
        made = await purse.coupons.put(tx, campaign(begin_time=NOW + timedelta(days=3)))
        (lot,) = await purse.coupons.issue(tx, made.campaign_id, [shopper])
    use = Use(COUPON, lot.lot_id, rule_id="ten")
    with pytest.raises(Spent):
        await purse.hold(new(), shopper, use)
    purse.now += timedelta(days=3)
    await purse.hold(new(), shopper, use)


async def test_a_gift_card_is_worth_something_from_its_sale_on(purse: Purse) -> None:
    shopper = await purse.member()
    async with purse.acting() as tx:
        batch = await purse.cards.make(tx, "聖誕", "XMAS", 3, 365)
    codes = purse.cards.codes(batch)
    assert len(set(codes)) == 3
    assert all(code.startswith("XMAS") and len(code) == 18 for code in codes)
    async with purse.acting() as tx:
        rows = await tx.fetch("SELECT lookup, ending FROM gift_cards")
        assert not any(code.encode() in row["lookup"] for code in codes for row in rows), "codes are kept nowhere"
        with pytest.raises(CardState):
            await purse.cards.assign(tx, codes[0], shopper)
    async with purse.acting() as tx:
        card = await purse.cards.activate(tx, codes[0].lower().replace("XMAS", "xmas-"), 1000, None)
    with pytest.raises(CardState) as refused:
        async with purse.acting() as tx:
            await purse.cards.activate(tx, codes[0], 1000, None)
    assert refused.value.metadata["state"] == "ACTIVE"
    wrong = codes[1][:-2] + ("A" if codes[1][-2] != "A" else "B") + codes[1][-1]
    for text in (wrong, "XMAS", "", "禮券"):
        with pytest.raises(CardUnknown):
            async with purse.acting() as tx:
                await purse.cards.find(tx, text)
    order_id = new()
    await purse.hold(order_id, None, Use(GIFT_CARD, card.card_id, 300))
    await purse.hear(confirmed(order_id, None, Use(GIFT_CARD, card.card_id, 300)))
    async with purse.acting() as tx:
        await purse.cards.assign(tx, codes[0], shopper)
        assert (await purse.cards.find(tx, codes[0])).state(purse.now) == "PARTIALLY_REDEEMED"
    with pytest.raises(Unknown):
        await purse.hold(new(), None, Use(GIFT_CARD, card.card_id, 100))
    await purse.hold(new(), shopper, Use(GIFT_CARD, card.card_id, 700))
    await purse.proved()


async def test_a_card_ends_with_whom_it_was_assigned_to(purse: Purse) -> None:
    shopper = await purse.member()
    async with purse.acting() as tx:
        batch = await purse.cards.make(tx, "聖誕", "XMAS", 2, 0)
        first, second = purse.cards.codes(batch)
        card = await purse.cards.activate(tx, first, 500, None)
        await purse.cards.assign(tx, first, shopper)
        assert await HOLDING.erase(tx, [shopper], purse.now) == 1
        assert await HOLDING.erase(tx, [shopper], purse.now) == 0
        assert (await purse.cards.find(tx, first)).state(purse.now) == "CANCELLED"
        await purse.cards.activate(tx, second, 200, None)
        ended = await purse.cards.cancel(tx, (await purse.cards.find(tx, second)).card_id, "stolen")
        assert (ended.state(purse.now), ended.active) == ("CANCELLED", 0)
    assert (await purse.one(card.card_id)).active == 0
    await purse.proved()
