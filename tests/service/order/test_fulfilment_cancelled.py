"""Units that nobody will hand over: told once with all they are worth, served to nobody, their money let go in time."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.type.v1 import unit_pb2
from services.order.reference import reactions
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order import rig as rigs
from tests.service.order.rig import CANCELLED, CONFIRMED, MEMBER, SHIP, Rig, eventually, line
from tests.service.order.sourcing_rig import Sourcing, decided, given_up, pickup_rejected, state_of

HANDED_OVER, GONE = order_pb2.FULFILMENT_STATE_HANDED_OVER, order_pb2.FULFILMENT_STATE_CANCELLED


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def sourcing(rig: Rig) -> Sourcing:
    return Sourcing(rig)


async def let_go(rig: Rig) -> list[int]:
    return [row["amount"] for row in await rig.rows("SELECT amount FROM order_tenders WHERE entry = 'VOIDED'")]


async def told(sourcing: Sourcing) -> list[Any]:
    return await sourcing.store.events("UnitsCancelled", order_events_pb2.UnitsCancelled)


async def cancel(rig: Rig, order_id: str, request_id: str = "c1") -> order_pb2.Order:
    asked = orders_pb.CancelOrderRequest(request_id=request_id, order_id=order_id, reason="CHANGED_MIND")
    return (await rig.call(rig.orders.CancelOrder, asked)).order  # type: ignore[no-any-return]


async def test_what_is_looked_for_elsewhere_keeps_its_money(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1), ("SCARF", 2))
    both = [(2, "TPE01", 1, "d1"), (2, "WH1", 1, "d1")]
    await sourcing.hear(decided(order.order_id, 2, *both, lacking=[(1, 1)]))
    await sourcing.store.step("Reject", await sourcing.store.fulfilment_id(order.order_id), reason="DAMAGED")
    # inventory gave up the coat before it heard of the rejection
    await sourcing.hear(given_up(order.order_id, 3, *both, lacking=[(1, 1)]))
    await sourcing.sent(order.order_id, "WH1", 990)
    assert not await rig.rows("SELECT FROM timers WHERE kind = 'payment.let_go'")
    assert not await let_go(rig)
    await sourcing.hear(decided(order.order_id, 5, (2, "WH1", 1, "d1"), (2, "TPE02", 1, "d2")))
    await sourcing.sent(order.order_id, "TPE02", 990)
    assert await eventually(lambda: let_go(rig)) == [3000], "what was secured for the coat alone"
    assert await rig.proofs() == {}


async def test_goods_are_not_paid_by_money_that_was_let_go(rig: Rig) -> None:
    order = await rig.place()
    await rig.parts.payments.give_back(order.order_id)
    assert not await rig.parts.payments.capture(order.order_id, "f1", 3000)
    (row,) = await rig.rows("SELECT amount, code FROM order_tenders WHERE entry = 'CAPTURE_FAILED'")
    assert tuple(row) == (3000, "voided")


async def test_given_up_units_are_told_once_with_all_they_are_worth(rig: Rig, sourcing: Sourcing) -> None:
    rig.world.points = 500
    order = await sourcing.order(("SCARF", 4), ("COAT", 1), spend_points=500)
    rest = [(1, "WH1", 2, "d1"), (2, "WH1", 1, "d1")]
    word = given_up(order.order_id, 4, *rest, lacking=[(1, 2)])
    await sourcing.hear(word)
    again = given_up(order.order_id, 4, *rest, lacking=[(1, 2)])
    await sourcing.hear(word, again)
    (event,) = await told(sourcing)
    assert (event.order_id, event.member_id, event.reason) == (order.order_id, MEMBER, "UNFILLABLE")
    assert event.meta.sequence > order.version
    (part,) = event.lines
    assert (part.unit.line_no, part.unit.first, part.unit.last, part.sku, part.quantity) == (1, 2, 3, "SCARF", 2)
    shown = await rig.get(order.order_id)
    runs = {unit: run for run in shown.lines[0].units for unit in range(run.first, run.last + 1)}
    assert part.net_total == runs[2].net_amount + runs[3].net_amount
    assert part.earn_base == part.net_total - runs[2].points_amount - runs[3].points_amount
    assert part.points_returned == runs[2].points_amount + runs[3].points_amount
    (gone,) = shown.lines[0].cancelled_units
    assert (gone.first, gone.last, gone.quantity, gone.reason) == (2, 3, 2, "UNFILLABLE")
    assert not shown.lines[1].cancelled_units
    # nobody sends them any more, whatever is said
    await sourcing.hear(decided(order.order_id, 6, *rest, (1, "TPE01", 2, "d2")))
    assert await sourcing.tasks(order.order_id) == [("WH1", "PLACED", [(1, 0, 2), (2, 0, 1)])]
    every = unit_pb2.UnitRef(order_id=order.order_id, line_no=1, first=0, last=3)
    units = (await rig.call(rig.orders.DescribeUnits, orders_pb.DescribeUnitsRequest(units=[every]), rig.hq())).units
    assert [each.fulfilment_state for each in units if each.unit.first >= 2] == [GONE] * (len(units) // 2)
    amount = order.totals.grand_total.minor_units - part.net_total + part.points_returned
    await sourcing.sent(order.order_id, "WH1", amount)
    assert await eventually(lambda: let_go(rig)) == [part.net_total - part.points_returned]
    assert len(await told(sourcing)) == 1
    assert await rig.proofs() == {}


async def test_what_was_given_up_before_the_last_word_is_cancelled_too(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 2), ("SCARF", 1))
    await sourcing.hear(decided(order.order_id, 5, (1, "WH1", 1, "d1"), (2, "TPE01", 1, "d2")))
    await sourcing.hear(given_up(order.order_id, 3, (1, "WH1", 1, "d1"), (2, "WH1", 1, "d1"), lacking=[(1, 1)]))
    (event,) = await told(sourcing)
    assert [(each.unit.line_no, each.unit.first, each.unit.last) for each in event.lines] == [(1, 1, 1)]
    assert sorted(place for place, state, _ in await sourcing.tasks(order.order_id) if state == "PLACED") == [
        "TPE01", "WH1",
    ]  # fmt: skip
    assert await rig.proofs() == {}


async def test_an_order_of_which_nothing_is_left_ends_whole(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1), ("SCARF", 1))
    await sourcing.hear(given_up(order.order_id, 3, (2, "WH1", 1, "d1"), lacking=[(1, 1)]))
    await sourcing.hear(given_up(order.order_id, 5, lacking=[(1, 1), (2, 1)]))
    assert (await rig.get(order.order_id)).state == CANCELLED
    assert len(await told(sourcing)) == 1
    assert await eventually(lambda: let_go(rig)) == [3990]
    assert await rig.proofs() == {}


async def test_words_heard_together_end_an_order_once(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1), ("SCARF", 1))
    first = given_up(order.order_id, 3, (2, "WH1", 1, "d1"), lacking=[(1, 1)])
    await sourcing.hear(first, given_up(order.order_id, 5, lacking=[(1, 1), (2, 1)]))
    assert (await rig.get(order.order_id)).state == CANCELLED
    assert await told(sourcing) == []
    assert await eventually(lambda: let_go(rig)) == [3990]
    assert await rig.proofs() == {}


async def test_money_is_let_go_when_a_refused_capture_succeeds(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1), ("SCARF", 1), instrument="sim_no_capture")
    await sourcing.hear(given_up(order.order_id, 3, (2, "WH1", 1, "d1"), lacking=[(1, 1)]))
    part = await sourcing.sent(order.order_id, "WH1")

    async def refused() -> bool:
        return bool(await rig.rows("SELECT FROM fulfilments WHERE capture = 'FAILED'"))

    await eventually(refused)
    rig.book._db.execute("UPDATE payments SET instrument = 'sim_ok'")
    rig.clock.advance(hours=2)
    await sourcing.store.captured(part, 990)
    assert await eventually(lambda: let_go(rig)) == [3000]
    assert await rig.proofs() == {}


async def test_money_is_let_go_when_what_comes_costs_nothing(rig: Rig, sourcing: Sourcing) -> None:
    async with rig.db.transaction() as tx:
        await reactions.on_price_list_changed(tx, [brand.priced("SCARF", 0, 99)])
    order = await sourcing.order(("COAT", 1), ("SCARF", 1))
    await sourcing.hear(given_up(order.order_id, 3, (2, "WH1", 1, "d1"), lacking=[(1, 1)]))
    await sourcing.sent(order.order_id, "WH1")
    assert await eventually(lambda: let_go(rig)) == [3000]
    assert await rig.proofs() == {}


async def test_money_is_let_go_when_the_word_itself_ends_the_last_open_part(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1), ("SCARF", 1))
    await sourcing.hear(decided(order.order_id, 2, (1, "TPE01", 1, "d1"), (2, "WH1", 1, "d1")))
    await sourcing.sent(order.order_id, "WH1", 990)
    await sourcing.hear(given_up(order.order_id, 4, (2, "WH1", 1, "d1"), lacking=[(1, 1)]))
    assert await eventually(lambda: let_go(rig)) == [3000]
    assert await rig.proofs() == {}


async def partly_collected(rig: Rig, sourcing: Sourcing) -> order_pb2.Order:
    """The scarf is with the shopper, the coat waits in the store that he chose."""
    order = await rig.place(lines=[line("COAT"), line("SCARF", 1, method=SHIP, fulfilment_location_id="")])
    await sourcing.hear(decided(order.order_id, 2, (2, "WH1", 1, "d1")))
    await sourcing.sent(order.order_id, "WH1", 990)
    return order


async def test_a_store_rejects_what_is_left_of_an_order(rig: Rig, sourcing: Sourcing) -> None:
    order = await partly_collected(rig, sourcing)
    task = await sourcing.store.fulfilment_id(order.order_id)
    rejected = await sourcing.store.step("Reject", task, reason="DAMAGED")
    assert state_of(rejected) == "REJECTED"
    assert await sourcing.store.step("Reject", task, reason="DAMAGED") == rejected
    shown = await rig.get(order.order_id)
    assert (shown.state, list(shown.attention)) == (CONFIRMED, [])
    assert [[each.reason for each in one.cancelled_units] for one in shown.lines] == [["DAMAGED"], []]
    assert [(one.kind, one.line_no, one.location_id, one.reason) for one in shown.news][-2:] == [
        ("REJECTED", 1, "TPE01", "DAMAGED"), ("CANCELLED", 1, "", "DAMAGED"),
    ]  # fmt: skip
    assert [len(each.lines) for each in await told(sourcing)] == [1]
    assert await eventually(lambda: let_go(rig)) == [3000]
    assert await rig.proofs() == {}


async def test_cancelling_takes_what_is_not_handed_over(rig: Rig, sourcing: Sourcing) -> None:
    order = await partly_collected(rig, sourcing)
    await sourcing.hear(pickup_rejected(order.order_id, 4, "TPE01", 1))
    assert list((await rig.get(order.order_id)).attention) == ["PICKUP_REJECTED"]
    answer = await cancel(rig, order.order_id)
    assert (answer.state, [len(each.cancelled_units) for each in answer.lines]) == (CONFIRMED, [1, 0])
    assert await cancel(rig, order.order_id) == answer
    assert (await cancel(rig, order.order_id, "c2")).version == answer.version, "there was nothing left to cancel"
    (event,) = await told(sourcing)
    assert (event.reason, [each.sku for each in event.lines]) == ("CHANGED_MIND", ["COAT"])
    newest = (await rig.get(order.order_id)).news[-1]
    assert (newest.kind, newest.line_no, newest.quantity, newest.reason) == ("CANCELLED", 1, 1, "CHANGED_MIND")
    assert await eventually(lambda: let_go(rig)) == [3000]
    assert {state_of(each) for each in (await rig.get(order.order_id)).fulfilments} == {"REJECTED", "HANDED_OVER"}
    assert await rig.proofs() == {}


async def test_cancelling_ends_open_tasks_of_an_order_that_is_partly_there(rig: Rig, sourcing: Sourcing) -> None:
    order = await partly_collected(rig, sourcing)
    await cancel(rig, order.order_id)
    states = {place: state for place, state, _ in await sourcing.tasks(order.order_id)}
    assert states == {"TPE01": "CANCELLED", "WH1": "HANDED_OVER"}
    assert await eventually(lambda: let_go(rig)) == [3000]
    assert await rig.proofs() == {}


async def test_proofs_see_cancelled_units_that_somebody_has_and_money_that_is_kept(
    rig: Rig, sourcing: Sourcing
) -> None:
    order = await sourcing.order(("COAT", 1), ("SCARF", 2))
    await sourcing.hear(decided(order.order_id, 3, (2, "WH1", 2, "d1"), lacking=[(1, 1)]))
    await sourcing.sent(order.order_id, "WH1", 2 * 990)
    assert await rig.proofs() == {}
    behind = """
    INSERT INTO cancelled_units (order_id, line_no, first_unit, last_unit, quantity, net_total, earn_base,
        points_returned, reason, business_time)
    VALUES ($1, $2, 0, 0, 1, 0, 0, 0, '', now())
    """
    await rig.rows(behind, order.order_id, 1)
    assert set(await rig.proofs()) == {"fulfilment.nothing_is_kept_for_cancelled_units"}
    await rig.rows(behind, order.order_id, 2)
    assert "fulfilment.cancelled_units_are_nobodys" in await rig.proofs()
