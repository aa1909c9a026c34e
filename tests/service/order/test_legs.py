"""Collected where it was not: another place sends it, reserved all the way, and what does not come is cancelled."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from kit import faultpoints
from omo.order.v1 import leg_service_pb2 as pb
from omo.order.v1 import leg_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import pickup_events_pb2 as events
from omo.type.v1 import trade_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rerouting_rig import OPTION, Asked
from tests.service.order.rig import CANCELLED, OTHER, Rig
from tests.service.order.sourcing_rig import Sourcing, decided, state_of

HERE = order_pb2.Delivery(collect_location_id="TPE01")
COLLECT = trade_pb2.FULFILMENT_METHOD_COLLECT


@dataclass(slots=True)
class Van:
    """Between the warehouse and the store."""

    rig: Rig
    sourcing: Sourcing

    async def do(self, verb: str, place: str, **given: Any) -> Any:
        request = getattr(pb, f"{verb}Request")(**given)
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid.uuid4())
        method = getattr(rpc.LegServiceStub(self.rig.channel), verb)
        return await self.rig.call(method, request, self.sourcing.store.adviser(place))

    async def sent(self, *goods: tuple[str, int]) -> tuple[str, str]:
        """An order whose goods the warehouse has; its task there."""
        order = await self.sourcing.order(*goods, delivery=HERE)
        lines = [(number, "WH1", many, "d1") for number, (_, many) in enumerate(goods, 1)]
        await self.sourcing.hear(decided(order.order_id, 2, *lines))
        return order.order_id, await self.sourcing.store.fulfilment_id(order.order_id, "WH1")

    async def left(self, *goods: tuple[str, int]) -> tuple[str, str]:
        order_id, task = await self.sent(*goods)
        for verb in ("Accept", "Pick"):
            await self.sourcing.store.step(verb, task, token=self.sourcing.store.adviser("WH1"))
        await self.do("DispatchLeg", "WH1", fulfilment_id=task)
        return order_id, task

    async def incoming(self) -> list[tuple[str, int, str]]:
        found = (await self.do("ListIncoming", "TPE01", location_id="TPE01")).legs
        return [(one.fulfilment_id, one.state, _short(one.task_state)) for one in found]

    async def moved(self) -> list[events.UnitsMoved]:
        return await self.sourcing.store.events("UnitsMoved", events.UnitsMoved)


def _short(state: int) -> str:
    return order_pb2.FulfilmentState.Name(state).removeprefix("FULFILMENT_STATE_")  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def van(rig: Rig) -> Van:
    return Van(rig, Sourcing(rig))


async def test_what_a_store_has_not_is_sent_there_and_collected(rig: Rig, van: Van) -> None:
    order_id, task = await van.sent(("COAT", 1), ("SCARF", 2))
    assert await van.incoming() == [(task, pb.LEG_STATE_OPEN, "PLACED")]
    store, source = van.sourcing.store, van.sourcing.store.adviser("WH1")
    assert (await store.step("Accept", task, token=source)).to_location_id == "TPE01"
    await store.step("Pick", task, token=source)
    for verb in ("Ready", "HandOver"):
        assert (await rig.fault(store.step(verb, task, token=source))).reason == "TRANSITION_REFUSED"
    key = str(uuid.uuid4())
    left = await van.do("DispatchLeg", "WH1", fulfilment_id=task, request_id=key)
    assert left == await van.do("DispatchLeg", "WH1", fulfilment_id=task, request_id=key)
    assert (await van.do("DispatchLeg", "WH1", fulfilment_id=task)).leg.left_time == left.leg.left_time
    assert await van.incoming() == [(task, pb.LEG_STATE_IN_TRANSIT, "IN_TRANSIT")]
    came = await van.do("ReceiveLeg", "TPE01", fulfilment_id=task)
    own = came.fulfilment
    assert (_short(own.state), own.location_id, own.method, len(own.lines)) == ("ARRIVED", "TPE01", COLLECT, 2)
    assert (await van.do("ReceiveLeg", "TPE01", fulfilment_id=task)).fulfilment == own
    assert await van.incoming() == []
    ready = await store.step("Ready", own.fulfilment_id)
    assert (await store.hand_over(ready.fulfilment_id, await store.pin(order_id))).handed_over_by_staff_code == "A102"
    await store.captured(own.fulfilment_id, 3000 + 2 * 990)
    shown = await rig.get(order_id)
    assert {one.location_id: (state_of(one), one.reason) for one in shown.fulfilments} == {
        "WH1": ("CANCELLED", "AT_THE_STORE"), "TPE01": ("HANDED_OVER", ""),
    }  # fmt: skip
    told = await van.moved()
    assert [(one.HasField("arrive_time"), len(one.lines), one.leg_id) for one in told] == [
        (False, 2, task), (True, 2, task),
    ]  # fmt: skip
    (handed,) = await store.events("UnitsHandedOver", order_events_pb2.UnitsHandedOver)
    assert (handed.location_id, handed.method) == ("TPE01", COLLECT)
    facts = (await store.events("OrderConfirmed", order_events_pb2.OrderConfirmed))[0].facts
    assert facts.shipping.collect_location_id == "TPE01"
    # sourcing's word once more opens nothing twice
    await van.sourcing.hear(decided(order_id, 3, (1, "WH1", 1, "d1"), (2, "WH1", 2, "d1")))
    assert len((await rig.get(order_id)).fulfilments) == 2
    await rig.settled()


async def test_what_does_not_come_is_cancelled_and_the_rest_collected(rig: Rig, van: Van) -> None:
    order_id, task = await van.left(("COAT", 1), ("SCARF", 3))
    short = [
        pb.ShortUnits(line_no=1, quantity=1, reason="DAMAGED"),
        pb.ShortUnits(line_no=2, quantity=2, reason="LOST"),
    ]
    own = (await van.do("ReceiveLeg", "TPE01", fulfilment_id=task, short=short)).fulfilment
    assert [(one.line_no, one.first_unit, one.quantity) for one in own.lines] == [(2, 0, 1)]
    told = (await van.moved())[-1]
    assert [(one.sku, one.unit.first, one.unit.last, one.lost) for one in told.lines] == [
        ("SCARF", 0, 0, False), ("COAT", 0, 0, True), ("SCARF", 1, 2, True),
    ]  # fmt: skip
    store = van.sourcing.store
    await store.step("Ready", own.fulfilment_id)
    await store.hand_over(own.fulfilment_id, await store.pin(order_id))
    await store.captured(own.fulfilment_id, 990)

    async def voided() -> bool:
        return bool(await rig.rows("SELECT FROM order_tenders WHERE entry = 'VOIDED' AND amount = 4980"))

    await rigs.eventually(voided)
    shown = await rig.get(order_id)
    assert [[(one.first, one.last, one.reason) for one in each.cancelled_units] for each in shown.lines] == [
        [(0, 0, "DAMAGED")], [(1, 2, "OTHER")],
    ]  # fmt: skip
    await rig.settled()


async def test_a_step_that_died_is_whole_after_it_is_asked_again(
    rig: Rig, van: Van, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: faultpoints.arm(""))
    order_id, task = await van.sent(("SCARF", 2))
    for verb in ("Accept", "Pick"):
        await van.sourcing.store.step(verb, task, token=van.sourcing.store.adviser("WH1"))
    for verb, place, word in (("DispatchLeg", "WH1", "left"), ("ReceiveLeg", "TPE01", "arrived")):
        key = str(uuid.uuid4())
        for point in ("before", "after"):
            faultpoints.arm(f"pickups.{point}_leg_{word}=raise")
            await rig.fault(van.do(verb, place, fulfilment_id=task, request_id=key))
        faultpoints.arm("")
        await van.do(verb, place, fulfilment_id=task, request_id=key)
    assert [one.HasField("arrive_time") for one in await van.moved()] == [False, True]
    assert sorted(state_of(one) for one in (await rig.get(order_id)).fulfilments) == ["ARRIVED", "CANCELLED"]
    await rig.settled()


async def test_nothing_came_at_all(rig: Rig, van: Van) -> None:
    order_id, task = await van.left(("COAT", 2))
    short = [pb.ShortUnits(line_no=1, quantity=2, reason="DAMAGED")]
    answer = await van.do("ReceiveLeg", "TPE01", fulfilment_id=task, short=short)
    assert not answer.HasField("fulfilment")
    assert (await rig.get(order_id)).state == CANCELLED
    assert await rig.proofs() == {}


async def test_what_nobody_waits_for_any_more_still_arrives(rig: Rig, van: Van) -> None:
    order_id, task = await van.left(("COAT", 1))
    asked = orders_pb.CancelOrderRequest(request_id=str(uuid.uuid4()), order_id=order_id, reason="CHANGED_MIND")
    await rig.call(rig.orders.CancelOrder, asked)
    assert await van.incoming() == [(task, pb.LEG_STATE_IN_TRANSIT, "CANCELLED")]
    answer = await van.do("ReceiveLeg", "TPE01", fulfilment_id=task)
    assert (answer.HasField("fulfilment"), answer.leg.state) == (False, pb.LEG_STATE_ARRIVED)
    assert [(one.sku, one.lost) for one in (await van.moved())[-1].lines] == [("COAT", False)]
    assert await rig.proofs() == {}


async def test_what_the_store_has_itself_it_need_send_nobody(rig: Rig, van: Van) -> None:
    order = await van.sourcing.order(("COAT", 1), ("SCARF", 1), delivery=HERE)
    word = decided(order.order_id, 2, (1, "TPE01", 1, "d1"), (2, "WH1", 1, "d1"))
    await van.sourcing.hear(word)
    await van.sourcing.hear(decided(order.order_id, 3, (1, "TPE01", 1, "d1"), (2, "WH1", 1, "d1")))
    found = [
        (one.location_id, one.method == COLLECT, state_of(one)) for one in (await rig.get(order.order_id)).fulfilments
    ]
    assert sorted(found) == [("TPE01", False, "CANCELLED"), ("TPE01", True, "PLACED"), ("WH1", False, "PLACED")]
    own = await rig.rows("SELECT fulfilment_id FROM fulfilments WHERE method = 'COLLECT'")
    for verb in ("Accept", "Pick", "Ready"):
        await van.sourcing.store.step(verb, str(own[0][0]))
    await van.sourcing.store.hand_over(str(own[0][0]), await van.sourcing.store.pin(order.order_id))
    await van.sourcing.store.captured(str(own[0][0]), 3000)
    await rig.settled()


async def test_what_the_store_was_given_itself_is_sought_elsewhere_when_it_rejects_it(rig: Rig, van: Van) -> None:
    """Nobody sent it, so that inventory looks elsewhere: also where the brand asks its shoppers."""
    await Asked(rig).terms(ask=True, hours=24, otherwise=OPTION("PICKUP_OPTION_CANCEL"))
    order = await van.sourcing.order(("COAT", 1), delivery=HERE)
    await van.sourcing.hear(decided(order.order_id, 2, (1, "TPE01", 1, "d1")))
    ((own,),) = await rig.rows("SELECT fulfilment_id FROM fulfilments WHERE method = 'COLLECT'")
    await van.sourcing.store.step("Reject", str(own), reason="NOT_IN_STOCK")
    told = await van.sourcing.store.events("FulfilmentRejected", order_events_pb2.FulfilmentRejected)
    assert [(one.location_id, one.decision_id) for one in told] == [("TPE01", "d1")]
    assert [list(one.cancelled_units) for one in (await rig.get(order.order_id)).lines] == [[]]
    await van.sourcing.hear(decided(order.order_id, 3, (1, "WH1", 1, "d2")))
    found = {(one.location_id, state_of(one)) for one in (await rig.get(order.order_id)).fulfilments}
    assert ("WH1", "PLACED") in found
    await rig.settled()


async def test_what_is_refused(rig: Rig, van: Van) -> None:
    for place in ("TPE02", "NOWHERE"):
        lines = [rigs.line(method=rigs.SHIP, fulfilment_location_id="")]
        fault = await rig.fault(rig.place(lines=lines, delivery=order_pb2.Delivery(collect_location_id=place)))
        assert (fault.reason, fault.metadata["location_id"]) == ("PICKUP_NOT_OFFERED", place)
    _, task = await van.left(("SCARF", 2))
    for place, verb in (("TPE02", "DispatchLeg"), ("TPE01", "DispatchLeg"), ("WH1", "ReceiveLeg")):
        assert (await rig.fault(van.do(verb, place, fulfilment_id=task))).reason == "NOT_FOUND"
    assert (await rig.fault(van.do("ReceiveLeg", "TPE01", fulfilment_id=OTHER))).reason == "NOT_FOUND"
    for given, field in (((1, 3), "short[0].quantity"), ((9, 1), "short[0].quantity"), ((1, 0), "short[0].quantity")):
        short = [pb.ShortUnits(line_no=given[0], quantity=given[1], reason="LOST")]
        fault = await rig.fault(van.do("ReceiveLeg", "TPE01", fulfilment_id=task, short=short))
        assert fault.metadata["field"] == field
    _, waiting = await van.sent(("COAT", 1))
    assert (await rig.fault(van.do("ReceiveLeg", "TPE01", fulfilment_id=waiting))).reason == "TRANSITION_REFUSED"
    assert (await rig.fault(van.do("DispatchLeg", "WH1", fulfilment_id=waiting))).reason == "TRANSITION_REFUSED"
