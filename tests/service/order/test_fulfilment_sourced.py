"""Tasks follow where inventory says that goods come from, in whatever order it is heard."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.type.v1 import unit_pb2
from services.order.fulfilment import store
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rig import CANCELLED, CONFIRMED, SHIP, Rig
from tests.service.order.sourcing_rig import (
    Sourcing,
    broken,
    decided,
    state_of,
)


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def sourcing(rig: Rig) -> Sourcing:
    return Sourcing(rig)


async def test_a_decision_opens_a_task_where_the_goods_are(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1), ("SCARF", 2), masked_name="陳○明")
    assert await sourcing.tasks(order.order_id) == []
    word = decided(order.order_id, 2, (1, "TPE02", 1, "d1"), (2, "TPE02", 2, "d1"))
    await sourcing.hear(word)
    await sourcing.hear(word)
    shown = await rig.get(order.order_id)
    (task,) = shown.fulfilments
    assert (task.location_id, state_of(task), task.decision_id, task.masked_name, task.method) == (
        "TPE02", "PLACED", "d1", "陳○明", SHIP,
    )  # fmt: skip
    assert [(each.line_no, each.sku, each.quantity) for each in task.lines] == [(1, "COAT", 1), (2, "SCARF", 2)]
    assert list(shown.attention) == []
    assert [(each.kind, each.line_no, each.location_id) for each in shown.news] == [
        ("SOURCED", 1, "TPE02"), ("SOURCED", 2, "TPE02"),
    ]  # fmt: skip
    told = await sourcing.store.events("FulfilmentChanged", order_events_pb2.FulfilmentChanged)
    assert [each.fulfilment.fulfilment_id for each in told] == [task.fulfilment_id]
    assert await rig.rows("SELECT kind FROM timers WHERE key = $1", task.fulfilment_id) == [("fulfilment.accept_sla",)]
    found = await rig.call(rig.orders.GetOrder, orders_pb.GetOrderRequest(order_id=order.order_id), rig.staff("TPE02"))
    assert found.order.order_id == order.order_id, "who is to send it may see it"
    await rig.settled()


async def test_a_line_is_split_over_places_each_with_its_units_and_its_money(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("SCARF", 5))
    await sourcing.hear(decided(order.order_id, 2, (1, "TPE01", 3, "d1"), (1, "WH1", 2, "d1")))
    assert await sourcing.tasks(order.order_id) == [
        ("TPE01", "PLACED", [(1, 0, 3)]), ("WH1", "PLACED", [(1, 3, 2)]),
    ]  # fmt: skip
    rows = await rig.rows("SELECT location_id, amount FROM fulfilments ORDER BY location_id")
    assert [tuple(row) for row in rows] == [("TPE01", 3 * 990), ("WH1", 2 * 990)]
    ready = await sourcing.store.made_ready(order.order_id, "WH1")
    await sourcing.store.step("HandOver", ready.fulfilment_id, token=rig.staff("WH1"))
    await sourcing.store.captured(ready.fulfilment_id, 2 * 990)
    (told,) = await sourcing.store.events("UnitsHandedOver", order_events_pb2.UnitsHandedOver)
    assert [(each.unit.first, each.unit.last, each.quantity) for each in told.lines] == [(3, 4, 2)]
    every = unit_pb2.UnitRef(order_id=order.order_id, line_no=1, first=0, last=4)
    asked = orders_pb.DescribeUnitsRequest(units=[every])
    units = (await rig.call(rig.orders.DescribeUnits, asked, rig.hq())).units
    states = [each.fulfilment_state for each in units for _ in range(each.unit.first, each.unit.last + 1)]
    placed, handed_over = order_pb2.FULFILMENT_STATE_PLACED, order_pb2.FULFILMENT_STATE_HANDED_OVER
    assert states == [placed] * 3 + [handed_over] * 2
    await rig.settled()


async def test_a_rejected_part_is_opened_elsewhere(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1), ("SCARF", 2))
    await sourcing.hear(decided(order.order_id, 2, (1, "TPE01", 1, "d1"), (2, "WH1", 2, "d1")))
    mine = await sourcing.store.fulfilment_id(order.order_id)
    rejected = await sourcing.store.step("Reject", mine, reason="NOT_IN_STOCK")
    assert await sourcing.store.step("Reject", mine, reason="NOT_IN_STOCK") == rejected
    (told,) = await sourcing.store.events("FulfilmentRejected", order_events_pb2.FulfilmentRejected)
    assert (told.order_id, told.fulfilment_id, told.location_id, told.decision_id, told.reason) == (
        order.order_id, mine, "TPE01", "d1", "NOT_IN_STOCK",
    )  # fmt: skip
    assert [(each.line_no, each.quantity) for each in told.lines] == [(1, 1)]
    assert (await rig.get(order.order_id)).state == CONFIRMED
    # decided before inventory heard of the rejection: nothing is opened there again
    await sourcing.hear(decided(order.order_id, 3, (1, "TPE01", 1, "d1"), (2, "WH1", 2, "d1")))
    await sourcing.hear(decided(order.order_id, 5, (2, "WH1", 2, "d1"), (1, "TPE02", 1, "d2")))
    assert await sourcing.tasks(order.order_id) == [
        ("TPE01", "REJECTED", [(1, 0, 1)]), ("TPE02", "PLACED", [(1, 0, 1)]), ("WH1", "PLACED", [(2, 0, 2)]),
    ]  # fmt: skip
    kinds = [(each.kind, each.location_id, each.reason) for each in (await rig.get(order.order_id)).news]
    assert ("REJECTED", "TPE01", "NOT_IN_STOCK") in kinds
    assert ("SOURCED", "TPE02", "") in kinds
    # asked again after its time of peace: another decision, another task
    await sourcing.store.step(
        "Reject",
        await sourcing.store.fulfilment_id(order.order_id, "TPE02"),
        token=rig.staff("TPE02"),
        reason="DAMAGED",
    )
    await sourcing.hear(decided(order.order_id, 7, (2, "WH1", 2, "d1"), (1, "TPE01", 1, "d3")))
    states = [(place, state) for place, state, _ in await sourcing.tasks(order.order_id)]
    assert states.count(("TPE01", "PLACED")) == 1
    await rig.settled()


async def test_what_sourcing_takes_from_a_place_ends_there(rig: Rig, sourcing: Sourcing) -> None:
    """Headquarters rejected it past the store's own task."""
    order = await sourcing.order(("COAT", 1))
    await sourcing.hear(decided(order.order_id, 2, (1, "TPE01", 1, "d1")))
    await sourcing.hear(decided(order.order_id, 4, (1, "WH1", 1, "d2")))
    assert [(place, state) for place, state, _ in await sourcing.tasks(order.order_id)] == [
        ("TPE01", "CANCELLED"), ("WH1", "PLACED"),
    ]  # fmt: skip
    assert [each.reason for each in (await rig.get(order.order_id)).fulfilments] == ["SOURCED_ELSEWHERE", ""]
    await rig.settled()


