"""Tiers on a real database: raised by sales, late or not, ended by the clock, given by hand and taken over."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from kit import access
from omo.inventory.v1 import catalogue_events_pb2
from omo.member.v1 import tier_events_pb2
from services.member.points.room import on_products_sorted
from services.member.program import store as programs
from services.member.program.domain_calendar import Duration
from services.member.program.domain_terms import Downgrade, Goods, Metric, Period, Validity
from services.member.tiers.usecases import Tiers
from tests.service.member.events import events
from tests.service.member.points_rig import NOW, ZONE, Book, book, merge, new, sold

__all__ = ["book"]


def at(day: float) -> datetime:
    return NOW + timedelta(days=day)


async def policy(book: Book, **told: Any) -> None:
    present = await book.program()
    await book.program(policy=replace(present.policy, **told))


async def told(book: Book) -> list[tuple[str, str, int]]:
    """Changes of tiers, as they were announced."""
    found = await events(book.db, tier_events_pb2.TierChanged)
    return [(one.before, one.after, one.cause) for one in found]


async def later(book: Book, days: float) -> None:
    book.now = at(days)
    await book.sweep()


async def test_2_2_15_every_step_is_announced_and_kept(book: Book) -> None:
    shopper = new()
    await book.hear(sold(new(), shopper, 12_000))
    await book.hear(sold(new(), shopper, 20_000, at=at(1)))
    await later(book, 370)
    assert await told(book) == [
        ("", "silver", tier_events_pb2.TIER_CAUSE_SALE),
        ("silver", "gold", tier_events_pb2.TIER_CAUSE_SALE),
        ("gold", "basic", tier_events_pb2.TIER_CAUSE_EXPIRED),
    ]
    await book.proved()


async def test_2_2_11_late_sales_are_decided_at_their_own_time_whatever_the_order_of_arrival(book: Book) -> None:
    await policy(book, period=Period.YEAR, validity=Validity.END_OF_NEXT_PERIOD, downgrade=Downgrade.ONE_DOWN)
    sales = [(0, 12_000), (30, 20_000), (430, 11_000)]
    ends = set()
    for order in permutations(range(3)):
        shopper = new()
        for index in order:
            day, spend = sales[index]
            book.now = max(book.now, at(day))
            await book.hear(sold(new(), shopper, spend, at=at(day)))
        await later(book, 800)
        async with book.db.read() as tx:
            row = await tx.fetchrow(
                "SELECT tier, tier_since_time, tier_valid_until_time, tier_clock::text FROM points_balances"
                " WHERE member_id = $1",
                shopper,
            )
        assert row is not None
        ends.add(tuple(row)[:3])
        book.now = NOW
    assert len(ends) == 1
    await book.proved()


async def test_2_2_11_a_late_sale_is_told_with_its_cause_and_keeps_what_a_person_gave(book: Book) -> None:
    shopper = new()
    await book.hear(sold(new(), shopper, 5_000, at=at(2)))
    await book.hear(sold(new(), shopper, 12_000))
    assert (await told(book))[-1] == ("basic", "silver", tier_events_pb2.TIER_CAUSE_LATE_SALE)
    async with book.db.transaction() as tx:
        with access.acting_as(access.Principal(access.Kind.HQ, "u1")):
            await Tiers(book.clock, ZONE).grant(tx, shopper, "gold", at(40), "opening")
    await book.hear(sold(new(), shopper, 500, at=at(-3)))
    assert await book.tier(shopper) == "gold"
    await later(book, 41)
    assert await book.tier(shopper) == "silver"
    await book.proved()


async def test_2_2_5_whose_tier_ends_is_told_before_once_with_what_is_missing(book: Book) -> None:
    await policy(book, expiring_days=(30, 7), grace=Duration(days=10))
    shopper, safe = new(), new()
    await book.hear(sold(new(), shopper, 12_000), sold(new(), safe, 12_000))
    await book.hear(sold(new(), safe, 12_000, at=at(300)))
    for day in (336, 337, 360, 361):
        await later(book, day)
    found = await events(book.db, tier_events_pb2.TierExpiring)
    assert [(one.member_id, one.tier, one.days, one.keep_tier_gap) for one in found] == [
        (shopper, "silver", 30, 10_000),
        (shopper, "silver", 7, 10_000),
    ]
    await later(book, 367)
    assert (await book.tier(shopper), await book.tier(safe)) == ("silver", "silver")
    await later(book, 380)
    assert (await book.tier(shopper), await book.tier(safe)) == ("basic", "silver")
    assert tier_events_pb2.TIER_CAUSE_RENEWED in [cause for _, _, cause in await told(book)]
    await book.proved()


async def test_2_2_1_orders_that_come_back_whole_are_no_orders(book: Book) -> None:
    await policy(book, metric=Metric.COUNT, period=Period.BALANCE)
    present = await book.program()
    await book.program(tiers=tuple(replace(tier, min_spend=index) for index, tier in enumerate(present.tiers)))
    shopper = new()
    await book.hear(sold(new(), shopper, 100), sold(new(), shopper, 0), sold(new(), shopper, 200))
    assert await book.tier(shopper) == "gold"


async def test_2_1_15_a_merge_keeps_the_better_tier_with_all_that_it_depends_on(book: Book) -> None:
    made, shopper = new(), new()
    await book.hear(sold(new(), made, 31_000), sold(new(), shopper, 500))
    await merge(book, made, shopper)
    assert (await book.tier(made), await book.tier(shopper)) == ("", "gold")
    await later(book, 370)
    assert await book.tier(shopper) == "basic"
    await book.proved()


async def test_m12_categories_and_tags_are_the_catalogues_newest(book: Book) -> None:
    def product(version: int, *categories: str) -> Any:
        event = catalogue_events_pb2.ProductChanged()
        event.product.product_id, event.product.version = "P1", version
        event.product.categories.extend(categories)
        event.product.variants.add(sku="S")
        return event

    async with book.db.transaction() as tx:
        await on_products_sorted(tx, [product(2, 'Co"ats', "B,C"), product(1, "Old")])
        await on_products_sorted(tx, [product(1, "Older")])
        assert await programs.goods(tx, ["S", "NONE"]) == {"S": Goods("P1", ('Co"ats', "B,C"), ())}
