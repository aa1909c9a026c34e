"""Which lots and serials a shopper gets: said at handover, told with the units, each run of a line with its own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.order.v1 import fulfilment_service_pb2 as pb
from omo.order.v1 import order_events_pb2
from omo.type.v1 import lot_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rig import Rig
from tests.service.order.sourcing_rig import Sourcing, decided


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


def of(line_no: int, *units: tuple[str, str, int], sku: str = "") -> pb.HandedOverLots:
    lots = [lot_pb2.LotUnits(lot=lot, serial=serial, quantity=many, sku=sku) for lot, serial, many in units]
    return pb.HandedOverLots(line_no=line_no, lots=lots)


async def test_lots_are_named_at_handover(rig: Rig) -> None:
    sourcing = Sourcing(rig)
    order = await sourcing.order(("SCARF", 5), ("COAT", 1))
    await sourcing.hear(decided(order.order_id, 2, (1, "TPE01", 3, "d1"), (1, "WH1", 2, "d1"), (2, "WH1", 1, "d1")))
    ready = await sourcing.store.made_ready(order.order_id, "WH1")
    wrong: tuple[tuple[Any, str], ...] = (
        (of(7, ("A", "", 1)), "lots.line_no"),
        (of(1, ("A", "", 3)), "lots.lots"),
        (of(1, ("A", "", 1), ("A", "", 1)), "lots"),
        (of(1, ("", "", 1)), "lots[0].lots[0].lot"),
        (of(1, ("A", "S", 2)), "lots[0].lots[0].quantity"),
        (of(1, ("A", "", 0)), "lots[0].lots[0].quantity"),
        (of(1, ("A\x00", "", 1)), "lots[0].lots[0].lot"),
        (pb.HandedOverLots(line_no=1, lots=[lot_pb2.LotUnits(expire_date="soon", quantity=1)]),
         "lots[0].lots[0].expire_date"),
    )  # fmt: skip
    for lots, field in wrong:
        with pytest.raises(Fault) as no:
            await sourcing.store.step("HandOver", ready.fulfilment_id, token=rig.staff("WH1"), lots=[lots])
        assert (no.value.reason, no.value.metadata["field"]) == ("FIELD_INVALID", field)
    given = [of(1, ("A", "", 1), ("", "S1", 1)), of(2, ("B", "", 1), ("C", "", 2), sku="BELT")]
    for _ in range(2):
        await sourcing.store.step(
            "HandOver", ready.fulfilment_id, token=rig.staff("WH1"), lots=given, request_id="handed"
        )
    (told,) = await sourcing.store.events("UnitsHandedOver", order_events_pb2.UnitsHandedOver)
    assert {each.unit.line_no: [(one.lot, one.serial, one.sku, one.quantity) for one in each.lots]
            for each in told.lines} == {
        1: [("A", "", "", 1), ("", "S1", "", 1)], 2: [("B", "", "BELT", 1), ("C", "", "BELT", 2)],
    }  # fmt: skip
    await rig.settled()
