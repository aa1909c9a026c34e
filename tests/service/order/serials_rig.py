"""Coats that ask for serials: handed over, looked at, brought back."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.inventory.v1 import catalogue_pb2
from omo.order.v1 import fulfilment_service_pb2 as fulfilment_pb
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import serial_service_pb2 as serial_pb
from omo.order.v1 import serial_service_pb2_grpc as serial_rpc
from omo.type.v1 import lot_pb2, unit_pb2
from services.order.reference import reactions
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order import rig as rigs
from tests.service.order.fulfilment_rig import Store
from tests.service.order.returns_rig import Counter
from tests.service.order.rig import Rig, eventually, line


def named(*serials: str, line_no: int = 1) -> fulfilment_pb.HandedOverLots:
    lots = [lot_pb2.LotUnits(serial=one, quantity=1) for one in serials]
    return fulfilment_pb.HandedOverLots(line_no=line_no, lots=lots)


def told(fault: Fault) -> tuple[str, str]:
    """Why it is refused, and because of which field."""
    return fault.reason, str(fault.metadata.get("field", ""))


async def ask_for_serials(rig: Rig) -> None:
    """The catalogue says so of coats from now on."""
    event = brand.product("COAT", 70)
    event.product.variants[0].tracking.append(catalogue_pb2.TRACKING_SERIAL)
    async with rig.db.transaction() as tx:
        await reactions.on_product_changed(tx, [event])


@dataclass(slots=True)
class Coats:
    """The store that hands them over, and the counter to which they come back."""

    rig: Rig
    store: Store = field(init=False)
    counter: Counter = field(init=False)

    def __post_init__(self) -> None:
        self.store, self.counter = Store(self.rig), Counter(self.rig)

    async def ready(self, quantity: int = 1) -> tuple[order_pb2.Order, str]:
        """An order that waits for its shopper, and its task."""
        order = await self.rig.place(lines=[line(quantity=quantity)])
        return order, (await self.store.made_ready(order.order_id)).fulfilment_id

    async def hand_over(self, order: order_pb2.Order, task: str, *serials: str) -> order_pb2.Fulfilment:
        pin = await self.store.pin(order.order_id)
        lots = [named(*serials)] if serials else []
        return await self.store.step("HandOver", task, pin=pin, lots=lots)

    async def bought(self, *serials: str) -> order_pb2.Order:
        """An order that its shopper has collected, and that is paid."""
        order, task = await self.ready(len(serials))
        await self.hand_over(order, task, *serials)

        async def paid() -> bool:
            return not await self.rig.rows("SELECT FROM timers WHERE kind = 'fulfilment.capture'")

        await eventually(paid)
        return order

    async def correct(self, order_id: str, unit: int, serial: str) -> str:
        """Headquarters says which serial it left with; gives what was believed."""
        request = serial_pb.CorrectSerialRequest(
            request_id=str(uuid.uuid4()), order_id=order_id, line_no=1, unit=unit, serial=serial,
            reason="SCANNED_ANOTHER",
        )  # fmt: skip
        stub = serial_rpc.SerialServiceStub(self.rig.channel)
        return (await self.rig.call(stub.CorrectSerial, request, self.rig.hq())).believed  # type: ignore[no-any-return]

    async def passport(self, order_id: str, most: int = 9) -> list[tuple[int, int, str, str]]:
        """First and last of each run, which one left, which one came back."""
        asked = unit_pb2.UnitRef(order_id=order_id, line_no=1, first=0, last=most)
        request: Any = orders_pb.DescribeUnitsRequest(units=[asked])
        reply = await self.rig.call(self.rig.orders.DescribeUnits, request, self.rig.hq())
        return [(one.unit.first, one.unit.last, one.serial, one.returned.serial) for one in reply.units]


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        await ask_for_serials(running)
        yield running


@pytest.fixture
def coats(rig: Rig) -> Coats:
    return Coats(rig)
