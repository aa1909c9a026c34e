"""Spending in two phases, on a real database."""

import asyncio
from datetime import timedelta

import pytest

from kit.access import NotYours
from services.member.points.domain import Insufficient
from services.member.points.reactions import PointsReactions
from services.member.wallet.domain import HoldEnded
from tests.service.member.points_rig import (
    Book,
    book,
    cancelled,
    confirmed,
    handed,
    hold,
    merge,
    new,
    release,
    rich,
    sold,
    waiting,
)

__all__ = ["book"]


async def test_points_are_held_then_spent_with_the_order(book: Book) -> None:
    shopper, order_id = await rich(book), new()
    await hold(book, order_id, shopper, 300)
    await hold(book, order_id, shopper, 300)
    assert await book.balance(shopper) == (0, 700, 300, 0, 0)
    await book.hear(confirmed(order_id, shopper, spent=300))
    assert await book.balance(shopper) == (248, 700, 0, 300, 0)
    await book.hear(cancelled(order_id))
    assert await book.balance(shopper) == (0, 1000, 0, 0, 0)
    await book.proved()


async def test_points_cannot_be_spent_twice(book: Book) -> None:
    shopper = await rich(book)
    await hold(book, new(), shopper, 600)
    with pytest.raises(Insufficient) as refused:
        await hold(book, new(), shopper, 600)
    assert refused.value.metadata["available"] == "400"


async def test_a_release_gives_back_and_an_early_one_leaves_a_tombstone(book: Book) -> None:
    shopper, order_id, other = await rich(book), new(), new()
    await hold(book, order_id, shopper, 300)
    assert await release(book, order_id, shopper) == 300
    assert await book.balance(shopper) == (0, 1000, 0, 0, 0)
    assert await release(book, other, shopper) == 0
    with pytest.raises(HoldEnded):
        await hold(book, other, shopper, 300)
    await book.proved()


async def test_spending_without_a_hold_is_a_debt_that_new_points_pay_off(book: Book) -> None:
    shopper = new()
    await book.hear(confirmed(new(), shopper, spent=50))
    assert await book.balance(shopper) == (248, 0, 0, 50, 50)
    order_id = new()
    await book.hear(confirmed(order_id, shopper, 1000), handed(order_id))
    book.now += timedelta(days=8)
    await book.sweep()
    assert await book.balance(shopper) == (248, 50, 0, 50, 0)
    await book.proved()


async def test_an_order_whose_end_is_heard_first_spends_nothing(book: Book) -> None:
    shopper, order_id = await rich(book), new()
    await hold(book, order_id, shopper, 300)
    await book.hear(cancelled(order_id, shopper))
    await book.hear(confirmed(order_id, shopper, spent=300))
    assert await book.balance(shopper) == (0, 1000, 0, 0, 0)
    await book.proved()


async def test_a_hold_is_released_by_its_own_member_only(book: Book) -> None:
    shopper, stranger, order_id = await rich(book), await rich(book), new()
    await hold(book, order_id, shopper, 300)
    with pytest.raises(NotYours):
        await release(book, order_id, stranger)
    assert await book.balance(shopper) == (0, 700, 300, 0, 0)
    assert await book.balance(stranger) == (0, 1000, 0, 0, 0)
    await book.proved()


async def test_a_cancellation_waits_for_a_confirmation_at_work(book: Book) -> None:
    """Two processes hear one order's news at the same time: neither may overlook the other."""
    shopper, order_id = new(), new()
    async with book.db.transaction() as tx:
        await PointsReactions(book.points, book.wallet).on_orders_confirmed(tx, [confirmed(order_id, shopper)])
        cancelling = asyncio.create_task(book.hear(cancelled(order_id, shopper)))
        await waiting(book, cancelling)
    await cancelling
    assert await book.balance(shopper) == (0, 0, 0, 0, 0)
    assert await book.spend(shopper) == 0
    await book.proved()


async def test_a_cancelled_order_that_earned_nothing_counts_toward_no_tier(book: Book) -> None:
    shopper, order_id = new(), new()
    await book.hear(confirmed(order_id, shopper, net=9))
    assert await book.spend(shopper) == 9
    await book.hear(cancelled(order_id, shopper))
    assert await book.spend(shopper) == 0


async def test_a_debt_goes_with_the_order_that_made_it(book: Book) -> None:
    shopper, order_id = new(), new()
    await book.hear(confirmed(order_id, shopper, spent=50))
    await book.hear(cancelled(order_id, shopper), cancelled(order_id, shopper))
    assert await book.balance(shopper) == (0, 0, 0, 0, 0)
    await book.proved()


