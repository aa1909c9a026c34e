"""A store that lacks what is to be collected there: what its staff ask for, and the places that send it."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio

from kit import faultpoints
from omo.order.v1 import leg_service_pb2 as leg_pb
from omo.order.v1 import leg_service_pb2_grpc as leg_rpc
from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import pickup_events_pb2 as events
from omo.order.v1 import transfer_service_pb2 as pb
from omo.order.v1 import transfer_service_pb2_grpc as rpc
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rerouting_rig import OPTION, Asked
from tests.service.order.rig import Rig, eventually
from tests.service.order.sourcing_rig import Sourcing, state_of


@dataclass(slots=True)
class Lacking:
    """The staff of TPE01, and of whoever sends them something."""

    rig: Rig
    sourcing: Sourcing = field(init=False)

    def __post_init__(self) -> None:
        self.sourcing = Sourcing(self.rig)

    async def do(self, verb: str, place: str = "TPE01", contract: Any = None, **given: Any) -> Any:
        """One call of the staff of a place."""
        messages, stub = contract or (pb, rpc.TransferServiceStub)
        request = getattr(messages, f"{verb}Request")(**given)
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid.uuid4())
        return await self.rig.call(getattr(stub(self.rig.channel), verb), request, self.sourcing.store.adviser(place))

    async def ordered(self, *lines: Any, accepted: bool = True) -> tuple[order_pb2.Order, str]:
        """An order that is collected in TPE01, and the task there."""
        order = await self.rig.place(lines=list(lines))
        task = await self.sourcing.store.fulfilment_id(order.order_id)
        if accepted:
            await self.sourcing.store.step("Accept", task)
        return order, task

    async def ask(self, task: str, *line_nos: int, key: str = "", reason: str = "NOT_IN_STOCK") -> Any:
        asked: dict[str, Any] = {"fulfilment_id": task, "line_nos": line_nos, "reason": reason, "request_id": key}
        return await self.do("RequestTransfer", **asked)

    async def leaves(self, leg: str, place: str = "WH1") -> None:
        """The source has picked it, and it is on its way."""
        for verb in ("Accept", "Pick"):
            await self.sourcing.store.step(verb, leg, token=self.sourcing.store.adviser(place))
        await self.do("DispatchLeg", place, (leg_pb, leg_rpc.LegServiceStub), fulfilment_id=leg)

    async def comes(self, leg: str) -> Any:
        """It is there; gives the store's own task."""
        return (await self.do("ReceiveLeg", "TPE01", (leg_pb, leg_rpc.LegServiceStub), fulfilment_id=leg)).fulfilment

    async def collected(self, order_id: str, task: str, amount: int) -> None:
        store = self.sourcing.store
        await store.step("Ready", task)
        await store.hand_over(task, await store.pin(order_id))
        await store.captured(task, amount)

    async def tab(self, tab: int) -> list[str]:
        """The tasks in one tab of the store's list."""
        listed = await self.do("ListPickups", location_id="TPE01", tab=tab, page_size=100)
        return [one.fulfilment.fulfilment_id for one in listed.pickups]

    async def tasks(self, order_id: str) -> list[tuple[str, str, str]]:
        """Place, state and way of each task of an order."""
        found = (await self.rig.get(order_id)).fulfilments
        return [(one.location_id, state_of(one), one.to_location_id) for one in found]

    async def missed(self, order_id: str) -> list[tuple[str, int, int, int, str]]:
        """What stock was told to be missing: where, line, from which unit, how many and why."""
        told = await self.sourcing.store.events("UnitsMissing", events.UnitsMissing)
        return [
            (each.location_id, one.unit.line_no, one.unit.first, one.quantity, one.reason)
            for each in told
            if each.order_id == order_id
            for one in each.lines
        ]

    async def refused(self, order_id: str) -> list[tuple[str, str]]:
        """The noes of which inventory heard: whose, and by which decision."""
        told = await self.sourcing.store.events("FulfilmentRejected", order_events_pb2.FulfilmentRejected)
        return [(one.location_id, one.decision_id) for one in told if one.order_id == order_id]

    async def overdue(self, transfer_id: str, state: int) -> None:
        """The timer pursues what was left behind."""
        await self.rig.rows("UPDATE timers SET lease_until = NULL, next_time = now() WHERE kind = 'transfers.ask'")

        async def settled() -> bool:
            rows = await self.rig.rows("SELECT state FROM pickup_transfers WHERE transfer_id = $1", transfer_id)
            return bool(rows[0]["state"] == pb.TransferState.Name(state).removeprefix("TRANSFER_STATE_"))  # type: ignore[arg-type]

        await eventually(settled)

    async def cancel(self, order_id: str) -> None:
        asked = orders_pb.CancelOrderRequest(request_id=str(uuid.uuid4()), order_id=order_id, reason="CHANGED_MIND")
        await self.rig.call(self.rig.orders.CancelOrder, asked)


@pytest_asyncio.fixture(scope="module")
async def rig(module_databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(module_databases) as running:
        yield running


@pytest_asyncio.fixture
async def lacking(rig: Rig) -> AsyncIterator[Lacking]:
    """With a brand that asks its shoppers; everything adds up afterwards."""
    pickups = rig.world.pickups
    pickups.senders, pickups.there = {"WH1": 1_000}, {"TPE02": [1, 2]}
    await Asked(rig).terms(ask=True, hours=24, otherwise=OPTION("PICKUP_OPTION_CANCEL"))
    yield Lacking(rig)
    faultpoints.arm("")
    for misbehaviour in (rig.world.before, rig.world.after):
        misbehaviour.clear()
    assert await rig.proofs() == {}
