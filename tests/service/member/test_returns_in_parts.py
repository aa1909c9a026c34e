"""A return that several stores receive, and goods sold by measure that come back bit by bit."""

from itertools import permutations
from typing import Any

import pytest

from omo.member.v1 import member_events_pb2
from omo.type.v1 import reversal_pb2
from services.member.program.domain import EarningRule, Mode
from tests.service.member.events import events
from tests.service.member.points_rig import Book, book, cancelled, confirmed, hold, new, returned, rich

__all__ = ["book"]

EARNED, SPENT = reversal_pb2.REVERSAL_KIND_POINTS_EARNED, reversal_pb2.REVERSAL_KIND_POINTS_SPENT


async def answers(book: Book, refund_id: str, kind: int) -> list[int]:
    """What was said of a return's consequence, in turn: each time what it is so far."""
    told = sorted(await events(book.db, member_events_pb2.ReversalSettled), key=lambda one: one.meta.sequence)
    return [one.reversal.amount for one in told if (one.reversal.refund_id, one.reversal.kind) == (refund_id, kind)]


def measured(order_id: str, shopper: str, net: int = 1000, quantity: int = 2500, spent: int = 0) -> Any:
    """An order of so many thousandths of a good sold by measure."""
    event = confirmed(order_id, shopper, net, spent)
    event.facts.lines[0].quantity, event.facts.lines[0].by_measure = quantity, True
    return event


def measured_off(order_id: str, shopper: str, net: int, measure: int, location_id: str = "TPE01", **said: Any) -> Any:
    """So much of its one unit, back at a store."""
    event = returned(order_id, shopper, (1, 0, 0, net), **said)
    event.location_id = location_id
    event.lines[0].quantity = event.lines[0].unit.measure = measure
    return event


async def test_each_store_that_receives_a_part_of_a_return_is_settled_by_its_lines(book: Book) -> None:
    for turn in permutations(range(3)):
        shopper, order_id, refund_id = await rich(book, 90), new(), new()
        await hold(book, order_id, shopper, 90)
        order = confirmed(order_id, shopper, 3000, spent=90)
        order.facts.lines[0].quantity, order.facts.lines[0].earn_base = 3, 2910
        here = returned(order_id, shopper, (1, 0, 0, 1000), refund_id=refund_id, spent=30)
        there = returned(order_id, shopper, (1, 1, 2, 2000), refund_id=refund_id, spent=60)
        here.location_id, there.location_id = "TPE01", "TPE02"
        here.lines[0].earn_base, there.lines[0].earn_base = 970, 1940
        news = [order, here, there]
        for index in turn:
            await book.hear(news[index])
        await book.hear(here, there)
        assert await book.balance(shopper) == (0, 90, 0, 0, 0)
        assert await book.spend(shopper) == 0
        assert (await answers(book, refund_id, EARNED))[-1] == 291
        assert (await answers(book, refund_id, SPENT))[-1] == 90
    await book.proved()


async def test_a_second_part_says_what_the_return_is_in_all(book: Book) -> None:
    shopper, order_id = new(), new()
    event = confirmed(order_id, shopper, 3000)
    event.facts.lines[0].quantity = 3
    await book.hear(event)
    for unit in range(3):
        await book.hear(returned(order_id, shopper, (1, unit, unit, 1000), refund_id="r"))
    assert await answers(book, "r", EARNED) == [100, 200, 300]
    assert (await book.balance(shopper))[0] == 0
    await book.proved()


async def test_a_good_sold_by_measure_comes_back_bit_by_bit_until_it_is_used_up(book: Book) -> None:
    shopper, order_id = new(), new()
    await book.hear(measured(order_id, shopper))
    left = []
    for measure, net in ((300, 120), (1, 0), (1199, 480), (1000, 400), (1000, 400)):
        await book.hear(measured_off(order_id, shopper, net, measure))
        left.append((await book.balance(shopper))[0])
    assert left == [88, 88, 40, 0, 0], "more than all of it takes no more than all"
    await book.proved()


async def test_two_stores_measure_off_one_unit_under_one_return_and_each_is_told_once(book: Book) -> None:
    shopper, order_id = new(), new()
    parts = [measured_off(order_id, shopper, 250, 625, store, refund_id="r") for store in ("TPE01", "TPE02")]
    await book.hear(measured(order_id, shopper), *parts)
    await book.hear(*parts)
    assert (await book.balance(shopper))[0] == 50
    await book.proved()


async def test_points_by_unit_go_with_what_was_measured_off(book: Book) -> None:
    await book.program(rules=(EarningRule("each", 1, Mode.UNIT, 7),))
    shopper, order_id, whole = new(), new(), new()
    await book.hear(measured(order_id, shopper), measured(whole, shopper))
    left = []
    for measure in (1000, 1000, 500):
        await book.hear(measured_off(order_id, shopper, 333, measure))
        left.append((await book.balance(shopper))[0])
    assert left == [7 + 5, 7 + 2, 7], "seven, rounded once over all of them"
    await book.hear(returned(whole, shopper, (1, 0, 0, 1000)))
    assert (await book.balance(shopper))[0] == 0
    await book.proved()


async def test_no_unit_comes_back_twice_under_two_returns(book: Book) -> None:
    shopper, order_id = new(), new()
    event = confirmed(order_id, shopper, 1000)
    event.facts.lines[0].quantity = 4
    await book.hear(event)
    await book.hear(returned(order_id, shopper, (1, 0, 1, 500)), returned(order_id, shopper, (1, 1, 1, 250)))
    assert (await book.balance(shopper))[0] == 50
    await book.hear(returned(order_id, shopper, (1, 0, 0, 250)))
    assert (await book.balance(shopper))[0] == 50
    await book.proved()


@pytest.mark.parametrize("first", ["ended", "back"])
async def test_a_part_of_a_return_after_the_order_has_ended_takes_nothing_more(book: Book, first: str) -> None:
    shopper, order_id = new(), new()
    news = [measured_off(order_id, shopper, 400, 1000, refund_id="r"), cancelled(order_id, shopper)]
    await book.hear(measured(order_id, shopper), *(news if first == "back" else reversed(news)))
    await book.hear(measured_off(order_id, shopper, 600, 1500, "TPE02", refund_id="r"))
    assert await book.balance(shopper) == (0, 0, 0, 0, 0)
    await book.proved()
