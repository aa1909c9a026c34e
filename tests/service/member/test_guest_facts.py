"""What was given up of a guest's order before it is a member's: it brings no gift, and is counted nowhere."""

import asyncio
import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from kit.inbox import Event, Inbox
from omo.order.v1 import order_events_pb2
from services.member.benefits.domain import Occasion
from services.member.benefits.reactions import BenefitReactions
from services.member.segments.reactions import FactReactions
from services.member.segments.usecases import Facts
from tests.service.kit.rig import eventually
from tests.service.member.conftest import Place
from tests.service.member.test_benefits import benefit, gifts, put
from tests.service.member.test_member_facts import _drifts, _facts
from tests.service.member.value_facts import NOW, cancelled, facts
from tests.service.member.value_rig import Purse, new, purse

__all__ = ["purse"]

GUEST = ""
ORDERS = pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["given_up_first", "claimed_first"])


def claimed(told: Any) -> order_events_pb2.SaleClaimed:
    event = order_events_pb2.SaleClaimed(facts=told)
    event.meta.aggregate_id = told.order_id
    return event


def given_up(order_id: str, net: int) -> order_events_pb2.UnitsCancelled:
    """By somebody whose order was nobody's then."""
    event = order_events_pb2.UnitsCancelled(order_id=order_id)
    event.lines.add(sku="S", quantity=1, net_total=net).unit.line_no = 2
    event.meta.aggregate_id = order_id
    event.meta.business_time.FromDatetime(NOW)
    return event


def back(order_id: str, member_id: str, *runs: tuple[int, int]) -> order_events_pb2.UnitsReturned:
    """Units of line 1 (first, net) that came back."""
    event = order_events_pb2.UnitsReturned(order_id=order_id, member_id=member_id, refund_id="r1")
    for first, net in runs:
        unit = event.lines.add(net_total=net).unit
        unit.line_no, unit.first = 1, first
    event.meta.aggregate_id = order_id
    return event


@ORDERS
@pytest.mark.parametrize(
    ("gone", "gifted"),
    [(lambda order_id: given_up(order_id, 1500), 0), (lambda order_id: given_up(order_id, 500), 1), (cancelled, 0)],
    ids=["too_much", "enough_left", "all"],
)
async def test_what_a_guest_did_not_pay_for_brings_no_gift(
    purse: Purse, order: tuple[int, ...], gone: Callable[[str], Any], gifted: int
) -> None:
    shopper, order_id = await purse.member(), new()
    await put(purse, benefit(Occasion.SPEND, min_spend=3000))
    heard = (gone(order_id), claimed(facts(order_id, shopper, total=3500)))
    for number in order:
        await purse.hear(heard[number])
    assert len([lot for lot in await gifts(purse, shopper) if lot.active]) == gifted


async def test_what_was_given_up_is_kept_though_there_was_no_gift_then(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    await purse.hear(given_up(order_id, 1500))
    await put(purse, benefit(Occasion.SPEND, min_spend=3000))
    await purse.hear(claimed(facts(order_id, shopper, total=3500)))
    assert await gifts(purse, shopper) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
async def test_a_guests_order_counts_as_what_is_left_of_it(place: Place, order: tuple[int, ...]) -> None:
    """Given up as nobody's; come back as nobody's, and told again in other runs once it was a member's."""
    await place.empty()
    order_id, ended, member_id = new(), new(), new()
    kept, gone = (_facts(one, member_id, 3500, store=False, days=1) for one in (order_id, ended))
    heard = (
        [given_up(order_id, 1500), cancelled(ended)],
        [claimed(kept), claimed(gone)],
        [back(order_id, GUEST, (0, 400))],
        [back(order_id, member_id, (0, 100), (1, 300))],
    )
    inbox = Inbox("member", FactReactions(Facts()).ears())
    for number in order:
        async with place.db.transaction() as tx:
            for event in heard[number]:
                event.meta.event_id = str(uuid.uuid4())
                await inbox.take(tx, [Event(event.meta.event_id, event.DESCRIPTOR.full_name, event)])
    async with place.db.read() as tx:
        (row,) = await tx.fetch("SELECT member_id, spend, orders FROM member_facts")
    assert tuple(row) == (member_id, 1600, 1)
    assert await _drifts(place) == []


@ORDERS
async def test_a_claim_and_what_is_given_up_beside_it_see_each_other(purse: Purse, order: tuple[int, ...]) -> None:
    shopper, order_id = await purse.member(), new()
    await put(purse, benefit(Occasion.SPEND, min_spend=3000))
    told = facts(order_id, shopper, total=3500)
    told.lines.extend(_facts(order_id, shopper, 3500, store=False, days=1).lines)
    heard = (given_up(order_id, 1500), claimed(told))

    async def hear(tx: Any, event: Any) -> None:
        gift, fact = BenefitReactions(purse.benefits), FactReactions(Facts())
        given = isinstance(event, order_events_pb2.UnitsCancelled)
        await (gift.on_units_cancelled(tx, [event]) if given else gift.on_sales_claimed(tx, [event]))
        await fact.on_trade(tx, [event])

    async def alone(event: Any) -> None:
        async with purse.acting() as tx:
            await hear(tx, event)

    async with purse.acting() as tx:
        await hear(tx, heard[order[0]])
        other = asyncio.create_task(alone(heard[order[1]]))

        async def settled() -> bool:
            async with purse.db.read() as looking:
                return other.done() or bool(await looking.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await eventually(settled)
    await other
    async with purse.db.read() as tx:
        assert await tx.fetchval("SELECT spend FROM member_facts WHERE member_id = $1", shopper) == 2000
    assert [lot for lot in await gifts(purse, shopper) if lot.active] == []
