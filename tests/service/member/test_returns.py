"""Units that come back: points both ways, the tier, the answer to each; on a real database and through NATS."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from kit import access, streams
from kit.consumer import Consumer, On
from kit.ids import uuid7
from omo.member.v1 import member_events_pb2
from omo.order.v1 import order_events_pb2
from omo.type.v1 import reversal_pb2
from services.member.points import store
from services.member.points.reactions import PointsReactions
from services.member.program.domain import Scope
from services.member.program.domain_terms import OnReturn
from tests.harness.shared import NatsCorner
from tests.service.kit.rig import eventually
from tests.service.member.events import events
from tests.service.member.points_rig import (
    NOW,
    Book,
    book,
    cancelled,
    confirmed,
    handed,
    hold,
    new,
    returned,
    rich,
    sold,
)

__all__ = ["book"]

EARNED, SPENT, TIER = 2, 3, 4


async def answers(book: Book, refund_id: str = "") -> dict[int, reversal_pb2.Reversal]:
    told = await events(book.db, member_events_pb2.ReversalSettled)
    found = [one.reversal for one in told if refund_id in ("", one.reversal.refund_id)]
    assert len({(one.refund_id, one.kind, one.ref) for one in found}) == len(found), "each is answered once"
    return {int(one.kind): one for one in found}


async def later(book: Book, days: int) -> None:
    book.now = NOW + timedelta(days=days)
    await book.sweep()


async def test_2_1_8_whichever_is_heard_first_the_end_is_the_same(book: Book) -> None:
    for order in permutations(range(3)):
        shopper, order_id = new(), new()
        back = returned(order_id, shopper, (1, 0, 0, 2480), refund_id=new())
        news = [confirmed(order_id, shopper), handed(order_id), back]
        for index in order:
            await book.hear(news[index])
        await book.hear(back)
        assert await book.balance(shopper) == (0, 0, 0, 0, 0)
        assert await book.spend(shopper) == 0
        told = await answers(book, back.refund_id)
        assert (told[EARNED].state, told[EARNED].amount) == (reversal_pb2.REVERSAL_STATE_DONE, 248)
        assert set(told) == {EARNED, SPENT, TIER}
    await book.proved()


async def test_2_1_8_units_come_back_in_parts_and_take_exactly_all(book: Book) -> None:
    shopper, order_id = new(), new()
    event = confirmed(order_id, shopper, 1005)
    event.facts.lines[0].quantity = 3
    await book.hear(event)
    left = []
    for unit in range(3):
        await book.hear(returned(order_id, shopper, (1, unit, unit, 335)))
        left.append((await book.balance(shopper))[0])
    assert left == [67, 34, 0]
    await book.proved()


@pytest.mark.parametrize(
    ("policy", "balance", "state", "amount"),
    [
        (OnReturn.ONLY_PENDING, (0, 40, 0, 248, 0), reversal_pb2.REVERSAL_STATE_REFUSED, 248),
        (OnReturn.WITHIN_BALANCE, (0, 0, 0, 248, 0), reversal_pb2.REVERSAL_STATE_REFUSED, 208),
        (OnReturn.UNLIMITED, (0, 0, 0, 248, 208), reversal_pb2.REVERSAL_STATE_DEBT, 208),
        (OnReturn.DEDUCT_FROM_REFUND, (0, 0, 0, 248, 0), reversal_pb2.REVERSAL_STATE_DONE, 40),
    ],
)
async def test_2_1_9_points_that_are_spent_follow_the_programs_policy(
    book: Book, policy: OnReturn, balance: tuple[int, ...], state: int, amount: int
) -> None:
    await book.program(on_return=policy)
    shopper, order_id, other = new(), new(), new()
    await book.hear(confirmed(order_id, shopper), handed(order_id))
    await later(book, 8)
    await hold(book, other, shopper, 248)
    spent = confirmed(other, shopper, net=9, spent=248)
    await book.hear(spent)
    async with book.db.transaction() as tx:
        with access.acting_as(access.Principal(access.Kind.HQ, "u1")):
            await book.points.adjust(tx, shopper, 40, "goodwill", new())
    await book.hear(returned(order_id, shopper, (1, 0, 0, 2480)))
    assert await book.balance(shopper) == balance
    told = (await answers(book))[EARNED]
    assert (told.state, told.amount) == (state, amount)
    assert told.deduct_amount == (208 if policy is OnReturn.DEDUCT_FROM_REFUND else 0)
    await book.proved()


async def test_2_1_9_a_debt_is_paid_off_by_what_is_earned_later(book: Book) -> None:
    shopper, order_id, other, third = new(), new(), new(), new()
    await book.hear(confirmed(order_id, shopper), handed(order_id))
    await later(book, 8)
    await hold(book, other, shopper, 248)
    await book.hear(confirmed(other, shopper, net=9, spent=248), returned(order_id, shopper, (1, 0, 0, 2480)))
    assert await book.balance(shopper) == (0, 0, 0, 248, 248)
    await book.hear(sold(third, shopper, 3000, at=book.now))
    await later(book, 17)
    assert await book.balance(shopper) == (0, 52, 0, 248, 0)
    await book.proved()


@pytest.mark.parametrize(("grace", "active"), [(0, 0), (10, 300)])
async def test_2_1_10_what_was_spent_goes_back_into_its_lot_also_when_that_has_ended(
    book: Book, grace: int, active: int
) -> None:
    await book.program(reinstate_days=grace)
    shopper, order_id = await rich(book, 300), new()
    await hold(book, order_id, shopper, 300)
    await book.hear(confirmed(order_id, shopper, net=9, spent=300))
    await later(book, 400)
    await book.hear(returned(order_id, shopper, (1, 0, 0, 9), spent=300, at=book.now))
    await book.sweep()
    assert (await book.balance(shopper))[1] == active
    assert (await answers(book))[SPENT].amount == 300
    await later(book, 412)
    assert await book.balance(shopper) == (0, 0, 0, 0, 0)
    async with book.db.read() as tx:
        assert (await store.balance(tx, shopper)).expired == 300
        lots = await tx.fetch("SELECT first_expire_time IS NOT NULL AS again, expired FROM points_lots")
    assert [(row["again"], row["expired"]) for row in lots] == [(grace > 0, 300)]
    await book.proved()


async def test_2_1_11_nothing_is_given_back_or_taken_twice(book: Book) -> None:
    """First not given back, then twice: every entry has a business key, and news may come again."""
    shopper, order_id = await rich(book, 300), new()
    await hold(book, order_id, shopper, 300)
    back = returned(order_id, shopper, (1, 0, 0, 2480), refund_id="r1", spent=300)
    await book.hear(confirmed(order_id, shopper, spent=300), back)
    before = await book.balance(shopper)
    again = returned(order_id, shopper, (1, 0, 0, 2480), refund_id="r1", spent=300)
    await book.hear(again, cancelled(order_id, shopper))
    assert await book.balance(shopper) == before == (0, 300, 0, 0, 0)
    await book.proved()


async def test_2_2_10_what_never_counted_is_not_taken_out_either(book: Book) -> None:
    program = await book.program()
    await book.program(policy=replace(program.policy, excluded=Scope(skus=("CARD",)), count_delivery=True))
    shopper, order_id = new(), new()
    event = confirmed(order_id, shopper, 1000)
    card = event.facts.lines.add()
    card.CopyFrom(event.facts.lines[0])
    card.line_no, card.sku, card.net_total, card.earn_base = 2, "CARD", 500, 0
    event.facts.grand_total = 1580
    await book.hear(event)
    assert await book.spend(shopper) == 1080
    await book.hear(returned(order_id, shopper, (2, 0, 0, 500)))
    assert await book.spend(shopper) == 1080
    await book.proved()


async def test_2_2_8_what_points_paid_is_no_spend(book: Book) -> None:
    await book.program(point_value=2)
    shopper, order_id, early = await rich(book, 400), new(), new()
    for ordered in (order_id, early):
        await hold(book, ordered, shopper, 90)
    event, other = confirmed(order_id, shopper, 1000, spent=90), confirmed(early, shopper, 1000, spent=90)
    for one in (event, other):
        one.facts.points_value, one.facts.lines[0].quantity, one.facts.lines[0].earn_base = 180, 3, 820
    await book.hear(event)
    assert await book.spend(shopper) == 820
    await book.hear(returned(order_id, shopper, (1, 0, 0, 333), spent=30))
    assert await book.spend(shopper) == 820 - (333 - 60)
    await book.hear(returned(order_id, shopper, (1, 1, 2, 667), spent=60))
    assert await book.spend(shopper) == 0
    await book.hear(returned(early, shopper, (1, 0, 0, 333), spent=30), other)
    assert await book.spend(shopper) == 820 - (333 - 60)
    await book.proved()


async def test_2_2_7_a_return_looks_at_the_tier_by_the_programs_rule(book: Book) -> None:
    program = await book.program()
    await book.program(policy=replace(program.policy, return_days=14))
    shopper, first, second = new(), new(), new()
    await book.hear(sold(first, shopper, 12_000), sold(second, shopper, 20_000, at=NOW + timedelta(days=1)))
    assert await book.tier(shopper) == "gold"
    await book.hear(returned(second, shopper, (1, 0, 0, 20_000), at=NOW + timedelta(days=2)))
    assert await book.tier(shopper) == "silver"
    assert (await answers(book))[TIER].ref == "silver"
    await book.hear(returned(first, shopper, (1, 0, 0, 12_000), at=NOW + timedelta(days=3)))
    assert await book.tier(shopper) == "silver", "what it fell back to was earned by itself"
    await book.proved()


async def test_units_returned_cancelled_and_handed_over_arrive_through_a_real_stream(
    book: Book, nats: NatsCorner
) -> None:
    shopper, back, ended, kept = new(), new(), new(), new()
    news: list[Any] = [
        returned(back, shopper, (1, 0, 0, 2480), refund_id="r1"),
        cancelled(ended, shopper),
        handed(kept),
        *(confirmed(order_id, shopper) for order_id in (back, ended, kept)),
    ]
    await streams.ensure_stream(nats.jetstream, streams.stream_name("order"))
    connection = await nats.connect("member")
    heard = PointsReactions(book.points, book.wallet)
    kinds = order_events_pb2
    ears: list[On[Any]] = [
        On.many(kinds.OrderConfirmed, heard.on_orders_confirmed),
        On.many(kinds.UnitsHandedOver, heard.on_units_handed_over),
        On.many(kinds.UnitsReturned, heard.on_units_returned),
        On.many(kinds.OrderCancelled, heard.on_orders_cancelled),
    ]
    consumer = Consumer(book.db, connection.jetstream(), "member", ears)
    for event in (*news, *news):  # each twice, with one id: the inbox takes it once
        event.meta.event_id = event.meta.event_id or uuid7()
        where = streams.subject(event.DESCRIPTOR.full_name, event.meta.aggregate_id)
        await nats.jetstream.publish(where, event.SerializeToString())
    listening = asyncio.create_task(consumer.run())

    async def quiet() -> bool:
        return await consumer.pending() == 0 and await book.balance(shopper) == (248, 0, 0, 0, 0)

    await eventually(quiet)
    consumer.stop()
    await listening
    await connection.close()
    assert set(await answers(book, "r1")) == {EARNED, SPENT, TIER}
    await later(book, 9)
    assert await book.balance(shopper) == (0, 248, 0, 0, 0)
    await book.proved()
