"""Benefits: for each occasion once, used once, whichever the channel."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kit.leases import Due
from omo.member.v1 import member_events_pb2
from omo.order.v1 import order_events_pb2
from omo.type.v1 import channel_pb2
from services.member.benefits import domain, granting
from services.member.benefits.domain import Grant, Occasion
from services.member.benefits.domain import Program as Benefit
from services.member.value.domain import Use
from tests.service.member.value_rig import (
    BENEFIT,
    NOW,
    Purse,
    cancelled,
    confirmed,
    new,
    purse,
    sold,
)

__all__ = ["purse"]


def benefit(occasion: Occasion, **changed: Any) -> Benefit:
    given = Benefit(new(), "禮", occasion, "gift", 0, 30, "", 0, 0, False, True, True, True)
    return replace(given, **changed)


async def put(purse: Purse, program: Benefit) -> Benefit:
    async with purse.acting() as tx:
        return await purse.benefits.put(tx, program)  # type: ignore[no-any-return]


async def gifts(purse: Purse, member_id: str) -> list[Any]:
    return [lot for lot in await purse.lots(member_id) if lot.kind is BENEFIT]


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


async def test_a_receipt_that_is_claimed_brings_what_it_would_have_brought(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    for program in (benefit(Occasion.SPEND, min_spend=3000), benefit(Occasion.MISSION)):
        await put(purse, program)
    async with purse.db.transaction() as tx:
        await tx.execute("UPDATE members SET claim_time = $2 WHERE member_id = $1", shopper, NOW + timedelta(hours=1))
    claimed = order_events_pb2.SaleClaimed(facts=sold(order_id, shopper).sales[0])
    claimed.facts.grand_total, claimed.facts.channel_kind = 3000, channel_pb2.CHANNEL_KIND_STORE
    await purse.hear(claimed)
    await purse.hear(claimed, confirmed(order_id, shopper, total=3000))
    assert len(await gifts(purse, shopper)) == 2, "one for what it came to, one for having been there before the app"


async def test_what_bringing_goods_costs_is_spent_on_no_goods(purse: Purse) -> None:
    shopper = await purse.member()
    await put(purse, benefit(Occasion.SPEND, min_spend=3000))
    for total, gifted in ((3079, 0), (3080, 1)):
        event = confirmed(new(), shopper, total=total)
        event.facts.shipping_total = 80
        await purse.hear(event)
        assert len(await gifts(purse, shopper)) == gifted


def test_birthdays_know_the_calendar() -> None:
    assert domain.is_day(2, 29)
    assert not any((domain.is_day(2, 30), domain.is_day(13, 1), domain.is_day(0, 1), domain.is_day(4, 31)))
    assert domain.end_of(date(2027, 2, 1), True, 9) == date(2027, 2, 28)
