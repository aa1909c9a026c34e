"""Spending in two phases, on a real database."""

from datetime import timedelta

import pytest

from services.member.points.domain import Insufficient
from services.member.wallet.domain import HoldEnded
from tests.service.member.points_rig import Book, book, cancelled, confirmed, handed, hold, new, release, rich

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