async def test_what_sourcing_takes_of_a_part_leaves_the_rest_there(rig: Rig, sourcing: Sourcing) -> None:
    """Headquarters rejected one line of it."""
    order = await sourcing.order(("COAT", 1), ("SCARF", 3))
    await sourcing.hear(decided(order.order_id, 2, (1, "TPE01", 1, "d1"), (2, "TPE01", 3, "d1")))
    task = await sourcing.store.fulfilment_id(order.order_id)
    await sourcing.store.step("Accept", task)
    await sourcing.hear(decided(order.order_id, 4, (2, "TPE01", 3, "d1"), (1, "WH1", 1, "d2")))
    assert await sourcing.tasks(order.order_id) == [("TPE01", "ACCEPTED", [(2, 0, 3)]), ("WH1", "PLACED", [(1, 0, 1)])]
    every = await sourcing.store.events("FulfilmentChanged", order_events_pb2.FulfilmentChanged)
    told = max((one for one in every if one.fulfilment.location_id == "TPE01"), key=lambda one: one.meta.sequence)
    assert [(each.line_no, each.quantity) for each in told.fulfilment.lines] == [(2, 3)]
    rows = await rig.rows("SELECT location_id, amount FROM fulfilments ORDER BY location_id")
    assert [tuple(row) for row in rows] == [("TPE01", 3 * 990), ("WH1", 3000)]
    await rig.settled()


@pytest.mark.parametrize("order_of_hearing", list(itertools.permutations(range(3))))
async def test_the_order_of_hearing_is_lost(rig: Rig, sourcing: Sourcing, order_of_hearing: tuple[int, ...]) -> None:
    order = await sourcing.order(("SCARF", 4))
    said = [
        decided(order.order_id, 2, (1, "TPE01", 2, "d1"), lacking=[(1, 2)]),
        decided(order.order_id, 3, (1, "TPE01", 2, "d1"), (1, "WH1", 2, "d2")),
        broken(order.order_id, 1, 1),
    ]
    for number in order_of_hearing:
        await sourcing.hear(said[number])
    await sourcing.hear(*said)
    live = [(place, units) for place, state, units in await sourcing.tasks(order.order_id) if state == "PLACED"]
    assert sorted((place, sum(each[2] for each in units)) for place, units in live) == [("TPE01", 2), ("WH1", 2)]
    shown = await rig.get(order.order_id)
    assert list(shown.attention) == []
    assert sorted(each.kind for each in shown.news) == ["PROMISE_BROKEN", "SOURCED", "SOURCED", "UNPLACED"]
    await rig.settled()


