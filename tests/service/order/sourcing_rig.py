"""Inventory's word on orders, as tests say it: through the inbox, as the service is put together."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kit import access
from kit.inbox import Event, Inbox
from omo.inventory.v1 import sourcing_events_pb2 as events
from omo.inventory.v1 import sourcing_pb2, stock_events_pb2
from omo.type.v1 import event_pb2
from tests.service.order.brand import SHIP, line
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import Rig

# line, location, quantity, decision
Given = tuple[int, str, int, str]


@dataclass(slots=True)
class Sourcing:
    """Another service's decisions, told in whatever order."""

    rig: Rig
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(self.rig)

    async def order(self, *goods: tuple[str, int], **more: Any) -> Any:
        """An order whose goods are shipped by whoever is chosen."""
        lines = [line(sku, quantity, method=SHIP, fulfilment_location_id="") for sku, quantity in goods]
        return await self.rig.place(lines=lines, **more)

    async def hear(self, *told: Any) -> None:
        """One batch, in one transaction."""
        inbox = Inbox("order", self.rig.parts.ears())
        with access.acting_as(access.service("order")):
            async with self.rig.db.transaction() as tx:
                await inbox.take(tx, [Event(one.meta.event_id, one.DESCRIPTOR.full_name, one) for one in told])

    async def sent(self, order_id: str, place: str, amount: int = 0) -> str:
        """A place's part is in the carrier's hands, and paid where there is anything to pay."""
        ready = await self.store.made_ready(order_id, place)
        await self.store.step("HandOver", ready.fulfilment_id, token=self.rig.staff(place))
        if amount:
            await self.store.captured(ready.fulfilment_id, amount)
        return ready.fulfilment_id

    async def tasks(self, order_id: str) -> list[tuple[str, str, list[tuple[int, int, int]]]]:
        """Place, state, and the units (line, first, how many) of each task of an order."""
        shown = await self.rig.get(order_id)
        return [
            (
                each.location_id,
                state_of(each),
                [(one.line_no, one.first_unit, one.quantity) for one in each.lines],
            )
            for each in shown.fulfilments
        ]


def state_of(given: Any) -> str:
    name: str = given.DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number[given.state].name
    return name.removeprefix("FULFILMENT_STATE_")


def meta(order_id: str, version: int) -> event_pb2.EventMeta:
    made = event_pb2.EventMeta(event_id=str(uuid.uuid4()), aggregate_id=order_id, sequence=version)
    made.business_time.FromDatetime(datetime.now(UTC))
    return made


def assigned(given: Sequence[Given]) -> list[sourcing_pb2.SourcingAssignment]:
    return [
        sourcing_pb2.SourcingAssignment(line_no=no, sku="", location_id=place, quantity=units, decision_id=decision)
        for no, place, units, decision in given
    ]


def left(given: Sequence[tuple[int, int]]) -> list[sourcing_pb2.SourcingLeftover]:
    return [sourcing_pb2.SourcingLeftover(line_no=no, quantity=units, reason="NO_STOCK") for no, units in given]


def decided(order_id: str, version: int, *given: Given, lacking: Sequence[tuple[int, int]] = ()) -> Any:
    newest = given[-1][3] if given else "d0"
    return events.SourcingDecided(
        meta=meta(order_id, version), order_id=order_id, decision_id=newest, assignments=assigned(given),
        leftovers=left(lacking), queue="unfillable" if lacking else "",
    )  # fmt: skip


def given_up(order_id: str, version: int, *given: Given, lacking: Sequence[tuple[int, int]]) -> Any:
    return events.SourcingGivenUp(
        meta=meta(order_id, version), order_id=order_id, leftovers=left(lacking), assignments=assigned(given)
    )


def pickup_rejected(order_id: str, version: int, place: str, *line_nos: int) -> Any:
    return events.PickupRejected(
        meta=meta(order_id, version), order_id=order_id, location_id=place, line_nos=line_nos, reason="NOT_IN_STOCK"
    )


def broken(order_id: str, line_no: int, units: int, place: str = "WH1") -> Any:
    return stock_events_pb2.PromiseBroken(
        meta=meta(order_id, 9), order_id=order_id, line_no=line_no, sku="COAT", quantity=units, location_id=place
    )


def mended(order_id: str, line_no: int, units: int, place: str = "WH1") -> Any:
    return stock_events_pb2.PromiseMended(
        meta=meta(order_id, 10), order_id=order_id, line_no=line_no, sku="COAT", quantity=units, location_id=place
    )
