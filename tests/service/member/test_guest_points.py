"""What a guest's order earns once it is a member's: what it would have earned, whatever was heard of it before."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import pytest

from kit import access
from omo.order.v1 import order_events_pb2
from services.member.points.reactions import PointsReactions
from tests.service.kit.rig import eventually
from tests.service.member.points_rig import NOW, Book, book, cancelled, confirmed, handed, new, returned

__all__ = ["book"]

AFTER = timedelta(days=20)


def claimed(order_id: str, member_id: str) -> order_events_pb2.SaleClaimed:
    event = order_events_pb2.SaleClaimed(facts=confirmed(order_id, member_id).facts)
    event.meta.aggregate_id = order_id
    return event


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
async def test_a_guests_order_earns_as_of_its_own_time_in_whatever_order_it_is_heard(
    book: Book, order: tuple[int, ...]
) -> None:
    guests, members, one, other = new(), new(), new(), new()
    await book.hear(confirmed(members, other), handed(members))
    heard = (confirmed(guests, ""), handed(guests), claimed(guests, one))
    for number in order:
        book.now = NOW + AFTER
        await book.hear(heard[number])
    await book.hear(claimed(guests, one))
    await book.sweep()
    assert await book.balance(one) == await book.balance(other) == (0, 248, 0, 0, 0)
    assert await book.spend(one) == await book.spend(other) == 2480
    await book.proved()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
async def test_what_came_back_before_it_was_claimed_is_not_earned(book: Book, order: tuple[int, ...]) -> None:
    guests, one, refund_id = new(), new(), new()
    await book.hear(confirmed(guests, ""), handed(guests))
    back = [returned(guests, whose, (1, 0, 0, 2480), refund_id=refund_id) for whose in ("", one)]
    heard = (claimed(guests, one), *back)
    for number in order:
        await book.hear(heard[number])
    await book.sweep()
    assert await book.balance(one) == (0, 0, 0, 0, 0)
    await book.proved()


async def test_a_guests_order_earns_nothing_before_it_is_claimed_and_nothing_once_it_has_ended(book: Book) -> None:
    guests, one = new(), new()
    await book.hear(confirmed(guests, ""), handed(guests))
    async with book.db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM points_lots") == 0
    await book.hear(cancelled(guests))
    await book.hear(claimed(guests, one))
    assert await book.balance(one) == (0, 0, 0, 0, 0)
    assert await book.spend(one) == 0
    await book.proved()


def given_up(order_id: str) -> order_events_pb2.UnitsCancelled:
    event = order_events_pb2.UnitsCancelled(order_id=order_id)
    event.lines.add(sku="S", quantity=1, net_total=2480, earn_base=2480).unit.line_no = 1
    event.meta.aggregate_id = order_id
    event.meta.business_time.FromDatetime(NOW)
    return event


async def beside(book: Book, first: Any, second: Any) -> None:
    """The second is heard while the first has not committed."""
    reactions = PointsReactions(book.points, book.wallet)
    handlers = {
        order_events_pb2.SaleClaimed: reactions.on_sales_claimed,
        order_events_pb2.UnitsHandedOver: reactions.on_units_handed_over,
        order_events_pb2.UnitsCancelled: reactions.on_units_cancelled,
        order_events_pb2.OrderCancelled: reactions.on_orders_cancelled,
    }
    handler: Any = handlers[type(first)]
    async with book.db.transaction() as tx:
        with access.acting_as(access.service("member")):
            await handler(tx, [first])
        other = asyncio.create_task(book.hear(second))

        async def settled() -> bool:
            async with book.db.read() as looking:
                return other.done() or bool(await looking.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await eventually(settled)
    await other


@pytest.mark.parametrize("claim_first", [True, False], ids=["claim", "fact"])
@pytest.mark.parametrize(
    ("fact", "active", "spend"),
    [(handed, 248, 2480), (given_up, 0, 0), (cancelled, 0, 0)],
    ids=["handed_over", "given_up", "cancelled"],
)
async def test_what_is_heard_of_nobodys_order_beside_its_claim_is_not_lost(
    book: Book, fact: Any, active: int, spend: int, *, claim_first: bool
) -> None:
    """It names no member whom both could lock: each would decide without the other, and nothing would look again."""
    guests, one = new(), new()
    await book.hear(confirmed(guests, ""), confirmed(new(), one, net=9))
    heard = (claimed(guests, one), fact(guests))
    await beside(book, *(heard if claim_first else heard[::-1]))
    book.now = NOW + AFTER
    await book.sweep()
    pending, found, *_ = await book.balance(one)
    assert (pending, found) == (0, active)
    assert await book.spend(one) == spend + 9
    await book.proved()
