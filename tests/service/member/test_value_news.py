"""What order announces of its ends and returns, through a real stream, to every room that keeps value."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from kit import streams
from kit.consumer import Consumer
from kit.ids import uuid7
from omo.member.v1 import member_events_pb2
from omo.order.v1 import order_events_pb2
from omo.type.v1 import reversal_pb2
from services.member.benefits.domain import Occasion
from services.member.benefits.domain import Program as Benefit
from services.member.value.domain import Kind, Use
from tests.harness.shared import NatsCorner
from tests.service.kit.rig import eventually
from tests.service.member.events import events
from tests.service.member.value_rig import (
    BENEFIT,
    COUPON,
    CREDIT,
    GIFT_CARD,
    PREPAID,
    Purse,
    cancelled,
    confirmed,
    new,
    pays,
    purse,
    returned,
    sold,
)

__all__ = ["purse"]

DONE, REFUSED = reversal_pb2.REVERSAL_STATE_DONE, reversal_pb2.REVERSAL_STATE_REFUSED
Tell = Callable[..., Awaitable[None]]


@asynccontextmanager
async def stream(purse: Purse, nats: NatsCorner) -> AsyncIterator[Tell]:
    """Publishes news as order does, each twice under one id, and waits until all of it was taken."""
    for publisher in ("order", "member"):
        await streams.ensure_stream(nats.jetstream, streams.stream_name(publisher))
    connection = await nats.connect("member")
    consumer = Consumer(purse.db, connection.jetstream(), "member", purse.ears())

    async def quiet() -> bool:
        return await consumer.pending() == 0

    async def tell(*news: Any) -> None:
        for event in news:
            event.meta.event_id = uuid7()
            event.meta.aggregate_id = event.meta.aggregate_id or new()
        for event in (*news, *news):
            where = streams.subject(event.DESCRIPTOR.full_name, event.meta.aggregate_id)
            await nats.jetstream.publish(where, event.SerializeToString())
        await eventually(quiet)

    listening = asyncio.create_task(consumer.run())
    yield tell
    consumer.stop()
    await listening
    await connection.close()


async def answers(purse: Purse, refund_id: str) -> dict[tuple[int, str], tuple[int, int, str]]:
    """State, amount and reason of what member settled for a refund, by kind and thing."""
    told = [one.reversal for one in await events(purse.db, member_events_pb2.ReversalSettled)]
    mine = [one for one in told if one.refund_id == refund_id]
    found = {(int(one.kind), one.ref): (int(one.state), one.amount, one.reason) for one in mine}
    assert len(found) == len(mine), "each is answered once"
    return found


async def everything(purse: Purse, shopper: str) -> list[Use]:
    """One of each kind of value, as an order uses it."""
    await purse.credit(shopper, 1000)
    card = await purse.lot(shopper, GIFT_CARD, 500)
    ticket = await purse.lot(shopper, COUPON, rule_id="rule-1")
    gift = await purse.lot(shopper, BENEFIT, rule_id="rule-2", restores=False)
    cups = await purse.lot(shopper, PREPAID, 20, sku="CUP")
    return [
        pays(400),
        Use(GIFT_CARD, card, amount=300),
        Use(COUPON, ticket, rule_id="rule-1"),
        Use(BENEFIT, gift, rule_id="rule-2"),
        Use(PREPAID, cups, quantity=5, sku="CUP", line_no=1),
    ]


async def left(purse: Purse, shopper: str) -> str:
    """Active/held/spent of credit, card, coupon, benefit and prepaid units."""
    sums = [await purse.sums(shopper, kind) for kind in (CREDIT, GIFT_CARD, COUPON, BENEFIT, PREPAID)]
    return " ".join("/".join(map(str, each[:3])) for each in sums)


def handed(order_id: str) -> Any:
    event = order_events_pb2.UnitsHandedOver(order_id=order_id)
    line = event.lines.add(sku="S", quantity=1)
    line.unit.order_id, line.unit.line_no = order_id, 1
    return event


async def test_returns_of_every_kind_of_value_arrive_through_a_real_stream(purse: Purse, nats: NatsCorner) -> None:
    shopper, order_id, first, second = await purse.member(), new(), new(), new()
    uses = await everything(purse, shopper)
    card, ticket, gift, cups = (use.ref for use in uses[1:])
    await purse.hold(order_id, shopper, *uses)
    part = [pays(150), Use(GIFT_CARD, card, amount=100), Use(PREPAID, cups, quantity=2, sku="CUP")]
    rest = [pays(250), *uses[2:4]]
    async with stream(purse, nats) as tell:
        await tell(returned(order_id, shopper, first, part))
        assert await answers(purse, first) == {}, "nobody knows yet what the order spent"
        assert await left(purse, shopper) == "600/400/0 200/300/0 0/1/0 0/1/0 15/5/0"
        await tell(confirmed(order_id, shopper, *uses), handed(order_id))
        assert await left(purse, shopper) == "750/0/250 300/0/200 0/0/1 0/0/1 17/0/3"
        await tell(returned(order_id, shopper, second, rest))
        # the same news under new ids, as from before the inbox can remember
        again = [returned(order_id, shopper, first, part), returned(order_id, shopper, second, rest), handed(order_id)]
        await tell(*again, confirmed(order_id, shopper, *uses))
    assert await left(purse, shopper) == "1000/0/0 300/0/200 1/0/0 0/0/1 17/0/3"
    of = reversal_pb2
    assert await answers(purse, first) == {
        (of.REVERSAL_KIND_CREDIT, ""): (DONE, 150, ""),
        (of.REVERSAL_KIND_GIFT_CARD, card): (DONE, 100, ""),
        (of.REVERSAL_KIND_PREPAID, cups): (DONE, 2, ""),
    }
    assert await answers(purse, second) == {
        (of.REVERSAL_KIND_CREDIT, ""): (DONE, 250, ""),
        (of.REVERSAL_KIND_COUPON, ticket): (DONE, 1, ""),
        (of.REVERSAL_KIND_BENEFIT, gift): (REFUSED, 0, "NOT_RESTORED"),
    }
    await purse.proved()


async def test_an_order_that_ends_gives_every_kind_of_value_back_through_a_real_stream(
    purse: Purse, nats: NatsCorner
) -> None:
    shopper, known, early, strange = await purse.member(), new(), new(), new()
    uses = await everything(purse, shopper)
    gift = uses[3].ref
    await purse.hold(known, shopper, *uses)
    await purse.hold(early, shopper, pays(100))
    async with stream(purse, nats) as tell:
        await tell(confirmed(known, shopper, *uses), cancelled(early, shopper), cancelled(strange, shopper))
        await tell(handed(strange), returned(strange, shopper, "r9", [pays(70)]))
        assert (await purse.sums(shopper))[:2] == (600, 0)
        await tell(cancelled(known, shopper), confirmed(early, shopper, pays(100)))
        await tell(cancelled(known, shopper), cancelled(strange, shopper), confirmed(strange, shopper, pays(70)))
    assert await left(purse, shopper) == "1000/0/0 500/0/0 1/0/0 0/0/1 20/0/0"
    assert (await purse.one(gift)).state(purse.now) == "REDEEMED", "it says of itself that it does not come back"
    assert await answers(purse, "r9") == {}, "nothing was spent that could come back"
    await purse.proved()


async def test_vouchers_and_spend_gifts_follow_returns_through_a_real_stream(purse: Purse, nats: NatsCorner) -> None:
    shopper, sale_id, kept, spent, strange = await purse.member(), new(), new(), new(), new()
    await purse.credit(shopper, 300)
    async with purse.acting() as tx:
        out = await purse.vouchers.issue(tx, shopper, "till 1", Kind.CREDIT, 200)
        program = Benefit(new(), "滿額禮", Occasion.SPEND, "gift", 0, 30, "", 3000, 0, False, True, True, True)
        await purse.benefits.put(tx, program)
    async with stream(purse, nats) as tell:
        await tell(sold(sale_id, shopper, Use(CREDIT, out.voucher_id, amount=120)), handed(sale_id))
        assert await purse.sums(shopper) == (100, 80, 120, 0)
        await tell(*(confirmed(order_id, shopper, total=3400) for order_id in (kept, spent)))
        gifts = sorted(lot.lot_id for lot in await purse.lots(shopper) if lot.kind is BENEFIT and lot.active)
        await tell(
            returned(sale_id, shopper, "r1", [pays(50)]),
            *_back(shopper, (kept, "r2", 400), (kept, "r3", 1), (spent, "r4", 300), (strange, "r5", 3000)),
        )
        await tell(*_back(shopper, (kept, "r3", 1)), confirmed(strange, shopper, total=5999))
    assert await purse.sums(shopper) == (150, 80, 70, 0)
    left = sorted(lot.lot_id for lot in await purse.lots(shopper) if lot.kind is BENEFIT and lot.active)
    (gone,) = set(gifts) - set(left)
    assert len(left) == 1, "what was left of the strange order deserved nothing"
    assert await answers(purse, "r1") == {(reversal_pb2.REVERSAL_KIND_CREDIT, ""): (DONE, 50, "")}
    assert await answers(purse, "r3") == {(reversal_pb2.REVERSAL_KIND_BENEFIT, gone): (DONE, 1, "")}
    assert [await answers(purse, one) for one in ("r2", "r4", "r5")] == [{}, {}, {}]
    await purse.hold(new(), shopper, Use(BENEFIT, left[0], rule_id="gift"))
    await purse.hear(*_back(shopper, (spent, "r6", 3000)))
    assert await answers(purse, "r6") == {(reversal_pb2.REVERSAL_KIND_BENEFIT, left[0]): (REFUSED, 0, "VALUE_SPENT")}
    await purse.proved()


def _back(shopper: str, *told: tuple[str, str, int]) -> Sequence[Any]:
    """Units that came back, as (order, refund, what they had cost)."""
    found = []
    for order_id, refund_id, net in told:
        event = returned(order_id, shopper, refund_id, [])
        event.lines.add(sku="S", quantity=1, net_total=net)
        found.append(event)
    return found
