"""Coupons, gift cards, prepaid goods, benefits and vouchers: how they come, go and end."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kit.leases import Due
from omo.member.v1 import member_events_pb2
from omo.member.v1 import prepaid_service_pb2 as prepaid_pb
from services.member.benefits import domain, granting
from services.member.benefits.domain import Grant, Occasion
from services.member.benefits.domain import Program as Benefit
from services.member.cards.domain import CardState, CardUnknown
from services.member.cards.personal import HOLDING
from services.member.coupons.domain import Campaign, CampaignUnknown, CouponLimit
from services.member.prepaid import store as prepaid_store
from services.member.prepaid import wire as prepaid_wire
from services.member.prepaid.domain import InvoiceTiming, Program
from services.member.value import store
from services.member.value.domain import Insufficient, Kind, Mismatch, Spent, Unknown, Use
from services.member.vouchers import store as vouchers_store
from services.member.vouchers.domain import VoucherLimit
from tests.service.member.value_rig import (
    BENEFIT,
    COUPON,
    GIFT_CARD,
    NOW,
    PREPAID,
    Purse,
    cancelled,
    confirmed,
    new,
    pays,
    purse,
    sold,
)

__all__ = ["purse"]


def campaign(**changed: Any) -> Campaign:
    return replace(
        Campaign(new(), "九折", "ten", 0, NOW, NOW + timedelta(days=60), 30, 0, 1, True, True, True), **changed
    )


CUPS = Program(new(), "二十杯", "LATTE", 20, 1600, 110, 30, ("LATTE-L",), True, InvoiceTiming.AT_PURCHASE, active=True)


def benefit(occasion: Occasion, **changed: Any) -> Benefit:
    given = Benefit(new(), "禮", occasion, "gift", 0, 30, "", 0, 0, False, True, True, True)
    return replace(given, **changed)


async def put(purse: Purse, program: Benefit) -> Benefit:
    async with purse.acting() as tx:
        return await purse.benefits.put(tx, program)  # type: ignore[no-any-return]


async def gifts(purse: Purse, member_id: str) -> list[Any]:
    return [lot for lot in await purse.lots(member_id) if lot.kind is BENEFIT]


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


async def cups(purse: Purse, shopper: str, at: str = "TPE01") -> str:
    async with purse.acting() as tx:
        await purse.prepaid.put(tx, CUPS)
        pack = await purse.prepaid.sell(tx, CUPS.program_id, shopper, at, None)
        (lot,) = await store.of_source(tx, pack.pack_id)
    return lot.lot_id


async def drink(purse: Purse, shopper: str, lot_id: str, many: int, at: str, sku: str = "LATTE") -> Any:
    async with purse.acting() as tx:
        worth = 110 if sku != "LATTE" else 0
        return await purse.prepaid.redeem(
            tx, shopper, Use(PREPAID, lot_id, quantity=many, sku=sku, unit_value=worth), at
        )


async def test_twenty_cups_of_which_five_are_drunk_give_1050_back(purse: Purse) -> None:
    """Features M17: 1,600 - 110 x 5 = 1,050; units given away count, and are refunded to the buyer."""
    shopper, friend = await purse.member(), await purse.member()
    lot_id = await cups(purse, shopper)
    async with purse.acting() as tx:
        await purse.prepaid.gift(tx, shopper, lot_id, 2, friend)
    (given,) = await purse.lots(friend)
    await drink(purse, friend, given.lot_id, 1, "TPE02")
    await drink(purse, shopper, lot_id, 1, "TPE01")
    await drink(purse, shopper, lot_id, 2, "TXG01")
    order_id = new()  # at a till without a line
    await purse.hear(sold(order_id, shopper, Use(PREPAID, lot_id, quantity=1, sku="LATTE"), at="TPE02"))
    assert (await purse.one(lot_id)).active == 14
    with pytest.raises(Insufficient):
        await drink(purse, shopper, lot_id, 15, "TPE01")
    with pytest.raises(Mismatch):
        await drink(purse, shopper, lot_id, 1, "TPE01", "MOCHA")
    purse.now += timedelta(days=30)
    await purse.sweep()
    assert await purse.sums(shopper) == (1050, 0, 0, 0)
    assert await purse.sums(friend) == (0, 0, 0, 0)
    await purse.sweep()
    assert await purse.sums(shopper) == (1050, 0, 0, 0)
    async with purse.db.read() as tx:
        ended = await prepaid_store.ended(tx, NOW, NOW + timedelta(days=31))
        owed = [prepaid_wire.settlement(dict(row)) for row in await prepaid_store.settlements(tx, NOW, purse.now)]
    (report,) = prepaid_wire.breakage(ended)
    assert (report.packs, report.units, report.redeemed, report.expired) == (1, 20, 5, 15)
    assert (report.paid, report.refunded, report.breakage) == (1600, 1050, 150)
    assert [(each.redeemer_location_id, each.units, each.amount) for each in owed] == [
        ("TPE02", 2, 160),
        ("TXG01", 2, 160),
    ]
    await purse.proved()


async def test_a_pack_that_was_drunk_beyond_its_price_gives_nothing_back(purse: Purse) -> None:
    shopper = await purse.member()
    lot_id = await cups(purse, shopper)
    await drink(purse, shopper, lot_id, 15, "TPE01")
    await drink(purse, shopper, lot_id, 1, "TPE01", "LATTE-L")
    purse.now += timedelta(days=30)
    await purse.sweep()
    assert await purse.sums(shopper) == (0, 0, 0, 0)
    await purse.proved()


async def test_a_pack_waits_for_an_order_under_way(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    lot_id = await cups(purse, shopper)
    await purse.hold(order_id, shopper, Use(PREPAID, lot_id, quantity=1, sku="LATTE"))
    purse.now += timedelta(days=30)
    await purse.sweep()
    assert await purse.sums(shopper) == (0, 0, 0, 0)
    await purse.hear(confirmed(order_id, shopper, Use(PREPAID, lot_id, quantity=1, sku="LATTE")))
    purse.now += timedelta(hours=1)
    await purse.sweep()
    assert await purse.sums(shopper) == (1490, 0, 0, 0)
    await purse.proved()


def test_the_invoice_goes_with_the_pack_or_with_each_unit() -> None:
    shown = prepaid_wire.shown(replace(CUPS, invoice_timing=InvoiceTiming.AT_REDEMPTION))
    assert shown.invoice_timing == prepaid_pb.INVOICE_TIMING_AT_REDEMPTION
    assert prepaid_wire.program(shown).invoice_timing is InvoiceTiming.AT_REDEMPTION


async def test_a_benefit_is_granted_once_and_used_once(purse: Purse) -> None:
    shopper, program = await purse.member(), await put(purse, benefit(Occasion.MANUAL))
    grant = Grant(program.program_id, shopper, "apology", purse.now)

    async def give() -> None:
        async with purse.acting() as tx:
            await granting.grant(tx, [grant])

    await asyncio.gather(*(give() for _ in range(10)))
    (lot,) = await gifts(purse, shopper)
    use = Use(BENEFIT, lot.lot_id, rule_id="gift")
    tries = await asyncio.gather(
        *(purse.hold(new(), shopper, use, till="till 1" if n % 2 else "") for n in range(10)), return_exceptions=True
    )
    assert sum(not isinstance(each, BaseException) for each in tries) == 1
    await purse.proved()


async def test_a_spend_gift_comes_with_an_order_and_goes_with_it(purse: Purse) -> None:
    shopper, first, second = await purse.member(), new(), new()
    await put(purse, benefit(Occasion.SPEND, min_spend=3000, limit_member=1))
    await purse.hear(confirmed(new(), shopper, total=2999))
    assert await gifts(purse, shopper) == []
    await purse.hear(confirmed(first, shopper, total=3000), confirmed(first, shopper, total=3000))
    await purse.hear(confirmed(second, shopper, total=9000))
    (lot,) = await gifts(purse, shopper)
    await purse.hear(cancelled(first, shopper))
    assert (await purse.one(lot.lot_id)).state(purse.now) == "CANCELLED"
    third = new()
    await purse.hear(cancelled(third, shopper))
    await purse.hear(confirmed(third, shopper, total=9000))
    assert len(await gifts(purse, shopper)) == 1, "an order whose end was heard first brings nothing"
    await purse.proved()


async def celebrate(purse: Purse, day: str) -> None:
    begins = datetime.fromisoformat(f"{day}T00:00:00+08:00").astimezone(UTC)
    purse.now = max(purse.now, begins)
    async with purse.acting() as tx:
        await purse.benefits.celebrate(tx, Due("", day))


async def tell(purse: Purse, shopper: str, month: int, day: int) -> None:
    async with purse.acting() as tx:
        await purse.benefits.put_birthday(tx, shopper, month, day)


@pytest.mark.parametrize(("early", "day"), [(True, "2027-02-28"), (False, "2027-03-01")])
async def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(purse: Purse, early: bool, day: str) -> None:
    shopper = await purse.member()
    await put(purse, benefit(Occasion.BIRTHDAY, leap_day_early=early))
    await tell(purse, shopper, 2, 29)
    for each in ("2027-02-27", "2027-02-28", "2027-03-01", "2027-03-02"):
        await celebrate(purse, each)
        assert len(await gifts(purse, shopper)) == (each >= day)
    for each in ("2028-02-28", "2028-02-29", "2028-03-01"):
        await celebrate(purse, each)
        assert len(await gifts(purse, shopper)) == 1 + (each >= "2028-02-29")


async def test_a_birthday_gift_of_the_month_is_given_on_its_first_day_once_a_year(purse: Purse) -> None:
    shopper, late = await purse.member(), await purse.member()
    await put(purse, benefit(Occasion.BIRTHDAY, whole_month=True))
    await tell(purse, shopper, 12, 24)
    await celebrate(purse, "2026-11-30")
    assert await gifts(purse, shopper) == []
    await celebrate(purse, "2026-12-01")
    await celebrate(purse, "2026-12-01")
    (lot,) = await gifts(purse, shopper)
    assert lot.expire_time.astimezone(UTC) == datetime(2026, 12, 31, 16, tzinfo=UTC)
    await tell(purse, late, 12, 2)
    assert len(await gifts(purse, late)) == 1, "told within his month"
    await tell(purse, late, 1, 5)
    await celebrate(purse, "2027-01-01")
    assert len(await gifts(purse, late)) == 1, "a birthday changes once a year at most"
    async with purse.db.read() as tx:
        due = await tx.fetchval("SELECT due_time FROM timers WHERE kind = 'benefits.birthdays' AND key = '2027-01-02'")
    assert due == datetime(2027, 1, 1, 16, tzinfo=UTC)


async def test_a_birthday_gift_comes_back_with_what_it_was_used_for(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    await put(purse, benefit(Occasion.BIRTHDAY))
    await tell(purse, shopper, 11, 3)
    (lot,) = await gifts(purse, shopper)
    use = Use(BENEFIT, lot.lot_id, rule_id="gift")
    await purse.hold(order_id, shopper, use)
    await purse.hear(confirmed(order_id, shopper, use), cancelled(order_id, shopper))
    assert (await purse.one(lot.lot_id)).state(purse.now) == "ISSUED"


async def test_a_tier_brings_its_benefit_each_time_that_it_is_reached(purse: Purse) -> None:
    shopper = await purse.member()
    await put(purse, benefit(Occasion.TIER, tier="gold"))
    for tier, day in (("silver", 1), ("gold", 2), ("gold", 2), ("gold", 9)):
        event = member_events_pb2.MemberStandingChanged()
        event.standing.member_id, event.standing.tier = shopper, tier
        event.standing.tier_since_time.FromDatetime(datetime(2026, 11, day, tzinfo=UTC))
        await purse.hear(event)
    assert len(await gifts(purse, shopper)) == 2


@pytest.mark.parametrize("late", [False, True])
async def test_a_mission_is_done_by_coming_to_the_app_after_a_store_sale(purse: Purse, late: bool) -> None:
    shopper, came = await purse.member(), member_events_pb2.MemberClaimed()
    await put(purse, benefit(Occasion.MISSION))
    came.member_id = shopper
    came.meta.business_time.FromDatetime(NOW + timedelta(hours=1))
    async with purse.db.transaction() as tx:
        await tx.execute("UPDATE members SET claim_time = $2 WHERE member_id = $1", shopper, NOW + timedelta(hours=1))
    for event in (came, sold(new(), shopper)) if late else (sold(new(), shopper), came):
        await purse.hear(event)
    assert len(await gifts(purse, shopper)) == 1


async def voucher(purse: Purse, shopper: str, kind: Kind, amount: int) -> Any:
    async with purse.acting() as tx:
        return await purse.vouchers.issue(tx, shopper, "till 1", kind, amount)


async def test_an_offline_voucher_holds_is_settled_by_sales_and_returns_the_rest(purse: Purse) -> None:
    shopper = await purse.member()
    await purse.credit(shopper, 500)
    out = await voucher(purse, shopper, Kind.CREDIT, 300)
    assert await purse.sums(shopper) == (200, 300, 0, 0)
    with pytest.raises(VoucherLimit):
        await voucher(purse, shopper, Kind.CREDIT, 100)
    with pytest.raises(Insufficient):
        await purse.hold(new(), shopper, pays(201))
    sale = sold(new(), shopper, Use(Kind.CREDIT, out.voucher_id, 120))
    await purse.hear(sale)
    await purse.hear(sale)
    assert await purse.sums(shopper) == (200, 180, 120, 0)
    async with purse.acting() as tx:
        await purse.vouchers.end(tx, Due("", out.voucher_id))
    assert await purse.sums(shopper) == (380, 0, 120, 0)
    await purse.proved()


async def test_a_voucher_shown_twice_is_settled_once_and_the_rest_is_owed(purse: Purse) -> None:
    shopper = await purse.member()
    await purse.credit(shopper, 300)
    out = await voucher(purse, shopper, Kind.CREDIT, 300)
    await purse.hear(
        sold(new(), shopper, Use(Kind.CREDIT, out.voucher_id, 200)),
        sold(new(), shopper, Use(Kind.CREDIT, out.voucher_id, 250)),
    )
    assert await purse.sums(shopper) == (0, 0, 450, 150)
    async with purse.db.read() as tx:
        (kept,) = await vouchers_store.of_members(tx, [shopper])
    assert (kept.settled, kept.end_time is not None) == (300, True)
    await purse.proved()


async def test_points_are_spent_without_a_line_too(purse: Purse) -> None:
    shopper = await purse.member()
    async with purse.acting() as tx:
        await purse.points.adjust(tx, shopper, 400, "test", new())
    out = await voucher(purse, shopper, Kind.POINTS, 300)
    event = sold(new(), shopper)
    event.sales[0].points_spent = 80
    event.sales[0].spends.add(kind=1, ref=out.voucher_id, amount=80)
    await purse.hear(event)
    async with purse.db.read() as tx:
        row = await tx.fetchrow("SELECT active, held, spent, debt FROM points_balances WHERE member_id = $1", shopper)
    assert tuple(row) == (100, 220, 80, 0)
    await purse.proved()


def test_birthdays_know_the_calendar() -> None:
    assert domain.is_day(2, 29)
    assert not any((domain.is_day(2, 30), domain.is_day(13, 1), domain.is_day(0, 1), domain.is_day(4, 31)))
    assert domain.end_of(date(2027, 2, 1), True, 9) == date(2027, 2, 28)