async def test_what_has_paid_off_such_a_debt_comes_back_as_points(book: Book) -> None:
    shopper, order_id, other = new(), new(), new()
    await book.hear(confirmed(order_id, shopper, spent=50), confirmed(other, shopper, 300), handed(other))
    book.now += timedelta(days=8)
    await book.sweep()
    assert await book.balance(shopper) == (248, 0, 0, 50, 20), "30 points have paid off as much of the debt"
    await book.hear(cancelled(order_id, shopper))
    assert await book.balance(shopper) == (0, 30, 0, 0, 0)
    await hold(book, new(), shopper, 30)
    await book.proved()


async def test_a_debt_whose_hold_had_been_released_goes_too(book: Book) -> None:
    shopper, order_id = await rich(book), new()
    await hold(book, order_id, shopper, 300)
    await release(book, order_id, shopper)
    await book.hear(confirmed(order_id, shopper, spent=300))
    assert await book.balance(shopper) == (248, 1000, 0, 300, 300)
    await book.hear(cancelled(order_id, shopper))
    assert await book.balance(shopper) == (0, 1000, 0, 0, 0)
    await book.proved()


@pytest.mark.parametrize("ending", ["confirmed", "cancelled", "released", "confirmed, cancelled"])
async def test_a_merger_brings_along_what_is_held(book: Book, ending: str) -> None:
    made, shopper, order_id = await rich(book, 500), await rich(book, 1000), new()
    await hold(book, order_id, made, 300)
    await merge(book, made, shopper)
    assert await book.balance(made) == (0, 0, 0, 0, 0)
    assert await book.balance(shopper) == (0, 1200, 300, 0, 0)
    await book.proved()
    if "confirmed" in ending:
        await book.hear(confirmed(order_id, made, net=9, spent=300))
        assert await book.balance(shopper) == (0, 1200, 0, 300, 0)
    if "cancelled" in ending:
        await book.hear(cancelled(order_id, made))
    if ending == "released":
        assert await release(book, order_id, made) == 300
    expected = (0, 1200, 0, 300, 0) if ending == "confirmed" else (0, 1500, 0, 0, 0)
    assert await book.balance(shopper) == expected
    assert await book.balance(made) == (0, 0, 0, 0, 0)
    await book.proved()


async def test_a_merger_brings_along_what_was_spent_and_owed(book: Book) -> None:
    made, shopper, held, unheld = await rich(book, 500), new(), new(), new()
    await hold(book, held, made, 300)
    await book.hear(confirmed(held, made, net=9, spent=300), confirmed(unheld, made, net=9, spent=40))
    await merge(book, made, shopper)
    assert await book.balance(made) == (0, 0, 0, 0, 0)
    assert await book.balance(shopper) == (0, 200, 0, 340, 40)
    await book.proved()
    await book.hear(cancelled(held, made), cancelled(unheld, made))
    await book.hear(cancelled(held, shopper), cancelled(unheld, shopper))
    assert await book.balance(shopper) == (0, 500, 0, 0, 0)
    await book.proved()


async def test_an_order_told_again_after_a_merger_neither_earns_nor_spends_twice(book: Book) -> None:
    made, shopper, order_id = await rich(book, 500), new(), new()
    await hold(book, order_id, made, 300)
    await book.hear(confirmed(order_id, made, spent=300))
    await merge(book, made, shopper)
    before = await book.balance(shopper)
    assert before == (248, 200, 0, 300, 0)
    for whose in (made, shopper):
        await book.hear(confirmed(order_id, whose, spent=300))
        assert await book.balance(shopper) == before
    await book.proved()


@pytest.mark.parametrize("spent", [0, 300])
async def test_what_waited_for_a_merger_is_posted_to_whom_the_id_means_since(book: Book, spent: int) -> None:
    made, shopper, order_id = await rich(book, 500), await rich(book, 1000), new()
    heard: list[asyncio.Task[None]] = []

    async def hear_meanwhile() -> None:
        heard.append(asyncio.create_task(book.hear(confirmed(order_id, made, spent=spent))))
        await waiting(book, heard[0])
        assert not heard[0].done()

    await merge(book, made, shopper, hear_meanwhile)
    await heard[0]
    assert await book.balance(made) == (0, 0, 0, 0, 0)
    assert await book.balance(shopper) == (248, 1500, 0, spent, spent), "spent without a hold is owed"
    await book.proved()


async def test_2_1_6_earned_in_a_store_and_spent_on_the_web_it_is_one_balance(book: Book) -> None:
    shopper, web = new(), new()
    await book.hear(sold(new(), shopper, 1060))
    book.now += timedelta(days=8)
    await book.sweep()
    assert await book.balance(shopper) == (0, 106, 0, 0, 0)
    await hold(book, web, shopper, 50)
    await book.hear(confirmed(web, shopper, net=9, spent=50))
    assert await book.balance(shopper) == (0, 56, 0, 50, 0)
