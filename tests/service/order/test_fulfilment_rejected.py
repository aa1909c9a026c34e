"""Headquarters reject what a location was asked for: order knows how far it is, so order decides, and tells it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.order.v1 import fulfilment_service_pb2 as pb
from omo.order.v1 import order_events_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rig import CONFIRMED, Rig, line
from tests.service.order.sourcing_rig import Sourcing, decided, pickup_rejected, state_of


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def sourcing(rig: Rig) -> Sourcing:
    return Sourcing(rig)


async def reject(rig: Rig, order_id: str, place: str, *line_nos: int, key: str = "r1", token: str = "") -> list[Any]:
    asked = pb.RejectLinesRequest(
        request_id=key, order_id=order_id, location_id=place, line_nos=line_nos, reason="NOT_IN_STOCK"
    )
    stub = Sourcing(rig).store.stub
    return list((await rig.call(stub.RejectLines, asked, token or rig.hq())).fulfilments)


async def refused(call: Any) -> str:
    with pytest.raises(Fault) as no:
        await call
    return no.value.reason


async def told(sourcing: Sourcing) -> list[tuple[str, list[int], bool]]:
    events = await sourcing.store.events("FulfilmentRejected", order_events_pb2.FulfilmentRejected)
    return [(each.location_id, [one.line_no for one in each.lines], each.partly) for each in events]


async def test_headquarters_reject_before_ready_only(rig: Rig, sourcing: Sourcing) -> None:
    """Who was told to come, and has a PIN, is not refused behind his back: that would be a cancellation."""
    order = await rig.place(lines=[line("COAT"), line("SCARF", 2)])
    await sourcing.store.made_ready(order.order_id)
    for line_nos in ((), (1,), (2,)):
        assert await refused(reject(rig, order.order_id, "TPE01", *line_nos)) == "TRANSITION_REFUSED"
    assert await told(sourcing) == []
    shipped = await sourcing.order(("COAT", 1))
    await sourcing.hear(decided(shipped.order_id, 2, (1, "WH1", 1, "d1")))
    await sourcing.store.made_ready(shipped.order_id, "WH1")
    assert await refused(reject(rig, shipped.order_id, "WH1")) == "TRANSITION_REFUSED"
    assert await refused(reject(rig, shipped.order_id, "TPE01")) == "NOT_FOUND"
    assert await refused(reject(rig, shipped.order_id, "WH1", 7)) == "NOT_FOUND"
    assert await refused(reject(rig, shipped.order_id, "WH1", token=rig.staff("WH1"))) == "PERMISSION_DENIED"
    assert await told(sourcing) == []
    await rig.settled()


async def test_ready_and_a_no_at_once_are_one_of_the_two(rig: Rig, sourcing: Sourcing) -> None:
    for turn in range(4):
        order = await rig.place(lines=[line("COAT")], request_id=f"o{turn}")
        task = await sourcing.store.put_into(order.order_id, "PICKING")
        ready, no = await asyncio.gather(
            sourcing.store.step("Ready", task),
            reject(rig, order.order_id, "TPE01", key=f"r{turn}"),
            return_exceptions=True,
        )
        assert isinstance(ready, Fault) != isinstance(no, Fault)
        state = "READY" if isinstance(no, Fault) else "REJECTED"
        assert [state for _, state, _ in await sourcing.tasks(order.order_id)] == [state]
    await rig.settled()


async def test_of_a_task_only_the_lines_that_are_named_are_rejected(rig: Rig, sourcing: Sourcing) -> None:
    order = await rig.place(lines=[line("COAT"), line("SCARF", 2)])
    (rest,) = await reject(rig, order.order_id, "TPE01", 1)
    assert [(one.line_no, one.quantity) for one in rest.lines] == [(2, 2)]
    assert await reject(rig, order.order_id, "TPE01", 1) == [rest], "asked again"
    assert await refused(reject(rig, order.order_id, "TPE01", 1, key="r2")) == "NOT_FOUND"
    (gone,) = await reject(rig, order.order_id, "TPE01", key="r3")
    assert state_of(gone) == "REJECTED"
    assert await told(sourcing) == [("TPE01", [1], True), ("TPE01", [2], False)]
    # inventory's answer says the same once more, and that somebody must ask the shopper
    for version, line_no in ((2, 1), (3, 2)):
        await sourcing.hear(pickup_rejected(order.order_id, version, "TPE01", line_no))
    shown = await rig.get(order.order_id)
    assert (shown.state, list(shown.attention)) == (CONFIRMED, ["PICKUP_REJECTED"])
    assert [(each.kind, each.line_no) for each in shown.news if each.kind == "REJECTED"] == [
        ("REJECTED", 1), ("REJECTED", 2),
    ]  # fmt: skip
    await rig.settled()


async def test_shipped_lines_that_are_rejected_are_opened_elsewhere(rig: Rig, sourcing: Sourcing) -> None:
    order = await sourcing.order(("COAT", 1), ("SCARF", 2))
    await sourcing.hear(decided(order.order_id, 2, (1, "WH1", 1, "d1"), (2, "WH1", 2, "d1")))
    await reject(rig, order.order_id, "WH1", 2)
    # decided before inventory heard of it: nothing grows
    await sourcing.hear(decided(order.order_id, 3, (1, "WH1", 1, "d1"), (2, "WH1", 2, "d1")))
    await sourcing.hear(decided(order.order_id, 4, (1, "WH1", 1, "d1"), (2, "TPE02", 2, "d2")))
    assert await sourcing.tasks(order.order_id) == [
        ("TPE02", "PLACED", [(2, 0, 2)]), ("WH1", "PLACED", [(1, 0, 1)]),
    ]  # fmt: skip
    await rig.settled()
