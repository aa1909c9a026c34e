"""Units that came back: their credits are mirrored to the minor unit, and order hears so once their sale is known."""

import uuid
from itertools import permutations

from omo.attribution.v1 import attribution_events_pb2
from omo.order.v1 import order_events_pb2
from tests.service.attribution.conftest import START, Rig, confirmed, enrolled

_CREDITS = "SELECT amount, mirror_of IS NOT NULL AS mirror, reason FROM credits WHERE order_id = $1 ORDER BY entry_no"
_ANSWERS = "SELECT payload FROM outbox WHERE subject LIKE 'omo.attribution.v1.ReversalSettled.%'"


def returned(order_id: str, net: int, refund_id: str) -> order_events_pb2.UnitsReturned:
    event = order_events_pb2.UnitsReturned(refund_id=refund_id, order_id=order_id, location_id="TPE02")
    line = event.lines.add(sku="TROUSERS-NAVY-32", quantity=1, net_total=net)
    line.unit.order_id, line.unit.line_no = order_id, 1
    event.meta.aggregate_id = order_id
    event.meta.business_time.FromDatetime(START)
    return event


async def answers(rig: Rig, refund_id: str) -> list[int]:
    async with rig.db.read() as tx:
        rows = await tx.fetch(_ANSWERS)
    found = [attribution_events_pb2.ReversalSettled.FromString(row[0]).reversal for row in rows]
    return [one.amount for one in found if one.refund_id == refund_id]


async def test_a_mirror_and_an_answer_whichever_is_heard_first(rig: Rig) -> None:
    for order in permutations(range(2)):
        shopper, order_id, refund_id = (str(uuid.uuid4()) for _ in range(3))
        await rig.hear(enrolled(shopper, "A102"))
        news = [confirmed(order_id, shopper), returned(order_id, 2480, refund_id)]
        for place in order:
            await rig.hear(news[place])
        async with rig.db.read() as tx:
            rows = [tuple(row) for row in await tx.fetch(_CREDITS, order_id)]
        assert rows == [(2480, False, ""), (-2480, True, "UNITS_RETURNED")]
        assert await answers(rig, refund_id) == [2480]
        await rig.hear(returned(order_id, 2480, refund_id))  # asked again: nothing twice, answered again
        async with rig.db.read() as tx:
            assert len(await tx.fetch(_CREDITS, order_id)) == 2
        assert await answers(rig, refund_id) == [2480, 2480]
    assert await rig.drifts() == []


async def test_what_is_said_again_for_a_member_takes_nothing_a_second_time(rig: Rig) -> None:
    """By then the units may be other runs: one was looked at, and put elsewhere."""
    order_id, refund_id = str(uuid.uuid4()), str(uuid.uuid4())
    await rig.hear(confirmed(order_id, ""))
    await rig.hear(returned(order_id, 2480, refund_id))
    again = returned(order_id, 1480, refund_id)
    again.for_member_only = True
    again.lines[0].unit.first = again.lines[0].unit.last = 1
    await rig.hear(again)
    async with rig.db.read() as tx:
        assert [tuple(row)[:2] for row in await tx.fetch(_CREDITS, order_id)] == [(2480, False), (-2480, True)]
        assert await tx.fetchval("SELECT count(*) FROM cancelled_units WHERE order_id = $1", order_id) == 1
    assert await answers(rig, refund_id) == [2480]
    assert await rig.drifts() == []
