"""What nobody can send, and promises that broke: seen by who must act, and ended with money and points given back."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from omo.order.v1 import order_events_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.type.v1 import spend_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rig import CANCELLED, CONFIRMED, MEMBER, SHIP, Rig, eventually, line
from tests.service.order.sourcing_rig import (
    Sourcing,
    broken,
    decided,
    given_up,
    mended,
    pickup_rejected,
)


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def sourcing(rig: Rig) -> Sourcing:
    return Sourcing(rig)


async def test_what_nobody_has_ends_the_order_with_its_money_and_points(rig: Rig, sourcing: Sourcing) -> None:
    rig.world.points = 500
    order = await sourcing.order(("COAT", 1), spend_points=500)
    await sourcing.hear(decided(order.order_id, 2, lacking=[(1, 1)]))
    shown = await rig.get(order.order_id)
    assert (shown.state, list(shown.attention)) == (CONFIRMED, ["UNPLACED"])
    word = given_up(order.order_id, 3, lacking=[(1, 1)])
    await sourcing.hear(word)
    await sourcing.hear(word)
    ended = await rig.get(order.order_id)
    assert (ended.state, ended.reason, list(ended.attention)) == (CANCELLED, "UNFILLABLE", [])
    (told,) = await sourcing.store.events("OrderCancelled", order_events_pb2.OrderCancelled)
    assert (told.order_id, told.member_id, told.was_confirmed, told.reason) == (
        order.order_id, MEMBER, True, "UNFILLABLE",
    )  # fmt: skip

    async def voided() -> bool:
        return bool(await rig.rows("SELECT FROM order_tenders WHERE entry = 'VOIDED'"))

    await eventually(voided)
    assert [each.kind for each in ended.news] == ["UNPLACED", "GIVEN_UP"]
    assert await rig.proofs() == {}


async def test_what_a_part_is_given_up_of_goes_on_with_the_rest(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1), ("SCARF", 2))
    # the last word alone: what was decided before it is in it
    await sourcing.hear(given_up(order.order_id, 4, (2, "WH1", 2, "d1"), lacking=[(1, 1)]))
    await sourcing.hear(decided(order.order_id, 2, (2, "WH1", 2, "d1"), lacking=[(1, 1)]))
    shown = await rig.get(order.order_id)
    assert (shown.state, list(shown.attention)) == (CONFIRMED, []), "nobody has to do anything about it"
    assert [(place, state) for place, state, _ in await sourcing.tasks(order.order_id)] == [("WH1", "PLACED")]
    ready = await sourcing.store.made_ready(order.order_id, "WH1")
    await sourcing.store.step("HandOver", ready.fulfilment_id, token=rig.staff("WH1"))
    await sourcing.store.captured(ready.fulfilment_id, 2 * 990)
    assert await eventually(lambda: _let_go(rig)) == [3000], "what was secured for the coat"
    assert await rig.proofs() == {}


async def test_value_goes_back_before_money_with_what_is_given_up(rig: Rig, sourcing: Sourcing) -> None:
    credit = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_CREDIT, amount=400)
    order = await sourcing.order(("COAT", 1), ("SCARF", 2), spends=[credit])
    await sourcing.hear(given_up(order.order_id, 4, (2, "WH1", 2, "d1"), lacking=[(1, 1)]))
    (told,) = await sourcing.store.events("UnitsCancelled", order_events_pb2.UnitsCancelled)
    assert [(one.kind, one.amount) for one in told.spends_returned] == [(spend_pb2.SPEND_KIND_CREDIT, 400)]
    rows = await rig.rows("SELECT amount FROM order_tenders WHERE kind = 'STORE_CREDIT' AND entry = 'REFUNDED'")
    assert [row["amount"] for row in rows] == [400]
    ready = await sourcing.store.made_ready(order.order_id, "WH1")
    await sourcing.store.step("HandOver", ready.fulfilment_id, token=rig.staff("WH1"))
    await sourcing.store.captured(ready.fulfilment_id, 2 * 990)
    assert await eventually(lambda: _let_go(rig)) == [2600], "the coat, less what credit paid of it"
    assert await rig.proofs() == {}


async def test_what_is_given_up_after_the_rest_was_paid_is_let_go(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1), ("SCARF", 1))
    await sourcing.hear(decided(order.order_id, 2, (2, "WH1", 1, "d1"), lacking=[(1, 1)]))
    ready = await sourcing.store.made_ready(order.order_id, "WH1")
    await sourcing.store.step("HandOver", ready.fulfilment_id, token=rig.staff("WH1"))
    await sourcing.store.captured(ready.fulfilment_id, 990)
    assert not await _let_go(rig)
    await sourcing.hear(given_up(order.order_id, 3, (2, "WH1", 1, "d1"), lacking=[(1, 1)]))
    assert await eventually(lambda: _let_go(rig)) == [3000]
    assert (await rig.get(order.order_id)).state == CONFIRMED
    assert await rig.proofs() == {}


async def _let_go(rig: Rig) -> list[int]:
    return [row["amount"] for row in await rig.rows("SELECT amount FROM order_tenders WHERE entry = 'VOIDED'")]


async def test_a_store_that_was_chosen_and_cannot_asks_for_somebody(rig: Rig, sourcing: Sourcing) -> None:
    order = await rig.place(lines=[line("COAT"), line("SCARF", 1, method=SHIP, fulfilment_location_id="")])
    await sourcing.hear(pickup_rejected(order.order_id, 3, "TPE01", 1))
    shown = await rig.get(order.order_id)
    assert (shown.state, list(shown.attention)) == (CONFIRMED, ["PICKUP_REJECTED"])
    # a place for what is shipped is no answer to him
    await sourcing.hear(decided(order.order_id, 4, (2, "WH1", 1, "d1")))
    assert list((await rig.get(order.order_id)).attention) == ["PICKUP_REJECTED"]
    assert ("TPE01", "REJECTED", [(1, 0, 1)]) in await sourcing.tasks(order.order_id)
    asked = orders_pb.CancelOrderRequest(request_id="c1", order_id=order.order_id, reason="CHANGED_MIND")
    await rig.call(rig.orders.CancelOrder, asked)
    assert list((await rig.get(order.order_id)).attention) == []


async def test_a_broken_promise_is_seen_until_it_is_mended(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 2))

    async def attention() -> list[str]:
        return list((await rig.get(order.order_id)).attention)

    await sourcing.hear(mended(order.order_id, 1, 1))  # overtook what it mends
    assert await attention() == []
    await sourcing.hear(broken(order.order_id, 1, 2))
    assert await attention() == ["PROMISE_BROKEN"]
    await sourcing.hear(mended(order.order_id, 1, 1))
    assert await attention() == []
    await rig.settled()
