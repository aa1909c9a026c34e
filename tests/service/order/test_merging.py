"""A till's id that turns out to mean somebody known: his order book is whole, whatever is heard first."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.member.v1.member_events_pb2 import MemberMerged
from omo.member.v1.merging_events_pb2 import MemberUnmerged
from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import sales_service_pb2 as sales_pb
from omo.type.v1 import unit_pb2
from services.order.reference import merging
from tests.harness.databases import Databases
from tests.service.order.sales_rig import MEMBER, Rig, line, sale
from tests.service.order.sales_serving import serving

HQ = {"audience": "hq", "roles": ["admin"]}
_WAITING = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
 WHERE NOT granted AND datname = current_database()
"""
_DESCRIBED = {"audience": "service", "sub": "operator"}


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with serving(databases) as running:
        yield running


def merged(absorbed_id: str, member_id: str) -> MemberMerged:
    event = MemberMerged(member_id=member_id, absorbed_member_id=absorbed_id)
    event.meta.aggregate_id = member_id
    return event


def shopper(member_id: str) -> dict[str, str]:
    return {"audience": "shop", "sub": member_id}


async def book(rig: Rig, member_id: str) -> list[str]:
    """What a member sees of his orders, page by page."""
    found, token = [], ""
    while True:
        asked = pb.ListOrdersRequest(page_size=2, page_token=token)
        reply = await rig.call(rig.orders.ListOrders, asked, **shopper(member_id))
        assert {order.member_id for order in reply.orders} <= {member_id}
        found += [order.order_id for order in reply.orders]
        token = reply.next_page_token
        if not token:
            return found


async def test_sales_under_the_tills_id_stand_in_the_members_book_whenever_they_arrive(rig: Rig) -> None:
    made, stranger = str(uuid.uuid4()), str(uuid.uuid4())
    early = sale(line(), member_id=made)
    await rig.send(early, sale(line(), member_id=MEMBER))
    assert early.sale_id not in await book(rig, MEMBER)
    await rig.hear(merged(made, MEMBER), merged(made, MEMBER))
    await rig.hear(merged(made, MEMBER))
    late = sale(line(), member_id=made)
    await rig.send(late, sale(line(), member_id=stranger), first=3)
    assert {early.sale_id, late.sale_id} < set(await book(rig, MEMBER))
    assert len(await book(rig, MEMBER)) == 3
    for order_id in (early.sale_id, late.sale_id):
        one = await rig.call(rig.orders.GetOrder, pb.GetOrderRequest(order_id=order_id), **shopper(MEMBER))
        assert one.order.member_id == MEMBER
        foreign = await rig.refused(rig.orders.GetOrder, pb.GetOrderRequest(order_id=order_id), **shopper(stranger))
        assert foreign.reason == "NOT_FOUND"
    of_either = [
        [order.order_id for order in (await rig.call(rig.orders.ListOrders, asked, **HQ)).orders]
        for asked in (pb.ListOrdersRequest(member_id=made), pb.ListOrdersRequest(member_id=MEMBER))
    ]
    assert len(of_either[0]) == 3
    assert of_either[0] == of_either[1]


async def test_what_was_sold_and_told_stays_as_it_was(rig: Rig) -> None:
    made = str(uuid.uuid4())
    sold = sale(line(quantity=2), member_id=made)
    await rig.send(sold)
    unit = unit_pb2.UnitRef(order_id=sold.sale_id, line_no=1, first=0, last=1)

    async def passport() -> Any:
        reply = await rig.call(rig.orders.DescribeUnits, pb.DescribeUnitsRequest(units=[unit]), **_DESCRIBED)
        return reply.units[0]

    before = await passport()
    await rig.hear(merged(made, MEMBER))
    after = await passport()
    assert (before.member_id, after.member_id) == (made, MEMBER)
    before.member_id = MEMBER
    assert after == before, "whom it was sold to has another name, and nothing else"
    async with rig.db.read() as tx:
        assert await tx.fetchval("SELECT member_id FROM orders WHERE order_id = $1", sold.sale_id) == made
    assert await rig.drifts() == {}


async def test_an_id_that_means_somebody_known_is_no_stranger(rig: Rig) -> None:
    made, later = str(uuid.uuid4()), str(uuid.uuid4())
    await rig.send(sale(line(), member_id=made))
    asked = sales_pb.ListReviewsRequest()
    assert [one.subject for one in (await rig.call(rig.sales.ListReviews, asked, **HQ)).reviews] == [made]
    await rig.hear(merged(made, MEMBER), merged(later, MEMBER))
    await rig.send(sale(line(), member_id=later), first=2)
    assert not (await rig.call(rig.sales.ListReviews, asked, **HQ)).reviews


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_chain_of_mergers_ends_at_the_last_whichever_is_heard_first(rig: Rig, order: tuple[int, ...]) -> None:
    ids = [*(str(uuid.uuid4()) for _ in range(3)), MEMBER]
    await rig.send(*(sale(line(), member_id=each) for each in ids))
    mergers = [merged(old, new) for old, new in itertools.pairwise(ids)]
    for place in order:
        await rig.hear(mergers[place])
    assert len(await book(rig, MEMBER)) == 4


async def test_a_chain_of_mergers_that_two_processes_hear_at_once_ends_at_the_last(rig: Rig) -> None:
    first, second = (str(uuid.uuid4()) for _ in range(2))
    await rig.send(*(sale(line(), member_id=each) for each in (first, second, MEMBER)))

    async def hear(event: MemberMerged) -> None:
        async with rig.db.transaction() as tx:
            await merging.on_members_merged(tx, [event])

    async with rig.db.transaction() as tx:
        await merging.on_members_merged(tx, [merged(first, second)])
        other = asyncio.create_task(hear(merged(second, MEMBER)))
        while not other.done() and not await tx.fetchval(_WAITING):  # noqa: ASYNC110  # Postgres has no event for it
            await asyncio.sleep(0.01)
    await other
    assert len(await book(rig, MEMBER)) == 3


async def test_members_who_are_two_again_have_each_their_own_orders(rig: Rig) -> None:
    """Whatever is heard first; a later order goes with the one whom a person names."""
    for order in itertools.permutations(range(2)):
        await _two_again(rig, order)


async def _two_again(rig: Rig, order: tuple[int, ...]) -> None:
    other, merge_id = str(uuid.uuid4()), str(uuid.uuid4())
    first = 1 + 3 * await _sent(rig)
    his, own, later = sale(line(), member_id=other), sale(line(), member_id=MEMBER), sale(line(), member_id=MEMBER)
    await rig.send(his, own, later, first=first)
    union = merged(other, MEMBER)
    union.merge_id = merge_id
    union.meta.business_time.GetCurrentTime()
    parted = MemberUnmerged(merge_id=merge_id, member_id=MEMBER, absorbed_member_id=other, order_ids=[later.sale_id])
    events = [union, parted]
    for place in order:
        await rig.hear(events[place])
    assert set(await book(rig, other)) == {his.sale_id, later.sale_id}
    assert own.sale_id in await book(rig, MEMBER)
    await rig.hear(union)
    assert set(await book(rig, other)) == {his.sale_id, later.sale_id}, "heard again it is over all the same"


async def _sent(rig: Rig) -> int:
    async with rig.db.read() as tx:
        return int(await tx.fetchval("SELECT count(*) / 3 FROM orders"))
