"""Everything that members can spend, held, spent and given back on a real database."""

import asyncio
from datetime import timedelta

import pytest

from services.member.value.domain import Frozen, Insufficient, Mismatch, Spent, Unknown, Use
from services.member.wallet.domain import HoldEnded
from tests.service.member.value_rig import (
    COUPON,
    GIFT_CARD,
    PREPAID,
    Purse,
    cancelled,
    confirmed,
    new,
    pays,
    purse,
)

__all__ = ["purse"]


def coupon(ref: str, rule: str = "rule-1") -> Use:
    return Use(COUPON, ref, rule_id=rule)


async def test_credit_is_held_then_spent_with_the_order(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    late, soon = await purse.credit(shopper, 300, days=90), await purse.credit(shopper, 200, days=10)
    await purse.hold(order_id, shopper, pays(350))
    await purse.hold(order_id, shopper, pays(350))
    assert (await purse.one(soon)).held == 200, "what ends first pays first"
    assert (await purse.one(late)).held == 150
    await purse.hear(confirmed(order_id, shopper, pays(350)), confirmed(order_id, shopper, pays(350)))
    assert await purse.sums(shopper) == (150, 0, 350, 0)
    await purse.hear(cancelled(order_id, shopper), cancelled(order_id, shopper))
    assert await purse.sums(shopper) == (500, 0, 0, 0)
    await purse.proved()


async def test_all_of_a_hold_or_nothing(purse: Purse) -> None:
    shopper, card = await purse.member(), await purse.lot(None, GIFT_CARD, 500)
    await purse.credit(shopper, 100)
    with pytest.raises(Insufficient) as refused:
        await purse.hold(new(), shopper, Use(GIFT_CARD, card, 500), pays(101))
    assert refused.value.metadata["available"] == "100"
    assert (await purse.one(card)).active == 500
    assert await purse.sums(shopper) == (100, 0, 0, 0)


async def test_the_same_credit_in_two_channels_at_once_is_spent_once(purse: Purse) -> None:
    shopper = await purse.member()
    await purse.credit(shopper, 1000)
    tries = await asyncio.gather(
        *(purse.hold(new(), shopper, pays(700), till="till 1" if n % 2 else "") for n in range(6)),
        return_exceptions=True,
    )
    assert sum(not isinstance(each, BaseException) for each in tries) == 1
    assert all(isinstance(each, Insufficient) for each in tries if isinstance(each, BaseException))
    assert await purse.sums(shopper) == (300, 700, 0, 0)
    await purse.proved()


async def test_a_hundred_buyers_of_one_coupon_are_one(purse: Purse) -> None:
    shopper = await purse.member()
    ref = await purse.lot(shopper, COUPON, rule_id="rule-1")
    tries = await asyncio.gather(*(purse.hold(new(), shopper, coupon(ref)) for _ in range(100)), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in tries) == 1
    assert {type(each) for each in tries if isinstance(each, BaseException)} == {Spent}
    await purse.proved()


async def test_a_coupon_goes_from_issued_to_redeemed_and_back(purse: Purse) -> None:
    shopper, order_id, other = await purse.member(), new(), new()
    ref = await purse.lot(shopper, COUPON, rule_id="rule-1")
    await purse.hold(order_id, shopper, coupon(ref))
    assert (await purse.one(ref)).state(purse.now) == "RESERVED"
    await purse.release(order_id, shopper)
    assert (await purse.one(ref)).state(purse.now) == "ISSUED"
    await purse.hold(other, shopper, coupon(ref))
    await purse.hear(confirmed(other, shopper, coupon(ref)))
    assert (await purse.one(ref)).state(purse.now) == "REDEEMED"
    await purse.hear(cancelled(other, shopper))
    assert (await purse.one(ref)).state(purse.now) == "ISSUED", "restored"
    purse.now += timedelta(days=31)
    await purse.sweep()
    assert (await purse.one(ref)).state(purse.now) == "EXPIRED"
    with pytest.raises(Spent) as refused:
        await purse.hold(new(), shopper, coupon(ref))
    assert refused.value.metadata["state"] == "EXPIRED"
    await purse.proved()


async def test_a_coupon_that_does_not_restore_stays_used(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    ref = await purse.lot(shopper, COUPON, rule_id="rule-1", restores=False)
    await purse.hold(order_id, shopper, coupon(ref))
    await purse.hear(confirmed(order_id, shopper, coupon(ref)), cancelled(order_id, shopper))
    assert (await purse.one(ref)).state(purse.now) == "REDEEMED"
    await purse.proved()


async def test_what_is_not_his_or_for_something_else_is_refused(purse: Purse) -> None:
    shopper, other = await purse.member(), await purse.member()
    ref, cups = await purse.lot(other, COUPON, rule_id="rule-1"), await purse.lot(shopper, PREPAID, 5, sku="CUP")
    with pytest.raises(Unknown):
        await purse.hold(new(), shopper, coupon(ref))
    with pytest.raises(Mismatch):
        await purse.hold(new(), other, coupon(ref, "rule-2"))
    with pytest.raises(Mismatch):
        await purse.hold(new(), shopper, Use(PREPAID, cups, quantity=1, sku="CAKE"))


async def test_a_better_good_is_paid_in_part_where_the_pack_says_so(purse: Purse) -> None:
    shopper = await purse.member()
    cups = await purse.lot(shopper, PREPAID, 5, sku="CUP", upgrade_skus=("CUP-L",), unit_value=110)
    with pytest.raises(Mismatch):
        await purse.hold(new(), shopper, Use(PREPAID, cups, quantity=1, sku="CUP-L", unit_value=150))
    await purse.hold(new(), shopper, Use(PREPAID, cups, quantity=1, sku="CUP-L", unit_value=110))
    assert (await purse.one(cups)).held == 1


async def test_a_release_that_comes_first_leaves_a_tombstone(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    await purse.credit(shopper, 100)
    await purse.release(order_id, shopper)
    with pytest.raises(HoldEnded):
        await purse.hold(order_id, shopper, pays(50))
    assert await purse.sums(shopper) == (100, 0, 0, 0)


async def test_a_guest_spends_a_gift_card_in_parts(purse: Purse) -> None:
    card, first, second = await purse.lot(None, GIFT_CARD, 1000), new(), new()
    await purse.hold(first, None, Use(GIFT_CARD, card, 400))
    await purse.hear(confirmed(first, None, Use(GIFT_CARD, card, 400)))
    assert (await purse.one(card)).state(purse.now) == "PARTIALLY_REDEEMED"
    await purse.hold(second, None, Use(GIFT_CARD, card, 600))
    await purse.release(second, None)
    await purse.hear(cancelled(first))
    assert (await purse.one(card)).active == 1000
    await purse.proved()


async def test_points_and_value_are_held_by_one_name(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    await purse.credit(shopper, 100)
    async with purse.acting() as tx:
        await purse.points.adjust(tx, shopper, 50, "test", new())
    held = await purse.hold(order_id, shopper, pays(100), points=50)
    assert (held.points, held.value) == (50, 50)
    await purse.hear(confirmed(order_id, shopper, pays(100), points=50))
    assert await purse.sums(shopper) == (0, 0, 100, 0)
    await purse.hear(cancelled(order_id, shopper))
    assert await purse.sums(shopper) == (100, 0, 0, 0)
    await purse.proved()


async def test_a_frozen_member_spends_nothing(purse: Purse) -> None:
    shopper = await purse.member()
    await purse.credit(shopper, 100)
    async with purse.db.transaction() as tx:
        await tx.execute("UPDATE members SET value_frozen_time = $2 WHERE member_id = $1", shopper, purse.now)
    with pytest.raises(Frozen):
        await purse.hold(new(), shopper, pays(1))