async def test_what_is_heard_of_a_cancelled_order_opens_nothing(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1))
    asked = orders_pb.CancelOrderRequest(request_id="c1", order_id=order.order_id, reason="CHANGED_MIND")
    await rig.call(rig.orders.CancelOrder, asked)
    await sourcing.hear(decided(order.order_id, 2, (1, "TPE01", 1, "d1")))
    await sourcing.hear(decided("0197a000-0000-7000-8000-00000000dead", 2, (1, "TPE01", 1, "d1")))
    for stranger in ("", "transfer:7:1"):
        await sourcing.hear(broken(stranger, 1, 1))
    assert await sourcing.tasks(order.order_id) == []
    assert (await rig.get(order.order_id)).state == CANCELLED


async def test_a_part_of_an_order_that_was_handed_over_is_not_sent_twice(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1))
    await sourcing.hear(decided(order.order_id, 2, (1, "WH1", 1, "d1")))
    ready = await sourcing.store.made_ready(order.order_id, "WH1")
    await sourcing.store.step("HandOver", ready.fulfilment_id, token=rig.staff("WH1"))
    await sourcing.hear(decided(order.order_id, 4, (1, "TPE01", 1, "d2")))
    assert [(place, state) for place, state, _ in await sourcing.tasks(order.order_id)] == [("WH1", "HANDED_OVER")]
    await sourcing.store.captured(ready.fulfilment_id, 3000)
    await rig.settled()


async def test_a_rejection_excuses_a_gap_only_until_the_next_word(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("SCARF", 2))
    await sourcing.hear(decided(order.order_id, 2, (1, "TPE01", 2, "d1")))
    await sourcing.store.step("Reject", await sourcing.store.fulfilment_id(order.order_id), reason="DAMAGED")
    assert await rig.proofs() == {}, "inventory has not answered yet"
    # its answer forgets a unit
    await sourcing.hear(decided(order.order_id, 4, (1, "WH1", 1, "d2")))
    assert set(await rig.proofs()) == {"fulfilment.sourced_orders_have_tasks"}
    await sourcing.hear(decided(order.order_id, 5, (1, "WH1", 1, "d2"), (1, "TPE02", 1, "d3")))
    assert await rig.proofs() == {}


async def test_heads_are_locked_in_the_order_of_their_codes(rig: Rig, sourcing: Sourcing) -> None:
    """A refused capture at WH1 holds back a part at TPE01; whoever has TPE01 can still take WH1."""
    order = await sourcing.order(("SCARF", 2), instrument="sim_no_capture")
    await sourcing.hear(decided(order.order_id, 2, (1, "TPE01", 1, "d1"), (1, "WH1", 1, "d1")))
    ready = await sourcing.store.made_ready(order.order_id, "WH1")
    async with rig.db.transaction() as tx:
        await store.lock_heads(tx, ["TPE01"])
        await sourcing.store.step("HandOver", ready.fulfilment_id, token=rig.staff("WH1"))

        async def waits() -> bool:
            blocked = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            return bool(await rig.rows(blocked))

        await rigs.eventually(waits)
        await tx.execute("SELECT FROM fulfilment_heads WHERE location_id = 'WH1' FOR UPDATE NOWAIT")
        await store.lock_heads(tx, ["NEW01", "NEW02"])
        heads = await tx.fetch("SELECT location_id, version FROM fulfilment_heads WHERE location_id LIKE 'NEW%'")
        assert sorted(map(tuple, heads)) == [("NEW01", 0), ("NEW02", 0)]

    async def held() -> bool:
        return bool(await rig.rows("SELECT FROM fulfilments WHERE state = 'ON_HOLD'"))

    await rigs.eventually(held)


async def test_proofs_see_units_that_two_places_send(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("SCARF", 2))
    await sourcing.hear(decided(order.order_id, 2, (1, "TPE01", 1, "d1"), (1, "WH1", 1, "d1")))
    assert await rig.proofs() == {}
    await rig.rows("UPDATE fulfilment_lines SET first_unit = 0")
    assert "fulfilment.units_are_served_once" in await rig.proofs()
    await rig.rows("UPDATE fulfilment_lines SET quantity = 3")
    found: dict[str, Any] = await rig.proofs()
    assert {"fulfilment.amounts_are_their_units", "fulfilment.sourced_orders_have_tasks"} <= set(found)
