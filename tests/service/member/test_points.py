"""Points from the events that move them, on a real database."""

import asyncio
from datetime import timedelta
from itertools import permutations

import asyncpg
import pytest

from omo.type.v1 import unit_pb2
from services.member.points import reading, store, store_lots
from services.member.points.domain import Insufficient
from services.member.points.reactions import PointsReactions
from tests.service.member.points_rig import (
    CARRY,
    NOW,
    Book,
    book,
    cancelled,
    confirmed,
    facts,
    handed,
    hold,
    merge,
    new,
    rich,
    sold,
)

__all__ = ["book"]


async def test_a_store_sale_is_pending_for_a_week_then_active(book: Book) -> None:
    shopper = new()
    await book.hear(sold(new(), shopper))
    assert await book.balance(shopper) == (2700, 0, 0, 0, 0)
    book.now += timedelta(days=7)
    await book.sweep()
    assert await book.balance(shopper) == (2700, 0, 0, 0, 0)
    book.now += timedelta(days=1)
    await book.sweep()
    assert await book.balance(shopper) == (0, 2700, 0, 0, 0)
    await book.proved()


async def test_the_tier_rises_with_the_sale_that_reaches_it(book: Book) -> None:
    shopper = new()
    await book.hear(sold(new(), shopper))
    await book.hear(sold(new(), shopper, 3000))
    async with book.db.read() as tx:
        assert (await store.balance(tx, shopper)).tier == "gold"
        assert await tx.fetchval("SELECT count(*) FROM outbox WHERE subject LIKE '%MemberStandingChanged%'") == 2


async def test_every_order_of_arrival_ends_the_same(book: Book) -> None:
    for order in permutations(range(3)):
        shopper, order_id = new(), new()
        events = [confirmed(order_id, shopper), handed(order_id), sold(new(), shopper, 1000)]
        for index in order:
            await book.hear(events[index])
        book.now += timedelta(days=8)
        await book.sweep()
        assert await book.balance(shopper) == (0, 348, 0, 0, 0)
        book.now = NOW
    for order in permutations(range(3)):
        shopper, order_id = new(), new()
        events = [confirmed(order_id, shopper), handed(order_id), cancelled(order_id)]
        for index in order:
            await book.hear(events[index])
        assert await book.balance(shopper) == (0, 0, 0, 0, 0)
    await book.proved()


async def test_an_event_heard_twice_earns_once(book: Book) -> None:
    shopper, order_id = new(), new()
    for _ in range(2):
        await book.hear(confirmed(order_id, shopper))
    assert await book.balance(shopper) == (248, 0, 0, 0, 0)


async def test_points_expire_by_an_entry(book: Book) -> None:
    shopper = await rich(book)
    book.now += timedelta(days=367)
    await book.sweep()
    assert await book.balance(shopper) == (0, 0, 0, 0, 0)
    async with book.db.read() as tx:
        assert (await store.balance(tx, shopper)).expired == 1000
    await book.proved()


async def test_an_absorbed_id_brings_its_points_along(book: Book) -> None:
    till_made, shopper = new(), new()
    await book.hear(sold(new(), till_made))
    await merge(book, till_made, shopper)
    assert await book.balance(till_made) == (0, 0, 0, 0, 0)
    assert await book.balance(shopper) == (2700, 0, 0, 0, 0)
    book.now += timedelta(days=8)
    await book.sweep()
    assert await book.balance(shopper) == (0, 2700, 0, 0, 0)
    await book.proved()


async def test_the_passport_tells_where_a_units_points_are(book: Book) -> None:
    shopper, order_id = new(), new()
    await book.hear(confirmed(order_id, shopper))
    async with book.db.read() as tx:
        (unit,) = await reading.units(tx, [unit_pb2.UnitRef(order_id=order_id, line_no=1)])
    assert (unit.line_points_earned, unit.state) == (248, 1)


async def test_the_checker_notices_points_from_nowhere(book: Book) -> None:
    shopper = await rich(book)
    async with book.db.transaction() as tx:
        await tx.execute("UPDATE points_balances SET active = active + 1 WHERE member_id = $1", shopper)
    with pytest.raises(AssertionError):
        await book.proved()


async def test_a_frame_of_many_sales_asks_no_more_than_one_of_one(book: Book) -> None:
    """Posting is paid by the frame, not by the sale; a tier that moves costs a frame a little more, once."""
    shoppers = [new() for _ in range(30)]
    counts = []
    for buying in (shoppers, shoppers[:1], shoppers):
        frame = sold(new(), buying[0], 100)
        frame.sales.extend(facts(new(), shopper, (100, CARRY)) for shopper in buying[1:])
        asked: list[str] = []
        async with book.db.transaction() as tx:
            tx.add_query_logger(lambda record, asked=asked: asked.append(record.query))
            await PointsReactions(book.points, book.wallet).on_sales_recorded(tx, [frame])
        counts.append(len(asked))
    assert counts[1] == counts[2] <= counts[0] <= counts[1] + 6
    assert counts[1] <= 9
    await book.proved()


async def test_2_1_14_nothing_is_ever_deleted_or_changed(book: Book) -> None:
    await rich(book, 10)
    for statement in ("DELETE FROM points_entries", "UPDATE points_transfers SET points = 0", "TRUNCATE tier_changes"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with book.db.transaction() as tx:
                await tx.execute(statement)


async def test_2_1_15_liability_is_what_open_lots_are_worth_by_the_month_in_which_they_end(book: Book) -> None:
    await rich(book, 100)
    shopper = new()
    await book.hear(sold(new(), shopper, 500))
    program = await book.program(expire_days=0, point_value=2)
    await rich(book, 30)
    async with book.db.read() as tx:
        months, debt = await store_lots.liability(tx, "Asia/Taipei")
    assert [(row["month"], row["pending"], row["active"]) for row in months] == [("2027-11", 50, 100), ("", 0, 30)]
    assert (debt, program.point_value) == (0, 2)


async def test_the_same_points_in_two_channels_at_once_are_spent_once(book: Book) -> None:
    shopper = await rich(book, 600)
    tries = await asyncio.gather(*(hold(book, new(), shopper, 600) for _ in range(6)), return_exceptions=True)
    assert sum(one is None for one in tries) == 1
    assert {type(one) for one in tries if one is not None} == {Insufficient}
    assert await book.balance(shopper) == (0, 0, 600, 0, 0)
    await book.proved()
